"""The design of an experiment whose user gave none: one column to compare, and the columns that block it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from foldwise.errors import DesignError, FoldwiseWarning
from foldwise.model.columns import (
    declared_levels,
    infer_types,
    is_numeric,
    level_text,
    missing_mask,
    quote_name,
    shorten,
    sorted_levels,
    word_set,
    words,
)

MAX_GROUPS = 6
# In this order: the first that is a level is the reference.
CONTROL_WORDS = words(
    "control ctrl ctl untreated untrt vehicle dmso mock wt wildtype normal healthy sham placebo baseline none 0h"
)
# Columns of sample sheets that describe files and machines (nf-core, run tables of archives): never factors.
_TECHNICAL = word_set(
    "fastq fastq1 fastq2 file files path filename bam strandedness seqplatform seqcenter sequencer instrument platform "
    "librarylayout libraryselection librarysource librarystrategy sizefactor sizefactors md5 url"
)
# Columns that only number the samples within a group: replicate 1 of one group has nothing to do with 1 of another.
SERIAL_WORDS = word_set("rep repl replicate replicates run lane index number order position well barcode")
_FILE_ENDINGS = (".fastq", ".fq", ".bam", ".cram", ".sam", ".sf", ".tsv", ".csv", ".txt", ".h5", ".gz")
_PATH_STARTS = ("/", "./", "../", "~/")
_DONOR_WORDS = word_set("donor patient subject individual participant pair animal mouse line cell batch block")


@dataclass(frozen=True)
class Guess:
    """A guessed design.

    Parameters
    ----------
    formula : str
        ``~ cell + dex``.
    variable : str
        The column to compare.
    blocks : tuple of str
        Columns kept as blocks.
    reference : str
        Level that the others are compared with.
    contrasts : tuple of (variable, target, reference)
    sentences : tuple of str
        What was decided, and why.
    findings : tuple of FoldwiseWarning
        W-DESIGN-003 where the reference was chosen alphabetically.
    """

    formula: str
    variable: str
    blocks: tuple[str, ...]
    reference: str
    contrasts: tuple[tuple[str, str, str], ...]
    sentences: tuple[str, ...]
    findings: tuple[FoldwiseWarning, ...] = ()

    @property
    def references(self) -> dict[str, str]:
        """Reference levels as `make_design` takes them."""
        return {self.variable: self.reference}


def guess_design(samples: pd.DataFrame) -> Guess:
    """Guess the design from the sample sheet: the one column with 2 to 6 levels, and what blocks it.

    Constant, all-unique, path, technical, serial (``replicate``) and numeric columns are ignored. A column blocks
    another when each of its levels occurs exactly once in each of the other's levels.

    Raises
    ------
    DesignError
        E-DESIGN-010 with the candidates, unless exactly one column remains.
    """
    samples = infer_types(samples)
    columns = _usable_columns(samples)
    blocks = _blocking(columns)
    candidates = [
        name for name, values in columns.items() if name not in blocks and 2 <= len(set(values)) <= MAX_GROUPS
    ]
    if len(candidates) != 1:
        raise _undecided(samples, columns, candidates)
    variable = candidates[0]
    of_variable = tuple(name for name in blocks if blocks[name] == variable)
    levels = _ordered_levels(samples, variable, columns[variable])
    control = control_level(levels)
    reference = control or levels[0]
    terms = [quote_name(name) for name in (*of_variable, variable)]
    formula = "~ " + " + ".join(terms)
    return Guess(
        formula=formula,
        variable=variable,
        blocks=of_variable,
        reference=reference,
        contrasts=tuple((variable, level, reference) for level in levels if level != reference),
        sentences=tuple(_words(variable, levels, reference, bool(control), of_variable)),
        findings=() if control else (_alphabetical(variable, reference, levels),),
    )


def name_words(name: str) -> set[str]:
    """Words of a column name in lower case: ``DonorID`` and ``donor_id`` give donor, id."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_A-Za-z]+", name)
    return {word.casefold() for word in words} | {_plain(name)}


def control_level(levels: Iterable[str]) -> str | None:
    """The level that looks like a control, by the first word of `CONTROL_WORDS` that is one; None if none is."""
    plain: dict[str, str] = {}
    for level in levels:
        plain.setdefault(_plain(level), level)
    return next((plain[word] for word in CONTROL_WORDS if word in plain), None)


