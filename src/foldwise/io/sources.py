"""Which files an input means: patterns, folders, and the sample that each file of a list holds."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from foldwise.errors import InputError
from foldwise.io.wording import counted, shown_path

# A folder of more files than this is no folder of counts.
MAX_FILES = 20_000
_ENDINGS = re.compile(
    r"([._-]?(ReadsPerGene\.out\.tab|htseq[._-]counts?|htseq|feature[._-]?counts?|gene[._-]?counts?|counts?)"
    r"|[._-]?(filtered|raw)_(feature|gene)_bc_matri(x|ces)(_h5)?|\.(txt|tsv|csv|tab|out|gz|xls|dat|h5))$",
    re.IGNORECASE,
)


def expanded(counts: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Return paths with patterns (``*``, ``?``, ``[``) replaced by what fits them, in the order of their names.

    Raises
    ------
    InputError
        E-FILE-007 where nothing fits a pattern.
    """
    found: list[Path] = []
    for item in counts:
        path = Path(item)
        if not is_pattern(path):
            found.append(path)
            continue
        fits = sorted(_fitting(path), key=natural_key)
        if not fits:
            name = shown_path(item)
            raise InputError("E-FILE-007", f"No file fits {name}.", "Check the pattern and the folder.", where=name)
        found += fits
    return list(dict.fromkeys(found))


def is_pattern(path: Path) -> bool:
    """Tell whether a path is a pattern; one that exists by that very name is none."""
    return any(c in str(path) for c in "*?[") and not path.exists()


def _fitting(pattern: Path) -> list[Path]:
    parts = pattern.parts
    first = next(i for i, part in enumerate(parts) if any(c in part for c in "*?["))
    return list(Path(*parts[:first]).glob(str(Path(*parts[first:]))))


def natural_key(path: Path) -> tuple[object, ...]:
    """Return the key that sorts ``s2`` before ``s10``."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", str(path)))


def below(folder: Path) -> list[Path]:
    """Return the files of a folder and of the folders in it, sorted; hidden ones and summaries left out.

    Raises
    ------
    InputError
        E-FILE-007 where there are more than a folder of counts would hold.
    """
    found: list[Path] = []
    for item in sorted(folder.iterdir(), key=natural_key):
        if item.name.startswith("."):
            continue
        inner = sorted(item.iterdir(), key=natural_key) if item.is_dir() else [item]
        found += [path for path in inner if path.is_file() and not path.name.startswith(".")]
        if len(found) > MAX_FILES:
            name = shown_path(folder)
            many = counted(len(found), "file")
            raise InputError("E-FILE-007", f"{name} holds {many} and more.", "Give a file inside it.", where=name)
    return [path for path in found if path.suffix != ".summary"]


def subfolders(folder: Path) -> list[Path]:
    """Return the folders in a folder, sorted; hidden ones left out."""
    found = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return sorted(found, key=natural_key)


def sample_names(paths: Sequence[Path], is_sample: Callable[[str], bool] | None) -> list[str]:
    """Return the sample of each file of a list with one file per sample.

    The spelling of the sheet wins: file name, with fewer and fewer endings, then the folders. Without it the file
    name without its endings, or the folder where file names do not tell samples apart.
    """
    spellings = [_spellings(path) for path in paths]
    if is_sample is not None:
        known = [next((name for name in names if is_sample(name)), None) for names in spellings]
        if len({name for name in known if name is not None}) == len(paths):
            return [str(name) for name in known]
    stems = [_stem(path.name) for path in paths]
    folders = [[parent.name for parent in path.absolute().parents][:2] + [""] * 2 for path in paths]
    for names in (stems, [f[0] for f in folders], [f[1] for f in folders], [str(path) for path in paths]):
        if all(names) and len(set(names)) == len(paths):
            return names
    return stems


def _spellings(path: Path) -> list[str]:
    names = [path.name]
    while (shorter := _ENDINGS.sub("", names[-1])) != names[-1] and shorter:
        names.append(shorter)
    folders = [parent.name for parent in path.absolute().parents][:2]
    return [*names, *folders]


def _stem(name: str) -> str:
    while (shorter := _ENDINGS.sub("", name)) != name:
        name = shorter
    return name
