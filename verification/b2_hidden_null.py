"""B2: made-up labels on people (Pickrell): how often least squares with factors of each kind calls a gene at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import beta

from foldwise.certify.labelings import fake_factors
from foldwise.certify.verdict import binomial_quantile
from verification.b1_hidden_sex_genes import study
from verification.hidden import VARIANTS, called, chosen, expressed

# The labels that judge are others than those on which the number of factors was chosen.
SEED = 1001


def null_runs(
    sizes: Sequence[int] = (20, 40, 69), n: int = 200, draws: int = 4, choice_runs: int = 100
) -> pd.DataFrame:
    """Return one row per null run and kind of factors; of fewer than 69 people several draws share the runs."""
    whole, _, _ = study("pickrell")
    rows = []
    for size in sizes:
        parts = 1 if size >= whole.n_samples else draws
        for part in range(parts):
            rng = np.random.default_rng((31, size, part))
            experiment = whole.take_samples(np.sort(rng.permutation(whole.n_samples)[:size]))
            of, design = expressed(experiment, "~ gender")
            k = chosen(of, design, n=choice_runs).k
            labels = fake_factors(design, n // parts, SEED).values
            for number, fake in enumerate(labels):
                matrix = np.column_stack([design.matrix, fake.astype(float)])
                for variant in VARIANTS:
                    # Where no factor is chosen, the wrong ways are shown with three
                    used = k if variant == "adjusted" else max(k, 3)
                    calls = int(called(of, matrix, (used,), variant)[0].sum())
                    rows.append({"people": size, "part": part, "run": number, "variant": variant, "k": used,
                                 "calls": calls})  # fmt: skip
    return pd.DataFrame(rows)


def summary(runs: pd.DataFrame, level: float = 0.05) -> pd.DataFrame:
    """Return by number of people and kind of factors the share of runs with a call, its 95 % interval, and what the
    certificate allows: the 99 % quantile of the binomial distribution.
    """
    rows = []
    for (people, variant), group in runs.groupby(["people", "variant"], sort=False):
        n, share = len(group), float((group["calls"] > 0).mean())
        allowed = binomial_quantile(n, level) / n
        low, high = interval(int((group["calls"] > 0).sum()), n)
        rows.append({
            "people": people, "variant": variant, "k": "/".join(str(k) for k in dict.fromkeys(group["k"])), "runs": n,
            "p_any": share, "low": low, "high": high, "allowed": allowed, "mean_false": float(group["calls"].mean()),
            "max_false": int(group["calls"].max()), "verdict": "pass" if share <= allowed else "FAIL",
        })  # fmt: skip
    return pd.DataFrame(rows)


def interval(hits: int, n: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a share (Clopper and Pearson 1934)."""
    low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, n - hits + 1))
    return low, 1.0 if hits == n else float(beta.ppf(0.975, hits + 1, n - hits))
