"""Scrambled conditions: the tested factor permuted among samples that are alike in everything else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import factorial, prod

import numpy as np

from foldwise.certify.cells import factor_codes, joined
from foldwise.certify.labelings import Labelings
from foldwise.certify.seeds import SCRAMBLE, stream
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design

CONTINUOUS = (
    "The tested variable or another of the design is a number, whose effect stays in the counts when labels are "
    "permuted."
)


def variables_of(design: Design, contrast: Contrast) -> tuple[str, ...]:
    """Return the variables whose effect a contrast tests."""
    if contrast.variable is not None:
        return (contrast.variable,)
    rows = contrast.vector[None, :] if contrast.matrix is None else contrast.matrix
    used = set(np.flatnonzero(np.any(rows != 0, axis=0)).tolist())
    names = [name for term in design.terms if used & set(term.columns) for name in term.variables]
    return tuple(dict.fromkeys(names))


def scrambles(design: Design, variables: tuple[str, ...], n: int, seed: int) -> Labelings:
    """Return permutations of the tested variables within the strata of the other factors, the observed left out.

    Parameters
    ----------
    design : Design
    variables : tuple of str
        Of the tested contrasts.
    n : int
        At most so many: all distinct ones if they are no more, else drawn without repetition. Two that exchange the
        groups in every stratum count once, where that changes no test.
    seed : int

    Returns
    -------
    Labelings
        Row numbers: sample j gets the condition of sample ``values[b, j]``.
    """
    strata = joined(factor_codes(design, without=variables), design.n_samples)
    tested, numeric = _tested_codes(design, variables)
    members = [np.flatnonzero(strata == stratum) for stratum in range(strata.max() + 1)]
    codes = [tested[each] for each in members]
    mirror = _mirrored(codes)
    total = prod(_arrangements(of) for of in codes) // (2 if mirror else 1)
    observed = _key(tested, members, mirror)
    found: dict[bytes, np.ndarray] = {observed: np.arange(design.n_samples)}
    if total - 1 <= n:
        for labels in _enumerated(members, codes, design.n_samples):
            found.setdefault(_key(labels, members, mirror), _rows(labels, tested, members))
    else:
        rng = np.random.default_rng(stream(seed, SCRAMBLE))
        while len(found) <= n:
            rows = np.arange(design.n_samples)
            for each in members:
                rows[each] = rng.permutation(each)
            found.setdefault(_key(tested[rows], members, mirror), rows)
    values = np.array(list(found.values())[1:], dtype=np.int32).reshape(-1, design.n_samples)
    return Labelings("scramble", values, total - 1, CONTINUOUS if numeric or design.numeric else "")


def scrambled_design(design: Design, variables: tuple[str, ...], rows: np.ndarray) -> Design:
    """Return the design in which sample j has the tested condition of sample ``rows[j]``."""
    columns = [column for term in design.terms if set(term.variables) & set(variables) for column in term.columns]
    matrix = design.matrix.copy()
    matrix[:, columns] = design.matrix[np.ix_(rows, np.array(columns, dtype=np.int64))]
    factors = tuple(
        replace(factor, codes=tuple(np.asarray(factor.codes)[rows].tolist())) if factor.name in variables else factor
        for factor in design.factors
    )
    return replace(design, matrix=np.ascontiguousarray(matrix), factors=factors)


def _tested_codes(design: Design, variables: tuple[str, ...]) -> tuple[np.ndarray, bool]:
    """Number of the condition of each sample, and whether a tested variable is a number."""
    numeric = any(name in design.numeric for name in variables)
    columns = [column for term in design.terms if set(term.variables) <= set(variables) for column in term.columns]
    values = design.matrix[:, columns] if columns else design.matrix
    return np.asarray(np.unique(values, axis=0, return_inverse=True)[1]).reshape(-1), numeric


def _arrangements(codes: np.ndarray) -> int:
    """How many ways there are to arrange these labels."""
    return factorial(len(codes)) // prod(factorial(int(k)) for k in np.bincount(codes))


def _mirrored(codes: list[np.ndarray]) -> bool:
    """Tell whether exchange of the two conditions maps arrangements onto arrangements."""
    every = np.concatenate(codes)
    return bool(every.max() == 1 and all(np.sum(of == 0) == np.sum(of == 1) for of in codes))


def _key(labels: np.ndarray, members: list[np.ndarray], mirror: bool) -> bytes:
    if mirror and labels[members[0][0]] == 1:
        labels = 1 - labels
    return np.asarray(labels, dtype=np.int32).tobytes()


def _enumerated(members: list[np.ndarray], codes: list[np.ndarray], n_samples: int) -> Iterator[np.ndarray]:
    for parts in product(*(list(_multiset(sorted(of.tolist()))) for of in codes)):
        labels = np.zeros(n_samples, dtype=np.int64)
        for each, part in zip(members, parts, strict=True):
            labels[each] = part
        yield labels


def _multiset(items: list[int]) -> Iterator[tuple[int, ...]]:
    """Distinct arrangements of sorted items, in order."""
    if not items:
        yield ()
        return
    for first in sorted(set(items)):
        rest = list(items)
        rest.remove(first)
        for tail in _multiset(rest):
            yield (first, *tail)


def _rows(labels: np.ndarray, tested: np.ndarray, members: list[np.ndarray]) -> np.ndarray:
    """Row numbers that give these labels, within strata."""
    rows = np.arange(len(labels))
    for each in members:
        rows[each[np.argsort(labels[each], kind="stable")]] = each[np.argsort(tested[each], kind="stable")]
    return rows
