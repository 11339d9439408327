"""Counts and samples from files, frames or AnnData to an `Experiment`: the border that everything enters by."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from foldwise.errors import UsageError
from foldwise.io.anndata_bridge import from_anndata, is_anndata
from foldwise.io.assemble import assemble
from foldwise.io.cell_sums import samples_of
from foldwise.io.counts_checks import CountRules
from foldwise.io.foreign_frames import is_frame
from foldwise.io.formats import read_counts
from foldwise.io.frames import table_from_array, table_from_frame
from foldwise.io.groups import Groups, parse_groups
from foldwise.io.messages import Messages
from foldwise.io.sample_sheet import Sheet, read_sheet, sheet_from_frame
from foldwise.io.table import Table
from foldwise.io.table_reader import IsSample
from foldwise.model.experiment import Experiment
from foldwise.model.spec import InputSettings


def read(
    counts: Any = None,
    samples: Any = None,
    *,
    settings: InputSettings | None = None,
    needs_integers: bool = True,
    log_method: bool = False,
    takes_logs: bool = False,
) -> tuple[Experiment, Messages]:
    """Return an experiment and what was found on the way.

    Parameters
    ----------
    counts : path, sequence of paths, data frame or AnnData, optional
        Genes x samples or samples x genes: the names of the samples decide. Also a folder, or a pattern, or a list of
        files with one sample each. Default: ``settings.counts``.
    samples : path, data frame or mapping, optional
        The sample sheet. Default: ``settings.samples`` or ``settings.groups``.
    settings : InputSettings, optional
    needs_integers, log_method, takes_logs : bool
        What the method asks of the values; see `CountRules`.

    Returns
    -------
    experiment : Experiment
        Samples in the order of the table.
    messages : tuple of Message
        Decisions and warnings, in the order in which they are to be told.

    Raises
    ------
    InputError
        E-FILE-*, E-SAFE-*, E-NAME-*, E-SHEET-*, E-COUNT-* of the catalogue.
    UsageError
        E-USAGE-002 where the arguments contradict each other.
    """
    settings = settings or InputSettings()
    rules = CountRules(needs_integers, log_method, takes_logs, settings.round, settings.drop_na)
    counts = _one_source(counts if counts is not None else settings.counts)
    sheet = _sheet(samples if samples is not None else settings.samples, settings.groups)
    if is_anndata(counts):
        return from_anndata(counts, sheet, settings=settings, rules=rules)
    return _experiment(_table(counts, sheet, settings), sheet, settings, rules)


def read_matrix(counts: Any, samples: Any = None, *, settings: InputSettings) -> tuple[Experiment | Table, Messages]:
    """Return counts or values of any kind, to be written in another format.

    Returns
    -------
    matrix : Experiment or Table
        A table where the columns are cells that no sheet sums; its values may be sparse.
    messages : tuple of Message
        Without a sheet the columns of a plain table are taken as samples.

    Raises
    ------
    InputError, UsageError
        As `read`; values are not judged.
    """
    sheet = _sheet(samples if samples is not None else settings.samples, settings.groups)
    table = _table(_one_source(counts), sheet, settings)
    if table.cells and not (isinstance(sheet, Sheet) and sheet.cells):
        return table, table.messages
    rules = CountRules(needs_integers=False, log_method=True, takes_logs=True, drop_na=settings.drop_na)
    if sheet is None and table.samples is None:
        sheet = Sheet("", _no_columns(table.column_names))
    return _experiment(table, sheet, settings, rules)


def _experiment(
    table: Table, sheet: Sheet | Groups | None, settings: InputSettings, rules: CountRules
) -> tuple[Experiment, Messages]:
    table = samples_of(table, sheet.cells if isinstance(sheet, Sheet) else {}, settings.intersect)
    if sheet is not None or table.samples is None:
        return assemble(table, sheet, settings, rules)
    own = sheet_from_frame(table.samples, f"{table.source} itself")
    experiment, messages = assemble(table, own, settings, rules)
    return experiment, tuple(message for message in messages if message.data.get("step") != "Matching")


def from_frames(
    counts: Any,
    samples: Any = None,
    *,
    gene_names: Sequence[str] | None = None,
    sample_names: Sequence[str] | None = None,
    settings: InputSettings | None = None,
    needs_integers: bool = True,
    log_method: bool = False,
    takes_logs: bool = False,
) -> tuple[Experiment, Messages]:
    """As `read`, for data frames and for arrays with names (genes x samples)."""
    settings = settings or InputSettings()
    rules = CountRules(needs_integers, log_method, takes_logs, settings.round, settings.drop_na)
    sheet = _sheet(samples, settings.groups)
    if isinstance(counts, np.ndarray | list):
        table = table_from_array(counts, gene_names, sample_names)
        if sheet is None:  # the names given say which axis holds the samples
            sheet = Sheet("", _no_columns(table.column_names))
    else:
        table = table_from_frame(counts, _sample_test(sheet))
    return assemble(table, sheet, settings, rules)


def _no_columns(names: list[str]) -> Any:
    import pandas as pd

    return pd.DataFrame(index=pd.Index(names, dtype=object, name="sample"))


def _one_source(counts: Any) -> Any:
    """Return the single source of counts: an object, or a tuple of paths."""
    if isinstance(counts, str | os.PathLike):
        return (counts,)
    if not isinstance(counts, tuple | list):
        return counts
    if not counts:
        raise UsageError("E-USAGE-002", "No count table was given.", "Give a table with a column per sample.")
    if all(isinstance(item, str | os.PathLike) for item in counts):
        return tuple(counts)
    if len(counts) == 1:
        return counts[0]
    raise UsageError("E-USAGE-002", f"{len(counts)} tables were given.", "Give one, or the paths of files.")


def _sheet(samples: Any, groups: str | None) -> Sheet | Groups | None:
    if samples is not None and groups is not None:
        raise UsageError("E-USAGE-002", "Both a sample sheet and --groups were given.", "Give one of them.")
    if groups is not None:
        return parse_groups(groups)
    if samples is None:
        return None
    return read_sheet(samples) if isinstance(samples, str | os.PathLike) else sheet_from_frame(samples)


def _sample_test(sheet: Sheet | Groups | None) -> IsSample:
    if sheet is None:
        return None
    if isinstance(sheet, Groups):
        return sheet.__contains__
    return frozenset(sheet.names).__contains__


def _files(sheet: Sheet | Groups | None) -> dict[str, str]:
    """Return the sample of each file that the sheet names in a column ``file``."""
    if not isinstance(sheet, Sheet) or "file" not in sheet.frame.columns:
        return {}
    return {str(file): str(sample) for sample, file in sheet.frame["file"].items() if file is not None}


def _table(counts: Any, sheet: Sheet | Groups | None, settings: InputSettings) -> Table:
    is_sample = _sample_test(sheet)
    if isinstance(counts, tuple):
        return read_counts(counts, settings, is_sample, _files(sheet))
    if is_frame(counts) or isinstance(counts, dict):
        return table_from_frame(counts, is_sample)
    if isinstance(counts, np.ndarray):
        return table_from_array(counts, None, None)
    raise UsageError(
        "E-USAGE-002",
        f"Counts cannot be read from {type(counts).__name__}.",
        "Give a path, a pandas, polars or arrow data frame, or an AnnData.",
    )
