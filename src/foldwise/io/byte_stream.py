"""A file of any length in blocks, gzip looked into, so that its size never decides the memory taken."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator

from foldwise.errors import InputError
from foldwise.io.raw_bytes import MAX_RATIO, RATIO_COUNTS_FROM, damaged_gzip, head_bytes
from foldwise.io.wording import shown_path

BLOCK = 4 << 20
# No line of a table or annotation is longer.
MAX_LINE = 64 << 20


def blocks(path: str | os.PathLike[str]) -> Iterator[bytes]:
    """Yield the content of a file, decompressed if it is gzip, in blocks of some MiB.

    Raises
    ------
    InputError
        E-FILE-007 for what is no readable file, E-FILE-003 for a damaged gzip stream, E-SAFE-002 where it unpacks to
        more than 200 times its size.
    """
    name = shown_path(path)
    head_bytes(path, 8)
    with open(path, "rb") as file:  # noqa: PTH123
        total = os.fstat(file.fileno()).st_size
        first = file.read(BLOCK)
        if first[:2] != b"\x1f\x8b":
            while first:
                yield first
                first = file.read(BLOCK)
            return
        yield from _unpacked(file, first, total, name)


def _unpacked(file: object, chunk: bytes, total: int, name: str) -> Iterator[bytes]:
    engine, size, position = zlib.decompressobj(31), 0, 0
    while chunk:
        position += len(chunk)
        while chunk:
            if engine.eof:
                if not any(chunk):
                    return  # zero padding after the last member
                engine = zlib.decompressobj(31)
            try:
                piece = engine.decompress(chunk, BLOCK)
            except zlib.error as error:
                raise damaged_gzip(name, position - len(chunk), total, str(error)) from error
            size += len(piece)
            if size > RATIO_COUNTS_FROM and size > MAX_RATIO * total:
                raise InputError(
                    "E-SAFE-002",
                    f"{name} unpacks to more than {size:,} bytes from {total:,}; reading stopped.",
                    "Check where the file comes from; if it is right, unpack it.",
                    where=name,
                )
            if piece:
                yield piece
            chunk = engine.unused_data if engine.eof else engine.unconsumed_tail
        chunk = file.read(BLOCK)  # type: ignore[attr-defined]
    while not engine.eof and (piece := engine.decompress(b"", BLOCK)):
        yield piece
    if not engine.eof:
        raise damaged_gzip(name, total, total, "the stream ends early")


def line_blocks(path: str | os.PathLike[str]) -> Iterator[bytes]:
    """Yield the content of a text file in blocks of whole lines.

    Raises
    ------
    InputError
        As `blocks`; E-FILE-004 where there are no line ends.
    """
    rest = b""
    for block in blocks(path):
        end = block.rfind(b"\n") + 1
        if not end:
            rest += block
            if len(rest) > MAX_LINE:
                name = shown_path(path)
                raise InputError("E-FILE-004", f"{name} has no lines.", "Give a text file.", where=name)
            continue
        yield rest + block[:end]
        rest = block[end:]
    if rest:
        yield rest
