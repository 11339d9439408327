"""Findings as Python warnings that point at the user's line."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foldwise.errors import FoldwiseWarning
    from foldwise.model.analysis import Message

_PACKAGE = "foldwise"


def emit(findings: Iterable[FoldwiseWarning | Message]) -> None:
    """Warn of each finding; messages that are no warnings are passed over."""
    from foldwise.errors import FoldwiseWarning
    from foldwise.io.messages import as_warning

    level = _first_frame_outside()
    for finding in findings:
        if isinstance(finding, FoldwiseWarning):
            warnings.warn(finding, stacklevel=level)
        elif finding.level == "warning":
            warnings.warn(as_warning(finding), stacklevel=level)


def _first_frame_outside() -> int:
    """Return the stack level, seen from `emit`, of the nearest caller outside this package."""
    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
        frame, level = frame.f_back, level + 1
    return level
