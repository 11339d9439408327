"""N7: among runs without any difference, the share with at least one BH .05 hit is .05, within its binomial error."""

from __future__ import annotations

import pandas as pd

from verification.rates import binomial_error


def bound(runs: int) -> float:
    """Return .05 plus three binomial standard errors."""
    return 0.05 + 3 * binomial_error(0.05, runs)


def any_hit(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the share of null runs with a hit, per method and n (runs of all depths and dispersions together)."""
    rows = []
    for (method, n), group in runs.groupby(["method", "n"], sort=False):
        share, limit = float((group["hits"] > 0).mean()), bound(len(group))
        verdict = "pass" if share <= limit else "FAIL"
        rows.append(
            {"method": method, "n": n, "runs": len(group), "any_hit": share, "bound": limit,
             "mean_hits": group["hits"].mean(), "most_hits": group["hits"].max(), "verdict": verdict}
        )  # fmt: skip
    return pd.DataFrame(rows)
