"""Numbers of genes and gene sets: which column a number is said to be of, whose it is, and whether it is right."""

from __future__ import annotations

from dataclasses import dataclass, replace

from foldwise.report.interpretation.agree import agrees
from foldwise.report.interpretation.reading import ENTITIES, Reading
from foldwise.report.interpretation.tokens import Token

# Parts that may stand between a column and its number.
_BETWEEN_WORDS = """of is was are were a an the to at be being value values estimate estimated equals = : ( respectively
for in with reached reaches reach gene has and by attained corresponding corrected each both every absolute size had"""
_BETWEEN = frozenset(_BETWEEN_WORDS.split())
_WORDS = {
    "log2_fold_change": "log2 fold change",
    "fold": "fold change",
    "padj": "adjusted p-value",
    "pvalue": "p-value",
    "base_mean": "mean count",
    "log2_fold_change_se": "standard error",
}


@dataclass(frozen=True)
class Number:
    """A number of the sentence, and the column that it is said to be of: a name, ``percent``, ``fold``, ``count``."""

    place: int
    column: str
    label: int | None = None


def classified(reading: Reading) -> list[Number]:
    """Return every number with its column, in the order of the sentence."""
    found: list[Number] = []
    for place, part in enumerate(reading.parts):
        if part.kind == "number":
            found.append(_classified(reading, place, found))
    return found


def _classified(reading: Reading, place: int, before: list[Number]) -> Number:
    parts = reading.parts
    part = parts[place]
    label = _column_before(parts, place)
    if label is None:
        label = _column_after(parts, place)
    if part.unit == "%":
        level = label is not None and parts[label].value == "padj"
        return Number(place, "level" if level else "percent", label)
    following = parts[place + 1 : place + 2]
    if part.unit == "fold" or (following and following[0].text in ("fold", "times")):
        return Number(place, "fold")
    if _counts(parts, place):
        return Number(place, "count")
    if label is not None:
        return Number(place, parts[label].value, label)
    inherited = _inherited(reading, place, before)
    return Number(place, inherited) if inherited else Number(place, "count")


def _counts(parts: list[Token], place: int) -> bool:
    """Tell whether a noun of what is counted follows: ``2,211 upregulated genes``."""
    if "." in parts[place].text or parts[place].number < 0:
        return False
    for part in parts[place + 1 : place + 6]:
        if part.kind == "noun" or part.lower == "them":
            return True
        if part.kind == "number" and not part.unit and "." not in part.text:
            continue
        if part.kind not in ("sig", "up", "down", "role", "not", "level") and part.lower not in (
            "of",
            "the",
            "all",
            "null",
            "other",
            "further",
            "these",
            "called",
            "them",
            "individual",
        ):
            return False
    return False


def _column_before(parts: list[Token], place: int) -> int | None:
    """Return the place of the column named before a number, through lists of numbers and names of genes."""
    depth, last = parts[place].depth, place
    for i in range(place - 1, max(place - 14, -1), -1):
        part = parts[i]
        if part.depth < depth and part.text not in "([" and not _bracket_opens(parts, i, place):
            return None
        if part.kind == "column":
            return i
        same_unit = part.unit == parts[place].unit
        listed = part.kind == "number" and same_unit and i + 1 < last and _only_joins(parts, i + 1, last)
        last = i if listed else last
        passed = part.kind in (*ENTITIES, "level", "noun", "sig") or part.lower in (*_BETWEEN, ",")
        if part.text == "," and not (parts[i - 1].kind in ("number", *ENTITIES) and _in_list(parts, i, place)):
            return None
        if not (listed or passed):
            return None
    return None


def _bracket_opens(parts: list[Token], i: int, place: int) -> bool:
    """Tell whether the bracket of a number opens right after part ``i``: ``p-value (0.01)``."""
    return parts[i + 1].text in "([" and all(part.depth >= parts[place].depth for part in parts[i + 1 : place])


