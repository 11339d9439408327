"""Numeric variables of a formula: a covariate as it is, or one of our own functions of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from foldwise.errors import DesignError
from foldwise.model.columns import is_numeric, quote_name, require_complete, shorten
from foldwise.model.formula import Variable

Arguments = Mapping[str, object]

FACTOR_CALLS = frozenset({"C", "factor"})


@dataclass(frozen=True, eq=False)
class Numeric:
    """A numeric variable: one or more columns.

    Parameters
    ----------
    name : str
        The variable as in the formula: ``age``, ``bs(age, df = 4)``.
    labels : tuple of str
        One per column: ``age``, or ``bs(age, df = 4)1``, ...
    values : ndarray, (n_samples, n_columns)
    """

    name: str
    labels: tuple[str, ...]
    values: np.ndarray


def make_numeric(variable: Variable, column: pd.Series) -> Numeric:
    """Evaluate a numeric variable on its column.

    Raises
    ------
    DesignError
        E-SHEET-005 (missing values), E-DESIGN-008 (constant), E-FORMULA-003 (function of a text column),
        E-FORMULA-007 (the function gives no number for a sample, or has too few samples).
    """
    if not is_numeric(column):
        function = variable.call.function if variable.call else ""
        raise DesignError(
            "E-FORMULA-003",
            f"{function}() needs numbers, and column {variable.column!r} holds text.",
            f"Use the column as a factor: {quote_name(variable.column)}.",
            where=f"column {variable.column[:80]}",
        )
    require_complete(column, variable.column)
    x = column.to_numpy(dtype=np.float64)
    if np.all(x == x[0]):
        raise DesignError(
            "E-DESIGN-008",
            f"The covariate {variable.column!r} is {x[0]:g} in every sample.",
            "It explains nothing; take it out of the design.",
            where=f"column {variable.column[:80]}",
            data={"column": variable.column, "value": float(x[0])},
        )
    if variable.call is None:
        return Numeric(variable.name, (variable.name,), x[:, None])
    values = _transform(variable, x)
    _require_numbers(variable, values, column)
    n = values.shape[1]
    labels = (variable.name,) if n == 1 else tuple(f"{variable.name}{k + 1}" for k in range(n))
    return Numeric(variable.name, labels, values)


def _transform(variable: Variable, x: np.ndarray) -> np.ndarray:
    call = variable.call
    if call is None:
        return x[:, None]
    arguments = dict(call.arguments)
    n_basis = arguments.get("df")
    if isinstance(n_basis, int) and n_basis >= len(x):
        raise _failure(variable, f"df = {n_basis} needs more than {n_basis} samples; there are {len(x)}", "Lower df.")
    with np.errstate(all="ignore"):
        values = _FUNCTIONS[call.function](x, arguments)
    return values if values.ndim == 2 else values[:, None]


def _require_numbers(variable: Variable, values: np.ndarray, column: pd.Series) -> None:
    bad = ~np.all(np.isfinite(values), axis=1)
    if bad.any():
        samples = [f"{sample} ({value:g})" for sample, value in zip(column.index[bad], column[bad], strict=True)]
        raise _failure(
            variable,
            f"it gives no number for {len(samples)} of {len(column)} samples: {shorten(samples)}",
            "Correct the values, or use another function.",
            samples=[str(sample) for sample in column.index[bad]],
        )


def _failure(variable: Variable, reason: str, fix: str, samples: list[str] | None = None) -> DesignError:
    return DesignError(
        "E-FORMULA-007",
        f"{variable.name} cannot be computed: {reason}.",
        fix,
        where=f"column {variable.column[:80]}",
        data={"column": variable.column, "samples": samples or []},
    )


def _scale(x: np.ndarray, arguments: Arguments) -> np.ndarray:
    """Center and divide by the standard deviation (by the root mean square where not centered), as R's ``scale``."""
    centered = x - np.mean(x) if arguments.get("center", True) else x
    if not arguments.get("scale", True):
        return centered
    return np.asarray(centered / np.sqrt(np.sum(centered * centered) / (len(x) - 1)))


def _poly(x: np.ndarray, arguments: Arguments) -> np.ndarray:
    from foldwise.stats.design_algebra import polynomial

    return polynomial(x, degree=_whole(arguments, "degree") or 1, raw=bool(arguments.get("raw", False)))


def _bs(x: np.ndarray, arguments: Arguments) -> np.ndarray:
    from foldwise.stats.design_algebra import b_spline

    degree = _whole(arguments, "degree") or 3
    return b_spline(x, df=_whole(arguments, "df"), degree=degree, knots=_knots(arguments))


def _ns(x: np.ndarray, arguments: Arguments) -> np.ndarray:
    from foldwise.stats.design_algebra import natural_spline

    return natural_spline(x, df=_whole(arguments, "df"), knots=_knots(arguments))


def _cr(x: np.ndarray, arguments: Arguments) -> np.ndarray:
    """Cubic regression spline, centered: its columns stand beside an intercept."""
    from foldwise.stats.design_algebra import cubic_regression_spline

    return cubic_regression_spline(x, df=_whole(arguments, "df"), knots=_knots(arguments), center=True)


def _whole(arguments: Arguments, name: str) -> int | None:
    value = arguments.get(name)
    return value if isinstance(value, int) else None


def _knots(arguments: Arguments) -> list[float] | None:
    value = arguments.get("knots")
    if value is None:
        return None
    items = value if isinstance(value, tuple) else (value,)
    return [float(item) for item in items]


_FUNCTIONS: dict[str, Callable[[np.ndarray, Arguments], np.ndarray]] = {
    "log": lambda x, _: np.log(x),
    "log2": lambda x, _: np.log2(x),
    "log10": lambda x, _: np.log10(x),
    "sqrt": lambda x, _: np.sqrt(x),
    "scale": _scale,
    "center": lambda x, _: np.asarray(x - np.mean(x)),
    "poly": _poly,
    "bs": _bs,
    "ns": _ns,
    "cr": _cr,
}
