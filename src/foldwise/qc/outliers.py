"""Samples far from the others on robust principal components of what the design leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foldwise.model.flags import Check, Flag
from foldwise.qc.expression import gram, hat_matrix, residuals
from foldwise.stats.robust_distance import CHI2_999, robust_distances
from foldwise.stats.robust_fit import robust_residuals

LEAST_SAMPLES, LEAST_DF = 6, 3
# Practical floor, of the variance: a sample is told only where it is so many times that of the median sample
# at its depth (twice the standard deviation).
LEAST_RATIO = 4.0
# Where the fit is robust, what one sample has too much is not spread over its group, and counts in full.
LEAST_RATIO_SMALL = 6.0
TOP_GENES = 0.95  # genes above this quantile of variation count as much as those at it
SAME_RESIDUAL = 0.999  # correlation of two samples whose residuals mirror each other (pairs of a block)
SMALL = 12  # samples, up to which the fit is robust
_NO_RESIDUAL = 1e-6


@dataclass(frozen=True, eq=False)
class Distances:
    """How far each sample lies: ``distance`` with its cut, and its residual variance by what is usual at its depth."""

    distance: np.ndarray
    cut: float
    ratio: np.ndarray


def outlier_check(
    samples: Sequence[str], values: np.ndarray, design: np.ndarray, noise: np.ndarray
) -> tuple[Check, tuple[Flag, ...], Distances | None]:
    """Measure how far each sample lies from the others.

    Parameters
    ----------
    samples : sequence of str
    values : ndarray, (n_genes, n_samples)
        Log expression.
    design : ndarray, (n_samples, p)
        Of full rank; it is taken out first.
    noise : ndarray, (n_samples,)
        Variance that counting alone makes.
    """
    n, p = design.shape
    df = n - p
    if n < LEAST_SAMPLES or df < LEAST_DF or not len(values):
        text = f"needs {LEAST_SAMPLES} samples and {LEAST_DF} residual degrees of freedom; there are {n} and {df}"
        return Check("outlier", False, text), (), None
    products = gram(_tempered(_left(values, design)))
    found = _distances(products, df, noise * len(values))
    least = LEAST_RATIO_SMALL if n <= SMALL else LEAST_RATIO
    far = np.flatnonzero((found.distance > found.cut) & (found.ratio >= least))
    flags = tuple(_flag(samples, int(i), found, _mirror(products, int(i))) for i in far)
    text = f"residual expression of {len(values):,} genes, {df} residual degrees of freedom"
    return Check("outlier", True, text), flags, found


def _left(values: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Return what the design leaves: in small experiments, where one sample pulls its group along, of a robust fit."""
    hat = hat_matrix(design)
    if len(hat) <= SMALL:
        return robust_residuals(values, hat, design.shape[1])
    left, leverage = residuals(values, design)
    free = np.maximum(1.0 - leverage, 0.0)
    return left / np.sqrt(np.where(free > _NO_RESIDUAL, free, np.inf))


def _tempered(left: np.ndarray) -> np.ndarray:
    """Scale down the genes that vary most, so that a few (of sex, of blood) do not make components of their own."""
    spread = np.sqrt(np.mean(left * left, axis=1))
    limit = float(np.quantile(spread, TOP_GENES))
    return left * np.minimum(1.0, limit / np.where(spread > 0, spread, 1.0))[:, None]


def _distances(products: np.ndarray, df: int, noise: np.ndarray) -> Distances:
    n_components = max(1, min(df // 3, len(CHI2_999)))
    squared, _ = robust_distances(products, n_components)
    size = np.diag(products)
    expected = float(np.median(np.maximum(size - noise, 0.0))) + noise
    ratio = np.where(expected > 0, size / np.where(expected > 0, expected, 1.0), 1.0)
    return Distances(np.sqrt(squared), float(np.sqrt(CHI2_999[n_components - 1])), ratio)


def _mirror(products: np.ndarray, i: int) -> int | None:
    """Return the sample whose residual is that of sample i or its mirror image, if there is one."""
    size = np.sqrt(np.maximum(np.diag(products), 0.0))
    scale = size * size[i]
    alike = np.abs(products[i]) >= SAME_RESIDUAL * scale
    others = np.flatnonzero(alike & (scale > 0) & (np.arange(len(size)) != i))
    return int(others[0]) if others.size else None


def _flag(samples: Sequence[str], i: int, found: Distances, mirror: int | None) -> Flag:
    both = "" if mirror is None else (
        f" It cannot be told from {samples[mirror]}, its partner in a block of two: either may be the one."
    )  # fmt: skip
    text = (
        f"{samples[i]} lies apart from the samples of its kind: robust distance {found.distance[i]:.1f} (cut "
        f"{found.cut:.1f}), and its genes scatter {found.ratio[i]:.1f} times as much around the model as is usual "
        f"here at its depth.{both}"
    )
    values: dict[str, float | str] = {
        "distance": round(float(found.distance[i]), 3), "cut": round(found.cut, 3),
        "scatter_ratio": round(float(found.ratio[i]), 3),
    }  # fmt: skip
    if mirror is not None:
        values["partner"] = samples[mirror]
    return Flag(samples[i], "outlier", text, values)
