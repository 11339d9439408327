"""The step from p-values to adjusted p-values.

``adjust`` is the registry: one word for each correction, the same on the command line, in Python and in config files.
"""

from __future__ import annotations

from foldwise.correct.registry import CORRECTIONS, adjust

__all__ = ["CORRECTIONS", "adjust"]
