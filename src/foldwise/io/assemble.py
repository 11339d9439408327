"""A table and a sheet become an `Experiment`: oriented, matched, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from foldwise.errors import InputError
from foldwise.io.counts_checks import CountRules, checked_counts
from foldwise.io.duplicates import resolve_duplicates
from foldwise.io.footers import tally_rows
from foldwise.io.groups import Groups, groups_sheet
from foldwise.io.lengths import require_unique, with_lengths
from foldwise.io.matching import match_samples
from foldwise.io.messages import Messages, done, note
from foldwise.io.names_checks import check_names, gene_name_warnings, require_unique_samples
from foldwise.io.orientation import GeneTable, orient
from foldwise.io.sample_sheet import Sheet
from foldwise.io.table import ESTIMATES, Table
from foldwise.io.wording import counted, listed, nearest
from foldwise.model.analysis import Message
from foldwise.model.columns import infer_types
from foldwise.model.experiment import Experiment
from foldwise.model.spec import InputSettings


def assemble(
    table: Table, sheet: Sheet | Groups | None, settings: InputSettings, rules: CountRules
) -> tuple[Experiment, Messages]:
    """Return the experiment of a count table and its samples.

    Parameters
    ----------
    table : Table
    sheet : Sheet, Groups or None
        None: every column of the table is a sample without further properties.
    settings : InputSettings
    rules : CountRules

    Raises
    ------
    InputError
        E-SHEET-001 to 003 and 006 (matching), E-NAME-* (ids), E-COUNT-* (values).
    """
    _require_cells(table)
    genes = orient(table, sheet.names if isinstance(sheet, Sheet) else sheet)
    require_unique_samples(genes.samples, genes.source)
    check_names(genes.samples, "sample", genes.source, genes.sample_lines)
    if isinstance(sheet, Groups):
        sheet = groups_sheet(sheet, genes.samples)
    genes, samples, matched = _matched(genes, sheet, settings)
    genes, tallies = _without_tallies(genes)
    genes, on_lengths = with_lengths(genes, settings)
    if genes.lengths is not None or genes.format in ESTIMATES:
        rules = replace(rules, estimates=True)
    tallies += on_lengths
    check_names(genes.genes, "gene", genes.source, genes.gene_lines)
    return _experiment(genes, samples, settings, rules, matched, tallies)


def _require_cells(table: Table) -> None:
    rows, columns = table.values.shape
    if not rows or not columns:
        found = f"{table.source} has {counted(rows, 'row')} and {counted(columns, 'column')} of numbers."
        raise InputError("E-COUNT-009", found, "There is nothing to test.", data={"shape": [rows, columns]})


def _matched(
    table: GeneTable, sheet: Sheet | None, settings: InputSettings
) -> tuple[GeneTable, pd.DataFrame, Messages]:
    """Keep the samples of both sides, in the order of the table."""
    if sheet is None:
        sheet = Sheet("", pd.DataFrame(index=pd.Index(table.samples, dtype=object, name="sample")))
    excluded = set(settings.exclude)
    _require_known(settings.exclude, [*table.samples, *sheet.names])
    names = [name for name in table.samples if name not in excluded]
    listed_names = [name for name in sheet.names if name not in excluded]
    match = match_samples(names, listed_names, table.source, sheet.source or "the sheet", settings.intersect)
    messages = sheet.messages + (match.messages if sheet.source else ())
    if excluded:
        messages += (note(f"{counted(len(excluded), 'sample')} left out by --exclude: {listed(settings.exclude)}."),)
    frame, dropped = _without_gene_columns(sheet.frame.loc[list(match.names)], table)
    place = {name: i for i, name in enumerate(table.samples)}
    return _samples(table, [place[name] for name in match.names]), frame, messages + dropped


def _require_known(names: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in names if name not in set(known)]
    if unknown:
        near = nearest(unknown[0], known)
        fix = f"Did you mean {listed(near, 3)}?" if near else f"Samples: {listed(known)}."
        raise InputError("E-SHEET-002", f"--exclude names samples that do not exist: {listed(unknown)}.", fix)


def _samples(table: GeneTable, positions: list[int]) -> GeneTable:
    """Return the table with these samples only."""
    if positions == list(range(len(table.samples))):
        return table
    place = {position: index for index, position in enumerate(positions)}
    return replace(
        table,
        samples=[table.samples[i] for i in positions],
        values=np.ascontiguousarray(table.values[:, positions]),
        sample_lines=None if table.sample_lines is None else table.sample_lines[positions],
        bad_cells=tuple(replace(c, column=place[c.column]) for c in table.bad_cells if c.column in place),
        lengths=None if table.lengths is None else np.ascontiguousarray(table.lengths[:, positions]),
        abundance=None if table.abundance is None else np.ascontiguousarray(table.abundance[:, positions]),
    )


def _without_gene_columns(frame: pd.DataFrame, table: GeneTable) -> tuple[pd.DataFrame, Messages]:
    """Leave out columns of numbers that are genes: the sheet is the count table itself, with a group column."""
    numeric = {name for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name].dtype)}
    genes = numeric.intersection(table.genes)
    found = [name for name in frame.columns if name in genes]
    if 2 * len(found) < len(table.genes):  # a few are covariates that are called like a gene
        return frame, ()
    text = f"{counted(len(found), 'column of the sheet is a gene', 'columns of the sheet are genes')}: left out there."
    return frame.drop(columns=found), (note(text),)


def _without_tallies(table: GeneTable) -> tuple[GeneTable, Messages]:
    keep, messages = tally_rows(table.genes, table.values, table.source)
    return (table if keep is None else _genes(table, keep)), messages


def _genes(table: GeneTable, keep: np.ndarray) -> GeneTable:
    """Return the table with the genes of a mask."""
    rows = np.flatnonzero(keep)
    place = dict(zip(rows.tolist(), range(len(rows)), strict=True))
    return replace(
        table,
        genes=[table.genes[i] for i in rows],
        values=table.values[rows],
        annotation={name: [column[i] for i in rows] for name, column in table.annotation.items()},
        gene_lines=None if table.gene_lines is None else table.gene_lines[rows],
        bad_cells=tuple(replace(c, row=place[c.row]) for c in table.bad_cells if c.row in place),
        lengths=None if table.lengths is None else table.lengths[rows],
        abundance=None if table.abundance is None else table.abundance[rows],
    )


def _experiment(
    table: GeneTable,
    samples: pd.DataFrame,
    settings: InputSettings,
    rules: CountRules,
    matched: Messages,
    tallies: Messages,
) -> tuple[Experiment, Messages]:
    counts, keep, on_counts = checked_counts(table, rules)
    kept = table if keep is None else _genes(table, keep)
    names, counts, rows, on_duplicates = resolve_duplicates(kept.genes, counts, settings.duplicates, table.source)
    if kept.lengths is not None:
        require_unique(settings.duplicates, len(rows) < len(kept.genes))
    lengths, abundance = (None if each is None else each[rows] for each in (kept.lengths, kept.abundance))
    annotation = {name: [column[i] for i in rows] for name, column in kept.annotation.items()}
    genes = _annotation(annotation, names)
    said = (*table.messages, _read(table, counts), *matched, *tallies, *on_duplicates)
    messages = (*said, *gene_name_warnings(table.genes), *on_counts)
    return Experiment(_narrow(counts), samples, genes, lengths=lengths, abundance=abundance), messages


def _narrow(counts: np.ndarray) -> np.ndarray:
    """Return int64 sums of duplicates as int32 where they fit, else as float64."""
    if counts.dtype != np.int64:
        return np.ascontiguousarray(counts)
    fits = counts.max(initial=0) < 2**31 and counts.min(initial=0) > -(2**31)
    return np.ascontiguousarray(counts, dtype=np.int32 if fits else np.float64)


def _annotation(columns: dict[str, list[str]], genes: list[str]) -> pd.DataFrame:
    index = pd.Index(genes, dtype=object, name="gene_id")
    if not columns:
        return pd.DataFrame(index=index)
    frame = pd.DataFrame({name: pd.Series(words, dtype=object) for name, words in columns.items()})
    frame = infer_types(frame)
    frame.index = index
    return frame


def _read(table: GeneTable, counts: np.ndarray) -> Message:
    estimates = table.lengths is not None or table.format in ESTIMATES
    others = "estimates" if estimates else "with fractions or beyond 2^31"
    kind = "whole numbers" if counts.dtype.kind == "i" and not estimates else others
    kind += ", with gene lengths" if table.lengths is not None else ""
    text = f"{table.source}  {len(table.genes):,} genes × {len(table.samples):,} samples, {kind}"
    return done("Reading", text, source=table.source, n_genes=len(table.genes), n_samples=len(table.samples))
