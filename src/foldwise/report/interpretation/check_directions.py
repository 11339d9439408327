"""Directions and significance of genes and gene sets."""

from __future__ import annotations

from itertools import pairwise

from foldwise.report.interpretation.check_levels import sign_of
from foldwise.report.interpretation.reading import Group, Reading

# A negation stands at most so many parts before what it negates.
_REACH = 7


def check_negations(reading: Reading) -> set[int]:
    """Return the clauses whose significance or direction is negated; a negation of anything else is refused."""
    parts, found = reading.parts, set()
    for place in reading.find(("not",), range(len(parts))):
        own = [i for i in reading.same_clause(place) if place < i <= place + _REACH]
        back = [i for i in reading.same_clause(place) if i < place]
        target = next((i for i in own if parts[i].kind in ("sig", "up", "down", "role")), None)
        if target is None and any(reading.parts[i].kind == "sig" for i in back[-3:]):
            target = back[-1]
        twice = reading.clauses[place] in found and parts[place].lower not in ("nor", "or")
        if target is None or twice:
            why = "what is negated cannot be told"
            reading.judge(False, "negation", parts[place].text, why, (place,))
            continue
        reading.used.add(place)
        found.add(reading.clauses[place])
    return found


def check_directions(reading: Reading, negated: set[int]) -> None:
    """Judge each direction of a named gene or set: its sign, and that it is called."""
    for clause in sorted(set(reading.clauses)):
        places = range(reading.clauses.index(clause), len(reading.clauses) - reading.clauses[::-1].index(clause))
        marks = [i for i in places if reading.parts[i].implied
                 or (i not in reading.used and reading.parts[i].kind in ("up", "down"))]  # fmt: skip
        if not marks:
            continue
        groups = reading.groups_in(places)
        pairs = _paired(reading, marks, groups)
        if not groups and reading.carried:
            pairs = [(mark, reading.carried) for mark in marks]
        if pairs is None:
            reading.judge(False, "direction", reading.parts[marks[0]].text,
                          "which gene it belongs to cannot be told; say it gene by gene", marks)  # fmt: skip
            continue
        for mark, names in pairs:
            for name in names:
                _judge(reading, mark, name, clause in negated)


def _paired(reading: Reading, marks: list[int], groups: list[Group]) -> list[tuple[int, tuple[str, ...]]] | None:
    """Return each direction with its genes: all where they agree, else in turn; None where that cannot be told."""
    if not groups:
        return []
    signs = {mark: sign_of(reading, mark) for mark in marks}
    everyone = tuple(name for group in groups for name in group.names)
    if len(set(signs.values())) == 1:
        return [(mark, everyone) for mark in marks]
    runs: list[tuple[str, list[int], list[str]]] = []
    events = sorted([(mark, "mark", ()) for mark in marks] + [(g.start, "group", g.names) for g in groups])
    for place, kind, names in events:
        same = runs and runs[-1][0] == kind and (kind == "group" or signs[runs[-1][1][0]] == signs[place])
        if not same:
            runs.append((kind, [], []))
        runs[-1][1].append(place)
        runs[-1][2].extend(names)
    kinds = [run[0] for run in runs]
    if len(runs) % 2 or any(a == b for a, b in pairwise(kinds)):
        return None
    found = []
    for first, second in zip(runs[::2], runs[1::2], strict=True):
        mark, group = (first, second) if first[0] == "mark" else (second, first)
        found += [(place, tuple(group[2])) for place in mark[1]]
    return found


def _judge(reading: Reading, mark: int, name: str, negated: bool) -> None:
    part, sign = reading.parts[mark], sign_of(reading, mark)
    text = f"{name} {part.text}"
    if sign == 0:
        reading.judge(False, "direction", text, "it is not said in which of the two groups", (mark,))
        return
    if any(p.kind == "set" and p.text == name for p in reading.parts):
        right = reading.set_called(name, sign) != negated
        where = "up" if sign > 0 else "down"
        why = f"{name} is {'' if negated else 'not '}significant among the genes that go {where}"
        reading.judge(right, "set", text, why, (mark,))
        return
    if not reading.evidence.directional:
        reading.judge(False, "direction", text, "the test of this run says nothing of a direction", (mark,))
        return
    change, called = reading.change(name), reading.called(name)
    right = sign * change > 0
    if negated:
        reading.judge(not (right and called), "direction", text, f"{name} does change that way", (mark,))
    elif not right:
        where = reading.evidence.target if change > 0 else reading.evidence.reference
        why = f"{name} has no fold change" if change != change or not change else f"{name} is higher in {where}"
        reading.judge(False, "direction", text, why, (mark,))
    else:
        why = f"{name} is not called at the FDR of the run, so no direction of it may be claimed"
        reading.judge(called, "direction", text, why, (mark,))


def check_significance(reading: Reading, negated: set[int]) -> None:
    """Judge words of significance of the genes and sets of their clause; also untested, without reads."""
    for clause in sorted(set(reading.clauses)):
        places = range(reading.clauses.index(clause), len(reading.clauses) - reading.clauses[::-1].index(clause))
        groups = reading.groups_in(places)
        names = [(name, group.kind) for group in groups for name in group.names]
        if not names and reading.carried:
            names = [(name, "gene") for name in reading.carried]
        signs = reading.find(("sig",), places)
        if signs:
            for name, kind in names:
                called = reading.called(name) if kind == "gene" else reading.set_called(name)
                why = f"{name} is {'' if called else 'not '}{'called' if kind == 'gene' else 'significant'} at the FDR"
                marks = any(reading.parts[i].kind in ("up", "down") for i in places)
                right = called != (clause in negated) or (clause in negated and marks)
                reading.judge(right, "significance", name, f"{why} of the run", signs)
        for place in reading.find(("role",), places):
            for name in (name for name, kind in names if kind == "gene"):
                _status(reading, place, name)


_STATUS = ("all_zero", "low_count", "count_outlier", "not_converged", "not_estimable")


def _status(reading: Reading, place: int, name: str) -> None:
    role = reading.parts[place].value
    tested = any(value == value for value in reading.column(name, "padj"))
    words = [str(reading.evidence.table["status"].iloc[row]) for row in reading.rows.get(name, [])]
    right = {"tested": tested, "untested": not tested, "with_reads": "all_zero" not in words}.get(role, role in words)
    why = f"its status is {' or '.join(words)}"
    reading.judge(right and role != "run_called", "significance", f"{name} {reading.parts[place].text}", why, (place,))