def _only_joins(parts: list[Token], start: int, stop: int) -> bool:
    return all(part.lower in (",", "and", "or", "respectively") for part in parts[start:stop])


def _in_list(parts: list[Token], comma: int, place: int) -> bool:
    """Tell whether a comma joins numbers, or genes before ``are`` and their numbers."""
    if parts[comma - 1].kind == "number":
        return _only_joins(parts, comma, place) or parts[comma + 1].kind == "number"
    return parts[comma + 1].kind in ENTITIES or parts[comma + 1].lower == "and"


def _column_after(parts: list[Token], place: int) -> int | None:
    """Return the place of the column named after a number: ``5 % FDR``, ``a 2.95 log2 fold change``."""
    for i in range(place + 1, min(place + 3, len(parts))):
        if parts[i].kind == "column":
            ahead = parts[i + 1 : i + 3]
            return None if any(part.kind == "number" for part in ahead) and parts[place].unit != "%" else i
        if parts[i].lower not in ("absolute", "positive", "negative"):
            return None
    return None


def _inherited(reading: Reading, place: int, before: list[Number]) -> str:
    """Return the column of the number at the same position in an earlier bracket: ``A (log2FC 2), B (3)``."""
    parts = reading.parts
    earlier = [number for number in before if number.column not in ("count", "percent")]
    if not parts[place].depth:
        said = [part.lower for part in parts[earlier[-1].place : place]] if earlier else []
        return earlier[-1].column if "that" in said or "those" in said else ""
    position, opened = 0, place
    while opened and parts[opened].text not in "([":
        position += parts[opened].kind == "number"
        opened -= 1
    earlier = [number for number in earlier if number.place < opened]
    brackets: dict[int, list[Number]] = {}
    for number in earlier:
        if parts[number.place].depth:
            start = max(i for i in range(number.place) if parts[i].text in "([")
            brackets.setdefault(start, []).append(number)
    for numbers in reversed(list(brackets.values())):
        if len(numbers) >= position:
            return numbers[position - 1].column
    return earlier[-1].column if earlier and position == 1 else ""


# --- whose number ----------------------------------------------------------------------------------------------------


def check_percent_changes(reading: Reading, numbers: list[Number]) -> None:
    """Judge ``A rises by 45 %``."""
    for number in numbers:
        if number.column == "percent" and number.place not in reading.used:
            _percent_change(reading, number)


def check_numbers(reading: Reading, numbers: list[Number]) -> None:
    """Judge the numbers of columns of genes and sets; counts and shares are left to others."""
    for number in numbers:
        if number.place in reading.used or number.column in ("count", "percent"):
            continue
        if number.column == "level":
            _level(reading, number)
        elif number.column == "median_change":
            value = float(reading.evidence.facts.get("median_change", float("nan")))
            _judge(reading, number, [value], "the genes called", size=True)
        else:
            _of_entities(reading, number, numbers)


def _level(reading: Reading, number: Number) -> None:
    part = reading.parts[number.place]
    right = agrees(replace(part, relation="="), 100 * reading.evidence.fdr)
    why = f"the FDR of the run is {100 * reading.evidence.fdr:g} %"
    reading.judge(right, "number", f"{part.text} %", why, (number.place,))


def _of_entities(reading: Reading, number: Number, numbers: list[Number]) -> None:
    parts, part = reading.parts, reading.parts[number.place]
    owners = _owners(reading, number, numbers)
    if owners is None:
        why = "it does not say which gene it belongs to; name one gene per number"
        reading.judge(False, "number", part.text, why, (number.place,))
        return
    if not owners:
        if number.column == "padj":
            own = reading.evidence.fdr
            right = agrees(replace(part, relation="="), own)
            reading.judge(right, "number", part.text, f"the FDR of the run is {own:g}", (number.place,))
        return  # folds and fold changes without a gene belong to counts
    for place in owners:
        name = parts[place].text
        values = _values(reading, place, number)
        level = [reading.evidence.fdr] if number.column == "padj" and part.relation in "<>" else []
        _judge(reading, number, [*values, *level], name, size=number.column in ("log2_fold_change", "fold"))


