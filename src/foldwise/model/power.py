"""Power against the number of samples per group: values, nothing here computes but sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

# Genes by their mean count: all of them, and thirds.
EXPRESSION = ("all", "low", "middle", "high")
KINDS = ("subsample", "pilot", "extrapolation")


@dataclass(frozen=True, eq=False)
class PowerPoint:
    """What was found with n samples per group.

    Parameters
    ----------
    n : int
    kind : str
        ``subsample`` of the pilot, ``pilot``, or ``extrapolation`` by drawing its samples repeatedly.
    power : ndarray, (n_runs, 4)
        Share of the genes changed by at least the asked fold that is called, by `EXPRESSION`; NaN where none changed.
    fdp : ndarray, (n_runs,)
        False discovery proportion.
    """

    n: int
    kind: str
    power: np.ndarray
    fdp: np.ndarray


@dataclass(frozen=True, eq=False)
class PowerValues:
    """Power of one method on one design.

    Parameters
    ----------
    method : str
    points : tuple of PowerPoint
        Ascending n.
    fdr, lfc, target : float
        False discovery rate, least absolute log2 fold change of the genes counted, and power asked for.
    pilot : int
        Samples of the smallest group, or pairs, that the data have.
    unit : str
        ``samples per group`` or ``pairs``.
    limits : tuple of str
        What it rests on, as sentences.
    facts : dict
        Seed, runs, planted share and sizes.
    """

    method: str
    points: tuple[PowerPoint, ...]
    fdr: float
    lfc: float
    target: float
    pilot: int
    unit: str
    limits: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> pd.DataFrame:
        """One row per n and third of expression: mean power, its 5 and 95 % quantile over runs, false discoveries."""
        rows = []
        for point in self.points:
            for number, name in enumerate(EXPRESSION):
                values = point.power[:, number]
                values = values[np.isfinite(values)]
                low, high = np.quantile(values, [0.05, 0.95]) if len(values) else (np.nan, np.nan)
                rows.append({
                    "n": point.n, "kind": point.kind, "expression": name,
                    "power": float(values.mean()) if len(values) else np.nan,
                    "power_low": float(low), "power_high": float(high),
                    "false_discoveries": float(np.nanmean(point.fdp)), "n_runs": len(point.fdp),
                })  # fmt: skip
        columns = ["n", "kind", "expression", "power", "power_low", "power_high", "false_discoveries", "n_runs"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def needed(self) -> dict[str, int | None]:
        """Smallest n with the power asked for, by expression, between the n tried; None where none of them has it."""
        table = self.table
        found: dict[str, int | None] = {}
        for name in EXPRESSION:
            part = table[table["expression"] == name]
            found[name] = smallest(part["n"].to_numpy(), part["power"].to_numpy(), self.target)
        return found

    @property
    def sentence(self) -> str:
        """The answer in words."""
        n, known = self.needed["all"], [point for point in self.points if np.isfinite(point.power[:, 0]).any()]
        what = f"{100 * self.target:g} % of the expressed genes that change at least {2**self.lfc:.3g}-fold"
        where = f"at FDR {100 * self.fdr:g} % with {self.method}"
        if not known:
            return f"No expressed gene was changed so much; ask for a smaller change than {2**self.lfc:.3g}-fold."
        if n is None:
            last = known[-1]
            reached = 100 * float(np.nanmean(last.power[:, 0]))
            return f"To find {what} {where} takes more than {last.n} {self.unit}; these find {reached:.0f} %."
        kind = next(point.kind for point in self.points if point.n >= n)
        rough = ", an extrapolation beyond your data" if kind == "extrapolation" else ""
        return f"To find {what} {where} takes about {n} {self.unit}{rough}."

    def as_facts(self) -> dict[str, Any]:
        """Return everything as plain values, for JSON."""
        rows = [
            {
                name: None if isinstance(value, float) and not np.isfinite(value) else value
                for name, value in row.items()
            }
            for row in self.table.to_dict("records")
        ]
        return {
            "method": self.method, "fdr": self.fdr, "lfc": self.lfc, "target": self.target, "pilot": self.pilot,
            "unit": self.unit, "needed": self.needed, "sentence": self.sentence, "points": rows,
            "limits": list(self.limits), **self.facts,
        }  # fmt: skip


def smallest(n: np.ndarray, power: np.ndarray, target: float) -> int | None:
    """Return the smallest whole n at which a curve through the points, made to rise, reaches the target.

    Parameters
    ----------
    n : ndarray, (k,), ascending
    power : ndarray, (k,)
    target : float
    """
    known = np.isfinite(power)
    n, rising = n[known], np.maximum.accumulate(power[known]) if known.any() else power[known]
    if not len(n) or rising[-1] < target:
        return None
    first = int(np.argmax(rising >= target))
    if first == 0:
        return int(n[0])
    part = (target - rising[first - 1]) / (rising[first] - rising[first - 1])
    return int(np.ceil(n[first - 1] + part * (n[first] - n[first - 1]) - 1e-9))
