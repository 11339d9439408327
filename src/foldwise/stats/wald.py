"""Wald tests of log fold changes, against 0 or against a threshold.

Love, Huber and Anders 2014 (Genome Biology 15:550), "Wald test" and "Hypothesis tests with thresholds on effect
size". Profiles: DESeq2 1.44 changed ``greaterAbs`` to the sum of both tails at the boundary.
"""

from __future__ import annotations

import numpy as np

from foldwise.errors import UsageError
from foldwise.stats.arrays import Floats
from foldwise.stats.tails import normal_two_sided, normal_upper, t_two_sided, t_upper

ALTERNATIVES = ("greaterAbs", "greaterAbs2014", "lessAbs", "greater", "less")
TWO_TAIL_PROFILE = "deseq2-1.44"


def wald_statistics(
    lfc: Floats,
    se: Floats,
    threshold: float = 0.0,
    alternative: str = "greaterAbs",
    profile: str = "deseq2-1.38",
    df: Floats | float | None = None,
) -> tuple[Floats, Floats]:
    """Statistic and p-value of each gene.

    Parameters
    ----------
    lfc, se : ndarray, (n_genes,)
        Log2 fold change and its standard error.
    threshold : float
        Log2 units, at least 0.
    alternative : str
        ``greaterAbs`` (|LFC| above the threshold), ``lessAbs`` (below), ``greater``, ``less``; ``greaterAbs2014`` is
        the rule before DESeq2 1.44 in any profile.
    profile : str
        ``deseq2-1.38`` or ``deseq2-1.44``.
    df : ndarray (n_genes,) or float, optional
        Degrees of freedom of a t distribution; normal without. Values that are not positive give a missing p.

    Returns
    -------
    tuple of ndarray
        Statistic and p-value, (n_genes,).

    Raises
    ------
    UsageError
        E-USAGE-002 for a negative threshold, an unknown alternative, or ``lessAbs`` without threshold.
    """
    _check(threshold, alternative)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = lfc / se
        if threshold == 0 and alternative in ("greaterAbs", "greaterAbs2014"):
            return z, _two_sided(z, df)
        return _threshold_test(lfc, se, threshold, alternative, profile, df)


def _threshold_test(
    lfc: Floats, se: Floats, threshold: float, alternative: str, profile: str, df: Floats | float | None
) -> tuple[Floats, Floats]:
    above, below = (lfc - threshold) / se, (lfc + threshold) / se
    if alternative == "greater":
        return np.maximum(above, 0.0), _upper(above, df)
    if alternative == "less":
        return np.minimum(below, 0.0), _upper(-below, df)
    if alternative == "lessAbs":
        p = np.maximum(_upper(-above, df), _upper(below, df))
        return np.minimum(np.maximum(-above, 0.0), np.maximum(below, 0.0)), p
    beyond = (np.abs(lfc) - threshold) / se
    if alternative == "greaterAbs" and profile == TWO_TAIL_PROFILE:
        return lfc / se, _upper(beyond, df) + _upper((np.abs(lfc) + threshold) / se, df)
    return np.sign(lfc) * np.maximum(beyond, 0.0), np.minimum(1.0, 2.0 * _upper(beyond, df))


def _two_sided(z: Floats, df: Floats | float | None) -> Floats:
    return normal_two_sided(z) if df is None else t_two_sided(z, df)


def _upper(z: Floats, df: Floats | float | None) -> Floats:
    return normal_upper(z) if df is None else t_upper(z, df)


def _check(threshold: float, alternative: str) -> None:
    if alternative not in ALTERNATIVES:
        raise UsageError(
            "E-USAGE-002", f"Unknown alternative {alternative!r}.", f"Choose one of {', '.join(ALTERNATIVES)}."
        )
    if not threshold >= 0:
        raise UsageError("E-USAGE-002", f"The threshold is {threshold}.", "Give a log2 fold change of 0 or more.")
    if alternative == "lessAbs" and threshold == 0:
        raise UsageError(
            "E-USAGE-002",
            "The alternative lessAbs asks for changes smaller than a threshold of 0.",
            "Give a positive threshold (--lfc).",
        )
