"""Gene and sample ids: text as found, unique, non-empty, and not turned into dates by a spreadsheet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from foldwise.errors import InputError
from foldwise.io.messages import Messages, warning
from foldwise.io.wording import counted, listed, shown

LONGEST_NAME = 10_240  # bytes

_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec"
_DAY_MONTH = re.compile(rf"(\d{{1,2}})[-/ ]({_MONTHS})(?:[-/ ]\d{{2,4}})?", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"({_MONTHS})[-/ ](\d{{1,2}})", re.IGNORECASE)
_ISO_DATE = re.compile(r"\d{4}[-/](\d{1,2})[-/](\d{1,2})")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[Ee]\+\d+")
_VERSION = re.compile(r"\.\d+(_PAR_Y)?$")
_SERIAL = re.compile(r"[34]\d{4}")
# Gene families whose symbols Excel takes for dates: old symbol by month, and the symbol that replaced it.
_FAMILIES = {"mar": ("MARCH", "MARCHF"), "sep": ("SEPT", "SEPTIN"), "dec": ("DEC", "DELEC"), "oct": ("OCT", "OCT")}
_MONTH_NUMBERS = {3: "mar", 9: "sep", 10: "oct", 12: "dec"}


def check_names(names: Sequence[str], kind: str, source: str, lines: Sequence[int] | np.ndarray | None) -> None:
    """Raise for empty names (E-NAME-004) and for NUL, line feed or more than 10 kB in a name (E-NAME-003).

    Parameters
    ----------
    kind : str
        ``gene`` or ``sample``, for the message.
    lines : sequence of int, optional
        Line of the file that holds each name.
    """
    if "" in names:
        where = _places([i for i, name in enumerate(names) if not name], source, lines)
        raise InputError(
            "E-NAME-004",
            f"{counted(names.count(''), f'{kind} id is', f'{kind} ids are')} empty: {where}.",
            "Give every row and column a name.",
            where=source,
        )
    if "".join(names).isprintable() and max(map(len, names), default=0) <= LONGEST_NAME // 4:
        return
    for i, name in enumerate(names):
        reason = _forbidden(name)
        if reason:
            raise InputError(
                "E-NAME-003",
                f"{source}: the {kind} id {shown(name)} ({_places([i], source, lines)}) {reason}.",
                "Correct the id; a quote that is not closed also makes such ids.",
                where=source,
            )


def _forbidden(name: str) -> str:
    if "\0" in name:
        return "holds a NUL character"
    if "\n" in name:
        return "holds a line feed"
    size = len(name.encode("utf-8", "replace"))
    return f"is {size:,} bytes long (at most {LONGEST_NAME:,})" if size > LONGEST_NAME else ""


def _places(rows: list[int], source: str, lines: Sequence[int] | np.ndarray | None) -> str:
    word, numbers = ("row", [i + 1 for i in rows]) if lines is None else ("line", [int(lines[i]) for i in rows])
    text = ", ".join(f"{n:,}" for n in numbers[:5])
    more = f", … ({len(numbers):,} in all)" if len(numbers) > 5 else ""
    return f"{source}, {word if len(numbers) == 1 else word + 's'} {text}{more}"


def repeated(names: Sequence[str]) -> list[str]:
    """Return names that occur more than once, in order of first appearance."""
    if len(set(names)) == len(names):
        return []
    return [name for name, n in Counter(names).items() if n > 1]


def require_unique_samples(names: Sequence[str], source: str) -> None:
    """Raise E-NAME-002 where two samples carry one name."""
    twice = repeated(names)
    if twice:
        raise InputError(
            "E-NAME-002",
            f"{source} names {counted(len(twice), 'sample')} more than once: {listed(twice)}.",
            "Give every sample its own name in the counts and in the sheet.",
            where=source,
            data={"samples": twice},
        )


def gene_name_warnings(names: Sequence[str]) -> Messages:
    """Return warnings about ids that a spreadsheet has changed: dates, rounded numbers, serial numbers."""
    starts = {start for start in {name[:3] for name in names} if start[:1].isdigit() or start.lower() in _MONTH_STARTS}
    if not starts:
        return ()
    odd = [name for name in names if name[:3] in starts]
    found: list[Messages] = [_dates(odd), _scientific(odd), _serials(odd, len(names))]
    return tuple(message for messages in found for message in messages)


_MONTH_STARTS = frozenset(month[:3].lower() for month in _MONTHS.split("|"))


def _dates(names: list[str]) -> Messages:
    dates = [(name, symbol) for name in names if (symbol := date_symbol(name)) is not None]
    if not dates:
        return ()
    words = [f"{shown(name)} (was {symbol}?)" if symbol else shown(name) for name, symbol in dates[:5]]
    more = f", … ({len(dates):,} in all)" if len(dates) > 5 else ""
    number = counted(len(dates), "gene id looks", "gene ids look")
    found = f"{number} like dates made by Excel: {', '.join(words)}{more}."
    fix = "Nothing was changed; export the table again from its source with ids as text."
    return (warning("W-NAME-001", found, fix, genes=[name for name, _ in dates]),)


def date_symbol(name: str) -> str | None:
    """Return the symbols an Excel date may have been; ``""`` for a date of no known family; None for no date."""
    if match := _DAY_MONTH.fullmatch(name):
        month, day = match[2][:3].lower(), int(match[1])
    elif match := _MONTH_DAY.fullmatch(name):
        month, day = match[1][:3].lower(), int(match[2])
    elif match := _ISO_DATE.fullmatch(name):
        month, day = _MONTH_NUMBERS.get(int(match[1]), ""), int(match[2])
    else:
        return None
    family = _FAMILIES.get(month)
    if family is None:
        return ""
    old, new = (f"{stem}{day}" for stem in family)
    return old if old == new else f"{old} = {new}"


def _scientific(names: list[str]) -> Messages:
    rounded = [name for name in names if _SCIENTIFIC.fullmatch(name)]
    if not rounded:
        return ()
    found = f"{counted(len(rounded), 'gene id looks', 'gene ids look')} like rounded numbers: {listed(rounded)}."
    fix = "They are kept as text; ids such as 2310009E13 lose their digits in a spreadsheet, so check the source."
    return (warning("W-NAME-002", found, fix, genes=rounded),)


def _serials(names: list[str], n_names: int) -> Messages:
    # Tables of Entrez ids hold many numbers; serial numbers of dates stand out among other names.
    if sum(name.isdigit() for name in names) > 0.1 * n_names:
        return ()
    serials = [name for name in names if _SERIAL.fullmatch(name)]
    if not serials:
        return ()
    found = f"{counted(len(serials), 'gene id looks', 'gene ids look')} like Excel date numbers: {listed(serials)}."
    fix = "Nothing was changed; export the table again from its source with ids as text."
    return (warning("W-NAME-003", found, fix, genes=serials),)


def without_versions(names: Sequence[str]) -> tuple[list[str], Messages]:
    """Return Ensembl ids without ``.N`` (and ``_PAR_Y``); ids that would collide keep theirs, with W-NAME-004."""
    stripped = [_VERSION.sub("", name) for name in names]
    collided = set(repeated(stripped))
    if not collided:
        return stripped, ()
    kept = [name if short in collided else short for name, short in zip(names, stripped, strict=True)]
    found = f"{counted(len(collided), 'gene id')} would not be unique without versions: {listed(sorted(collided))}."
    return kept, (warning("W-NAME-004", found, "These keep their versions.", genes=sorted(collided)),)
