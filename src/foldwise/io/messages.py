"""Findings of the borders as values; the caller decides whether they are printed or raised as warnings."""

from __future__ import annotations

from typing import Any

from foldwise.errors import FoldwiseWarning
from foldwise.model.analysis import Message

Messages = tuple[Message, ...]


def warning(id: str, found: str, fix: str = "", *, counted: bool = True, **data: Any) -> Message:
    """Return a warning of the catalogue; ``counted`` tells whether ``--strict`` counts it."""
    text = f"{found} {fix}" if fix else found
    return Message("warning", id, text, {"found": found, "fix": fix, "counted": counted, **data})


def note(text: str, **data: Any) -> Message:
    """Return a decision that the user should see and that asks nothing of him."""
    return Message("note", "", text, data)


def done(step: str, text: str, **data: Any) -> Message:
    """Return the one-line result of a step (``Reading``, ``Matching``)."""
    return Message("ok", "", text, {"step": step, **data})


def as_warning(message: Message) -> FoldwiseWarning:
    """Return the Python warning of a message of level ``warning``."""
    data = dict(message.data)
    found, fix = data.pop("found", message.text), data.pop("fix", "")
    return FoldwiseWarning(message.id, found, fix, counted=data.pop("counted", True), data=data)
