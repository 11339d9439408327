"""Log values of the expressed genes, from which hidden factors are estimated whatever the method."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from foldwise.engine.base import Engine, kernel_counts
from foldwise.engine.library_sizes import effective_sizes
from foldwise.engine.preparation import normalize, of_rows, tested_rows
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.cpm import log_cpm
from foldwise.stats.rows import dense_rows
from foldwise.stats.size_factors import geometric_mean

PRIOR_COUNT = 2.0  # edgeR's for logs


@dataclass(frozen=True, eq=False)
class Expression:
    """Values of expressed genes.

    Parameters
    ----------
    values : ndarray, (n_rows, n_samples)
        Log2 counts per million.
    counts : ndarray, (n_rows, n_samples)
    sizes : ndarray, (n_samples,) or (n_rows, n_samples)
        Effective library sizes.
    rows : ndarray of int, (n_rows,)
        Numbers of the genes in the experiment.
    """

    values: np.ndarray
    counts: np.ndarray
    sizes: np.ndarray
    rows: np.ndarray

    def values_of(self, counts: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the values (n, n_samples) that other counts of some of the genes would have at the same depths."""
        sizes = self.sizes if self.sizes.ndim == 1 else self.sizes[rows]
        return log_cpm(np.asarray(counts, dtype=np.float64), sizes, PRIOR_COUNT)


def expression(
    spec: AnalysisSpec, experiment: Experiment, design: Design, engine: Engine, given: SizeFactors | None = None
) -> Expression:
    """Return log2 counts per million of the genes that are expressed, by edgeR's filter, at depths by TMM.

    Parameters
    ----------
    spec : AnalysisSpec
        Its thresholds of the filter are used; offsets and lengths of the experiment are too.
    experiment : Experiment
    design : Design
        Decides in how many samples a gene must have reads.
    engine : Engine
    given : SizeFactors, optional
        Size factors that the user brings, in place of TMM.

    Raises
    ------
    InputError
        E-COUNT-009 where no gene is expressed.
    """
    own = replace(
        spec,
        filter=replace(spec.filter, rule="expression"),
        normalization=replace(spec.normalization, size_factors="tmm"),
    )
    rows = tested_rows(own, experiment, design)
    rows = np.arange(experiment.n_genes) if rows is None else rows
    kept = experiment.take(rows)
    factors = normalize(own, kept, engine) if given is None else of_rows(given, None, rows)[0]
    counts = np.asarray(dense_rows(kernel_counts(kept.counts)), dtype=np.float64)
    sizes = effective_sizes(kept, factors, engine)
    if factors is not None and factors.matrix is not None:
        sizes = factors.matrix * geometric_mean(sizes)
    return Expression(log_cpm(counts, sizes, PRIOR_COUNT), counts, sizes, rows)
