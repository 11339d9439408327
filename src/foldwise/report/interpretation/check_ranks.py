"""Superlatives and comparisons between genes: the strongest, the three largest, more than."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from foldwise.report.interpretation.check_levels import sign_of
from foldwise.report.interpretation.reading import Group, Reading

_CHANGES_WORDS = "change changes effect effects shift shifts difference differences size magnitude response"
_CHANGES = frozenset(_CHANGES_WORDS.split())
_MEANS = frozenset(["expression", "abundance"])
_EVIDENCE = frozenset(["evidence", "signal", "signals"])


@dataclass(frozen=True)
class Scale:
    """What genes are ranked by: ``p``, ``change`` or ``mean``; a direction; whether from the far end."""

    metric: str
    sign: int = 0
    reverse: bool = False


def check_ranks(reading: Reading, counts: set[int]) -> None:
    """Judge every superlative; ``counts`` are the places of plain numbers, such as the three of ``three strongest``."""
    ranks = reading.find(("rank",), range(len(reading.parts)))
    forward = bool(ranks and reading.groups and reading.groups[0].start > ranks[0])
    for rank in ranks:
        scale, used = _scale(reading, rank)
        group = _group(reading, rank, ranks, forward)
        if scale is None or group is None or scale.reverse:
            why = "what it ranks, or by what, cannot be told"
            reading.judge(False, "comparison", reading.parts[rank].text, why, (rank, *used))
            continue
        first, places = _position(reading, rank, group, counts)
        reading.used.update(used)
        last = _judge(reading, rank, scale, group, first, places)
        _followers(reading, rank, ranks, scale, group, last)


def _scale(reading: Reading, rank: int) -> tuple[Scale | None, list[int]]:
    """Return what a superlative ranks by, and the parts that say so."""
    parts = reading.parts
    value = parts[rank].value
    ahead = [i for i in range(rank + 1, min(rank + 5, len(parts))) if parts[i].depth == parts[rank].depth]
    used, sign, column, words = [], 0, "", set()
    for i in ahead:
        part = parts[i]
        if part.kind in ("up", "down") and not sign:
            sign = sign_of(reading, i)
            used.append(i)
        elif part.kind == "column" and not column:
            column = part.value
        elif part.kind in ("gene", "set", "number", "mark", "not") or (part.kind == "rank"):
            break
        words.add("evidence" if part.kind == "sig" else part.lower)
    if value in ("p", "mean"):
        return Scale(value, sign or _said_sign(reading, rank)), used
    if column in ("pvalue", "padj"):
        return Scale("p", sign or _said_sign(reading, rank), reverse=value != "min"), used
    if column in ("base_mean", "mean_log2_cpm"):
        return Scale("mean", sign, reverse=value == "min"), used
    if words & _EVIDENCE:
        return Scale("p", sign, reverse=value == "min"), used
    if column in ("log2_fold_change", "fold"):
        if value == "min":
            return Scale("change", -1 if column == "log2_fold_change" and not sign else sign, bool(sign)), used
        return Scale("change", sign or _said_sign(reading, rank)), used
    if words & _CHANGES or sign:
        return Scale("change", sign or _said_sign(reading, rank), reverse=value == "min"), used
    if words & _MEANS:
        return Scale("mean", 0, reverse=value == "min"), used
    return (Scale("either", _said_sign(reading, rank)) if value == "strong" else None), used


def _said_sign(reading: Reading, rank: int) -> int:
    """Return the direction of a clause that has one, for ``of the upregulated genes A has the largest change``."""
    parts = reading.parts
    signs = {sign_of(reading, i) for i in reading.same_clause(rank) if parts[i].kind in ("up", "down") and i < rank}
    return signs.pop() if len(signs) == 1 else 0


def _group(reading: Reading, rank: int, ranks: list[int], forward: bool) -> Group | None:
    groups = reading.groups
    if forward:
        stop = min([other for other in ranks if other > rank], default=len(reading.parts))
        return next((group for group in groups if rank < group.start < stop), None)
    own = [group for group in groups if group.start < rank]
    if not own:
        return None
    subject = own[-1]
    start = max([other for other in ranks if other < rank], default=-1)
    within = [group for group in own if group.start > start]
    following = [i for i in range(len(reading.parts)) if reading.parts[i].kind == "next"]
    before = [group for group in within if not any(i < group.start for i in following if i > start)]
    return before[-1] if before else (within[-1] if within else subject)


def _position(reading: Reading, rank: int, group: Group, counts: set[int]) -> tuple[range, tuple[int, ...]]:
    """Return the ranks (from 1) that the genes must hold, and the parts that say so."""
    parts, size = reading.parts, len(group.places)
    ordinal = next((i for i in range(max(rank - 2, 0), rank) if parts[i].kind == "ordinal"), None)
    if ordinal is not None:
        place = int(parts[ordinal].value)
        return range(place, place + size), (rank, ordinal)
    number = next((i for i in range(max(rank - 5, 0), min(rank + 4, len(parts))) if i in counts
                   and parts[i].number <= 100 and not parts[i].unit), None)  # fmt: skip
    if number is None:
        return range(1, 1 + size), (rank,)
    among = any(part.lower in ("among", "includes", "include", "including", "one") for part in parts[:rank])
    top = int(parts[number].number)
    if among and top >= size:
        return range(1, top + 1), (rank, number)
    return (range(1, 1 + size) if top == size else range(0)), (rank, number)


def _judge(reading: Reading, rank: int, scale: Scale, group: Group, wanted: range, places: tuple[int, ...]) -> int:
    """Judge that the genes hold the ranks; return the last of these."""
    metrics = ("p", "change") if scale.metric == "either" else (scale.metric,)
    right = any(_holds(reading, group, wanted, Scale(metric, scale.sign)) for metric in metrics)
    names = ", ".join(group.names[:3])
    why = f"{names} {'does' if len(group.names) == 1 else 'do'} not rank there in the tables"
    reading.judge(right and len(wanted) > 0, "comparison", f"{reading.parts[rank].text} {names}", why, places)
    return wanted.stop - 1 if len(wanted) else 0


def _holds(reading: Reading, group: Group, wanted: range, scale: Scale) -> bool:
    """Tell whether every gene of a group has one of the wanted ranks, equal values sharing theirs."""
    values, own = _ranked(reading, group, scale)
    if len(values) < wanted.stop - 1 or not len(wanted) or any(value != value for value in own):
        return False
    ordered = np.sort(values)
    low, high = ordered[wanted.start - 1], ordered[wanted.stop - 2]
    return all(low <= value <= high for value in own)


def _ranked(reading: Reading, group: Group, scale: Scale) -> tuple[np.ndarray, list[float]]:
    """Return the values that genes called (or sets) are ranked by, and those of a group."""
    if group.kind == "set":
        frames = [each.table for each in reading.evidence.sets]
        table = pd.concat(frames) if frames else pd.DataFrame({"padj": [], "gene_set": []})
        padj = table["padj"].to_numpy(dtype=float)
        return padj, [min(reading.set_values(name, "padj"), default=float("nan")) for name in group.names]
    table = reading.evidence.table
    columns = {"p": "pvalue", "change": "log2_fold_change", "mean": "base_mean"}
    if columns[scale.metric] not in table:
        return np.zeros(0), []
    values = table[columns[scale.metric]].to_numpy(dtype=float)
    values = values if scale.metric == "p" else -np.abs(values)
    everyone = scale.metric == "mean" and not any(part.kind == "sig" for part in reading.parts)
    mask = reading.mask(called=not everyone, sign=scale.sign)
    own = []
    for name in group.names:
        rows = [row for row in reading.rows.get(name, []) if mask[row]]
        own.append(float(values[rows[0]]) if rows else float("nan"))
    return values[mask & np.isfinite(values)], own


def _followers(reading: Reading, rank: int, ranks: list[int], scale: Scale, group: Group, last: int) -> None:
    """Judge ``followed by B and C``: the next ranks of the same scale."""
    parts = reading.parts
    stop = min([other for other in ranks if other > rank and other > group.stop], default=len(parts))
    start = group.stop
    for place in reading.find(("next",), range(start, stop)):
        group_after = next((each for each in reading.groups if place < each.start < stop), None)
        if group_after is None:
            return
        wanted = range(last + 1, last + 1 + len(group_after.places))
        last = _judge(reading, rank, scale, group_after, wanted, (place,))


# --- two genes -------------------------------------------------------------------------------------------------------


def check_comparatives(reading: Reading) -> None:
    """Judge ``A changes more strongly than B``, ``A has a lower p-value than B``, ``more genes are up than down``."""
    parts = reading.parts
    for place in range(len(parts)):
        if place in reading.used or parts[place].kind != "baseline":
            continue
        own = reading.same_clause(place)
        words = [
            i for i in own if i < place and i not in reading.used and parts[i].kind in ("comparative", "up", "down")
        ]
        after = [group for group in reading.groups_in(own) if place < group.start <= place + 5]
        before = [group for group in reading.groups_in(own) if group.start < place]
        if words and after and before:
            _compared(reading, words[0], place, before[-1], after[0])
    for place in reading.find(("comparative",), range(len(parts))):
        _more_up(reading, place)


def _compared(reading: Reading, word: int, baseline: int, left: Group, right: Group) -> None:
    parts = reading.parts
    between = [parts[i] for i in range(word + 1, baseline)]
    column = next((part.value for part in between if part.kind == "column"), "")
    more = parts[word].kind == "up" or parts[word].value == "1"
    if column in ("pvalue", "padj"):
        pair = [reading.column(group.names[0], column)[:1] for group in (left, right)]
    elif any(part.kind == "sig" for part in between):
        pair, more = [reading.column(group.names[0], "pvalue")[:1] for group in (left, right)], not more
    elif any(part.lower in _MEANS for part in between):
        pair = [reading.column(group.names[0], "base_mean")[:1] for group in (left, right)]
    else:
        signed = column == "log2_fold_change" and parts[word].kind in ("up", "down")
        values = [reading.column(group.names[0], "log2_fold_change")[:1] for group in (left, right)]
        pair = values if signed else [[abs(value) for value in each] for each in values]
    both = bool(pair[0] and pair[1]) and left.kind == right.kind == "gene" and len(left.names) == len(right.names) == 1
    right_way = both and (pair[0][0] > pair[1][0] if more else pair[0][0] < pair[1][0])
    text = f"{left.names[0]} {parts[word].text} than {right.names[0]}"
    reading.judge(right_way, "comparison", text, "the tables say otherwise, or it cannot be told", (word, baseline))


def _more_up(reading: Reading, place: int) -> None:
    """Judge ``more genes are up than down`` and ``upregulated genes outnumber downregulated ones``."""
    parts, own = reading.parts, reading.same_clause(place)
    marks = [i for i in own if parts[i].kind in ("up", "down") and i not in reading.used]
    if len(marks) != 2 or reading.groups_in(own):
        return
    first, second = (int(reading.mask(sign=sign_of(reading, i), called=True).sum()) for i in marks)
    right = first < second if parts[place].value == "-1" else first > second
    bases = [i for i in own if parts[i].kind == "baseline"]
    reading.judge(right, "comparison", parts[place].text, f"the run has {first:,} and {second:,}",
                  (place, *marks, *bases))  # fmt: skip
