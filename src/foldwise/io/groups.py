"""``--groups "ctrl=C1,C2; drug=D*"``: the sample sheet in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pandas as pd

from foldwise.errors import InputError, UsageError
from foldwise.io.messages import done
from foldwise.io.sample_sheet import Sheet
from foldwise.io.wording import counted, listed, shown

_EXAMPLE = 'Write it like this: --groups "ctrl=C1,C2,C3; drug=D*".'


@dataclass(frozen=True)
class Groups:
    """Names and patterns of each group, in the order given."""

    members: tuple[tuple[str, tuple[str, ...]], ...]

    def __contains__(self, name: str) -> bool:
        return any(_matches(name, pattern) for _, patterns in self.members for pattern in patterns)

    def n_found(self, names: Sequence[str]) -> tuple[int, int]:
        """Return how many of the names and patterns fit at least one of ``names``, and how many there are."""
        patterns = [pattern for _, group in self.members for pattern in group]
        known = set(names)
        found = [
            pattern in known or (_is_pattern(pattern) and any(fnmatchcase(name, pattern) for name in names))
            for pattern in patterns
        ]
        return sum(found), len(found)


def _is_pattern(text: str) -> bool:
    return any(c in text for c in "*?[")


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or (_is_pattern(pattern) and fnmatchcase(name, pattern))


def parse_groups(text: str) -> Groups:
    """Return the groups of a text such as ``ctrl=C1,C2; drug=D*``.

    Raises
    ------
    UsageError
        E-USAGE-002 where the text cannot be read.
    """
    members: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, rest = part.partition("=")
        names = tuple(filter(None, (item.strip() for item in rest.split(","))))
        name = name.strip()
        if not equals or not name or not names:
            raise UsageError("E-USAGE-002", f"--groups: {shown(part)} is not NAME=SAMPLE,SAMPLE.", _EXAMPLE)
        if name in members:
            raise UsageError("E-USAGE-002", f"--groups names the group {shown(name)} twice.", _EXAMPLE)
        members[name] = names
    if not members:
        raise UsageError("E-USAGE-002", "--groups names no group.", _EXAMPLE)
    return Groups(tuple(members.items()))


def groups_sheet(groups: Groups, names: Sequence[str]) -> Sheet:
    """Return the sheet that the groups make of the sample names of a table.

    Names that the table lacks stay in the sheet, so that matching can report them.

    Raises
    ------
    InputError
        E-SHEET-002 where a pattern fits no sample, E-SHEET-006 where a sample is in two groups.
    """
    group_of: dict[str, str] = {}
    for group, patterns in groups.members:
        for sample in dict.fromkeys(sample for pattern in patterns for sample in _expand(pattern, names)):
            if sample in group_of:
                raise InputError(
                    "E-SHEET-006",
                    f"--groups puts {shown(sample)} into both {shown(group_of[sample])} and {shown(group)}.",
                    "Give each sample to one group.",
                )
            group_of[sample] = group
    index = pd.Index(list(group_of), dtype=object, name="sample")
    frame = pd.DataFrame({"group": list(group_of.values())}, index=index, dtype=object)
    members = Counter(group_of.values())
    sizes = ", ".join(f"{name} ({counted(members[name], 'sample')})" for name, _ in groups.members)
    return Sheet("--groups", frame, (done("Reading", f"--groups  {sizes}", source="--groups", n_samples=len(frame)),))


def _expand(pattern: str, names: Sequence[str]) -> list[str]:
    if not _is_pattern(pattern) or pattern in names:
        return [pattern]
    found = [name for name in names if fnmatchcase(name, pattern)]
    if not found:
        raise InputError(
            "E-SHEET-002",
            f"--groups: no sample fits the pattern {shown(pattern)}; the table has {listed(names)}.",
            "Check the pattern; * stands for any text, upper and lower case differ.",
        )
    return found
