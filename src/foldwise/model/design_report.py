"""A design in plain sentences: what is compared, with how many samples, and whether variables can be told apart."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from foldwise.model.columns import Factor, shorten
from foldwise.model.design_errors import cross_table, main_factors
from foldwise.model.guess_design import is_blocking
from foldwise.stats.design_algebra import design_cells

if TYPE_CHECKING:
    from foldwise.model.design import Design, Term

MAX_SHOWN = 12


def design_report(design: Design, samples: pd.DataFrame | None = None) -> list[str]:
    """Sentences about a design: size, groups, blocks, covariates, interactions, confounding.

    Parameters
    ----------
    design : Design
        A design that can be fitted (`make_design` raises otherwise).
    samples : DataFrame, optional
        Not needed; accepted so that the call reads like `check_design`.

    Returns
    -------
    list of str
    """
    n, p = design.matrix.shape
    sentences = [
        f"{design.formula or 'The given matrix'}: {_count(n, 'sample')}, {_count(p, 'coefficient')}, "
        f"{_count(n - p, 'residual degree')} of freedom; full rank."
    ]
    factors = main_factors(design)
    sentences += [_groups(factor) for factor in factors]
    sentences += [_covariate(design, name) for name in design.numeric]
    sentences += [_interaction(design, term) for term in design.terms if len(term.variables) > 1]
    sentences += [_pair(a, b) for a, b in combinations(factors, 2)]
    if not design.factors:
        cells, sizes = design_cells(design.matrix)
        sentences.append(f"{_count(len(sizes), 'distinct row')} of the design among {_count(len(cells), 'sample')}.")
    return sentences


def confounding_map(design: Design) -> list[tuple[str, str, float]]:
    """Pairs of main factors with Cramer's V (0 = balanced, 1 = one determines the other)."""
    return [(a.name, b.name, cramers_v(cross_table(a, b))) for a, b in combinations(main_factors(design), 2)]


def cramers_v(table: np.ndarray) -> float:
    """Cramer's V of a table of counts without empty margins (Cramer 1946, section 21.9)."""
    total = table.sum()
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / total
    chi_squared = float(np.sum((table - expected) ** 2 / expected))
    return float(np.sqrt(chi_squared / total / (min(table.shape) - 1)))


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _groups(factor: Factor) -> str:
    sizes = [f"{level} ({size})" for level, size in zip(factor.levels, factor.sizes(), strict=True)]
    compared = f"{shorten(factor.levels[1:], MAX_SHOWN)} against {factor.reference}"
    return f"{factor.name}: {shorten(sizes, MAX_SHOWN)}; compared: {compared}."


def _covariate(design: Design, name: str) -> str:
    columns = [k for term in design.terms if term.variables == (name,) for k in term.columns]
    if not columns:
        return f"{name}: covariate, in interactions only."
    if len(columns) == 1:
        values = design.matrix[:, columns[0]]
        return f"{name}: covariate from {values.min():.4g} to {values.max():.4g}; one slope per unit."
    return f"{name}: covariate with {_count(len(columns), 'column')}."


def _interaction(design: Design, term: Term) -> str:
    factors = [factor for name in term.variables if (factor := design.factor(name)) is not None]
    words = f"{term.name}: the effect of one may depend on the other ({_count(len(term.columns), 'coefficient')})"
    if len(factors) < 2:
        return f"{words}."
    keys = list(zip(*(factor.codes for factor in factors), strict=True))
    counts = [keys.count(key) for key in set(keys)]
    n_cells = int(np.prod([len(factor.levels) for factor in factors]))
    cells = f"{len(counts)} of {_count(n_cells, 'combination')} have samples"
    each = f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    return f"{words}; {cells}, {each} each."


def _pair(a: Factor, b: Factor) -> str:
    """How two main factors hang together."""
    table = cross_table(a, b)
    levels_a = [a.levels[code] for code in a.codes]
    levels_b = [b.levels[code] for code in b.codes]
    if is_blocking(levels_a, levels_b):
        return f"{a.name!r} is paired with {b.name!r}: each {a.name} once in each {b.name}; compared within {a.name}."
    empty = int(np.sum(table == 0))
    v = cramers_v(table)
    if v < 1e-9:
        return f"{a.name!r} and {b.name!r} are balanced; not confounded."
    words = f"{a.name!r} and {b.name!r} overlap in part (Cramer's V {v:.2f}"
    holes = f"; {empty} of {_count(table.size, 'combination')} without samples" if empty else ""
    return f"{words}{holes}); not confounded."
