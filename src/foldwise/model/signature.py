"""A signature: genes whose expression predicts a class of samples, and what is known of how well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from foldwise.model.analysis import Message


@dataclass(frozen=True, eq=False)
class SignatureModel:
    """What is needed to score new samples.

    The log odds of the second class are ``intercept`` plus, over the genes of the panel, ``coefficients`` times
    (log2(count / size factor + 1) - ``centers``); the size factor of a sample is the median of the ratios of its counts
    to the ``reference``.

    Parameters
    ----------
    outcome : str
        Column of the sample sheet that was learned.
    classes : tuple of str
        The reference class, and the class whose probability is given.
    genes : tuple of str
        The panel.
    centers, coefficients : ndarray, (n_genes,)
        Means over the training samples, and natural log of odds per unit of log2.
    intercept : float
        Log odds of a sample with the means of all genes.
    threshold : float
        A probability above it is called the second class: the share of that class among the training samples.
    reference_genes : tuple of str
        Genes that had a read in every training sample.
    reference : ndarray, (n_reference,)
        Natural log of their geometric means.
    n_samples, n_persons : int
        That it was trained on.
    """

    outcome: str
    classes: tuple[str, str]
    genes: tuple[str, ...]
    centers: np.ndarray
    coefficients: np.ndarray
    intercept: float
    threshold: float
    reference_genes: tuple[str, ...]
    reference: np.ndarray
    n_samples: int
    n_persons: int


@dataclass(frozen=True)
class Score:
    """How well something predicts the classes of held-out samples.

    Parameters
    ----------
    name : str
    auc : float
    low, high : float
        95 % interval of the AUC; NaN where there is none.
    balanced_accuracy, brier : float
    """

    name: str
    auc: float
    low: float
    high: float
    balanced_accuracy: float
    brier: float


@dataclass(frozen=True, eq=False)
class SignatureResult:
    """A signature, judged on samples that were held out.

    Parameters
    ----------
    model : SignatureModel
        Fitted to all samples.
    score : Score
        Of the signature in nested cross-validation.
    baselines : tuple of Score
        Majority class, library covariates, random genes.
    pvalue : float
        Of the AUC, by permutation; NaN without permutations.
    permuted : ndarray, (n_permutations,)
        AUC with permuted labels.
    permuted_score : float
        The AUC that these are compared with, from as many repeats.
    genes : DataFrame
        One row per gene chosen in any fold or in the model; index gene id; columns ``selection_frequency``,
        ``sign_stability``, ``stable``, ``mean_coefficient`` and ``model_coefficient``, before them ``gene_name`` where
        known.
    predictions : DataFrame
        One row per sample; ``person``, ``outcome``, ``probability`` (mean of the repeats), ``probability_sd``,
        ``called``.
    roc : tuple of ndarray
        False and true positive shares.
    calibration : DataFrame
        ``probability``, ``share``, ``n``: bins of equal size.
    n_persons, n_samples : tuple of int
        Per class.
    group : str or None
        Column that names persons.
    settings : mapping
        Repeats, folds, permutations, seed, penalties tried and chosen.
    messages : tuple of Message
        What was found on the way.
    """

    model: SignatureModel
    score: Score
    baselines: tuple[Score, ...]
    pvalue: float
    permuted: np.ndarray
    permuted_score: float
    genes: pd.DataFrame
    predictions: pd.DataFrame
    roc: tuple[np.ndarray, np.ndarray]
    calibration: pd.DataFrame
    n_persons: tuple[int, int]
    n_samples: tuple[int, int]
    group: str | None
    settings: Mapping[str, Any]
    messages: tuple[Message, ...] = field(default=())

    @property
    def stable(self) -> pd.DataFrame:
        """Genes chosen in at least 80 % of the folds."""
        chosen: pd.DataFrame = self.genes[self.genes["stable"].to_numpy(dtype=bool)]
        return chosen
