"""What gene set tests start from: effects of the tested coefficient and of the residuals, gene by gene.

limma specification, sections 14.1 and 14.7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.design_algebra import full_q
from foldwise.stats.elementary import log1p

# Degrees of freedom from here on are infinite for a normal score.
LARGEST_DF = 1e100


@dataclass(frozen=True, eq=False)
class GeneEffects:
    """Effects of all genes, uncorrelated with equal variance within a gene.

    Parameters
    ----------
    tested : ndarray, (n_genes,)
        Of the tested coefficient or contrast, with its sign.
    residual : ndarray, (n_genes, df)
    mean : ndarray, (n_genes,)
        Mean of the values.
    """

    tested: Floats
    residual: Floats
    mean: Floats

    @property
    def df(self) -> int:
        """Residual degrees of freedom."""
        return int(self.residual.shape[1])

    @property
    def variances(self) -> Floats:
        """Residual variances (n_genes,)."""
        return np.asarray(np.mean(self.residual * self.residual, axis=1))


def gene_effects(
    values: Floats, design: Floats, contrast: Floats, weights: Floats | None = None, n_threads: int = 1
) -> GeneEffects:
    """Rotate the values of each gene into effects.

    Parameters
    ----------
    values : ndarray, (n_genes, n_samples)
        Complete.
    design : ndarray, (n_samples, p)
        Of full rank, with residual degrees of freedom.
    contrast : ndarray, (p,)
    weights : ndarray, (n_samples,) or (n_genes, n_samples), optional
        Positive.
    n_threads : int
    """
    x = contrast_last(np.asarray(design, dtype=np.float64), np.asarray(contrast, dtype=np.float64))
    w = None if weights is None else np.ascontiguousarray(weights, dtype=np.float64)
    effects = _kernels.linear_effects(np.ascontiguousarray(values, dtype=np.float64), x, w, n_threads)
    return GeneEffects(effects[:, 0].copy(), np.ascontiguousarray(effects[:, 1:]), np.mean(values, axis=1))


def contrast_last(design: Floats, contrast: Floats) -> Floats:
    """The same design coded so that its last coefficient is the contrast, up to a positive factor."""
    used = np.flatnonzero(contrast)
    if len(used) == 1:
        k = int(used[0])
        last = design[:, k] * (1.0 if contrast[k] > 0 else -1.0)
        return np.ascontiguousarray(np.column_stack([np.delete(design, k, axis=1), last]))
    rotation = full_q(contrast[:, None])
    columns = [np.sum(design * q, axis=1) for q in rotation.T]
    sign = 1.0 if np.sum(rotation[:, 0] * contrast) > 0 else -1.0
    return np.ascontiguousarray(np.column_stack([*columns[1:], sign * columns[0]]))


def normal_score_hill(t: Floats, df: Floats | float) -> Floats:
    """Normal deviate with nearly the tail of ``t`` (Hill 1970, CACM 13:617); ``df`` at most 1e100."""
    df = np.minimum(df, LARGEST_DF)
    a = df - 0.5
    b = 48.0 * a * a
    z = a * log1p(t / df * t)
    series = ((((-0.4 * z - 3.3) * z - 24.0) * z - 85.5) / (0.8 * z * z + 100.0 + b) + z + 3.0) / b + 1.0
    return np.asarray(np.sign(t) * series * np.sqrt(z))


def normal_score_bailey(t: Floats, df: Floats | float) -> Floats:
    """Normal deviate with nearly the tail of ``t`` (Bailey 1980, Technometrics 22:67)."""
    df = np.minimum(df, LARGEST_DF)
    scale = (df + 0.125) / (df + 1.125)
    return np.asarray(np.sign(t) * scale * np.sqrt((df + 19.0 / 12.0) * log1p(t / (df + 1.0 / 12.0) * t)))
