"""Groups in a sentence: in which one something is higher, and what is compared with what."""

from __future__ import annotations

from foldwise.report.interpretation.reading import Reading

_IN = frozenset(["in", "for", "of", "within", "under", "the", "group", "groups", "samples", "cells", "among"])


def sign_of(reading: Reading, place: int) -> int:
    """Return +1 where a word of direction means a positive fold change, -1 where a negative one, 0 where it is unsaid.

    ``higher in <reference>`` and ``higher than in <target>`` mean a negative fold change.
    """
    parts = reading.parts
    part = parts[place]
    sign = part.implied or (1 if part.kind == "up" else -1)
    where, base = _groups_of(reading, place)
    if where and base and where == base:
        return 0
    flipped = where == "reference" or (not where and base == "target")
    if base and where and {where, base} != {"target", "reference"}:
        return 0
    return -sign if flipped else sign


def _groups_of(reading: Reading, place: int) -> tuple[str, str]:
    """Return the group that a direction is said of, and the one that it is compared with; each may be unsaid."""
    parts = reading.parts
    own = reading.same_clause(place)
    others = [i for i in own if parts[i].kind in ("up", "down") or parts[i].implied]
    later = min([i for i in others if i > place], default=own.stop)
    earlier = max([i for i in others if i < place], default=own.start - 1)
    where, base = _scan(reading, range(place + 1, later))
    if not where and not base:
        # groups that follow the last of several directions hold for all of them: "2 are higher and 3 lower in A"
        rest = [i for i in others if i > place]
        while rest and not where and not base:
            stop = rest[1] if len(rest) > 1 else own.stop
            where, base = _scan(reading, range(rest[0] + 1, stop))
            rest = rest[1:]
    if not where:
        before = _scan(reading, range(earlier + 1, place))
        where, base = before[0], base or before[1]
    if not where and not base and earlier >= own.start:
        where, base = _scan(reading, range(own.start, earlier))
    return where, base


def _scan(reading: Reading, places: range) -> tuple[str, str]:
    """Return the group said of, and the baseline, among the parts at these places."""
    where = base = ""
    compared = False
    for i in places:
        part = reading.parts[i]
        if part.kind == "baseline":
            compared = True
        elif part.kind == "level":
            if part.value not in ("target", "reference"):
                continue
            if compared:
                base = base or part.value
            else:
                where = where or part.value
        elif part.text in (",", ";") and (where or base):
            break
    return where, base


def check_comparison(reading: Reading) -> None:
    """Judge ``A was compared with B``: A must be the target; in ``between A and B`` the order says nothing."""
    parts = reading.parts
    for place, part in enumerate(parts):
        if part.kind != "baseline" or place in reading.used:
            continue
        own = reading.same_clause(place)
        before = [i for i in own if i < place and parts[i].kind == "level"]
        after = [i for i in own if i > place and parts[i].kind == "level"]
        groups = ("target", "reference")
        moved = any(parts[i].kind in ("up", "down") or parts[i].implied for i in own)
        if moved and after and after[0] <= place + 4:
            reading.used.add(place)  # the direction says it
            continue
        if not before or not after or parts[before[-1]].value not in groups or parts[after[0]].value not in groups:
            continue
        pair = (parts[before[-1]].value, parts[after[0]].value)
        target, reference = reading.evidence.target, reading.evidence.reference
        why = f"the comparison is {target} against {reference}"
        reading.judge(pair == groups, "direction", f"{parts[before[-1]].text} {part.text} {parts[after[0]].text}", why,
                      (place, before[-1], after[0]))  # fmt: skip


def check_meaning(reading: Reading) -> None:
    """Judge ``a positive log2 fold change means higher in A``."""
    parts = reading.parts
    marks = reading.find(("up", "down"), range(len(parts)))
    if len(marks) != 2 or reading.groups or not any(part.lower in ("means", "mean", "meaning") for part in parts):
        return
    if parts[marks[0] + 1].value == "log2_fold_change":
        sign = 1 if parts[marks[0]].kind == "up" else -1
        right = sign_of(reading, marks[1]) == sign
        reading.judge(right, "direction", parts[marks[1]].text, reading.evidence.direction, marks)
