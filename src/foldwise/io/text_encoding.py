"""Bytes of any usual text encoding to UTF-8 with line feeds."""

from __future__ import annotations

import codecs

from foldwise.errors import InputError

_UTF16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def to_utf8(data: bytes, name: str) -> tuple[bytes, str]:
    """Return the text as UTF-8 without byte-order mark, and the name of the encoding found.

    Order: byte-order mark, UTF-16 by its zero bytes, UTF-8, else Windows-1252 (Latin-1 where that has no character).
    A file whose only line ends are carriage returns gets line feeds.
    """
    encoding = "UTF-8"
    if data.startswith(codecs.BOM_UTF8):
        data, encoding = data[3:], "UTF-8 with byte-order mark"
    elif (wide := _utf16(data)) is not None:
        data, encoding = _recode(data, wide, name), "UTF-16"
    elif not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            data, encoding = _latin(data), "Latin-1"
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    return data, encoding


def _utf16(data: bytes) -> str | None:
    for mark, codec in _UTF16:
        if data.startswith(mark):
            return codec
    head = data[:2048]
    if b"\0" not in head or len(head) < 4:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 0.7 * len(head[1::2]) and not even:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * len(head[::2]) and not odd else None


def _recode(data: bytes, codec: str, name: str) -> bytes:
    try:
        return data.decode(codec).removeprefix("\ufeff").encode("utf-8")
    except UnicodeError as error:
        raise InputError(
            "E-FILE-004",
            f"{name} starts as UTF-16 but is not valid UTF-16.",
            "Save it as UTF-8.",
            where=name,
        ) from error


def _latin(data: bytes) -> bytes:
    try:
        return data.decode("cp1252").encode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1").encode("utf-8")
