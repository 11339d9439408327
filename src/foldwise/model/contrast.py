"""A contrast: a vector over the coefficients with a human label, made from what a user writes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from foldwise.errors import DesignError
from foldwise.model.columns import level_text, missing_mask, shorten, unknown_level
from foldwise.model.contrast_grammar import Condition, parse_contrast
from foldwise.model.contrast_names import (
    as_number,
    coefficient_numbers,
    condition_row,
    file_safe,
    find_level,
    held_at,
    is_comparison,
    level_vector,
    safe_id,
    spelled_level,
    split_levels,
    unit_vector,
    unknown_name,
    unknown_variable,
    variable_names,
)
from foldwise.model.design import Design, Term

ContrastSpec = str | Sequence[Any] | np.ndarray | None

MAX_TERMS_SHOWN = 8
_WITH_ID = re.compile(r"\s*(\w[\w.+-]{0,119})\s*:=\s*(\S.*)", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Contrast:
    """One comparison.

    Parameters
    ----------
    id : str
        File-safe name, such as ``dex_trt_vs_untrt``.
    label : str
        In words: ``dex: trt vs untrt``.
    direction : str
        What a positive fold change means: ``up = higher in trt``.
    vector : ndarray, (n_coefficients,)
    kind : str
        ``levels`` (triple), ``coefficient``, ``expression``, ``numeric`` or ``joint``.
    variable, target, reference : str or None
        Set for ``levels``, and for a coefficient that compares two levels.
    coefficient : int or None
        Number of the single coefficient that equals the contrast up to ``sign``; None if there is none.
    sign : int
        -1 where the contrast is the negated coefficient.
    matrix : ndarray, (n_rows, n_coefficients), or None
        For ``joint``: the contrasts tested at once (an F or likelihood ratio test); ``vector`` is the first of them.
    """

    id: str
    label: str
    direction: str
    vector: np.ndarray
    kind: str
    variable: str | None = None
    target: str | None = None
    reference: str | None = None
    coefficient: int | None = None
    sign: int = 1
    matrix: np.ndarray | None = None


def make_contrast(design: Design, spec: ContrastSpec = None) -> Contrast:
    """Make a contrast from what a user writes.

    Parameters
    ----------
    design : Design
    spec : None, str, or sequence
        - None: the last coefficient (without intercept: last level vs first level of the last variable);
        - ``"dex:trt:untrt"`` or ``("dex", "trt", "untrt")``: variable, target, reference;
        - the name of a coefficient, in our, DESeq2's or ``model.matrix``'s spelling;
        - the name of a term (``"strain"``, ``"strain:minute"``): all its coefficients at once, a joint test;
        - an expression over level or coefficient names: ``"drugB - drugA"``, ``"(a + b)/2 - c"``,
          ``"cond(dex='trt') - cond(dex='untrt')"``;
        - two lists of coefficient names, added and subtracted (the second may be missing or empty);
        - one number per coefficient, as a sequence or as text ``"[0, 1, -1]"``.

    Raises
    ------
    DesignError
        E-CONTRAST-001 (unknown name or level, all zero, wrong length, syntax), 002 (not estimable), 003 (A vs A).
    """
    if spec is None:
        return _default(design)
    if isinstance(spec, str):
        return _from_text(design, spec.strip())
    items = list(spec)
    if len(items) == 3 and isinstance(items[0], str) and all(_is_scalar(item) for item in items):
        return _levels(design, items[0], level_text(items[1]), level_text(items[2]))
    if items and len(items) <= 2 and all(isinstance(item, (list, tuple)) for item in items):
        return _name_lists(design, items)
    return _numeric(design, items)


def make_contrasts(design: Design, specs: Iterable[ContrastSpec]) -> tuple[Contrast, ...]:
    """Make several contrasts, each maybe with an id (``id := comparison``); equal ids get ``_2``, ``_3``, ..."""
    made: list[Contrast] = []
    for spec in specs:
        name, spec = split_id(spec)
        contrast = make_contrast(design, spec)
        contrast = contrast if name is None else replace(contrast, id=safe_id(name))
        taken = {other.id.casefold() for other in made}
        number, id = 1, contrast.id
        while id.casefold() in taken:
            number += 1
            id = f"{contrast.id}_{number}"
        made.append(replace(contrast, id=id))
    return tuple(made)


def split_id(spec: ContrastSpec) -> tuple[str | None, ContrastSpec]:
    """Split ``id := comparison``; the id is None where there is none."""
    match = _WITH_ID.fullmatch(spec) if isinstance(spec, str) else None
    return (match[1], match[2]) if match else (None, spec)


def samples_in_contrast(design: Design, contrast: Contrast) -> np.ndarray | None:
    """Samples (n_samples,) that a contrast compares: a gene without reads in all of them has fold change 0 and p 1.

    For two levels these are their samples. For other contrasts with weights of both signs they are the samples with a
    non-zero sum over the columns that the contrast uses (DESeq2 specification, section 13.4). None where the rule does
    not apply: single coefficients, and weights of one sign.
    """
    factor = design.factor(contrast.variable) if contrast.variable else None
    if contrast.kind == "levels" and factor is not None:
        pair = [factor.levels.index(level) for level in (contrast.target, contrast.reference) if level is not None]
        return np.isin(np.array(factor.codes), pair)
    if contrast.kind == "coefficient" or not (np.any(contrast.vector > 0) and np.any(contrast.vector < 0)):
        return None
    return np.asarray(np.sum(design.matrix[:, contrast.vector != 0], axis=1) != 0)


def references_from_contrasts(specs: Iterable[ContrastSpec], samples: pd.DataFrame) -> dict[str, str]:
    """Reference levels that triples imply, by column: the last part of the first triple of each variable."""
    references: dict[str, str] = {}
    for spec in (split_id(spec)[1] for spec in specs):
        for name in map(str, samples.columns):
            column = samples.iloc[:, [str(c) for c in samples.columns].index(name)]
            if isinstance(spec, str):
                if not spec.strip().startswith(f"{name}:"):
                    continue
                levels = {level_text(value) for value in column[~missing_mask(column)]}
                pair = split_levels(spec.strip()[len(name) + 1 :], levels)
            elif spec is not None and len(spec) == 3 and isinstance(spec[0], str) and spec[0] == name:
                levels = {level_text(value) for value in column[~missing_mask(column)]}
                pair = (level_text(spec[1]), level_text(spec[2]))
            else:
                continue
            if pair is not None and pair[1] in levels:
                references.setdefault(name, pair[1])
    return references


# --- the forms -------------------------------------------------------------------------------------------------------


def _default(design: Design) -> Contrast:
    if not design.has_intercept and design.terms and all(len(term.variables) == 1 for term in design.terms):
        factor = design.factor(design.terms[-1].variables[0])
        if factor is not None:
            return _levels(design, factor.name, factor.levels[-1], factor.reference)
    last = design.n_coefficients - 1
    unit = unit_vector(design, last)
    if not is_comparison(design, unit):
        raise DesignError(
            "E-CONTRAST-001",
            f"The last coefficient of the design, {design.coefficient_names[last]!r}, is a mean and no comparison.",
            f"Say what to compare (--contrast). Coefficients: {shorten(design.coefficient_names, 20)}.",
            data={"coefficients": list(design.coefficient_names)},
        )
    return _coefficient(design, last)


def _from_text(design: Design, text: str) -> Contrast:
    names = coefficient_numbers(design)
    if text in names:
        return _coefficient(design, names[text])
    for term in design.terms:
        if text in (":".join(order) for order in permutations(term.variables)):
            return _joint(design, text, term)
    for factor in design.factors:
        if text.startswith(f"{factor.name}:"):
            pair = split_levels(text[len(factor.name) + 1 :], factor.levels)
            if pair is not None:
                return _levels(design, factor.name, *pair)
    if text.startswith("["):
        return _numeric(design, text.removeprefix("[").removesuffix("]").split(","))
    # Two colons and no arithmetic: meant as a triple, so a wrong name deserves the answer of a triple.
    parts = text.split(":")
    is_triple = len(parts) == 3 and all(part.strip() for part in parts)
    if is_triple and (parts[0] in variable_names(design) or not re.search(r"\s[-+*/]\s|[`(]", text)):
        return _levels(design, parts[0].strip(), parts[1].strip(), parts[2].strip())
    return _expression(design, text)


def _joint(design: Design, text: str, term: Term) -> Contrast:
    """All coefficients of a term; without intercept, the differences of its levels from the reference."""
    factor = design.factor(term.variables[0]) if len(term.variables) == 1 else None
    if factor is not None and not design.has_intercept and len(term.columns) == len(factor.levels):
        others = [level for level in factor.levels if level != factor.reference]
        single = [_levels(design, factor.name, level, str(factor.reference)) for level in others]
    else:
        single = [_coefficient(design, number) for number in term.columns]
    if len(single) == 1:
        return single[0]
    matrix = np.stack([each.vector for each in single])
    label = f"{text}: any of {len(single)} differences"
    return Contrast(file_safe(text), label, f"fold change: {single[0].label}", single[0].vector, "joint", matrix=matrix)


def _levels(design: Design, variable: str, target: str, reference: str) -> Contrast:
    factor = design.factor(variable)
    if factor is None:
        raise unknown_variable(design, variable)
    for level in (target, reference):
        if level not in factor.levels:
            raise unknown_level(variable, level, factor.levels)
    if target == reference:
        raise DesignError(
            "E-CONTRAST-003",
            f"{variable}: {target!r} is compared with itself.",
            f"Name two levels of {shorten(factor.levels, 20)}.",
            data={"variable": variable, "level": target},
        )
    vector = level_vector(design, factor, target) - level_vector(design, factor, reference)
    return _finish(
        design,
        Contrast(
            id=file_safe(f"{variable}_{target}_vs_{reference}"),
            label=f"{variable}: {target} vs {reference}",
            direction=f"up = higher in {target}{held_at(design, variable)}",
            vector=vector,
            kind="levels",
            variable=variable,
            target=target,
            reference=reference,
        ),
    )


def _coefficient(design: Design, number: int) -> Contrast:
    name = design.coefficient_names[number]
    label, direction = name, f"up = {name} above 0"
    compared: tuple[str, str, str] | None = None
    parts = design.parts[number] if design.parts else ()
    if len(parts) == 1 and parts[0][1] is None:
        label, direction = f"{name}: per unit", f"up = rises with {name}{held_at(design, name)}"
    elif len(parts) == 1 and design.has_intercept:
        factor = design.factor(parts[0][0])
        if factor is not None and parts[0][1] is not None:
            compared = (factor.name, parts[0][1], factor.reference)
            label = f"{factor.name}: {parts[0][1]} vs {factor.reference}"
            direction = f"up = higher in {parts[0][1]}{held_at(design, factor.name)}"
    elif len(parts) == 2 and is_comparison(design, unit_vector(design, number)):
        direction = _interaction_words(design, parts)
    variable, target, reference = compared or (None, None, None)
    contrast = Contrast(
        file_safe(name), label, direction, unit_vector(design, number), "coefficient", variable, target, reference
    )
    return _finish(design, contrast)


def _interaction_words(design: Design, parts: Sequence[tuple[str, str | None]]) -> str:
    """Direction of the interaction of two variables, both coded by contrasts or numeric."""
    (a, level_a), (b, level_b) = parts
    factor_a, factor_b = design.factor(a), design.factor(b)
    if factor_a is None and factor_b is not None:
        a, level_a, factor_a, b, level_b, factor_b = b, level_b, factor_b, a, level_a, None
    effect = f"{b} {level_b} vs {factor_b.reference}" if factor_b is not None else b
    if factor_a is None:
        return f"up = the effect of {b} rises with {a}"
    if (factor_b is not None and level_b == factor_b.reference) or level_a == factor_a.reference:
        return f"up = {a}{level_a or ''}:{b}{level_b or ''} above 0"
    return f"up = the effect of {effect} is larger where {a}={level_a} than where {a}={factor_a.reference}"


def _name_lists(design: Design, lists: Sequence[Sequence[Any]]) -> Contrast:
    names = coefficient_numbers(design)
    vector = np.zeros(design.n_coefficients)
    for sign, group in zip((1.0, -1.0), lists, strict=False):
        for name in group:
            if not isinstance(name, str) or name not in names:
                raise unknown_name(design, str(name))
            vector[names[name]] += sign
    return _finish(design, _from_vector(design, vector, "expression"))


def _numeric(design: Design, values: Sequence[Any]) -> Contrast:
    numbers = [as_number(value) for value in values]
    p = design.n_coefficients
    if len(numbers) != p or not all(math.isfinite(number) for number in numbers):
        raise DesignError(
            "E-CONTRAST-001",
            f"The contrast has {len(numbers)} values"
            + (f", but the design has {p} coefficients." if len(numbers) != p else ", not all of them numbers."),
            f"Give one finite number for each of {shorten(design.coefficient_names, 20)}.",
            data={"length": len(numbers), "coefficients": list(design.coefficient_names)},
        )
    vector = np.array(numbers, dtype=np.float64)
    if not np.any(vector):
        raise DesignError(
            "E-CONTRAST-001",
            "All values of the contrast are 0.",
            f"Give a weight to at least one of {shorten(design.coefficient_names, 20)}.",
        )
    return _finish(design, _from_vector(design, vector, "numeric"))


def _from_vector(design: Design, vector: np.ndarray, kind: str) -> Contrast:
    used = [(w, n) for w, n in zip(vector.tolist(), design.coefficient_names, strict=True) if w]
    label = _sum_words(used[:MAX_TERMS_SHOWN])
    if len(used) > MAX_TERMS_SHOWN:
        label += f" ... ({len(used)} coefficients)"
    return Contrast(file_safe(_sum_words(used)), label, f"up = {label} above 0", vector, kind)


def _expression(design: Design, text: str) -> Contrast:
    weights = {symbol: weight for symbol, weight in parse_contrast(text).weights.items() if weight != 0}
    vector = np.zeros(design.n_coefficients)
    names = coefficient_numbers(design)
    # Weights of levels written as such, and of coefficients spelled like levels (``dextrt``), by factor.
    levels: dict[str, dict[str, float]] = {}
    spelled: dict[str, dict[str, float]] = {}
    condition_sum = 0.0
    for symbol, weight in weights.items():
        if isinstance(symbol, Condition):
            vector += weight * condition_row(design, symbol)
            condition_sum += weight
        elif symbol.text in names:
            vector[names[symbol.text]] += weight
            factor_name, level = spelled_level(design, symbol.text)
            if level is not None:
                spelled.setdefault(factor_name, {})[level] = weight
        else:
            factor, level = find_level(design, symbol)
            vector += weight * level_vector(design, factor, level)
            of_factor = levels.setdefault(factor.name, {})
            of_factor[level] = of_factor.get(level, 0.0) + weight
    _require_balance(text, {name: {**spelled.get(name, {}), **levels[name]} for name in levels}, condition_sum)
    if len(weights) == 2 and (pair := _pair_of_levels(levels, spelled)):
        return _levels(design, *pair)
    label = " ".join(text.split())
    return _finish(design, Contrast(file_safe(label), label, f"up = {label} above 0", vector, "expression"))


def _pair_of_levels(*weights: Mapping[str, Mapping[str, float]]) -> tuple[str, str, str] | None:
    """Variable, target and reference where one level of a factor is subtracted from another, and nothing else."""
    flat = [(name, level, w) for table in weights for name, of_name in table.items() for level, w in of_name.items()]
    if len(flat) != 2 or flat[0][0] != flat[1][0] or sorted(w for _, _, w in flat) != [-1.0, 1.0]:
        return None
    up, down = sorted(flat, key=lambda entry: -entry[2])
    return up[0], up[1], down[1]


def _require_balance(text: str, level_weights: Mapping[str, Mapping[str, float]], condition_sum: float) -> None:
    """Levels of a factor, and conditions, are compared with each other: their weights sum to 0."""
    sums = {name: math.fsum(weights.values()) for name, weights in level_weights.items()} | {"cond()": condition_sum}
    for name, total in sums.items():
        if abs(total) > 1e-9:
            raise DesignError(
                "E-CONTRAST-001",
                f"In {text[:200]!r} the weights of {name!r} sum to {total:g}, so nothing is compared.",
                "Subtract what it is compared with: 'target - reference'.",
                data={"contrast": text[:2000], "variable": name, "sum": total},
            )


def _is_scalar(value: object) -> bool:
    return isinstance(value, (str, Real, np.generic))


def _sum_words(weights: Sequence[tuple[float, str]]) -> str:
    pieces = []
    for number, (weight, name) in enumerate(weights):
        size = "" if abs(weight) == 1 else f"{abs(weight):.6g}*"
        sign = ("- " if weight < 0 else "+ ") if number else ("-" if weight < 0 else "")
        pieces.append(f"{sign}{size}{name}")
    return " ".join(pieces)


def _finish(design: Design, contrast: Contrast) -> Contrast:
    """Check that a contrast is not empty and note whether it is a single coefficient.

    A design has full rank, so every weighted sum of its coefficients can be estimated.
    """
    vector = contrast.vector
    if np.max(np.abs(vector)) < 1e-12:
        raise DesignError(
            "E-CONTRAST-003",
            f"In {contrast.label!r} everything cancels: something is compared with itself.",
            "Name two different groups.",
            data={"contrast": contrast.label},
        )
    used = np.flatnonzero(vector)
    if len(used) == 1 and abs(vector[used[0]]) == 1:
        return replace(contrast, coefficient=int(used[0]), sign=int(vector[used[0]]))
    return contrast
