"""Common, trended and tagwise dispersions of negative binomial models (edgeR specification, section 9).

McCarthy, Chen and Smyth 2012 (Nucleic Acids Research 40:4288); Chen, Lun and Smyth 2014: weighted likelihood, with the
weight of the trend from the spread of quasi-likelihood deviances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise.stats.arrays import Floats, Integers
from foldwise.stats.ave_log_cpm import ave_log_cpm
from foldwise.stats.common_dispersion import too_few_reads
from foldwise.stats.edger_glm import glm_fit
from foldwise.stats.elementary import LN2, exp, log
from foldwise.stats.grid_maximum import grid_maximum
from foldwise.stats.profile_likelihood import profile_grid
from foldwise.stats.rows import dense_rows, row_factors, take_rows
from foldwise.stats.smooth_columns import smooth_columns
from foldwise.stats.squeeze_var import squeeze_var
from foldwise.stats.zero_patterns import ZeroPattern, find_zero_patterns, residual_df

GRID = np.arange(-10.0, 11.0)  # powers of two times GRID_BASE
GRID_BASE = 0.1
FIRST_DISPERSION = 0.05
MIN_ROW_SUM = 5.0
LARGEST_PRIOR = 1e6
TAILS = (0.05, 0.1)


@dataclass(frozen=True, eq=False)
class EdgerDispersions:
    """Dispersions of all genes.

    Parameters
    ----------
    common : float
    trended, tagwise : ndarray, (n_genes,)
    prior_df : ndarray, (n_genes,)
        Degrees of freedom of the trend as a prior.
    prior_n : ndarray, (n_genes,)
        The same in numbers of genes.
    span : float
        Of the smoother.
    mean_log2_cpm : ndarray, (n_genes,)
        Covariate of the trend, at the common dispersion.
    """

    common: float
    trended: Floats
    tagwise: Floats
    prior_df: Floats
    prior_n: Floats
    span: float
    mean_log2_cpm: Floats


def estimate_disp(
    counts: Any, design: Floats, library_sizes: Floats, *, offset: Floats | None = None, weights: Floats | None = None,
    trend: str = "locfit", robust: bool = False, winsor: tuple[float, float] = TAILS, prior_df: float | None = None,
    span: float | None = None, min_row_sum: float = MIN_ROW_SUM, legacy: bool | None = None, n_threads: int = 1,
) -> EdgerDispersions:  # fmt: skip
    """Estimate all dispersions.

    Parameters
    ----------
    counts : ndarray (n_genes, n_samples) or CSR tuple
    design : ndarray, (n_samples, p)
        Of full column rank, p < n_samples.
    library_sizes : ndarray, (n_samples,)
        Effective; their logarithms are the offsets where none are given, and the abundances always follow from them.
    offset : ndarray, (n_samples,) or (n_genes, n_samples), optional
        Natural log.
    weights : ndarray, (n_samples,) or (n_genes, n_samples), optional
    trend : str
        ``locfit``, ``locfit-mixed``, ``loess``, ``moving-average`` or ``none``.
    robust : bool
        Genes with outlying deviances get a smaller prior weight.
    winsor : tuple of float
        Tails of the robust fit.
    prior_df, span : float, optional
        Default: estimated, by the number of genes.
    min_row_sum : float
        Genes with a smaller sum of counts take no part and get the trend.
    legacy : bool, optional
        True: the prior of edgeR 3.40 (equal degrees of freedom assumed). Default: decided by the data, as edgeR 4.5.1.

    Returns
    -------
    EdgerDispersions

    Raises
    ------
    ValueError
        Where samples do not outnumber coefficients.
    FitError
        E-FIT-001 where no gene has counts enough.
    """
    n_samples, p = design.shape
    if p >= n_samples:
        raise ValueError("estimate_disp: no residual degrees of freedom")
    model = Model(counts, np.ascontiguousarray(design, dtype=np.float64), library_sizes, offset, weights, n_threads)
    n_genes = model.n_genes
    chosen = np.flatnonzero(_row_sums(counts) >= min_row_sum)
    if not len(chosen):
        raise too_few_reads(n_genes)
    used = model.take(chosen) if len(chosen) < n_genes else model
    return dispersions_from_profile(
        model, chosen, profile_of_genes(used), trend=trend, robust=robust, winsor=winsor, prior_df=prior_df, span=span,
        legacy=legacy,
    )  # fmt: skip


def dispersions_from_profile(
    model: Model, chosen: Integers, profile: Floats, *, trend: str, robust: bool, winsor: tuple[float, float],
    prior_df: float | None, span: float | None, legacy: bool | None,
) -> EdgerDispersions:  # fmt: skip
    """Dispersions of all genes from the likelihoods (n_chosen, n_grid) of those with counts enough."""
    n_genes, (n_samples, p) = model.n_genes, model.design.shape
    used = model.take(chosen) if len(chosen) < n_genes else model
    profile = _centered(profile)
    common = float(GRID_BASE * 2.0 ** grid_maximum(GRID, np.add.reduce(profile, axis=0)[None, :])[0])
    abundance = ave_log_cpm(
        model.counts, model.log_sizes, dispersion=common, weights=model.weights, n_threads=model.n_threads
    )
    covariate = abundance[chosen]
    span = default_span(len(chosen)) if span is None else span
    if trend == "none":
        smooth = np.broadcast_to(np.add.reduce(profile, axis=0) / len(profile), profile.shape)
        trended_used = np.full(len(chosen), common)
    else:
        smooth = smooth_columns(profile, covariate, span, trend)
        trended_used = _dispersion_at(grid_maximum(GRID, smooth))
    trended = np.full(n_genes, trended_used[int(np.argmin(covariate))])
    trended[chosen] = trended_used
    if prior_df is None:
        found = _estimate_prior_df(used, trended_used, None if trend == "none" else covariate, robust, winsor, legacy)
    else:
        found = np.full(len(chosen), float(prior_df))
    prior_n_used = found / (n_samples - p)
    prior_all, prior_n = np.full(n_genes, np.inf if robust else found[0]), np.full(n_genes, np.inf)
    prior_all[chosen], prior_n[chosen] = found, prior_n_used
    tagwise = trended.copy()
    if not (prior_n_used > LARGEST_PRIOR).all():
        weight = np.minimum(prior_n_used, LARGEST_PRIOR)
        best = _dispersion_at(grid_maximum(GRID, profile + weight[:, None] * smooth))
        tagwise[chosen] = np.where(prior_n_used > LARGEST_PRIOR, trended_used, best)
    return EdgerDispersions(common, trended, tagwise, prior_all, prior_n, span, abundance)


def _centered(profile: Floats) -> Floats:
    """Take off each gene's value at the best grid point: maxima stay, sums over genes keep their digits."""
    best = int(np.argmax(np.add.reduce(profile, axis=0)))
    return np.asarray(profile - profile[:, best : best + 1])


