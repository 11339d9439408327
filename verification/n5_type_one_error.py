"""N5: the fraction of p < .05 on null simulations lies in [.040, .055] for edger-ql, limma-voom and ols."""

from __future__ import annotations

import pandas as pd

from verification.analysis import GATED
from verification.n1_null_simulations import null_simulations
from verification.rates import ABUNDANCE, standard_error

BOUND = (0.040, 0.055)
CELL = ["method", "n", "dispersion", "depth"]


def type_one_error(runs: pd.DataFrame, widen: float = 0.0) -> pd.DataFrame:
    """Summarize the runs of N1 per cell and say which gated cells lie within the bound.

    Parameters
    ----------
    runs : DataFrame
        From `verification.n1_null_simulations.null_simulations`.
    widen : float
        The bound is widened by so many standard errors (over runs); 3 in the reduced form.

    Returns
    -------
    DataFrame
        One row per method, n, dispersion and depth; ``verdict`` is pass, FAIL, or shown (not gated).
    """
    rows = []
    for cell, group in runs.groupby(CELL, sort=False):
        mean, error = group["below_05"].mean(), standard_error(group["below_05"].to_numpy())
        within = BOUND[0] - widen * error <= mean <= BOUND[1] + widen * error
        verdict = ("pass" if within else "FAIL") if cell[0] in GATED else "shown"
        thirds = {f"below_05_{name}": group[f"below_05_{name}"].mean() for name in ABUNDANCE}
        rows.append(
            {**dict(zip(CELL, cell, strict=True)), "runs": len(group), "tested": group["tested"].mean(),
             "below_05": mean, "standard_error": error, **thirds, "ratio_001": group["ratio_001"].mean(),
             "verdict": verdict}
        )  # fmt: skip
    return pd.DataFrame(rows)


def again(table: pd.DataFrame, runs: int, first: int = 1000) -> pd.DataFrame:
    """Repeat each cell that failed with fresh counts: chance does not fail twice."""
    parts = [
        null_simulations(runs, 2000, (cell.n,), (cell.method,), (cell.dispersion,), (cell.depth,), first=first)
        for cell in table[table["verdict"] == "FAIL"].itertuples()
    ]
    return type_one_error(pd.concat(parts)) if parts else table.iloc[:0]


def by_replicates(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the same pooled over depth and dispersion: one row per method, one column per n."""
    return runs.pivot_table(index="method", columns="n", values="below_05", sort=False).reset_index()