def _judge(reading: Reading, number: Number, values: list[float], whose: str, *, size: bool) -> None:
    part = reading.parts[number.place]
    right = any(agrees(part, value, size=size) for value in values)
    what = _WORDS.get(number.column, number.column.replace("_", " "))
    reading.judge(right, "number", f"{part.text}{part.unit}", f"it is no {what} of {whose}", (number.place,))


def _values(reading: Reading, place: int, number: Number) -> list[float]:
    """Return the values that a number of this column may stand for."""
    part, column = reading.parts[place], number.column
    if part.kind == "set":
        return reading.set_values(part.text, column)
    if column != "fold":
        return reading.column(part.text, column)
    changes = reading.column(part.text, "log2_fold_change")
    if number.label is not None and not _has_direction(reading, number.place):
        return [2.0**change for change in changes]
    return [2.0 ** abs(change) for change in changes] + [2.0**change for change in changes if number.label is not None]


def _has_direction(reading: Reading, place: int) -> bool:
    return any(reading.parts[i].kind in ("up", "down") for i in reading.same_clause(place))


def _owners(reading: Reading, number: Number, numbers: list[Number]) -> list[int] | None:
    """Return the places of the genes or sets that a number belongs to; empty for none, None where it cannot be told."""
    parts, place = reading.parts, number.place
    entities = [i for i, part in enumerate(parts) if part.kind in ENTITIES and i not in reading.aliases]
    if not entities:
        return []
    before = [i for i in entities if i < place]
    group = next((g for g in reversed(reading.groups) if g.start < place), None)
    if group is None:
        return _following(reading, place)
    own = _list_of(reading, number, numbers)
    listed = len(own) == len(group.places) > 1 and group.stop < own[0].place
    if parts[place].depth > parts[before[-1]].depth and not listed:
        return before[-1:]
    if len(group.places) == 1:
        return list(group.places)
    if listed:
        return [group.places[own.index(number)]]
    return list(group.places) if parts[place].relation in ("<", ">") else None


def _following(reading: Reading, place: int) -> list[int] | None:
    later = [group for group in reading.groups if group.start > place]
    if not later:
        return []
    return list(later[0].places) if len(later[0].places) == 1 else _first_in_bracket(reading, place, later[0].places)


def _first_in_bracket(reading: Reading, place: int, places: tuple[int, ...]) -> list[int] | None:
    return None if reading.parts[place].relation not in ("<", ">") else list(places)


def _list_of(reading: Reading, number: Number, numbers: list[Number]) -> list[Number]:
    """Return the numbers of the same column that stand in one list with this one."""
    same = [other for other in numbers if other.column == number.column]
    own = [number]
    for other in same[same.index(number) + 1 :]:
        if not _only_joins(reading.parts, own[-1].place + 1, other.place):
            break
        own.append(other)
    for other in reversed(same[: same.index(number)]):
        if not _only_joins(reading.parts, other.place + 1, own[0].place):
            break
        own.insert(0, other)
    return own


def _percent_change(reading: Reading, number: Number) -> None:
    """Judge ``rises by 45 %``, where a gene is named and a direction said."""
    parts, part = reading.parts, reading.parts[number.place]
    owners = _owners(reading, number, [number])
    following = parts[number.place + 1 : number.place + 2]
    if following and following[0].lower == "of":
        return
    if not owners or not _has_direction(reading, number.place) or any(parts[i].kind != "gene" for i in owners):
        return
    for place in owners:
        changes = reading.column(parts[place].text, "log2_fold_change")
        values = [100 * abs(2.0**change - 1) for change in changes]
        why = f"it is no change in percent of {parts[place].text}"
        right = any(agrees(part, value, size=True) for value in values)
        reading.judge(right, "number", f"{part.text} %", why, (number.place,))
