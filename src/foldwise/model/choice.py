"""Which method was chosen for a data set, and what was measured to choose it: values, nothing here computes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class MethodScore:
    """One candidate on data with planted changes.

    Parameters
    ----------
    method : str
    fdp, tpr : ndarray, (n_runs,)
        False discovery proportion and power of each run; the runs are the same for all candidates.
    fdp_upper : float
        Upper 95 % limit of the mean false discovery proportion.
    verdict : str
        In words: chosen, left out and why.
    """

    method: str
    fdp: np.ndarray
    tpr: np.ndarray
    fdp_upper: float = float("nan")
    verdict: str = ""

    @property
    def n_runs(self) -> int:
        """Runs made; candidates that fall behind are given up early."""
        return len(self.fdp)

    @property
    def mean_fdp(self) -> float:
        """Mean false discovery proportion; NaN without runs."""
        return float(np.mean(self.fdp)) if len(self.fdp) else float("nan")

    @property
    def mean_tpr(self) -> float:
        """Mean power; NaN without runs."""
        return float(np.mean(self.tpr)) if len(self.tpr) else float("nan")


@dataclass(frozen=True, eq=False)
class MethodChoice:
    """The method chosen for an experiment and a design.

    Parameters
    ----------
    method : str
        Id of the method.
    reason : str
        Why, as a sentence.
    learned : bool
        Whether it was measured on these data; else a rule by the number of samples.
    scores : tuple of MethodScore
        Best first; empty where nothing was measured.
    skipped : dict of str to str
        Methods that were no candidates, and why.
    limits : tuple of str
        What the choice rests on and cannot see, as sentences.
    facts : dict
        Seed, FDR, groupings, planted share and sizes.
    """

    method: str
    reason: str
    learned: bool
    scores: tuple[MethodScore, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    facts: dict[str, object] = field(default_factory=dict)
