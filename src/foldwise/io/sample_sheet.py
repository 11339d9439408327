"""The sample sheet: one row per sample, read as text, typed only where nothing is lost."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from foldwise.errors import InputError
from foldwise.io.delimited import ragged, records
from foldwise.io.foreign_frames import as_pandas, index_is_default, plain_text, text_labels
from foldwise.io.generic_fallback import header_only
from foldwise.io.messages import Messages, done, note
from foldwise.io.names_checks import check_names
from foldwise.io.table_reader import Text, read_text
from foldwise.io.wording import counted, listed, shown
from foldwise.model.columns import infer_types, missing_mask

ID_COLUMNS = ("sample", "sample_id")
# Columns that make a sheet one of cells, each with its sample.
CELL_COLUMNS = frozenset({"barcode", "cell", "cell_id", "cell_barcode"})
# Columns of nf-core sample sheets (rnaseq, fetchngs) that describe files, machines and single runs; they are never
# factors of a design, and neither is any that starts with `fastq_`.
TECHNICAL_COLUMNS = frozenset(
    {"strandedness", "seq_platform", "seq_center", "single_end", "genome_bam", "transcriptome_bam", "percent_mapped",
     "run_accession", "run_alias", "base_count", "read_count"}
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sample sheet: ``frame`` is indexed by sample id (text); ``source`` names it in messages.

    ``cells`` is the sample of each cell where the sheet has a row per cell.
    """

    source: str
    frame: pd.DataFrame
    messages: Messages = ()
    cells: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Sample ids in the order of the sheet."""
        return list(self.frame.index)


def read_sheet(path: str | os.PathLike[str]) -> Sheet:
    """Return the sample sheet of a csv, tsv or txt file.

    The id column is ``sample``, else ``sample_id``, else the first one. Sheets of nf-core pipelines lose their
    technical columns, and rows that repeat a sample (lanes) are merged where all else agrees.

    Raises
    ------
    InputError
        E-FILE-* for the file, E-NAME-002 for repeated columns, E-NAME-003/004 for ids, E-SHEET-006 for repeated ids.
    """
    text = read_text(path)
    rows, lines = _rows(text)
    return _sheet(text.source, rows, lines, text.messages)


def _rows(text: Text) -> tuple[pd.DataFrame, list[int]]:
    """Return all cells as text, the id column first, and the line of each row."""
    delimiter = text.layout.delimiter or "\t"
    data = text.data[text.layout.start :].decode("utf-8")
    found = list(records(data, delimiter, text.source, text.layout.first_line))
    if len(found) < 2:
        raise header_only(text.source)
    header, width = list(found[0][1]), len(found[1][1])
    if len(header) == width - 1:  # R writes row names without a title
        header = ["sample", *header]
    for line, fields in found[1:]:
        if len(fields) != len(header):
            raise ragged(text.source, line, len(fields), len(header))
    cells = [fields for _, fields in found[1:]]
    kept = [i for i, name in enumerate(header) if name or any(row[i] for row in cells)]
    names = [header[i] for i in kept]
    _check_columns(names, text.source)
    frame = pd.DataFrame([[row[i] for i in kept] for row in cells], columns=pd.Index(names, dtype=object), dtype=object)
    return frame, [line for line, _ in found[1:]]


def _check_columns(names: list[str], source: str) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(
            "E-NAME-002", f"{source} has several columns named {listed(repeated)}.", "Rename them.", where=source
        )
    if "" in names[1:]:
        raise InputError(
            "E-NAME-004",
            f"{source}: column {names.index('', 1) + 1} has values and no name.",
            "Give every column a name in the header.",
            where=source,
        )


def _sheet(source: str, frame: pd.DataFrame, lines: list[int], messages: Messages) -> Sheet:
    lower = [str(name).lower() for name in frame.columns]
    position = next((lower.index(name) for name in ID_COLUMNS if name in lower), 0)
    ids = [str(name) for name in frame.iloc[:, position]]
    check_names(ids, "sample", source, lines)
    rest = frame.drop(columns=frame.columns[position])
    rest.index = pd.Index(ids, dtype=object, name="sample")
    rest, cells, more = _rows_merged(rest, source)
    _require_unique(rest, source, lines)
    rest = infer_types(rest)
    return Sheet(source, rest, (*messages, *more, _summary(source, rest)), cells)


def _rows_merged(frame: pd.DataFrame, source: str) -> tuple[pd.DataFrame, dict[str, str], Messages]:
    """Return one row per sample of a sheet of cells or of lanes, and the sample of each cell."""
    column = next((name for name in frame.columns if str(name).lower() in CELL_COLUMNS), None)
    if column is None or frame.index.is_unique:
        merged, messages = _without_lanes(frame, source)
        return merged, {}, messages
    barcodes = text_labels(frame[column])
    repeated = [name for name, n in Counter(barcodes).items() if n > 1]
    if repeated:
        found = f"{source} lists {counted(len(repeated), 'cell')} more than once: {listed(repeated)}."
        raise InputError("E-SHEET-006", found, "Keep one row per cell.", where=source)
    rest = frame.drop(columns=column)
    constant = [name for name in rest.columns if (rest.groupby(level=0)[name].nunique(dropna=False) == 1).all()]
    said: Messages = (note(f"{source} has a row per cell (column {shown(column)}); columns of samples are kept."),)
    if varying := [name for name in rest.columns if name not in constant]:
        said += (note(f"{source}: {listed(varying)} differ between cells of a sample and are left out."),)
    merged = rest.loc[~rest.index.duplicated(), constant]
    return merged, dict(zip(barcodes, frame.index, strict=True)), said


def _without_lanes(frame: pd.DataFrame, source: str) -> tuple[pd.DataFrame, Messages]:
    """Leave out the technical columns of an nf-core sheet and merge the rows of one sample."""
    if "fastq_1" not in frame.columns:
        return frame, ()
    technical = [name for name in frame.columns if name in TECHNICAL_COLUMNS or str(name).startswith("fastq_")]
    frame = frame.drop(columns=technical)
    messages: Messages = (note(f"{source}: columns about files and machines left out: {listed(technical)}."),)
    for name in frame.index[frame.index.duplicated()].unique():
        rows = frame.loc[[name]]
        odd = [column for column in frame.columns if rows[column].nunique(dropna=False) > 1]
        if odd:
            raise InputError(
                "E-SHEET-006",
                f"{source}: the {len(rows)} rows of sample {shown(name)} disagree in {listed(odd)}.",
                "Rows that repeat a sample (lanes) must agree in every column that is not about files.",
                where=source,
            )
    merged = frame[~frame.index.duplicated()]
    if len(merged) < len(frame):
        messages += (note(f"{source}: {len(frame)} rows (lanes) merged into {counted(len(merged), 'sample')}."),)
    return merged, messages


def _require_unique(frame: pd.DataFrame, source: str, lines: list[int]) -> None:
    if frame.index.is_unique:
        return
    ids = list(frame.index)
    repeated = list(dict.fromkeys(frame.index[frame.index.duplicated()]))
    where = [lines[i] for i, name in enumerate(ids) if name == repeated[0]] if lines else []
    place = f" (lines {', '.join(map(str, where[:5]))})" if where else ""
    raise InputError(
        "E-SHEET-006",
        f"{source} has more than one row for {counted(len(repeated), 'sample')}: {listed(repeated)}{place}.",
        "Keep one row per sample. Technical replicates: add their counts first, then list the sum once.",
        where=source,
        data={"samples": repeated},
    )


def _summary(source: str, frame: pd.DataFrame) -> Any:
    """Return the line that shows what was understood of the sheet."""
    described = []
    for name in frame.columns[:8]:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
            described.append(f"{name} (numbers)")
        else:
            described.append(f"{name} ({counted(int(column[~missing_mask(column)].nunique()), 'level')})")
    more = f", … ({len(frame.columns)} in all)" if len(frame.columns) > 8 else ""
    columns = "; columns: " + ", ".join(described) + more if described else "; no other columns"
    text = f"{source}  {counted(len(frame), 'row')}{columns}"
    return done("Reading", text, source=source, n_samples=len(frame), columns=[str(c) for c in frame.columns])


def sheet_from_frame(samples: Any, source: str = "the sample table") -> Sheet:
    """Return the sheet of a data frame (pandas, or anything that turns into one).

    The index holds the sample ids unless it is the default 0, 1, 2, ...; then the id column is found as in a file.
    Text columns stay text, numbers stay numbers; categories keep their order.
    """
    frame = as_pandas(samples).copy()
    frame.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
    _check_columns(list(frame.columns), source)
    if not len(frame):
        raise header_only(source)
    if index_is_default(frame.index):
        if not len(frame.columns):
            raise header_only(source)
        lower = [name.lower() for name in frame.columns]
        position = next((lower.index(name) for name in ID_COLUMNS if name in lower), 0)
        ids = text_labels(frame.iloc[:, position])
        frame = frame.drop(columns=frame.columns[position])
    else:
        ids = text_labels(frame.index)
    check_names(ids, "sample", source, None)
    frame.index = pd.Index(ids, dtype=object, name="sample")
    frame, cells, messages = _rows_merged(plain_text(frame), source)
    _require_unique(frame, source, [])
    return Sheet(source, frame, (*messages, _summary(source, frame)), cells)
