"""Numbers of genes, samples, sets and null runs, their shares, and words for them: all, most, none."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from foldwise.report.interpretation.agree import agrees
from foldwise.report.interpretation.check_levels import sign_of
from foldwise.report.interpretation.check_numbers import Number
from foldwise.report.interpretation.reading import Reading

_ROLES = {"untested": "n_untested", "all_zero": "n_all_zero", "low_count": "n_low_count",
          "count_outlier": "n_count_outlier", "not_converged": "n_not_converged", "not_estimable": "n_not_estimable",
          "with_reads": "n_with_reads", "run_called": "n_null_runs_called"}  # fmt: skip
_FLAGS = ("up", "down", "sig", "role", "noun", "not", "level", "method")


@dataclass
class Counted:
    """What a number counts, from the words around it."""

    noun: str = ""
    sign: int = 0
    both: bool = False
    called: bool = False
    tested: bool = False
    negated: bool = False
    role: str = ""
    fold: float = 0.0
    of: bool = False
    places: tuple[int, ...] = ()

    def empty(self) -> bool:
        """Tell whether nothing was said but the noun."""
        return not (self.sign or self.called or self.tested or self.role or self.fold)


def check_counts(reading: Reading, numbers: list[Number]) -> None:
    """Judge numbers of genes and others, then shares in percent, then words such as ``most``."""
    counts = [number for number in numbers if number.column == "count" and number.place not in reading.used]
    found: dict[int, tuple[Counted, list[float]]] = {}
    for number in counts:
        if number.place in reading.used:
            continue
        of = _denominator(reading, counts, number)
        whole = _counted_in(reading, *_noun_phrase(reading, of.place)) if of else None
        counted = _counted(reading, numbers, number, of)
        values = _values(reading, counted)
        found[number.place] = (counted, values)
        if of is not None and whole is not None:
            _judge_count(reading, of, whole, _whole_values(reading, whole), numbers)
            found[of.place] = (whole, _whole_values(reading, whole))
        _judge_count(reading, number, counted, values, numbers)
    for number in numbers:
        if number.column == "percent" and number.place not in reading.used:
            _share(reading, number, counts, found, numbers)


def _denominator(reading: Reading, counts: list[Number], number: Number) -> Number | None:
    """Return M of ``N of M``, where a number follows ``of``."""
    parts = reading.parts
    ahead = number.place + 1
    while ahead < len(parts) and parts[ahead].lower in ("of", "out", "the", "all", "among", "in", "total"):
        ahead += 1
    joined = any(parts[i].lower in ("of", "among") for i in range(number.place + 1, ahead))
    return next((other for other in counts if other.place == ahead), None) if joined else None


def _noun_phrase(reading: Reading, place: int) -> tuple[int, int]:
    """Return where the words after a number end that say what is counted: at its noun and what qualifies it."""
    parts = reading.parts
    for i in range(place + 1, min(place + 8, len(parts))):
        if parts[i].kind == "noun":
            after = parts[i + 1 : i + 2]
            return place, i + 2 if after and after[0].kind == "role" and after[0].value != "run_called" else i + 1
        numbered = parts[i].kind == "number" and parts[i - 1].lower not in ("of", "all", "the", "these")
        if parts[i].text in (",", "(", ":", ";") or numbered or parts[i].kind == "break":
            break
    return place, place + 1


def _counted_in(reading: Reading, start: int, stop: int) -> Counted:
    """Return what the words between two places say is counted."""
    counted = Counted()
    places = []
    for i in range(start, stop):
        part = reading.parts[i]
        if part.kind not in _FLAGS:
            continue
        places.append(i)
        if part.kind == "noun":
            counted.noun = counted.noun or part.value
        elif part.kind in ("up", "down"):
            sign = sign_of(reading, i)
            counted.both |= counted.sign == -sign
            counted.sign = counted.sign or sign
        elif part.kind == "sig":
            counted.called = True
        elif part.kind == "not":
            counted.negated = True
        elif part.kind == "role" and part.value == "tested":
            counted.tested = True
        elif part.kind == "role":
            counted.role = counted.role or part.value
        elif part.kind == "level" and not counted.noun and not counted.sign and i == start + 1:
            counted.role = f"level {part.value}"
    counted.places = tuple(places)
    return counted


def _counted(reading: Reading, numbers: list[Number], number: Number, of: Number | None) -> Counted:
    """Return what a number counts: from the words after it, else from those before it."""
    parts = reading.parts
    start = number.place if of is None else _noun_phrase(reading, of.place)[1] - 1
    own = (number.place, of.place if of else -1)
    phrase = range(of.place, _noun_phrase(reading, of.place)[1]) if of else range(0)
    others = [n.place for n in numbers if n.column == "count" and n.place not in (*own, *phrase)]
    stop = min([p for p in others if p > max(own)], default=len(parts))
    stop = min(stop, next((i for i in range(max(own), stop) if parts[i].kind == "break" or parts[i].text == ";"), stop))
    if _prefixed(reading, number.place) and of is None:
        stop = min(stop, _noun_phrase(reading, number.place)[1])
    entity = next((g.start for g in reading.groups if start < g.start < stop and not parts[g.start].depth), stop)
    stop = min(stop, entity) if _verb_before(reading, start, entity) else stop
    if parts[number.place].depth:
        stop = min(stop, next((i for i in range(number.place, stop) if parts[i].text in ")]"), stop))
    counted = _counted_in(reading, start, stop)
    counted.fold = _fold(reading, numbers, start, stop)
    before = number.place - 2
    if parts[number.place].depth and before >= 0 and parts[before].kind == "level" and counted.noun == "sample":
        counted.role = f"level {parts[before].value}"
    counted.of = of is not None
    if of is not None and not counted.noun:
        counted.noun = _counted_in(reading, *_noun_phrase(reading, of.place)).noun
    if counted.empty():
        before = max([p for p in others if p < number.place], default=-1)
        earlier = _counted_in(reading, before + 1, number.place)
        earlier.noun = counted.noun or earlier.noun
        earlier.places = (*earlier.places, *counted.places)
        earlier.fold = counted.fold
        return earlier
    return counted


def _verb_before(reading: Reading, start: int, entity: int) -> bool:
    """Tell whether genes that follow a count begin something new (``, with A the strongest``)."""
    return any(reading.parts[i].text == "," for i in range(start, entity))


def _prefixed(reading: Reading, place: int) -> bool:
    """Tell whether a number stands in ``of 16,793 tested genes, ...`` before what is said of them."""
    before = [part.lower for part in reading.parts[max(place - 3, 0) : place]]
    return any(word in ("of", "among", "from", "amongst") for word in before)


def _fold(reading: Reading, numbers: list[Number], start: int, stop: int) -> float:
    """Return the log2 fold change that counted genes reach: ``at least twofold``."""
    for number in numbers:
        if start < number.place < stop and number.place not in reading.used:
            part = reading.parts[number.place]
            if number.column in ("fold", "log2_fold_change") and part.relation == ">":
                reading.used.add(number.place)
                return math.log2(part.number) if number.column == "fold" else part.number
    return 0.0


def _values(reading: Reading, counted: Counted) -> list[float]:
    """Return the numbers that a count may be; nothing where it is not said what is counted."""
    facts = reading.evidence.facts

    def fact(*names: str) -> list[float]:
        return [float(facts[name]) for name in names if name in facts]

    if counted.noun == "sample" and (reading.groups or counted.of):
        return []  # in how many samples a gene changes no table says
    if counted.noun == "sample" or counted.role.startswith("level"):
        group = counted.role.removeprefix("level ")
        return fact({"target": "n_target", "reference": "n_reference"}.get(group, "n_samples"))
    if counted.noun == "comparison":
        return fact("n_comparisons")
    if counted.noun == "run":
        return fact("n_null_runs_called" if counted.role == "run_called" or counted.called else "n_null_runs")
    if counted.noun == "set":
        return _set_counts(reading, counted)
    if counted.role:
        return fact(_ROLES[counted.role])
    if counted.both:
        return []
    if counted.negated:
        return [facts["n_tested"] - facts["n_called"]] if counted.called and not counted.sign else []
    if counted.fold:
        return [int(reading.mask(sign=counted.sign, called=True, fold=counted.fold).sum())]
    if counted.sign or counted.called:
        return fact({1: "n_up", -1: "n_down"}.get(counted.sign, "n_called"))
    if counted.tested:
        return fact("n_tested")
    return fact("n_genes") if counted.noun == "gene" else []


def _whole_values(reading: Reading, counted: Counted) -> list[float]:
    """Return what M of ``N of M`` may be; without any word, tested or all genes or those called."""
    if counted.noun or not counted.empty():
        return _values(reading, counted)
    facts = reading.evidence.facts
    return [
        float(facts[name]) for name in ("n_tested", "n_genes", "n_called", "n_sets", "n_null_runs") if name in facts
    ]


def _set_counts(reading: Reading, counted: Counted) -> list[float]:
    facts = reading.evidence.facts
    if "n_sets" not in facts:
        return []
    if counted.negated:
        return [facts["n_sets"] - facts["n_sets_called"]]
    if counted.sign:
        wanted = "up" if counted.sign > 0 else "down"
        names = {
            str(name)
            for each in reading.evidence.sets
            for name, direction, padj in zip(
                each.table["gene_set"], each.table["direction"], each.table["padj"], strict=True
            )
            if str(direction).lower() == wanted and float(padj) < reading.evidence.fdr
        }
        return [float(len(names))]
    return [float(facts["n_sets_called" if counted.called else "n_sets"])]


def _judge_count(
    reading: Reading, number: Number, counted: Counted, values: list[float], numbers: list[Number]
) -> None:
    part = reading.parts[number.place]
    if _enumerates(reading, number, counted):
        reading.used.add(number.place)
        return
    if counted.sign and not reading.evidence.directional:
        why = "the test of this run says nothing of a direction"
        reading.judge(False, "direction", part.text, why, (number.place, *counted.places))
        return
    if not values:
        why = "it is not said, or not known, what it counts"
        reading.judge(False, "number", part.text, why, (number.place, *counted.places))
        return
    right = any(agrees(part, value) for value in values)
    shown = " or ".join(f"{value:,.0f}" for value in values)
    reading.judge(right, "number", part.text, f"the run has {shown}", (number.place, *counted.places))


def _enumerates(reading: Reading, number: Number, counted: Counted) -> bool:
    """Tell whether a small number counts genes that are named: ``the three strongest genes, A, B and C``."""
    part = reading.parts[number.place]
    ranks = any(reading.parts[i].kind == "rank" for i in reading.same_clause(number.place))
    listed = [len(group.places) for group in reading.groups]
    follows = any(
        group.start <= number.place + 4 and group.start > number.place and part.number == len(group.places)
        for group in reading.groups
    )
    before = reading.parts[number.place - 1].lower if number.place else ""
    said = before in ("the", "these", "those", "all") and part.number in listed
    return part.relation == "=" and part.number <= 20 and (ranks or follows or said) and bool(listed)


def _share(
    reading: Reading, number: Number, counts: list[Number], found: dict[int, tuple[Counted, list[float]]],
    numbers: list[Number],
) -> None:  # fmt: skip
    """Judge a share in percent: of what follows ``of``, or, in brackets, of the numbers before it."""
    parts, part = reading.parts, reading.parts[number.place]
    after = parts[number.place + 1 : number.place + 2]
    if part.depth and not (after and after[0].lower == "of"):
        values = _ratio_before(reading, number, counts, found)
        places: tuple[int, ...] = ()
    else:
        start, stop = _noun_phrase(reading, number.place)
        whole = _counted_in(reading, start, stop)
        told = _counted(reading, numbers, replace(number, column="count"), replace(number, column="count"))
        places = (*whole.places, *told.places)
        if told.both or told.role or told.negated:
            values = []
        else:
            base = reading.mask(called=whole.called, tested=whole.tested, sign=whole.sign)
            mask = reading.mask(called=told.called, sign=told.sign, fold=told.fold) & base
            values = [] if told.empty() or not base.any() else [100 * mask.sum() / base.sum()]
    if not values:
        why = "it is not said of what it is a share"
        reading.judge(False, "number", f"{part.text} %", why, (number.place, *places))
        return
    right = any(agrees(part, value) for value in values)
    shown = " or ".join(f"{value:.3g} %" for value in values)
    reading.judge(right, "number", f"{part.text} %", f"the share is {shown}", (number.place, *places))


def _ratio_before(
    reading: Reading, number: Number, counts: list[Number], found: dict[int, tuple[Counted, list[float]]]
) -> list[float]:
    earlier = [each for each in counts if each.place < number.place and each.place in found]
    if not earlier:
        return []
    last = earlier[-1]
    if len(earlier) > 1 and _denominator(reading, counts, earlier[-2]) == last:
        return [100 * n / m for n in found[earlier[-2].place][1] for m in found[last.place][1] if m]
    counted, values = found[last.place]
    facts = reading.evidence.facts
    bases = [facts["n_tested"], *([facts["n_called"]] if counted.sign or counted.fold else [])]
    return [100 * value / base for value in values for base in bases if base]
