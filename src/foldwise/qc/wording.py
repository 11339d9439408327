"""Flags as warnings of the catalogue: one for each rule that found something."""

from __future__ import annotations

from collections.abc import Sequence

from foldwise.errors import FoldwiseWarning
from foldwise.model.columns import shorten
from foldwise.model.flags import RULES, Flag

_SHOWN = 3  # sentences
_KEPT = "Nothing was changed. "


def warnings_of(flags: Sequence[Flag], n_samples: int) -> tuple[FoldwiseWarning, ...]:
    """Return W-QC-001 or W-QC-002 for each rule with flags of level ``warning``."""
    return tuple(
        _warning(rule, found, n_samples)
        for rule in RULES
        if (found := [flag for flag in flags if flag.rule == rule and flag.level == "warning"])
    )


def _warning(rule: str, found: Sequence[Flag], n_samples: int) -> FoldwiseWarning:
    names = [flag.sample for flag in found]
    sentences = " ".join(flag.text for flag in found[:_SHOWN])
    if len(found) > _SHOWN:
        rest = names[_SHOWN:]
        sentences += f" The same rule ({RULES[rule]}) flags {len(rest)} more of {n_samples} samples: {shorten(rest)}."
    data = {"rule": rule, "samples": names, "values": [dict(flag.values) for flag in found]}
    return FoldwiseWarning(found[0].id, sentences, f"{_KEPT}{_fix(rule, names)}", data=data)


def _fix(rule: str, names: Sequence[str]) -> str:
    option = f"--exclude {names[0]}"
    if rule in ("sex", "swap"):
        return f"Look for swapped labels and correct the sheet, or leave samples out ({option})."
    if rule == "duplicate":
        return f"Sum technical replicates first, or keep one of them ({option})."
    weigh = "weigh samples by their quality with limma-voom or limma-trend (--sample-weights)"
    return f"Find out why; leave it out ({option}), or {weigh}."
