"""The bytes of an input file: regular files only, gzip looked into, sizes capped, other formats refused by name."""

from __future__ import annotations

import os
import re
import stat
import zlib
from pathlib import Path

from foldwise.errors import EXIT_INVALID, EXIT_IO, InputError
from foldwise.io.wording import counted, nearest, shown, shown_path

# A table of 60,000 genes x 5,000 samples is 1 GB as text; no table compresses 200-fold (real ones 3- to 30-fold).
MAX_BYTES = 4 << 30
MAX_RATIO = 200
RATIO_COUNTS_FROM = 64 << 20
_CHUNK = 1 << 20
# What is looked at to tell formats apart.
HEAD_BYTES = 256 << 10

# First bytes of formats that are not tables of text, with their name and the way out.
_MAGIC = (
    (b"\x89HDF\r\n\x1a\n", "HDF5, but none of AnnData, Cell Ranger or kallisto", "Write its counts as TSV or h5ad."),
    (b"PK\x03\x04", "a zip archive, but no Excel workbook (xlsx)", "Give the table in it as CSV or TSV."),
    (b"PAR1", "Parquet", "Write the table as TSV, or pass it as a data frame in Python."),
    (b"%%MatrixMarket", "Matrix Market", "Give the folder that holds it with barcodes.tsv and features.tsv."),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (xls)", "Save the sheet as CSV or TSV."),
    (b"RDX", "R data", "Write the table in R with write.table(x, sep = '\\t')."),
    (b"X\n\x00\x00\x00", "R data (rds)", "Write the table in R with write.table(x, sep = '\\t')."),
    (b"\x93NUMPY", "a NumPy array", "Write a table with gene and sample names as TSV."),
    (b"BZh", "bzip2", "Unpack it, or compress it with gzip."),
    (b"\xfd7zXZ", "xz", "Unpack it, or compress it with gzip."),
    (b"\x28\xb5\x2f\xfd", "zstd", "Unpack it, or compress it with gzip."),
    (b"%PDF", "PDF", "Give the table as CSV or TSV."),
    (b"<!DOCTYPE", "a web page", "Download the file itself, not the page around it."),
    (b"<html", "a web page", "Download the file itself, not the page around it."),
)
_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
_TEXT_PICKLE = re.compile(rb"\Ac[A-Za-z_][\w.]*\n[A-Za-z_]\w*\n")


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a text file, decompressed if it is gzip.

    Raises
    ------
    InputError
        E-FILE-007 for what is no regular readable file (before anything is read), E-FILE-003 for a damaged gzip
        stream, E-SAFE-001 for objects that would run code, E-SAFE-002 beyond the caps, E-FILE-004 for other formats,
        E-FILE-006 for an empty file.
    """
    data = read_content(path)
    refuse_other_formats(data, shown_path(path))
    return data


def read_content(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a file of any format, decompressed if it is gzip.

    Raises
    ------
    InputError
        E-FILE-003, E-FILE-006, E-FILE-007 and E-SAFE-002, as `read_bytes`.
    """
    name = shown_path(path)
    data = _content(path, name)
    if data[:2] == b"\x1f\x8b":
        data = gunzip(data, name)
    if not data:
        raise InputError("E-FILE-006", f"{name} is empty.", "Check that it was written completely.", where=name)
    return data


def head_bytes(path: str | os.PathLike[str], size: int = HEAD_BYTES) -> bytes:
    """Return the first bytes of the content of a file, unpacked if it is gzip (of a damaged stream, nothing).

    Raises
    ------
    InputError
        E-FILE-007 for what is no regular readable file.
    """
    packed = _content(path, shown_path(path), size)
    if packed[:2] != b"\x1f\x8b":
        return packed
    try:
        return zlib.decompressobj(31).decompress(packed, size)
    except zlib.error:
        return b""


def first_bytes(path: str | os.PathLike[str], size: int) -> bytes:
    """Return at most ``size`` bytes of a file as they lie on disk.

    Raises
    ------
    InputError
        E-FILE-007 for what is no regular readable file.
    """
    return _content(path, shown_path(path), size)


def _content(path: str | os.PathLike[str], name: str, size: int | None = None) -> bytes:
    try:
        _require_regular(Path(path).stat().st_mode, name)
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            _require_regular(os.fstat(handle).st_mode, name)
            data = file.read(MAX_BYTES + 1 if size is None else size)
    except (OSError, ValueError) as error:
        raise _unreadable(error, path, name) from error
    if len(data) > MAX_BYTES:
        raise _too_large(name, len(data))
    return data


def _require_regular(mode: int, name: str) -> None:
    if stat.S_ISREG(mode):
        return
    kind = next((word for test, word in _KINDS if test(mode)), "not a regular file")
    fix = "Give a file inside it." if stat.S_ISDIR(mode) else "Save the table to a file first."
    raise InputError("E-FILE-007", f"{name} is {kind}, not a file.", fix, where=name)


