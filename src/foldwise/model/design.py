"""The design of an experiment (matrix, names, factors) and the safe formula door."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Factor:
    """A categorical column: its levels (reference first) and the level number of each sample."""

    name: str
    levels: tuple[str, ...]
    codes: tuple[int, ...]


@dataclass(frozen=True)
class Term:
    """A term of the formula: its variables and the columns of the matrix it owns."""

    name: str
    variables: tuple[str, ...]
    columns: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Design:
    """A full-rank design.

    Parameters
    ----------
    matrix : ndarray, (n_samples, n_coefficients), float64
    coefficient_names : tuple of str
        ``Intercept``, ``dex_trt_vs_untrt``, ``strainmut:minute15``, ``age``; without intercept ``dextrt``.
    formula : str or None
        None where a matrix was given.
    factors : tuple of Factor
    terms : tuple of Term
    numeric : tuple of str
        Names of numeric covariates.
    has_intercept : bool
    source : str
        ``given``, ``guessed`` or ``matrix``.
    """

    matrix: np.ndarray
    coefficient_names: tuple[str, ...]
    formula: str | None
    factors: tuple[Factor, ...]
    terms: tuple[Term, ...]
    numeric: tuple[str, ...] = ()
    has_intercept: bool = True
    source: str = "given"
