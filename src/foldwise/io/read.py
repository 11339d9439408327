"""Counts and samples from files, frames or AnnData to an `Experiment`: the border that everything enters by."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from foldwise.errors import UsageError
from foldwise.io.anndata_bridge import from_anndata, is_anndata
from foldwise.io.assemble import assemble
from foldwise.io.counts_checks import CountRules
from foldwise.io.foreign_frames import is_frame
from foldwise.io.frames import table_from_array, table_from_frame
from foldwise.io.groups import Groups, parse_groups
from foldwise.io.messages import Messages
from foldwise.io.sample_sheet import Sheet, read_sheet, sheet_from_frame
from foldwise.io.table_reader import IsSample, read_table
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
    counts : path, data frame or AnnData, optional
        Genes x samples or samples x genes: the names of the samples decide. Default: ``settings.counts``.
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
    return assemble(_table(counts, _sample_test(sheet)), sheet, settings, rules)


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
    """Return the single source of counts."""
    if isinstance(counts, tuple | list) and not isinstance(counts, str):
        if len(counts) != 1:
            found = "No count table was given." if not counts else f"{len(counts)} count files were given."
            raise UsageError("E-USAGE-002", found, "Give one table with a column per sample.")
        return counts[0]
    return counts


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


def _table(counts: Any, is_sample: IsSample) -> Any:
    if isinstance(counts, str | os.PathLike):
        return read_table(counts, is_sample)
    if is_frame(counts) or isinstance(counts, dict):
        return table_from_frame(counts, is_sample)
    if isinstance(counts, np.ndarray):
        return table_from_array(counts, None, None)
    raise UsageError(
        "E-USAGE-002",
        f"Counts cannot be read from {type(counts).__name__}.",
        "Give a path, a pandas, polars or arrow data frame, or an AnnData.",
    )
