"""What the checks of samples found: flags with their sentences and numbers, and what was compared. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from foldwise.errors import FoldwiseWarning

# Rules in the order in which they are told, and in words.
RULES = {
    "sex": "sex",
    "swap": "donor",
    "duplicate": "duplicates",
    "outlier": "outliers",
    "library size": "library size",
    "genes seen": "genes seen",
    "composition": "composition",
}


@dataclass(frozen=True, eq=False)
class Flag:
    """One sample that one rule points at.

    Parameters
    ----------
    sample : str
    rule : str
        Key of `RULES`.
    text : str
        A sentence with numbers.
    values : mapping of str to number or str
        The same numbers for machines.
    level : str
        ``warning``, or ``note`` where nothing contradicts the sheet and the sample is merely hard to place.
    """

    sample: str
    rule: str
    text: str
    values: Mapping[str, float | int | str] = field(default_factory=dict)
    level: str = "warning"

    @property
    def id(self) -> str:
        """Key of the catalogue."""
        return "W-QC-001" if self.rule == "sex" else "W-QC-002"


@dataclass(frozen=True)
class Check:
    """One rule: whether it could be applied, and what was compared, or why not."""

    rule: str
    applied: bool
    text: str


@dataclass(frozen=True, eq=False)
class SexScores:
    """Expression of sex chromosomes against the sheet.

    Parameters
    ----------
    column : str
        Column of the sheet.
    genes : tuple of str
        Genes of the Y chromosome used, and XIST where it is counted.
    score : ndarray, (n_samples,)
        Mean log2 expression of the Y genes above background, minus that of XIST.
    sheet, seen : tuple of str
        ``female``, ``male`` or empty, by the sheet and by expression.
    borders : tuple of float
        Scores between them are unclear; infinite where all samples are of one kind.
    """

    column: str
    genes: tuple[str, ...]
    score: np.ndarray
    sheet: tuple[str, ...]
    seen: tuple[str, ...]
    borders: tuple[float, float]


@dataclass(frozen=True, eq=False)
class DonorMatches:
    """How much each sample resembles its own donor and the nearest stranger.

    Parameters
    ----------
    column : str
    donors : tuple of str, (n_samples,)
        Empty where missing.
    own : ndarray, (n_samples,)
        Largest correlation with another sample of the donor; NaN where there is none.
    stranger : ndarray, (n_samples,)
        Largest correlation with a sample of another donor.
    partner : ndarray of int, (n_samples,)
        That sample.
    within : float
        Median correlation of two samples of one donor.
    """

    column: str
    donors: tuple[str, ...]
    own: np.ndarray
    stranger: np.ndarray
    partner: np.ndarray
    within: float


@dataclass(frozen=True, eq=False, repr=False)
class Flags:
    """What the checks of samples found; nothing was removed, weighted or relabeled.

    Parameters
    ----------
    samples : tuple of str
    flags : tuple of Flag
    checks : tuple of Check
    numbers : dict of str to ndarray, (n_samples,)
        What was measured of every sample, by name.
    warnings : tuple of FoldwiseWarning
        W-QC-001 and W-QC-002: one per rule that found something.
    sex : SexScores or None
    donors : DonorMatches or None
    """

    samples: tuple[str, ...]
    flags: tuple[Flag, ...]
    checks: tuple[Check, ...]
    numbers: dict[str, np.ndarray]
    warnings: tuple[FoldwiseWarning, ...] = ()
    sex: SexScores | None = None
    donors: DonorMatches | None = None

    @property
    def table(self) -> pd.DataFrame:
        """One row per flag: sample, rule, level, code, text."""
        rows = [(f.sample, f.rule, f.level, f.id if f.level == "warning" else "", f.text) for f in self.flags]
        return pd.DataFrame(rows, columns=["sample", "rule", "level", "code", "text"])

    @property
    def measured(self) -> pd.DataFrame:
        """One row per sample: everything that was measured."""
        return pd.DataFrame(self.numbers, index=pd.Index(self.samples, name="sample"))

    @property
    def flagged(self) -> tuple[str, ...]:
        """Samples with a warning, in the order of the sheet."""
        named = {flag.sample for flag in self.flags if flag.level == "warning"}
        return tuple(sample for sample in self.samples if sample in named)

    @property
    def summary(self) -> str:
        """What was checked and how much was found, as one sentence."""
        applied = [RULES[check.rule] for check in self.checks if check.applied]
        if not applied:
            return f"Samples: nothing could be checked of {len(self.samples)} samples."
        n = len(self.flagged)
        found = (
            "nothing stands out"
            if n == 0
            else f"{n} of {len(self.samples)} samples {'is' if n == 1 else 'are'} flagged"
        )
        return f"Samples checked ({', '.join(applied)}): {found}."

    def __repr__(self) -> str:
        shown = [f"{flag.sample}  {flag.rule}: {flag.text}" for flag in self.flags[:12]]
        more = [f"… {len(self.flags) - 12} more"] if len(self.flags) > 12 else []
        return "\n".join([self.summary, *shown, *more])
