"""NumPy twin of the kernel `rank_sum_rows`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.twins.counts_input import dense


def rank_sum_rows(
    values: Any, groups: np.ndarray, factors: np.ndarray | None = None, n_threads: int = 1
) -> dict[str, np.ndarray]:
    """Sums of mid-ranks of each group among the samples of all groups.

    Parameters
    ----------
    values : ndarray (n_genes, n_samples) or CSR tuple
    groups : ndarray of int32, (n_samples,)
        0 .. n_groups - 1; -1 for samples left out.
    factors : ndarray (n_samples,), optional
        The values are divided by them.

    Returns
    -------
    dict
        ``rank_sum`` (n_genes, n_groups) and ``tie_term`` (n_genes,), the sum of t^3 - t over ties of t values.
    """
    x = dense(values)
    x = (x if factors is None else x / factors)[:, groups >= 0]
    group = groups[groups >= 0]
    equal = (x[:, :, None] == x[:, None, :]).sum(axis=2)
    rank = (x[:, None, :] < x[:, :, None]).sum(axis=2) + 0.5 * (equal + 1)
    sums = [rank[:, group == k].sum(axis=1) for k in range(group.max() + 1)]
    return {"rank_sum": np.stack(sums, axis=1), "tie_term": (equal.astype(float) ** 2 - 1).sum(axis=1)}
