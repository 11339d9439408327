"""The design of an experiment: matrix, coefficient names, factors and terms, made from a formula or given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from foldwise.errors import DesignError
from foldwise.model.coding import Column, Part, code_columns, column_names
from foldwise.model.columns import (
    Factor,
    is_numeric,
    level_text,
    make_factor,
    reject_ordered,
    sheet_column,
    word_set,
)
from foldwise.model.design_errors import require_nested, require_solvable
from foldwise.model.formula import Formula, Variable, formula_columns, parse_formula
from foldwise.model.transforms import FACTOR_CALLS, Numeric, make_numeric

__all__ = [
    "Design",
    "Factor",
    "Term",
    "append_columns",
    "design_from_matrix",
    "formula_columns",
    "make_design",
    "r_names",
    "reduced_design",
]


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
    parts : tuple of tuple of (str, str or None)
        Of which parts each coefficient is the product: (factor, level), or (label, None) for a numeric column; the
        intercept has none. Empty where a matrix was given.
    columns_used : dict of str to str
        Column of the sample sheet of each factor and numeric variable.
    """

    matrix: np.ndarray
    coefficient_names: tuple[str, ...]
    formula: str | None
    factors: tuple[Factor, ...]
    terms: tuple[Term, ...]
    numeric: tuple[str, ...] = ()
    has_intercept: bool = True
    source: str = "given"
    parts: tuple[tuple[Part, ...], ...] = ()
    columns_used: Mapping[str, str] = field(default_factory=dict)

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return int(self.matrix.shape[0])

    @property
    def n_coefficients(self) -> int:
        """Number of coefficients."""
        return int(self.matrix.shape[1])

    @property
    def residual_df(self) -> int:
        """Samples minus coefficients."""
        return self.n_samples - self.n_coefficients

    def factor(self, name: str) -> Factor | None:
        """Return the factor of this name, or None."""
        return next((factor for factor in self.factors if factor.name == name), None)


def make_design(
    formula: str, samples: pd.DataFrame, references: Mapping[str, str] | None = None, source: str = "given"
) -> Design:
    """Make a design from a formula: treatment coding with the columns, order and marginality rules of R.

    Text, category and truth-value columns are factors; numbers are covariates unless written ``C(column)``. The
    first level (in ``references``, else in the formula, else of the sorted levels or the category's own order) is
    the reference. Nothing in the formula is evaluated.

    Parameters
    ----------
    formula : str
        Such as ``~ cell + dex``.
    samples : DataFrame
        One row per sample.
    references : mapping of str to str, optional
        Reference level by column.
    source : str
        ``given`` or ``guessed``.

    Raises
    ------
    DesignError
        E-FORMULA-*, E-SHEET-004 (no such column), E-SHEET-005 (missing values), E-DESIGN-001 to 008.
    """
    design = _build(parse_formula(formula), samples, dict(references or {}), source)
    require_solvable(design)
    return design


def reduced_design(design: Design, reduced_formula: str, samples: pd.DataFrame) -> Design:
    """Make the reduced design of a likelihood ratio test, with the factors coded as in the full one.

    Raises
    ------
    DesignError
        E-DESIGN-009 when it is not nested in the full design, or not smaller.
    """
    references = {design.columns_used[factor.name]: factor.reference for factor in design.factors}
    reduced = _build(parse_formula(reduced_formula), samples, references, "given")
    require_solvable(reduced)
    require_nested(design, reduced)
    return reduced


def design_from_matrix(matrix: np.ndarray, coefficient_names: Sequence[str]) -> Design:
    """Take a model matrix (n_samples, n_coefficients) as it is.

    Raises
    ------
    DesignError
        E-DESIGN-003 or 005 when it cannot be fitted.
    """
    values = np.ascontiguousarray(matrix, dtype=np.float64)
    names = tuple(str(name) for name in coefficient_names)
    if values.ndim != 2 or values.shape[1] != len(names) or not len(names) or not np.all(np.isfinite(values)):
        raise DesignError(
            "E-DESIGN-005",
            f"The model matrix has shape {values.shape} with {len(names)} names, or values that are not numbers.",
            "Give samples x coefficients of finite numbers, with one name per column.",
        )
    has_intercept = bool(np.any(np.all(values == 1.0, axis=0)))
    design = Design(values, names, None, (), (), has_intercept=has_intercept, source="matrix")
    require_solvable(design)
    return design


def append_columns(design: Design, columns: np.ndarray, names: Sequence[str]) -> Design:
    """Return the design with further columns at its end; factors and terms stay, the formula no longer tells all.

    Parameters
    ----------
    design : Design
    columns : ndarray, (n_samples, n_new)
    names : sequence of str

    Raises
    ------
    DesignError
        E-DESIGN-003 or 005 where it cannot be fitted.
    """
    matrix = np.ascontiguousarray(np.column_stack([design.matrix, columns]), dtype=np.float64)
    longer = replace(
        design, matrix=matrix, coefficient_names=(*design.coefficient_names, *names), formula=None, parts=()
    )
    require_solvable(longer)
    return longer