def _unreadable(error: OSError | ValueError, path: str | os.PathLike[str], name: str) -> InputError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        near = _neighbours(path)
        fix = f"Did you mean {', '.join(shown(n) for n in near)}?" if near else "Check the path."
        return InputError("E-FILE-007", f"{name} does not exist.", fix, where=name)
    if isinstance(error, PermissionError):
        return InputError(
            "E-FILE-007", f"{name} cannot be opened: no permission.", "Make it readable.", where=name, exit_code=EXIT_IO
        )
    reason = error.strerror if isinstance(error, OSError) else str(error)
    code = EXIT_IO if isinstance(error, OSError) else EXIT_INVALID
    return InputError("E-FILE-007", f"{name} cannot be read: {reason}.", "Check the path.", where=name, exit_code=code)


def _neighbours(path: str | os.PathLike[str]) -> list[str]:
    try:
        place = Path(path)
        return nearest(place.name, sorted(other.name for other in place.parent.iterdir()))
    except (OSError, ValueError):
        return []


def gunzip(data: bytes, name: str) -> bytes:
    """Return all members of a gzip stream, within the caps on size and ratio."""
    pieces: list[bytes] = []
    size = 0
    view = memoryview(data)
    engine = zlib.decompressobj(31)
    position = 0  # bytes of the stream handed to the engine
    while position < len(data):
        chunk: bytes | memoryview = view[position : position + _CHUNK]
        position += len(chunk)
        while chunk:
            try:
                piece = engine.decompress(chunk, RATIO_COUNTS_FROM)
            except zlib.error as error:
                raise damaged_gzip(name, position - len(chunk), len(data), str(error)) from error
            size += len(piece)
            pieces.append(piece)
            if size > MAX_BYTES or (size > RATIO_COUNTS_FROM and size > MAX_RATIO * len(data)):
                raise _too_large(name, size, len(data))
            if engine.eof:
                chunk = engine.unused_data
                if chunk and not any(chunk) and not any(view[position:]):
                    return b"".join(pieces)  # zero padding after the last member
                if chunk or position < len(data):
                    engine = zlib.decompressobj(31)
            else:
                chunk = engine.unconsumed_tail
    while not engine.eof and (piece := engine.decompress(b"", RATIO_COUNTS_FROM)):  # output held back by the cap
        pieces.append(piece)
    if not engine.eof:
        raise damaged_gzip(name, len(data), len(data), "the stream ends early")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def damaged_gzip(name: str, offset: int, total: int, reason: str) -> InputError:
    """Return E-FILE-003."""
    return InputError(
        "E-FILE-003",
        f"{name} is a damaged gzip file: {reason} (near byte {offset:,} of {total:,}).",
        "Copy or download it again; compare the checksum.",
        where=name,
        data={"offset": offset, "bytes": total},
    )


def _too_large(name: str, size: int, packed: int | None = None) -> InputError:
    ratio = "" if packed is None else f" from {counted(packed, 'byte')} ({size // max(packed, 1):,} times)"
    return InputError(
        "E-SAFE-002",
        f"{name} unpacks to more than {size:,} bytes{ratio}; reading stopped.",
        f"A count table has at most {MAX_BYTES:,} bytes and compresses less than {MAX_RATIO}-fold. "
        "Check where the file comes from; if it is right, unpack it or split it.",
        where=name,
    )


def refuse_other_formats(data: bytes, name: str) -> None:
    """Raise for content that is not a table of text."""
    head = data[:4096]
    if (head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05") or _TEXT_PICKLE.match(head):
        raise _unsafe(name, "a Python pickle")
    if head.startswith(b"\x93NUMPY") and re.search(rb"'\|?O'", head):
        raise _unsafe(name, "a NumPy array of Python objects")
    if b"!!python/" in head:
        raise _unsafe(name, "YAML that makes Python objects")
    for magic, kind, fix in _MAGIC:
        if head.startswith(magic):
            raise InputError("E-FILE-004", f"{name} is {kind}, not a text table.", fix, where=name)
    if head[:2] not in (b"\xff\xfe", b"\xfe\xff") and looks_binary(head):
        raise InputError(
            "E-FILE-004",
            f"{name} is of an unknown binary format.",
            "Give the counts as CSV or TSV, plain or gzip-compressed.",
            where=name,
        )


def _unsafe(name: str, kind: str) -> InputError:
    return InputError(
        "E-SAFE-001",
        f"{name} is {kind}; loading it could run code, so it was not loaded.",
        "Write the table as CSV or TSV.",
        where=name,
    )


def looks_binary(head: bytes) -> bool:
    """Tell whether more than a tenth of the bytes are control characters (UTF-16 without a mark is let through)."""
    control = sum(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in head)
    zeros = head.count(0)
    looks_utf16 = zeros > 0.3 * len(head) and (not any(head[1::2]) or not any(head[::2]))
    return control > 0.1 * len(head) and not looks_utf16
