"""Small counts with a hidden factor that goes along with the group, for the tests of the learned parts."""

from __future__ import annotations

import numpy as np
import pandas as pd


def hidden_counts(
    n_genes: int = 400, n: int = 24, *, strength: float = 0.4, along: float = 0.35, changed: int = 20, seed: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return counts and sheet (group, site); the first ``changed`` genes are tripled or divided by three in group b."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 2
    hidden = along * (2 * group - 1) + np.sqrt(1 - along**2) * rng.normal(size=n)
    log_mean = rng.normal(5.0, 1.0, n_genes)[:, None] + strength * rng.normal(size=(n_genes, 1)) * hidden
    log_mean[:changed] += np.where(np.arange(changed) % 2 == 0, 1.1, -1.1)[:, None] * group
    counts = rng.poisson(rng.gamma(10.0, np.exp(log_mean) / 10.0))
    names = [f"s{j:02d}" for j in range(n)]
    sheet = pd.DataFrame({"group": np.where(group == 1, "b", "a"), "site": np.where(hidden > 0, "x", "y")}, index=names)
    genes = pd.Index([f"g{i:04d}" for i in range(n_genes)], name="gene_id")
    return pd.DataFrame(counts, index=genes, columns=names), sheet.rename_axis("sample")
