"""One list of p-values weighted: covariates, folds, weights and what the gate looks at, from the genes of a design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from foldwise.learn.covariates import columns_of
from foldwise.learn.gene_covariates import chromosome_places, covariate_values
from foldwise.learn.gene_folds import folds_by_position, folds_by_residuals
from foldwise.learn.weight_gate import Flatness, flatness
from foldwise.learn.weights import LearnedWeights, learn_weights
from foldwise.model.experiment import CountMatrix, dense_counts
from foldwise.stats.elementary import log2

MEAN = "mean count"
# Reads added to a count, and to a library, before logs are taken (Law et al. 2014).
PRIOR_COUNT, PRIOR_LIBRARY = 0.5, 1.0


@dataclass(frozen=True, eq=False)
class GeneFacts:
    """What is known of genes without counts, (n_genes,) each.

    Parameters
    ----------
    covariates : mapping of str to ndarray
        Beside the mean count; NaN where unknown.
    chromosome : ndarray of text, or None
    position : ndarray, or None
    """

    covariates: Mapping[str, np.ndarray] = field(default_factory=dict)
    chromosome: np.ndarray | None = None
    position: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Weighting:
    """Weights of one list of p-values.

    Parameters
    ----------
    learned : LearnedWeights
        Of all genes; NaN where there is no p-value.
    folds : str
        What the folds are: ``stretches of the genome``, ``chromosomes`` or ``clusters of residuals``.
    flatness : Flatness
    """

    learned: LearnedWeights
    folds: str
    flatness: Flatness


def gene_facts(genes: pd.DataFrame, covariates: Sequence[str] = ()) -> GeneFacts:
    """Return what a table of genes knows.

    Raises
    ------
    UsageError
        E-USAGE-002 where a covariate is not there or holds texts.
    """
    values = dict(zip(covariates, covariate_values(genes, covariates), strict=True))
    places = chromosome_places(genes)
    return GeneFacts(values) if places is None else GeneFacts(values, *places)


def weigh(
    pvalue: np.ndarray, base_mean: np.ndarray, counts: CountMatrix, design: np.ndarray, facts: GeneFacts
) -> Weighting:
    """Learn the weights of one list of p-values.

    Parameters
    ----------
    pvalue, base_mean : ndarray, (n_genes,)
        NaN where missing.
    counts : ndarray or CSRCounts, (n_genes, n_samples)
    design : ndarray, (n_samples, p)
    facts : GeneFacts
    """
    present = np.flatnonzero(np.isfinite(pvalue))
    p, mean = pvalue[present], base_mean[present]
    covariates = {name: values[present] for name, values in facts.covariates.items()}
    folds, kind = _folds(present, counts, design, facts)
    found = learn_weights(p, columns_of(mean, tuple(covariates.values())), folds)
    flat = flatness(p, {MEAN: mean, **covariates, "weight": found.weight})
    spread = [_spread(values, present, len(pvalue)) for values in (found.weight, found.padj, found.changed)]
    return Weighting(LearnedWeights(*spread), kind, flat)


def _folds(present: np.ndarray, counts: CountMatrix, design: np.ndarray, facts: GeneFacts) -> tuple[np.ndarray, str]:
    if facts.chromosome is not None:
        if facts.position is None:
            return folds_by_position(facts.chromosome[present]), "chromosomes"
        return folds_by_position(facts.chromosome[present], facts.position[present]), "stretches of the genome"
    return folds_by_residuals(_log_cpm(counts, present), design), "clusters of residuals"


def _log_cpm(counts: CountMatrix, rows: np.ndarray) -> np.ndarray:
    """Log2 counts per million of some genes, (n_rows, n_samples)."""
    whole = dense_counts(counts)
    size = np.sum(whole, axis=0, dtype=np.float64) + PRIOR_LIBRARY
    return log2((whole[rows] + PRIOR_COUNT) / size * 1e6)


def _spread(values: np.ndarray, rows: np.ndarray, n: int) -> np.ndarray:
    every = np.full(n, np.nan)
    every[rows] = values
    return every
