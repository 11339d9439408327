"""Size factors and normalization offsets; how they were found is not known here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class SizeFactors:
    """Normalization of a count matrix.

    Parameters
    ----------
    values : ndarray, (n_samples,)
        One factor per sample; with ``matrix`` the geometric mean of its columns.
    matrix : ndarray, (n_genes, n_samples), optional
        Normalization factors per gene and sample; used in place of ``values`` where given.
    kind : str
        ``ratio``, ``poscounts``, ``iterate``, ``tmm``, ..., ``given``.
    library_sizes, norm_factors : ndarray, (n_samples,), optional
        Column sums of the counts and what multiplies them to effective library sizes; set by the rules that work on
        library sizes (``tmm``, ``tmmwsp``, ``rle``, ``upper-quartile``, ``none``), whose ``values`` are the effective
        library sizes divided by their mean.
    """

    values: np.ndarray
    matrix: np.ndarray | None = None
    kind: str = "ratio"
    library_sizes: np.ndarray | None = None
    norm_factors: np.ndarray | None = None
