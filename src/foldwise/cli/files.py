"""Which of the files on the command line are counts, and which is the sample sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def counts_and_sheet(
    files: Sequence[str], samples: str | None, groups: str | None
) -> tuple[tuple[str, ...], str | None]:
    """Return the counts and the sheet of ``COUNTS... [SAMPLES]``.

    With ``--samples`` or ``--groups`` all files are counts. Else one file is counts; of two the second is the sheet;
    of more the last one is, unless its content is that of a file of counts like the others.

    Parameters
    ----------
    files : sequence of str
    samples, groups : str, optional
        What ``--samples`` and ``--groups`` say.
    """
    if samples is not None:
        return tuple(files), samples
    if groups is not None or len(files) < 2:
        return tuple(files), None
    if len(files) > 2 and _is_counts(files):
        return tuple(files), None
    return tuple(files[:-1]), files[-1]


def _is_counts(files: Sequence[str]) -> bool:
    """Tell whether the last file is counts as the first is: of its format, or a table with its header."""
    from foldwise.errors import FoldwiseError
    from foldwise.io.formats import recognize
    from foldwise.io.glimpse import glimpse
    from foldwise.model.spec import InputSettings

    try:
        first, last = (recognize(Path(name), InputSettings()).name for name in (files[0], files[-1]))
        if first != last:
            return False
        if first != "table":
            return True
        shapes = [_shape(glimpse(Path(name)).lines) for name in (files[0], files[-1])]
        return shapes[0] == shapes[1]
    except (FoldwiseError, OSError):
        return False


def _shape(lines: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Return the first id and the number of delimiters of the second line: alike in the files of a list."""
    rows = [line for line in lines if line.strip() and not line.startswith("#")][:2]
    counts = tuple(rows[-1].count(c) for c in "\t,;") if rows else ()
    first = rows[-1].split("\t")[0].split(",")[0].split(";")[0] if rows else ""
    return first, counts
