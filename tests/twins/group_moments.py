"""NumPy twin of the kernel `group_moments`."""

from __future__ import annotations

import numpy as np


def group_moments(values: np.ndarray, groups: np.ndarray, n_threads: int = 1) -> dict[str, np.ndarray]:
    """Mean and sum of squared deviations of each group of samples.

    Parameters
    ----------
    values : ndarray, (n_genes, n_samples)
    groups : ndarray of int32, (n_samples,)
        0 .. n_groups - 1; -1 for samples left out.

    Returns
    -------
    dict
        ``mean`` and ``squares``, (n_genes, n_groups).
    """
    parts = [values[:, groups == k] for k in range(groups.max() + 1)]
    mean = np.stack([part.mean(axis=1) for part in parts], axis=1)
    squares = [((part - mean[:, [k]]) ** 2).sum(axis=1) for k, part in enumerate(parts)]
    return {"mean": mean, "squares": np.stack(squares, axis=1)}