def _build(formula: Formula, samples: pd.DataFrame, references: dict[str, str], source: str) -> Design:
    for column in references:
        sheet_column(samples, column)
    evaluated = [_evaluate(v, formula, samples, references) for v in formula.variables]
    terms = _distinct_terms(formula.terms, evaluated)
    variables = list({variable.name: variable for variable in evaluated}.values())
    columns, matrix = code_columns(variables, terms, formula.intercept, len(samples))
    kept = sorted({v for term in terms for v in term})
    return Design(
        matrix=matrix,
        coefficient_names=column_names(columns),
        formula=formula.text.strip(),
        factors=tuple(v for k in kept if isinstance(v := variables[k], Factor)),
        terms=tuple(_term(number, term, variables, columns) for number, term in enumerate(terms)),
        numeric=tuple(v.name for k in kept if isinstance(v := variables[k], Numeric)),
        has_intercept=formula.intercept,
        source=source,
        parts=tuple(column.parts for column in columns),
        columns_used={e.name: v.column for e, v in zip(evaluated, formula.variables, strict=True)},
    )


def _evaluate(
    variable: Variable, formula: Formula, samples: pd.DataFrame, references: Mapping[str, str]
) -> Factor | Numeric:
    column = sheet_column(samples, variable.column)
    reference = references.get(variable.column)
    call = variable.call
    if call is None:
        reject_ordered(column, variable.column)
    if (call is not None and call.function not in FACTOR_CALLS) or (call is None and is_numeric(column)):
        if reference is not None and not any(
            other.column == variable.column and other.call and other.call.function in FACTOR_CALLS
            for other in formula.variables
        ):
            raise DesignError(
                "E-CONTRAST-001",
                f"{variable.column!r} is a numeric covariate and has no reference level.",
                "Write C(column) in the formula to make it a factor.",
                where=f"column {variable.column[:80]}",
            )
        return make_numeric(variable, column)
    arguments = dict(call.arguments) if call else {}
    levels = arguments.get("levels")
    reference = reference if arguments.get("ref") is None else _one_reference(variable, arguments["ref"], reference)
    return make_factor(
        column,
        _factor_name(variable, formula, column),
        [level_text(level) for level in levels] if isinstance(levels, tuple) else None,
        reference,
    )


def _one_reference(variable: Variable, written: object, given: str | None) -> str:
    """The reference level of the formula, unless another was asked for beside it."""
    text = level_text(written)
    if given is not None and given != text:
        raise DesignError(
            "E-FORMULA-003",
            f"Two reference levels for {variable.column!r}: {text!r} in the formula, {given!r} beside it.",
            "Give one.",
            where=f"column {variable.column[:80]}",
        )
    return text


def _factor_name(variable: Variable, formula: Formula, column: pd.Series) -> str:
    """Name of a factor: its column, unless the formula uses that column in another way too."""
    if variable.call is None:
        return variable.name
    others = [v for v in formula.variables if v.column == variable.column and v.name != variable.name]
    plain_twin = not variable.call.arguments and not is_numeric(column) and all(v.call is None for v in others)
    return variable.name if others and not plain_twin else variable.column


def _distinct_terms(terms: tuple[tuple[int, ...], ...], evaluated: Sequence[Factor | Numeric]) -> list[tuple[int, ...]]:
    """Renumber variables so that ``x`` and ``C(x)`` of a text column are one; terms that become equal merge."""
    numbers: dict[str, int] = {}
    for variable in evaluated:
        numbers.setdefault(variable.name, len(numbers))
    renamed = [tuple(sorted({numbers[evaluated[v].name] for v in term})) for term in terms]
    return sorted(dict.fromkeys(renamed), key=len)


def _term(number: int, term: tuple[int, ...], variables: Sequence[Factor | Numeric], columns: Sequence[Column]) -> Term:
    names = tuple(variables[v].name for v in term)
    return Term(":".join(names), names, tuple(k for k, column in enumerate(columns) if column.term == number))


# --- names of other packages -----------------------------------------------------------------------------------------

_R_RESERVED = word_set(
    "if else repeat while function for next break TRUE FALSE NULL Inf NaN NA in NA_integer_ NA_real_ "
    "NA_character_ NA_complex_"
)


def r_name(text: str) -> str:
    """Make a text a syntactic name as R does: other characters become dots; X before a bad start."""
    name = re.sub(r"[^\w.]", ".", text)
    if not re.match(r"[^\W\d_]|\.(?!\d)", name):
        name = f"X{name}"
    return f"{name}." if name in _R_RESERVED else name


def r_names(design: Design) -> tuple[str, ...]:
    """Coefficient names as DESeq2 prints them: ``dex_trt_vs_untrt``, ``strainmut.minute15``."""
    return tuple(r_name(name) for name in design.coefficient_names)


def model_matrix_names(design: Design) -> tuple[str, ...]:
    """Coefficient names as R's ``model.matrix`` prints them: ``(Intercept)``, ``dextrt``, ``strainmut:minute15``."""
    if not design.parts:
        return design.coefficient_names
    return tuple(
        ":".join(f"{variable}{level or ''}" for variable, level in parts) or "(Intercept)" for parts in design.parts
    )