def is_blocking(block: Sequence[str], other: Sequence[str]) -> bool:
    """Whether each of two or more levels of ``block`` occurs exactly once in each of the other's levels."""
    pairs = list(zip(block, other, strict=True))
    n_block, n_other = len(set(block)), len(set(other))
    return n_block >= 2 and n_other >= 2 and len(set(pairs)) == len(pairs) == n_block * n_other


def _is_path(text: str) -> bool:
    return text.startswith(_PATH_STARTS) or "://" in text or text.lower().endswith(_FILE_ENDINGS)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text[:200]).casefold()


def _usable_columns(samples: pd.DataFrame) -> dict[str, list[str]]:
    usable: dict[str, list[str]] = {}
    for position, name in enumerate(map(str, samples.columns)):
        column = samples.iloc[:, position]
        if is_numeric(column) or missing_mask(column).any() or _plain(name) in _TECHNICAL:
            continue
        if name_words(name) & SERIAL_WORDS:
            continue
        values = [level_text(value) for value in column]
        n_levels = len(set(values))
        if n_levels < 2 or n_levels == len(values) or all(_is_path(value) for value in set(values)):
            continue
        usable[name] = values
    return usable


def _blocking(columns: dict[str, list[str]]) -> dict[str, str]:
    """Blocking columns, each with the column that it blocks.

    Blocking is mutual, so of a pair one must be the block: the one without a control level, else the one named like a
    donor or batch, else the one with more levels; where nothing decides, neither is.
    """
    blocks: dict[str, str] = {}
    names = list(columns)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            if not is_blocking(columns[a], columns[b]):
                continue
            block = _which_blocks(a, columns[a], b, columns[b])
            if block is not None:
                blocks.setdefault(block, b if block == a else a)
    return blocks


def _which_blocks(a: str, values_a: Sequence[str], b: str, values_b: Sequence[str]) -> str | None:
    control_a, control_b = control_level(set(values_a)) is not None, control_level(set(values_b)) is not None
    if control_a != control_b:
        return b if control_a else a
    donor_a, donor_b = bool(name_words(a) & _DONOR_WORDS), bool(name_words(b) & _DONOR_WORDS)
    if donor_a != donor_b:
        return a if donor_a else b
    n_a, n_b = len(set(values_a)), len(set(values_b))
    return None if n_a == n_b else a if n_a > n_b else b


def _ordered_levels(samples: pd.DataFrame, variable: str, values: Sequence[str]) -> list[str]:
    column = samples.iloc[:, [str(c) for c in samples.columns].index(variable)]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [level for level in declared_levels(column) if level in set(values)]
    return sorted_levels(values)


def _words(variable: str, levels: Sequence[str], reference: str, control: bool, blocks: Sequence[str]) -> list[str]:
    how = "it looks like the control" if control else "the first in the alphabet"
    targets = [level for level in levels if level != reference]
    words = [
        f"comparison: {variable}  {', '.join(f'{level} vs {reference}' for level in targets)} "
        f"(up = higher in {targets[0] if len(targets) == 1 else 'the level named first'}; reference {reference}: {how})"
    ]
    words += [
        f"{block!r} is paired with {variable!r} (each {block} once in each group): kept as block" for block in blocks
    ]
    return words


def _alphabetical(variable: str, reference: str, levels: Sequence[str]) -> FoldwiseWarning:
    return FoldwiseWarning(
        "W-DESIGN-003",
        f"Reference level {reference!r} of {variable!r} was chosen alphabetically.",
        f"Set it with --reference {variable}=LEVEL; levels: {shorten(levels, 10)}.",
        data={"column": variable, "reference": reference, "levels": list(levels)},
    )


def _undecided(samples: pd.DataFrame, columns: dict[str, list[str]], candidates: list[str]) -> DesignError:
    shown = candidates or list(columns)
    described = [f"{name} ({shorten(sorted_levels(columns[name]), 6)})" for name in shown]
    if candidates:
        found = f"The design cannot be guessed: {len(candidates)} columns could be compared: " + (
            f"{'; '.join(described[:8])}."
        )
        example = " + ".join(quote_name(name) for name in candidates[:3])
        fix = f'Say what to compare, the column of interest last: --design "~ {example}".'
    else:
        found = f"The design cannot be guessed: no column has 2 to {MAX_GROUPS} groups of samples. " + (
            f"Columns: {shorten([str(c) for c in samples.columns], 12)}."
        )
        fix = 'Give --design "~ column" (numbers that are groups: "~ C(column)"), or --groups "ctrl=A,B; drug=C,D".'
    return DesignError("E-DESIGN-010", found, fix, data={"candidates": shown})