def default_span(n_genes: int) -> float:
    """Span of the smoother: all genes up to 50, a quarter of very many."""
    return 1.0 if n_genes <= 50 else 0.25 + 0.75 * float(np.sqrt(50.0 / n_genes))


@dataclass(frozen=True, eq=False)
class Model:
    """Counts and what their fits need; ``given_offset`` natural log, None for the logs of the library sizes."""

    counts: Any
    design: Floats
    library_sizes: Floats
    given_offset: Floats | None
    weights: Floats | None
    n_threads: int

    @property
    def n_genes(self) -> int:
        """Number of genes."""
        return len(self.counts) if isinstance(self.counts, np.ndarray) else len(self.counts[2]) - 1

    @property
    def log_sizes(self) -> Floats:
        """Natural logs (n_samples,) of the effective library sizes."""
        return log(np.asarray(self.library_sizes, dtype=np.float64))

    @property
    def offset(self) -> Floats:
        """Offsets of the fits, (n_samples,) or (n_genes, n_samples)."""
        given = self.given_offset
        return self.log_sizes if given is None else np.ascontiguousarray(given, dtype=np.float64)

    def take(self, rows: Integers) -> Model:
        """The same for some genes."""
        offset = None if self.given_offset is None else row_factors(self.given_offset, rows)
        weights = None if self.weights is None else row_factors(self.weights, rows)
        return Model(
            take_rows(self.counts, rows), self.design, self.library_sizes, offset, weights, self.n_threads
        )  # fmt: skip


def profile_of_genes(model: Model) -> Floats:
    """Adjusted profile likelihood (n_genes, n_grid) of each gene over the samples that say something about it."""
    offset, grid = model.offset, GRID_BASE * 2.0**GRID
    profile = np.zeros((model.n_genes, len(GRID)))
    for pattern in _patterns(model, FIRST_DISPERSION, None):
        if pattern.df <= 0:
            continue
        whole = len(pattern.samples) == len(model.design)
        alone = whole and len(pattern.rows) == model.n_genes
        counts = model.counts if alone else take_rows(model.counts, pattern.rows)
        x = model.design if whole else np.ascontiguousarray(model.design[np.ix_(pattern.samples, pattern.columns)])
        pick = _columns_of(pattern, whole)
        found, _ = profile_grid(
            counts if whole else np.ascontiguousarray(dense_rows(counts)[:, pattern.samples]), x,
            pick(offset), grid, weights=None if model.weights is None else pick(model.weights),
            n_threads=model.n_threads,
        )  # fmt: skip
        if alone:
            return found
        profile[pattern.rows] = found
    return profile


def _columns_of(pattern: ZeroPattern, whole: bool) -> Any:
    """Function that takes the genes and samples of a pattern from a vector or matrix."""

    def pick(values: Floats) -> Floats:
        some = row_factors(values, pattern.rows)
        return some if whole else np.ascontiguousarray(some[..., pattern.samples])

    return pick


def _patterns(model: Model, dispersion: Floats | float, weights: Floats | None) -> list[ZeroPattern]:
    fit = glm_fit(
        model.counts, model.design, model.offset, dispersion, weights=weights, prior_count=0.0,
        n_threads=model.n_threads,
    )  # fmt: skip
    return find_zero_patterns(model.counts, model.design, model.offset, fit.unshrunk, model.n_threads)


def _estimate_prior_df(
    model: Model, trended: Floats, covariate: Floats | None, robust: bool, winsor: tuple[float, float],
    legacy: bool | None,
) -> Floats:  # fmt: skip
    """Prior degrees of freedom (n_genes,) of the deviances about the trend."""
    fit = glm_fit(
        model.counts, model.design, model.offset, trended, weights=model.weights, prior_count=0.0,
        n_threads=model.n_threads,
    )  # fmt: skip
    patterns = find_zero_patterns(model.counts, model.design, model.offset, fit.unshrunk, model.n_threads)
    df = residual_df(patterns, model.n_genes)
    variance = np.maximum(np.where(df > 0, fit.deviance / np.maximum(df, 1.0), 0.0), 0.0)
    return squeeze_var(variance, df, covariate, robust=robust, winsor=winsor, legacy=legacy).df_prior


def _dispersion_at(place: Floats) -> Floats:
    """Dispersion of places on the grid."""
    return np.asarray(GRID_BASE * exp(place * LN2))


def _row_sums(counts: Any) -> Floats:
    if isinstance(counts, np.ndarray):
        return np.asarray(counts.sum(axis=1, dtype=np.float64))
    return np.asarray(dense_rows(counts).sum(axis=1))
