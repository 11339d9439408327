"""Which method was chosen for a data set, and what was measured to choose it: values, nothing here computes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd


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


@dataclass(frozen=True, eq=False, repr=False)
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

    @property
    def sentence(self) -> str:
        """Method and reason in one sentence."""
        return f"{self.method} was chosen: {self.reason}."

    @property
    def table(self) -> pd.DataFrame:
        """One row per candidate, the chosen one first: runs, mean rates, the upper limit, and what became of it."""
        rows = [
            {"method": each.method, "n_runs": each.n_runs, "false_discoveries": each.mean_fdp,
             "false_discoveries_upper": each.fdp_upper, "power": each.mean_tpr, "verdict": each.verdict}
            for each in self.scores
        ]  # fmt: skip
        rows += [{"method": method, "n_runs": 0, "verdict": why} for method, why in self.skipped.items()]
        columns = ["method", "n_runs", "false_discoveries", "false_discoveries_upper", "power", "verdict"]
        return pd.DataFrame(rows, columns=columns)

    def as_facts(self) -> dict[str, Any]:
        """Return everything as plain values, for ``run.json`` and the report."""
        table = self.table
        scores = [{name: _plain(value) for name, value in row.items()} for row in table.to_dict("records")]
        return {
            "method": self.method, "reason": self.reason, "learned": self.learned, "scores": scores,
            "limits": list(self.limits), **self.facts,
        }  # fmt: skip

    def __repr__(self) -> str:
        return "\n".join([self.sentence, *score_lines(self.as_facts()), *self.limits])


def score_lines(facts: dict[str, Any]) -> list[str]:
    """Return one line per candidate of `MethodChoice.as_facts`."""
    lines = []
    for row in facts["scores"]:
        if not row["n_runs"]:
            lines.append(f"{row['method']:12s} {row['verdict']}")
            continue
        rates = (
            f"{100 * row['power']:5.1f} % found, {100 * row['false_discoveries']:4.1f} % false "
            f"(at most {100 * row['false_discoveries_upper']:.1f} %)"
        )
        lines.append(f"{row['method']:12s} {rates}  {row['verdict']}")
    return lines


def _plain(value: object) -> object:
    """Return a number without an answer as None, as JSON has it."""
    if isinstance(value, float):
        return float(value) if np.isfinite(value) else None
    return value
