"""What the names in a contrast mean: coefficients, levels and conditions as vectors over the coefficients."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable

import numpy as np

from foldwise.errors import DesignError
from foldwise.model.columns import Factor, nearest, shorten, unknown_level
from foldwise.model.contrast_grammar import Condition, Name
from foldwise.model.design import Design, model_matrix_names, r_name, r_names
from foldwise.stats.design_algebra import least_squares

MAX_ID = 80
_RESERVED = r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?"


def coefficient_numbers(design: Design) -> dict[str, int]:
    """Number of each coefficient by its names: ours, ``model.matrix``'s (also made syntactic), DESeq2's."""
    numbers: dict[str, int] = {}
    of_matrix = model_matrix_names(design)
    spellings = (design.coefficient_names, of_matrix, r_names(design), [r_name(name) for name in of_matrix])
    for spelling in spellings:
        for number, name in enumerate(spelling):
            numbers.setdefault(name, number)
    return numbers


def unit_vector(design: Design, number: int) -> np.ndarray:
    """Vector (n_coefficients,) that picks one coefficient."""
    vector = np.zeros(design.n_coefficients)
    vector[number] = 1.0
    return vector


def level_vector(design: Design, factor: Factor, level: str) -> np.ndarray:
    """Indicator of the main effect of a level; nothing for a reference that contrasts are coded against."""
    columns = {parts[0][1]: k for k, parts in enumerate(design.parts) if len(parts) == 1 and parts[0][0] == factor.name}
    if not columns:
        partners = sorted({v for term in design.terms if factor.name in term.variables for v in term.variables})
        raise DesignError(
            "E-CONTRAST-002",
            f"{factor.name!r} has no effect of its own in {design.formula!r}: its effect depends on "
            f"{shorten([p for p in partners if p != factor.name])}.",
            "Compare cells: \"cond(a='x', b='y') - cond(a='x', b='z')\", or name coefficients: "
            f"{shorten(design.coefficient_names, 20)}.",
            data={"variable": factor.name, "coefficients": list(design.coefficient_names)},
        )
    return unit_vector(design, columns[level]) if level in columns else np.zeros(design.n_coefficients)


def condition_row(design: Design, condition: Condition) -> np.ndarray:
    """Row of the model matrix for a sample at these levels; unnamed factors at their reference, covariates at 0."""
    values: dict[str, str | float] = {factor.name: factor.reference for factor in design.factors}
    for name, value in condition.values:
        factor = design.factor(name)
        if factor is not None:
            if value not in factor.levels:
                raise unknown_level(name, value, factor.levels)
            values[name] = value
        elif name in design.numeric and math.isfinite(as_number(value)):
            values[name] = as_number(value)
        else:
            raise unknown_variable(design, name)
    row = np.ones(design.n_coefficients)
    for k, parts in enumerate(design.parts):
        for name, level in parts:
            value_of = values.get(name, 0.0)
            row[k] *= float(value_of == level) if level is not None else float(value_of)
    return row


def spelled_level(design: Design, name: str) -> tuple[str, str | None]:
    """Factor and level of a name such as ``dextrt`` that is the main effect of a level; level None for other names."""
    for parts in design.parts:
        if len(parts) == 1 and parts[0][1] is not None and f"{parts[0][0]}{parts[0][1]}" == name:
            return parts[0]
    return "", None


def find_level(design: Design, symbol: Name) -> tuple[Factor, str]:
    """The one factor that has a level of this name (or of the name ``variablelevel``)."""
    text = symbol.text
    found = [(factor, text) for factor in design.factors if text in factor.levels]
    found = found or [(f, level) for f in design.factors for level in f.levels if f"{f.name}{level}" == text]
    if len(found) == 1:
        return found[0]
    if found:
        where = shorten([repr(factor.name) for factor, _ in found])
        raise DesignError(
            "E-CONTRAST-001",
            f"{text!r} is a level of {where}.",
            f"Say of which: {found[0][0].name}:{text}:REFERENCE, or use the name of a coefficient.",
            data={"name": text, "variables": [factor.name for factor, _ in found]},
        )
    raise unknown_name(design, text)


def variable_names(design: Design) -> list[str]:
    """Factors and numeric variables of a design."""
    return [factor.name for factor in design.factors] + list(design.numeric)


def unknown_variable(design: Design, variable: str) -> DesignError:
    """E-CONTRAST-001 for a variable that is no factor of the design."""
    if variable in design.numeric:
        found = f"{variable!r} is a covariate and has no levels."
        fix = f"Test its slope by the name of the coefficient ({variable!r}), or write C({variable}) in the design."
    elif not design.factors:
        found, fix = (
            f"The design has no factor {variable[:80]!r}.",
            f"Use names of coefficients: {shorten(design.coefficient_names, 20)}.",
        )
    else:
        close = nearest(variable, variable_names(design))
        found = f"{variable[:80]!r} is no variable of the design {design.formula!r}."
        hint = f"Did you mean {close[0]!r}? " if close else ""
        fix = f"{hint}Variables: {shorten(variable_names(design), 20)}."
    return DesignError(
        "E-CONTRAST-001", found, fix, data={"variable": variable[:200], "variables": variable_names(design)}
    )


def unknown_name(design: Design, name: str) -> DesignError:
    """E-CONTRAST-001 for a name that is neither a coefficient nor a level."""
    levels = [level for factor in design.factors for level in factor.levels]
    close = nearest(name, [*design.coefficient_names, *levels, *model_matrix_names(design)])
    hint = f"Did you mean {' or '.join(repr(c) for c in close)}? " if close else ""
    return DesignError(
        "E-CONTRAST-001",
        f"The contrast names {name[:80]!r}, which is no coefficient and no level.",
        f"{hint}Coefficients: {shorten(design.coefficient_names, 20)}. Levels: {shorten(levels, 20)}.",
        data={"name": name[:200], "coefficients": list(design.coefficient_names), "levels": levels},
    )


def split_levels(text: str, levels: Iterable[str]) -> tuple[str, str] | None:
    """Split ``target:reference``; levels may hold colons themselves."""
    known = set(levels)
    cuts = [k for k, char in enumerate(text) if char == ":"]
    pairs = [(text[:k].strip(), text[k + 1 :].strip()) for k in cuts]
    return next(((a, b) for a, b in pairs if a in known and b in known), None)


def held_at(design: Design, variable: str) -> str:
    """Where an effect holds if its variable interacts: at the reference of the others."""
    partners = dict.fromkeys(
        other for term in design.terms if variable in term.variables for other in term.variables if other != variable
    )
    places = [f"{name}={f.reference}" if (f := design.factor(name)) else f"{name}=0" for name in partners]
    return f" (where {', '.join(places)})" if places else ""


def as_number(value: object) -> float:
    """A finite or infinite number; NaN for anything else."""
    if isinstance(value, (bool, np.bool_)):
        return math.nan
    if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", value):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def is_comparison(design: Design, vector: np.ndarray) -> bool:
    """Whether a contrast stays the same when every sample's mean is multiplied by one number."""
    if design.has_intercept and design.parts:
        return not design.parts[0] and vector[0] == 0
    # Without an intercept column: find weights b with X b = 1, if there are any.
    ones = np.ones(design.n_samples)
    b = least_squares(design.matrix, ones)
    if np.max(np.abs(np.sum(design.matrix * b, axis=1) - 1.0)) > 1e-8:
        return True
    return bool(abs(np.sum(vector * b)) < 1e-8 * max(1.0, float(np.max(np.abs(b)))))


def safe_id(text: str) -> str:
    """Return an id that a user gave: as it is where it is the name of a file on any system, else `file_safe`."""
    plain = re.fullmatch(r"\w[\w.+-]*(?<!\.)", text, re.ASCII) is not None and len(text) <= MAX_ID
    return text if plain and not re.fullmatch(_RESERVED, text) else file_safe(text)


def file_safe(text: str) -> str:
    """Make a text the name of a file on any system: letters, digits, ``. + - _``; long ones are cut and hashed."""
    name = re.sub(r"^\s*-\s*", "minus_", unicodedata.normalize("NFC", text)).replace("*", "x")
    name = re.sub(r"\s*([-+])\s*", r"\1", name)
    name = re.sub(r"[^\w.+-]+", "_", name).strip("_.-") or "contrast"
    if len(name.encode()) > MAX_ID:
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:10]
        name = f"{name.encode()[: MAX_ID - 11].decode('utf-8', 'ignore')}_{digest}"
    reserved = re.fullmatch(_RESERVED, name)
    return f"_{name}" if reserved else name
