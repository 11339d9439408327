"""One output file at a time: complete or absent, never half-written; and the bytes of a table."""

from __future__ import annotations

import contextlib
import os
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from foldwise import _kernels
from foldwise.errors import OutputError
from foldwise.io.wording import shown_path

_GZIP = 31  # window of 32 kB with a gzip header, whose time zlib leaves 0: same content, same bytes


def table_bytes(header: Sequence[str], columns: Sequence[Any], missing: str = "") -> bytes:
    """Return a table as tab-separated UTF-8 text.

    Reals are written with the fewest digits that read back to the same double, as Python's ``repr`` but whole numbers
    without ``.0``; ``inf`` and ``-inf`` as such. Text with a tab, line end or quote is quoted (RFC 4180).

    Parameters
    ----------
    header : sequence of str
    columns : sequence
        Blocks of columns: list of str or None; float or int array, (n,) or (n, k); (int8 codes, words).
    missing : str
        Text of NaN, None and negative codes.
    """
    return _kernels.format_rows([[name] for name in header]) + _kernels.format_rows(list(columns), missing)


def gzipped(data: bytes, level: int = 1) -> bytes:
    """Return gzip bytes that depend on the content only."""
    engine = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return engine.compress(data) + engine.flush()


def write_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file by a temporary one in the same directory, fsync and rename.

    Raises
    ------
    OutputError
        E-IO-001 (exit 74) where the disk is full, the place is read-only or locked; the old file is untouched.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data)


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary file in the same directory, which takes the place of ``path`` when the block ends well.

    Raises
    ------
    OutputError
        E-IO-001 (exit 74) where the disk is full, the place is read-only or locked; the old file is untouched.
    """
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".tmp", dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            _usual_permissions(name, target)
            temporary.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        _sync_directory(target.parent)
    except (OSError, ValueError) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        raise OutputError(
            "E-IO-001",
            f"{shown_path(path)} cannot be written: {reason}.",
            "Make room and permission there, or choose another place. An earlier file is untouched.",
            where=shown_path(path),
        ) from error


def _usual_permissions(temporary: str, target: Path) -> None:
    """Give the file the permissions of the one it replaces, or those of a new file (mkstemp makes it private)."""
    try:
        mode = target.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    Path(temporary).chmod(mode)


def _sync_directory(directory: Path) -> None:
    """Make the rename durable where the system can sync directories."""
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
