"""A2: outliers that a method does not expect make the certificate fail it, and winsorized counts do not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from foldwise.certify.procedure import classical, reusable_factors
from foldwise.certify.safe import winsorized
from verification.null_runs import analysis_of, certificate_of, row, two_groups_of
from verification.simulate import draw

SHARES = (0.0, 0.01)
FACTOR = 50
N_GENES = 3000


def with_outliers(counts: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply a share of the entries by fifty."""
    return np.where(rng.random(counts.shape) < share, counts * FACTOR, counts)


def rates(
    draws: int, n_samples: int = 6, n: int = 100, shares: Sequence[float] = SHARES, n_genes: int = N_GENES
) -> pd.DataFrame:
    """Return one row per draw, share of outliers and analysis: deseq2 without and with Cook's, and winsorized."""
    rows = []
    for share in shares:
        for i in range(draws):
            made = draw(n_genes, n_samples, "deep", "poisson", (22, i))
            counts = with_outliers(made.counts, share, np.random.default_rng((23, i)))
            experiment = two_groups_of(counts, made.group)
            for name, options in (("deseq2, Cook's off", {"cooks": False, "replace_outliers": False}), ("deseq2", {})):
                analysis = analysis_of(experiment, "deseq2", **options)
                rows.append({"share": share, "analysis": name, "draw": i} | row(certificate_of(analysis, n, i + 1)))
            for name, method in (("deseq2, winsorized", "deseq2"), ("edger-ql, winsorized", "edger-ql")):
                analysis = analysis_of(experiment, method)
                factors = analysis.size_factors
                drawn_in = winsorized(classical(analysis.spec, reusable_factors(analysis.spec, factors)), factors)
                made_of = certificate_of(analysis, n, i + 1, drawn_in)
                rows.append({"share": share, "analysis": name, "draw": i} | row(made_of))
    return pd.DataFrame(rows)


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Return verdicts by share of outliers and analysis."""
    grouped = runs.groupby(["share", "analysis"], sort=False)
    found = grouped[["p_any", "mean_false", "ratio_05", "ratio_001"]].mean()
    for verdict, name in (("FAIL", "failed"), ("WARN", "warned"), ("PASS", "passed")):
        found[name] = grouped["verdict"].agg(lambda values, verdict=verdict: int((values == verdict).sum()))
    found.insert(0, "certificates", grouped.size())
    return found.reset_index()
