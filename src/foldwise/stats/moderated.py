"""Moderated t and F statistics and the log odds of differential expression.

Smyth 2004 (Stat. Appl. Genet. Mol. Biol. 3:3); Phipson et al. 2016 (Ann. Appl. Stat. 10:946) for the robust prior;
limma specification, section 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import log
from foldwise.stats.least_squares import LinearFit
from foldwise.stats.squeeze_var import SqueezedVariances, squeeze_var
from foldwise.stats.student import log_t_upper, t_upper_quantile
from foldwise.stats.symmetric_eigen import symmetric_eigen
from foldwise.stats.tails import chi2_upper, f_upper, t_two_sided

# Expected share of genes that change, and bounds of the prior standard deviation of their log2 fold changes.
PROPORTION = 0.01
STDEV_LIMITS = (0.1, 4.0)
# Prior degrees of freedom beyond this count as infinite in the odds.
INFINITE_PRIOR_DF = 1e6
# Eigenvalues of the correlation of contrasts below this part of the largest are those of dependent contrasts.
DEPENDENT = 1e-8
# R takes F for chi-squared beyond this df2 (where df1 is not larger).
CHI2_FROM_DF = 4e5


@dataclass(frozen=True, eq=False)
class ModeratedT:
    """Tests of each coefficient or contrast against 0.

    Parameters
    ----------
    statistic, pvalue : ndarray, (n_genes, k)
        Moderated t and its two-sided p.
    se : ndarray, (n_genes, k)
        Standard errors with the moderated standard deviation.
    df_total : ndarray, (n_genes,)
    """

    statistic: Floats
    pvalue: Floats
    se: Floats
    df_total: Floats


def moderate_variances(
    fit: LinearFit,
    covariate: Floats | None = None,
    robust: bool = False,
    winsor: tuple[float, float] = (0.05, 0.1),
    legacy: bool | None = None,
) -> SqueezedVariances:
    """Squeeze the residual variances of a fit.

    Parameters
    ----------
    fit : LinearFit
    covariate : ndarray, (n_genes,), optional
        The prior variance follows it: mean log expression for a trend.
    robust, winsor, legacy
        As for `squeeze_var`.

    Raises
    ------
    ValueError
        No gene has residual degrees of freedom, or a covariate is missing.
    """
    if not np.any(fit.df_residual > 0) or not np.any(np.isfinite(fit.sigma)):
        raise ValueError("no gene has residual degrees of freedom: there are as many coefficients as samples")
    if covariate is not None and not np.all(np.isfinite(covariate)):
        missing = int(np.count_nonzero(~np.isfinite(covariate)))
        raise ValueError(f"a trend needs the mean of every gene; {missing} genes have none")
    variances = np.where(np.isnan(fit.sigma), 0.0, fit.sigma) ** 2
    return squeeze_var(variances, fit.df_residual, covariate, robust, winsor, legacy)


def moderated_t(fit: LinearFit, squeezed: SqueezedVariances) -> ModeratedT:
    """Moderated t tests of all coefficients of a fit."""
    se = fit.stdev_unscaled * np.sqrt(squeezed.posterior)[:, None]
    t = np.divide(fit.coefficients, se, out=np.full(se.shape, np.nan), where=se > 0)
    df = total_df(fit, squeezed)
    p = np.stack([t_two_sided(t[:, k], df) for k in range(t.shape[1])], axis=1)
    return ModeratedT(t, p, se, df)


def total_df(fit: LinearFit, squeezed: SqueezedVariances) -> Floats:
    """Residual plus prior degrees of freedom (n_genes,), at most those of all genes together."""
    return np.asarray(np.minimum(fit.df_residual + squeezed.df_prior, np.sum(fit.df_residual)))


def log_odds(
    fit: LinearFit, squeezed: SqueezedVariances, tests: ModeratedT, proportion: float = PROPORTION
) -> tuple[Floats, Floats]:
    """Natural log of the odds that a coefficient is not 0.

    Parameters
    ----------
    fit : LinearFit
    squeezed : SqueezedVariances
    tests : ModeratedT
        Of this fit.
    proportion : float
        Expected share of genes that change.

    Returns
    -------
    tuple of ndarray
        Log odds (n_genes, k), and the prior variance of each coefficient in units of the residual variance (k,).
    """
    limits = np.array(STDEV_LIMITS) ** 2 / np.median(squeezed.prior)
    odds, variances = np.empty_like(tests.statistic), np.empty(tests.statistic.shape[1])
    infinite = squeezed.df_prior > INFINITE_PRIOR_DF
    df = tests.df_total
    base = float(log(np.array([proportion]))[0] - log(np.array([1.0 - proportion]))[0])
    for k in range(len(variances)):
        t, squared = tests.statistic[:, k], fit.stdev_unscaled[:, k] ** 2
        v0 = prior_variance(t, squared, df, proportion, (float(limits[0]), float(limits[1])))
        variances[k] = v0
        ratio = (squared + v0) / squared
        t2 = t * t
        kernel = 0.5 * (1.0 + df) * log((t2 + df) / (t2 / ratio + df))
        if infinite.any():
            kernel = np.where(infinite, 0.5 * t2 * (1.0 - 1.0 / ratio), kernel)
        odds[:, k] = base - 0.5 * log(ratio) + kernel
    return odds, variances


def prior_variance(
    t: Floats, squared_stdev: Floats, df: Floats, proportion: float, limits: tuple[float, float]
) -> float:
    """Prior variance of the coefficients that are not 0, from the largest t statistics; NaN without any t.

    Parameters
    ----------
    t, squared_stdev, df : ndarray, (n_genes,)
        Moderated t, squared unscaled standard errors, total degrees of freedom.
    proportion : float
    limits : tuple of float
    """
    present = ~np.isnan(t)
    size, squared_stdev, df = np.abs(t[present]), squared_stdev[present], df[present]
    n = len(size)
    n_target = int(np.ceil(proportion / 2 * n))
    if n_target < 1:
        return float("nan")
    share = max(n_target / n, proportion)
    largest = float(np.max(df))
    fewer = df < largest
    if fewer.any():
        # The same tail under the largest df.
        size[fewer] = t_upper_quantile(log_t_upper(size[fewer], df[fewer]), largest)
    top = np.argsort(-size, kind="stable")[:n_target]
    size, squared_stdev = size[top], squared_stdev[top]
    null = t_two_sided(size, largest)
    rank = np.arange(1, n_target + 1)
    target = ((rank - 0.5) / n - (1.0 - share) * null) / share
    beyond = target > null
    excess = np.zeros(n_target)
    if beyond.any():
        expected = t_upper_quantile(log(0.5 * target[beyond]), largest)
        excess[beyond] = squared_stdev[beyond] * ((size[beyond] / expected) ** 2 - 1.0)
    return float(np.mean(np.clip(excess, *limits)))


def moderated_f(fit: LinearFit, squeezed: SqueezedVariances, tests: ModeratedT) -> tuple[Floats, Floats, int]:
    """Test all coefficients or contrasts of a fit together.

    Returns
    -------
    tuple
        F (n_genes,), its p-value (n_genes,), and numerator degrees of freedom. The denominator has the residual and
        prior degrees of freedom of the gene, without the bound of the t tests.
    """
    form, rank = quadratic_form(fit, tests.statistic.shape[1])
    f = form(tests.statistic)
    return f, f_pvalue(f, rank, fit.df_residual + squeezed.df_prior), rank


def quadratic_form(fit: LinearFit, k: int) -> tuple[Callable[[Floats], Floats], int]:
    """The function that makes F (n_genes,) of the t of ``k`` contrasts (n_genes, k), and its degrees of freedom."""
    variance = np.diag(fit.unscaled_covariance).copy()
    variance[variance == 0] = 1.0
    scale = np.sqrt(variance)
    values, vectors = symmetric_eigen(fit.unscaled_covariance / (scale[:, None] * scale[None, :]))
    rank = int(np.count_nonzero(values / values[0] > DEPENDENT)) if k > 1 else 1

    def form(t: Floats) -> Floats:
        f = np.zeros(len(t))
        for m in range(rank):
            weights = vectors[:, m] / np.sqrt(values[m]) / np.sqrt(rank) if k > 1 else np.ones(1)
            projected = np.zeros(len(f))
            for j in range(k):
                projected += t[:, j] * weights[j]
            f += projected * projected
        return f

    return form, rank


def f_pvalue(f: Floats, df1: int, df2: Floats) -> Floats:
    """Upper tail of F (n,), with chi-squared for very large ``df2``, as R has it."""
    far = (df2 > CHI2_FROM_DF) & (df1 <= df2)
    p = f_upper(f, float(df1), np.where(far, 1.0, df2))
    if far.any():
        p[far] = chi2_upper(f[far] * df1, df1)
        p[np.isnan(f)] = np.nan
    return p
