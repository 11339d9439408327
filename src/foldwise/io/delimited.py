"""Records of a delimited text (RFC 4180), each with the line it starts on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from foldwise.errors import InputError
from foldwise.io.delimiter import WHITESPACE
from foldwise.io.wording import escaped

Record = tuple[int, list[str]]


def records(text: str, delimiter: str, source: str, first_line: int = 1) -> Iterator[Record]:
    """Yield line number and fields of every record that is not blank; fields come without surrounding blanks."""
    if delimiter == WHITESPACE and '"' not in text:
        for offset, content in enumerate(text.split("\n")):
            if fields := content.split():
                yield first_line + offset, fields
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = first_line
    try:
        for fields in reader:
            if delimiter == WHITESPACE:
                fields = [field for field in fields if field]
            if " " in "".join(fields):
                fields = [field.strip(" ") for field in fields]
            if any(fields):
                yield line, fields
            line = first_line + reader.line_num
    except csv.Error as error:
        raise InputError(
            "E-FILE-002",
            f"{source}:{line}: the record that starts here cannot be split into fields: {escaped(str(error))}.",
            "Close or double the quotes in it.",
            where=f"{source}:{line}",
        ) from error


def ragged(source: str, line: int, found: int, expected: int) -> InputError:
    """Return the error of a row with more or fewer fields than the table has."""
    return InputError(
        "E-FILE-002",
        f"{source}:{line} has {found:,} fields where {expected:,} are expected.",
        "Look for a missing or extra delimiter, or an unquoted one inside a name.",
        where=f"{source}:{line}",
        data={"line": line, "found": found, "expected": expected},
    )
