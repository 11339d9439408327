"""Columns of numbers and text as blocks inside an HTML page, a tenth of the size of JSON.

A block is a little-endian typed array whose bytes are shuffled (all first bytes,
then all second bytes, ...), compressed with gzip and written in base64. One JSON
manifest names the blocks. Nothing of an `Analysis` is known here.

The bytes of shuffled numbers have no repeated phrases worth a search, only runs and
skewed frequencies. Run-length plus Huffman coding (``Z_RLE``) therefore beats
``gzip -9`` in size (airway, 64,102 x 8 counts: 253 kB against 249; one float32
column: 148 kB against 156) at a thirtieth of its time (10 ms against 240). Text has
phrases and takes level 4.
"""

from __future__ import annotations

import binascii
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_GZIP = 31  # zlib's name for a 32 kB window with a gzip header (whose time stamp zlib leaves at 0)
_UNSIGNED = (np.dtype("<u1"), np.dtype("<u2"), np.dtype("<u4"))
MISSING_U16 = 65535


@dataclass(frozen=True)
class Block:
    """One column in the page.

    Parameters
    ----------
    name : str
        Key in the manifest and id of the script element.
    dtype : str
        ``u1 u2 u4 f4 f8`` or ``text`` (newline-joined UTF-8).
    shape : tuple of int
    data : str
        base64 of the compressed bytes.
    scale : dict, optional
        How stored integers become numbers, such as ``{"kind": "log10", "offset": -8, "step": 1e-4}``.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: str
    scale: dict[str, Any] | None = field(default=None)

    def entry(self) -> dict[str, Any]:
        """Return the block's line of the manifest."""
        entry: dict[str, Any] = {"name": self.name, "dtype": self.dtype, "shape": list(self.shape)}
        if self.scale is not None:
            entry["scale"] = self.scale
        return entry


def shuffle_bytes(array: np.ndarray) -> bytes:
    """Return the bytes of an array grouped by their place within an element."""
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    planes = little.reshape(-1).view(np.uint8).reshape(-1, little.dtype.itemsize)
    return np.ascontiguousarray(planes.T).tobytes()


def unshuffle_bytes(data: bytes, dtype: np.dtype) -> np.ndarray:
    """Return the flat array whose shuffled bytes are ``data``."""
    planes = np.frombuffer(data, np.uint8).reshape(dtype.itemsize, -1)
    return np.ascontiguousarray(planes.T).view(dtype.newbyteorder("<")).reshape(-1)


def compress(data: bytes, *, text: bool = False) -> str:
    """Return base64 of gzip of ``data``; the same bytes on every run."""
    level, strategy = (4, zlib.Z_DEFAULT_STRATEGY) if text else (6, zlib.Z_RLE)
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP, 9, strategy)
    return binascii.b2a_base64(packer.compress(data) + packer.flush(), newline=False).decode("ascii")


def smallest_unsigned(values: np.ndarray) -> np.ndarray:
    """Return non-negative whole numbers in the smallest unsigned type that holds their maximum.

    Values above 2**32 - 1 or fractions come back as float64.
    """
    top = float(values.max()) if values.size else 0.0
    if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
        return values.astype("<f8")
    for dtype in _UNSIGNED:
        if top <= np.iinfo(dtype).max:
            return values.astype(dtype)
    return values.astype("<f8")


def array_block(name: str, values: np.ndarray, scale: dict[str, Any] | None = None) -> Block:
    """Return a block of an array as it is (u1, u2, u4, f4 or f8)."""
    dtype = values.dtype
    return Block(name, f"{dtype.kind}{dtype.itemsize}", values.shape, compress(shuffle_bytes(values)), scale)


def float_block(name: str, values: np.ndarray) -> Block:
    """Return a float32 block."""
    return array_block(name, np.asarray(values).astype("<f4"))


def log_block(name: str, values: np.ndarray) -> Block:
    """Return positive numbers as 16-bit steps of log10; for pictures, not for tables."""
    good = np.isfinite(values) & (values > 0)
    codes = np.full(values.shape, MISSING_U16, dtype="<u2")
    log10 = np.log10(values, where=good, out=np.zeros(values.shape))
    low, high = (float(log10[good].min()), float(log10[good].max())) if good.any() else (0.0, 0.0)
    step = (high - low) / (MISSING_U16 - 1) or 1.0
    codes[good] = np.rint((log10[good] - low) / step).astype("<u2")
    return array_block(name, codes, {"kind": "log10", "offset": low, "step": step})


def text_block(name: str, values: list[str]) -> Block:
    """Return a block of strings; a line break inside one becomes a blank, so that rows stay rows."""
    joined = "\n".join(values)
    if joined.count("\n") != max(len(values) - 1, 0):
        joined = "\n".join(value.replace("\n", " ") for value in values)
    data = joined.encode("utf-8", "replace")
    return Block(name, "text", (len(values),), compress(data, text=True))


def decode(block: Block) -> np.ndarray | list[str]:
    """Return what a block holds: the twin of the decoder in the page."""
    raw = zlib.decompress(binascii.a2b_base64(block.data), _GZIP)
    if block.dtype == "text":
        return raw.decode("utf-8").split("\n") if block.shape[0] else []
    stored = unshuffle_bytes(raw, np.dtype(block.dtype)).reshape(block.shape)
    if block.scale is None:
        return stored
    kind = block.scale["kind"]
    if kind == "log2p1":
        return np.exp2(stored / block.scale["factor"]) - 1
    known = np.where(stored == MISSING_U16, np.nan, stored)
    return 10.0 ** (block.scale["offset"] + block.scale["step"] * known)


_JSON_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def safe_json(value: Any) -> str:
    """Return JSON that cannot end a script element or a line of JavaScript."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_JSON_ESCAPES).encode("utf-8", "replace").decode("utf-8")
