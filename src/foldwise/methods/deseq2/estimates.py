"""What the tests read off a fit: estimates of contrasts, which genes have no reads to compare, the factors in use."""

from __future__ import annotations

import numpy as np

from foldwise.errors import InternalError
from foldwise.model.contrast import Contrast, samples_in_contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Status
from foldwise.model.normalization import SizeFactors
from foldwise.stats.nb_glm import LN2


def contrast_estimates(fit: Fit, contrast: Contrast) -> tuple[np.ndarray, np.ndarray]:
    """Log2 fold change and standard error (n_genes,) of a contrast: c'b and the root of c'Cc."""
    c = contrast.vector
    used = np.flatnonzero(c)
    estimate = np.zeros(fit.coefficients.shape[0])
    variance = np.zeros_like(estimate)
    for a in used:
        estimate = estimate + c[a] * fit.coefficients[:, a]
        for b in used:
            high, low = max(a, b), min(a, b)
            variance = variance + c[a] * c[b] * fit.covariance[:, high * (high + 1) // 2 + low]
    return estimate / LN2, np.sqrt(np.maximum(variance, 0.0)) / LN2


def factors_of(size_factors: SizeFactors | None) -> np.ndarray:
    """Return the factors that counts are divided by: (n_samples,) or (n_genes, n_samples)."""
    if size_factors is None:
        raise InternalError("E-INTERNAL-001", "The deseq2 method was fitted without size factors.")
    return size_factors.values if size_factors.matrix is None else size_factors.matrix


def relative_weights(experiment: Experiment) -> np.ndarray | None:
    """Weights divided by the largest of each gene; 0 stays 0 where all are."""
    if experiment.weights is None:
        return None
    largest = experiment.weights.max(axis=1, keepdims=True)
    return np.ascontiguousarray(experiment.weights / np.where(largest > 0, largest, 1.0))


def is_two_groups(design: Design) -> bool:
    """Tell whether the design is one factor with two levels, given as a formula."""
    return (
        design.formula is not None
        and len(design.terms) == 1
        and len(design.terms[0].variables) == 1
        and not design.numeric
        and len(design.factors) == 1
        and len(design.factors[0].levels) == 2
    )


def all_zero_in(fit: Fit, contrast: Contrast) -> np.ndarray:
    """Genes with counts, none of them in the samples that the contrast compares."""
    samples = samples_in_contrast(fit.design, contrast)
    if samples is None:
        return np.zeros(len(fit.status), dtype=bool)
    cells = np.unique(fit.extra["cells"][samples])
    zero: np.ndarray = np.all(fit.extra["cell_zero"][:, cells], axis=1)
    return np.asarray(zero & ~np.isin(fit.status, (Status.ALL_ZERO, Status.NOT_ESTIMABLE)))
