"""Likelihood ratio test of a full against a reduced model (Wilks 1938)."""

from __future__ import annotations

from foldwise.stats.arrays import Floats
from foldwise.stats.tails import chi2_upper


def lrt_statistics(log_likelihood_full: Floats, log_likelihood_reduced: Floats, df: int) -> tuple[Floats, Floats]:
    """Statistic and p-value of each gene.

    Parameters
    ----------
    log_likelihood_full, log_likelihood_reduced : ndarray, (n_genes,)
        Natural log, at the same dispersions.
    df : int
        Coefficients that the reduced model lacks, at least 1.

    Returns
    -------
    tuple of ndarray
        Twice the difference, which may be slightly negative where iterations stop early, and the upper chi-squared
        tail probability; (n_genes,) each.
    """
    statistic = 2.0 * (log_likelihood_full - log_likelihood_reduced)
    return statistic, chi2_upper(statistic, df)
