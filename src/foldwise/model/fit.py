"""What a method hands on: the fit of all genes, the test of one contrast, and why a value is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np

from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.dispersion import Dispersions
from foldwise.model.normalization import SizeFactors


class Status(IntEnum):
    """Why a gene has, or has not, a p-value."""

    OK = 0
    ALL_ZERO = 1
    LOW_COUNT = 2
    COUNT_OUTLIER = 3
    NOT_CONVERGED = 4
    NOT_ESTIMABLE = 5

    @property
    def word(self) -> str:
        """The word used in tables: ``ok``, ``all_zero``, ..."""
        return self.name.lower()

    @property
    def sentence(self) -> str:
        """What the status means and what the user can do."""
        return _SENTENCES[self]


_SENTENCES = {
    Status.OK: "Tested.",
    Status.ALL_ZERO: "No sample has a read of this gene; there is nothing to test.",
    Status.LOW_COUNT: (
        "The gene has too few reads. Left out by independent filtering, it was not counted in the multiple-testing "
        "correction: its p-value stands, its padj is empty. Left out before the fit (--filter), it has neither."
    ),
    Status.COUNT_OUTLIER: (
        "One sample has an extreme count (Cook's distance above the cut) and there are too few replicates "
        "to replace it; the p-value would rest on that sample alone."
    ),
    Status.NOT_CONVERGED: "The fit did not converge; the numbers are the last iterate.",
    Status.NOT_ESTIMABLE: "The samples that carry weight for this gene do not determine the coefficients.",
}


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients of all genes under one design. Natural log scale; NaN where nothing was fitted.

    Parameters
    ----------
    method : str
        Method id, such as ``deseq2``.
    design : Design
    size_factors : SizeFactors or None
    base_mean, base_variance : ndarray, (n_genes,)
        Mean and variance of normalized counts.
    coefficients : ndarray, (n_genes, n_coefficients)
    covariance : ndarray, (n_genes, n_coefficients * (n_coefficients + 1) / 2)
        Packed lower triangle by rows: (0,0), (1,0), (1,1), (2,0), ...
    status : ndarray of int8, (n_genes,)
        `Status` codes known after the fit.
    log_likelihood, iterations, converged : ndarray, (n_genes,)
    used_optim : ndarray of bool, (n_genes,)
        Genes whose coefficients come from the L-BFGS-B fallback.
    dispersions : Dispersions or None
    residual_df : ndarray or float
    max_cooks : ndarray, (n_genes,) or None
        Largest Cook's distance over samples whose cell has at least three replicates; NaN if there is none.
    replaced : ndarray of bool, (n_genes,) or None
        Genes with a replaced outlier count.
    refit_rows, refit_counts : ndarray or None
        Row numbers (n_replaced,) and their counts after replacement (n_replaced, n_samples).
    extra : dict
        Named arrays and numbers that belong to this method only.
    rows : ndarray of int, or None
        Row numbers of the fitted genes in the experiment, where a filter left genes out; the arrays hold these only.
    """

    method: str
    design: Design
    size_factors: SizeFactors | None
    base_mean: np.ndarray
    base_variance: np.ndarray
    coefficients: np.ndarray
    covariance: np.ndarray
    status: np.ndarray
    log_likelihood: np.ndarray
    iterations: np.ndarray
    converged: np.ndarray
    used_optim: np.ndarray
    dispersions: Dispersions | None = None
    residual_df: Any = None
    max_cooks: np.ndarray | None = None
    replaced: np.ndarray | None = None
    refit_rows: np.ndarray | None = None
    refit_counts: np.ndarray | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    rows: np.ndarray | None = None

    def spread(self, values: np.ndarray, n_genes: int, fill: Any = np.nan) -> np.ndarray:
        """Return values of the fitted genes (first axis) as values of all genes, ``fill`` where none was fitted."""
        if self.rows is None:
            return values
        whole = np.full((n_genes, *values.shape[1:]), fill, dtype=np.result_type(values.dtype, type(fill)))
        whole[self.rows] = values
        return whole


@dataclass(frozen=True, eq=False)
class Test:
    """One contrast tested on every gene. log2 scale; NaN where missing (see ``status``).

    Parameters
    ----------
    contrast : Contrast
    log2_fold_change, log2_fold_change_se, statistic, pvalue, padj : ndarray, (n_genes,)
        ``padj`` may be None where the correction is a later step, standard error and statistic where the method has
        none: the table then lacks the column.
    status : ndarray of int8, (n_genes,)
    columns : dict of str to ndarray
        Further canonical columns (``log2_fold_change_shrunk``, ``s_value``, ``log_odds``, ...).
    facts : dict
        Numbers of the step: filter threshold and quantile, rejection curve, cutoffs.
    """

    contrast: Contrast
    log2_fold_change: np.ndarray
    log2_fold_change_se: np.ndarray | None
    statistic: np.ndarray | None
    pvalue: np.ndarray
    padj: np.ndarray | None
    status: np.ndarray
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
