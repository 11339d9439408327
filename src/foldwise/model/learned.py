"""What was learned beside the classical numbers, and whether it may stand in their place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from foldwise.model.certificate import Certificate


@dataclass(frozen=True, eq=False)
class Learned:
    """Learned parts of one analysis; their numbers are further columns of its tables.

    Parameters
    ----------
    parts : tuple of str
        ``factors``, ``weights``: those that were used.
    primary : bool
        Whether the learned list may be taken for the result: its own certificate passed and its estimated false
        discovery proportion is at most 1.1 times the FDR.
    reason : str
        Why it is primary or not, as a sentence.
    certificate : Certificate or None
        Its own, of the analysis with all that was learned, learned anew in each null run.
    facts : dict
        By part: what was found (rank, scree, curves of weights), for report and ``run.json``.
    """

    parts: tuple[str, ...]
    primary: bool
    reason: str
    certificate: Certificate | None = None
    facts: dict[str, Any] = field(default_factory=dict)
