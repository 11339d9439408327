"""Arrow streams, and Parquet files read as text and written from frames. The only file that imports pyarrow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from foldwise.errors import InputError, UsageError
from foldwise.io.raw_bytes import MAX_BYTES, head_bytes
from foldwise.io.wording import escaped, shown, shown_path

_INDEX = "__index_level_"


def require_arrow() -> Any:
    """Return the module pyarrow; raises E-EXTRA-001 without it."""
    try:
        import pyarrow
        import pyarrow.csv
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError("E-EXTRA-001", "Arrow and parquet need pyarrow.", "pip install 'foldwise[parquet]'") from error
    return pyarrow


def arrow_frame(value: Any) -> pd.DataFrame:
    """Return what speaks arrow's C stream protocol as pandas.

    Raises
    ------
    UsageError
        E-EXTRA-001 without pyarrow.
    """
    frame: pd.DataFrame = require_arrow().table(value).to_pandas()
    return frame


def parquet_text(path: Path) -> bytes:
    """Return the table as tab-separated text, row names of pandas first.

    Raises
    ------
    InputError
        E-FILE-004 where it is damaged or holds other than numbers and text; E-SAFE-002 where it unpacks to far more.
    UsageError
        E-EXTRA-001 without pyarrow.
    """
    arrow = require_arrow()
    name = shown_path(path.name)
    head_bytes(path, 8)
    try:
        with arrow.parquet.ParquetFile(path) as file:
            _check_size(file, name)
            table = _ordered(file.read())
        columns = [_plain(arrow, table.column(i), table.column_names[i], name) for i in range(table.num_columns)]
        sink = arrow.BufferOutputStream()
        titles = ["" if title.startswith(_INDEX) else title for title in table.column_names]
        _write(arrow, columns, titles, sink)
    except (arrow.ArrowException, OSError) as error:
        fix = "Write it again, or save the table as TSV."
        reason = escaped(str(error).split("\n")[0])[:120]
        raise InputError("E-FILE-004", f"{name} is a damaged Parquet file ({reason}).", fix, where=name) from error
    return sink.getvalue().to_pybytes()


def _check_size(file: Any, name: str) -> None:
    meta = file.metadata
    groups = (meta.row_group(i) for i in range(meta.num_row_groups))
    size = max(sum(group.total_byte_size for group in groups), meta.num_rows * meta.num_columns)
    if size > MAX_BYTES:
        fix = f"A count table has at most {MAX_BYTES:,} bytes. Check where the file comes from."
        raise InputError("E-SAFE-002", f"{name} unpacks to {size:,} bytes; reading stopped.", fix, where=name)


def _ordered(table: Any) -> Any:
    """Return the table with the row names that pandas wrote as its first column."""
    meta = json.loads((table.schema.metadata or {}).get(b"pandas", b"{}"))
    index = [name for name in meta.get("index_columns", []) if isinstance(name, str) and name in table.column_names]
    return table.select([*index, *(name for name in table.column_names if name not in index)]) if index else table


def _plain(arrow: Any, column: Any, title: str, source: str) -> Any:
    """Return a column of numbers or text that the writer of text takes."""
    kind = column.type
    if arrow.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = kind.value_type
    types = arrow.types
    if types.is_nested(kind) or types.is_binary(kind) or types.is_large_binary(kind):
        fix = "Keep numbers and text only."
        raise InputError("E-FILE-004", f"{source}: column {shown(title)} holds {kind}.", fix, where=source)
    return column


def _write(arrow: Any, columns: list[Any], titles: list[str], sink: Any) -> None:
    """Write header and rows; titles may repeat, as the reader of text says what is wrong with that."""
    head = "\t".join('"' + title.replace('"', '""') + '"' for title in titles) + "\n"
    sink.write(head.encode())
    numbered = arrow.table(columns, names=[str(i) for i in range(len(columns))])
    options = arrow.csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="needed")
    arrow.csv.write_csv(numbered, sink, options)


def write_parquet(frame: Any, path: Path) -> None:
    """Write a data frame with its row names."""
    arrow = require_arrow()
    arrow.parquet.write_table(arrow.Table.from_pandas(frame, preserve_index=True), path, compression="zstd")
