"""What a user should know about a design that can be fitted: findings with the ids W-DESIGN-001 to 007."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from foldwise.errors import FoldwiseWarning
from foldwise.model.columns import (
    Factor,
    declared_levels,
    is_numeric,
    level_text,
    missing_mask,
    quote_name,
    sheet_column,
    shorten,
    sorted_levels,
    word_set,
)
from foldwise.model.design_errors import main_factors
from foldwise.model.formula import parse_formula
from foldwise.model.guess_design import SERIAL_WORDS, control_level, is_blocking, name_words

if TYPE_CHECKING:
    from foldwise.model.contrast import Contrast
    from foldwise.model.design import Design

# Fewest samples per compared group without a word about power (Schurch et al. 2016 advise at least six).
FEW_SAMPLES = 5
# A covariate with a larger standard deviation makes coefficients per unit tiny and R's fit path slow.
LARGE_SD = 5.0
# More whole-number values than this look like a measurement, not like the numbers of batches.
MAX_CODED_LEVELS = 12

_PERSON_WORDS = word_set(
    "donor patient subject individual participant person pair pairs animal mouse mice rat family twin litter clone "
    "line cellline"
)


def check_design(
    design: Design,
    samples: pd.DataFrame,
    references: Mapping[str, str] | None = None,
    contrasts: Sequence[Contrast] = (),
    direction_given: bool = False,
) -> list[FoldwiseWarning]:
    """Findings about a design and what it compares, in the order of their ids; nothing is printed.

    Parameters
    ----------
    design : Design
    samples : DataFrame
        The sheet that the design was made from.
    references : mapping, optional
        Reference levels that the user gave, by column.
    contrasts : sequence of Contrast
        Comparisons that will be made; default the last factor of the design.
    direction_given : bool
        Whether the user named the contrast, so that the reference level does not decide its direction.
    """
    compared = _compared_factors(design, contrasts)
    findings = [
        *_single_replicates(design),
        *_coded_covariates(design, samples),
        *([] if direction_given else _alphabetical_references(design, samples, references or {}, compared)),
        *_unused_levels(design, samples),
        *_unused_pairs(design, samples, compared),
        *_unscaled_covariates(design),
        *few_replicates(design, contrasts),
    ]
    return sorted(findings, key=lambda finding: finding.id)


def _compared_factors(design: Design, contrasts: Sequence[Contrast]) -> list[Factor]:
    """Factors of the comparisons; without any, those of the last term."""
    names = [c.variable for c in contrasts if c.variable is not None]
    if not contrasts and design.terms:
        names = list(design.terms[-1].variables)
    return [factor for name in dict.fromkeys(names) if (factor := design.factor(name)) is not None]


def _single_replicates(design: Design) -> list[FoldwiseWarning]:
    """W-DESIGN-001: levels, or cells of an interaction, with one sample."""
    cells: list[str] = []
    for term in design.terms:
        factors = [factor for name in term.variables if (factor := design.factor(name)) is not None]
        keys = list(zip(*(factor.codes for factor in factors), strict=True)) if factors else []
        for key in sorted(k for k in set(keys) if keys.count(k) == 1):
            cells.append(", ".join(f"{f.name}={f.levels[code]}" for f, code in zip(factors, key, strict=True)))
    if not cells:
        return []
    return [
        FoldwiseWarning(
            "W-DESIGN-001",
            f"Only 1 sample in {'; '.join(cells[:5])}{f'; ... ({len(cells)} in all)' if len(cells) > 5 else ''}.",
            "Its variation is taken from the other groups; an odd sample there cannot be recognized. Add replicates.",
            data={"cells": cells},
        )
    ]


def _coded_covariates(design: Design, samples: pd.DataFrame) -> list[FoldwiseWarning]:
    """W-DESIGN-002: a covariate that looks like numbered groups."""
    findings = []
    for name in design.numeric:
        column = sheet_column(samples, design.columns_used[name])
        values = column.to_numpy(dtype=np.float64)
        unique = np.unique(values)
        whole = bool(np.all(unique == np.round(unique)))
        if (
            name != design.columns_used[name]
            or not whole
            or not 3 <= len(unique) <= min(MAX_CODED_LEVELS, len(values) // 2)
        ):
            continue
        findings.append(
            FoldwiseWarning(
                "W-DESIGN-002",
                f"{name!r} holds the numbers {shorten([f'{v:g}' for v in unique])} and is used as a covariate: "
                "one slope per unit, not one effect per group.",
                f"If these are groups, write C({quote_name(name)}).",
                data={"column": name, "values": unique.tolist()},
            )
        )
    return findings


def _alphabetical_references(
    design: Design, samples: pd.DataFrame, references: Mapping[str, str], compared: Sequence[Factor]
) -> list[FoldwiseWarning]:
    """W-DESIGN-003: nobody chose the level that the others are compared with."""
    explicit = set(references)
    for variable in parse_formula(design.formula).variables if design.formula else ():
        if variable.call and variable.call.function == "C" and variable.call.arguments:
            explicit.add(variable.column)
    findings = []
    for factor in compared:
        column = design.columns_used.get(factor.name, factor.name)
        values = sheet_column(samples, column)
        in_order = declared_levels(values)
        # A category sorted like the alphabet is what pandas makes by itself; any other order was chosen.
        chosen = isinstance(values.dtype, pd.CategoricalDtype) and in_order != sorted_levels(in_order)
        if column in explicit or chosen or control_level([factor.reference]):
            continue
        better = control_level(factor.levels)
        example = better or factor.levels[1]
        findings.append(
            FoldwiseWarning(
                "W-DESIGN-003",
                f"Reference level {factor.reference!r} of {factor.name!r} was chosen alphabetically: fold changes say "
                f"{factor.levels[-1]} vs {factor.reference}.",
                f"{'It looks as if ' + repr(better) + ' were the control. ' if better else ''}"
                f"Set it with --reference {column}={example} (references={{{column!r}: {example!r}}}).",
                data={"column": column, "reference": factor.reference, "levels": list(factor.levels)},
            )
        )
    return findings


def _unused_levels(design: Design, samples: pd.DataFrame) -> list[FoldwiseWarning]:
    """W-DESIGN-004: declared levels without a sample."""
    findings = []
    for factor in design.factors:
        name = design.columns_used.get(factor.name, factor.name)
        column = sheet_column(samples, name)
        declared = declared_levels(column) if isinstance(column.dtype, pd.CategoricalDtype) else []
        for variable in parse_formula(design.formula).variables if design.formula else ():
            levels = dict(variable.call.arguments).get("levels") if variable.call and variable.column == name else None
            declared += [level_text(level) for level in levels] if isinstance(levels, tuple) else []
        unused = [level for level in dict.fromkeys(declared) if level not in factor.levels]
        if unused:
            findings.append(
                FoldwiseWarning(
                    "W-DESIGN-004",
                    f"Level{'s' * (len(unused) > 1)} {shorten([repr(level) for level in unused])} of {name!r} "
                    "have no sample and were dropped.",
                    "Nothing to do, unless samples are missing.",
                    data={"column": name, "levels": unused},
                )
            )
    return findings


def _unused_pairs(design: Design, samples: pd.DataFrame, compared: Sequence[Factor]) -> list[FoldwiseWarning]:
    """W-DESIGN-005: a column that pairs the compared groups and is not in the design."""
    findings = []
    used = set(design.columns_used.values())
    for position, name in enumerate(map(str, samples.columns)):
        column = samples.iloc[:, position]
        if name in used or missing_mask(column).any():
            continue
        groups = [level_text(value) for value in column]
        for factor in compared:
            words = _pairing(name, column, groups, factor)
            if words is None or design.residual_df <= len(set(groups)) - 1:
                continue
            formula = f"{quote_name(name)} + " + re.sub(r"^\s*~\s*", "", design.formula or "")
            findings.append(
                FoldwiseWarning(
                    "W-DESIGN-005",
                    f"{words}, and is not in the design.",
                    f'If samples of one {name} belong together, use --design "~ {formula}"; it makes the test sharper.',
                    data={"column": name, "variable": factor.name},
                )
            )
            break
    return findings


def _pairing(name: str, column: pd.Series, groups: Sequence[str], factor: Factor) -> str | None:
    """In words how a column pairs the levels of a factor; None if it does not."""
    words = name_words(name)
    of_factor = [factor.levels[code] for code in factor.codes]
    if is_blocking(groups, of_factor) and not words & SERIAL_WORDS and not is_numeric(column):
        return f"Column {name!r} is paired with {factor.name!r} (each {name} once in each group)"
    if words & _PERSON_WORDS and len(set(groups)) < len(groups):
        pairs = set(zip(groups, of_factor, strict=True))
        shared = [g for g in set(groups) if sum(pair[0] == g for pair in pairs) > 1]
        if len(shared) > 1:
            return f"Column {name!r} has {len(shared)} values that occur in several groups of {factor.name!r}"
    return None


def _unscaled_covariates(design: Design) -> list[FoldwiseWarning]:
    """W-DESIGN-006: a covariate with a large spread."""
    findings = []
    for number, parts in enumerate(design.parts):
        if len(parts) != 1 or parts[0][1] is not None:
            continue
        sd = float(np.std(design.matrix[:, number], ddof=1))
        if sd > LARGE_SD:
            name = parts[0][0]
            findings.append(
                FoldwiseWarning(
                    "W-DESIGN-006",
                    f"The covariate {name!r} has a standard deviation of {sd:,.3g}: its fold change is per unit, and "
                    "R's way of fitting converges slowly.",
                    f"Use scale({quote_name(name)}) for a fold change per standard deviation.",
                    data={"column": name, "sd": sd},
                )
            )
    return findings


def few_replicates(design: Design, contrasts: Sequence[Contrast] = ()) -> list[FoldwiseWarning]:
    """W-DESIGN-007 (advice): fewer than five samples in a compared group, and what that means."""
    findings = []
    seen: set[tuple[str, tuple[str, ...]]] = set()
    comparisons = [
        (factor, (c.target, c.reference))
        for c in contrasts
        if c.variable and c.target and c.reference and (factor := design.factor(c.variable)) is not None
    ]
    if not contrasts and (factors := main_factors(design)):
        comparisons = [(factors[-1], (factors[-1].levels[-1], factors[-1].reference))]
    for factor, levels in comparisons:
        sizes = dict(zip(factor.levels, factor.sizes(), strict=True))
        small = [level for level in levels if level and sizes.get(level, FEW_SAMPLES) < FEW_SAMPLES]
        key = (factor.name, tuple(sorted(level or "" for level in levels)))
        if not small or key in seen:
            continue
        seen.add(key)
        numbers = [sizes[level] for level in levels if level]
        same = len(set(numbers)) == 1
        words = (
            f"Only {numbers[0]} samples per group"
            if same
            else "Only "
            + " and ".join(f"{sizes[level]} sample{'s' * (sizes[level] != 1)} in {level!r}" for level in small)
        )
        fold = missed_fold(numbers)
        findings.append(
            FoldwiseWarning(
                "W-DESIGN-007",
                f"{words} of {factor.name!r}: effects smaller than about {fold:.1f}-fold will often be missed.",
                "More replicates find more; see 'foldwise explain W-DESIGN-007'.",
                counted=False,
                data={
                    "variable": factor.name,
                    "sizes": {level: sizes[level] for level in levels if level},
                    "fold": fold,
                },
            )
        )
    return findings


def missed_fold(sizes: Sequence[int]) -> float:
    """Fold change found with a power of 80 % at p < 0.05, for counts near 100 and a biological variation of 20 %.

    Variance of a log mean of n negative binomial counts: (1 / mean + dispersion) / n (Hart et al. 2013, J Comput Biol
    20:970, equation 1). Genome-wide thresholds are stricter, so smaller effects than this are missed for certain.
    """
    mean, dispersion = 100.0, 0.2**2
    return math.exp((1.96 + 0.84) * math.sqrt((1 / mean + dispersion) * sum(1 / n for n in sizes)))
