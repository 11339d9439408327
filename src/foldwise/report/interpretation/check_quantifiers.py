"""Words for numbers of genes and sets: all, most, half, several, none."""

from __future__ import annotations

from foldwise.report.interpretation.check_counts import Counted, _counted_in, _noun_phrase
from foldwise.report.interpretation.reading import Reading

_SEVERAL = 3


def check_quantifiers(reading: Reading) -> None:
    """Judge each of them; one that cannot be placed is left, and the sentence refused."""
    parts = reading.parts
    for place in range(len(parts)):
        if place in reading.used:
            continue
        part = parts[place]
        none = part.kind == "not" and part.lower in ("no", "none") and _has_noun(reading, place)
        if none:
            _judge(reading, place, "none")
        elif part.kind == "quantifier":
            if part.value == "only" or not _has_noun(reading, place) or _of_ranks(reading, place):
                _plain(reading, place)
            else:
                _judge(reading, place, part.value)
        elif part.kind == "no_theme":
            called = reading.evidence.facts.get("n_sets_called")
            why = "no gene sets were tested" if called is None else f"{called:.0f} sets are significant"
            reading.judge(called == 0, "set", part.text, why, (place,))


def _has_noun(reading: Reading, place: int) -> bool:
    allowed = ("sig", "up", "down", "role", "level")
    for part in reading.parts[place + 1 : place + 7]:
        if part.kind == "noun":
            return part.value in ("gene", "set")
        if part.kind not in allowed and part.lower not in ("of", "the", "these", "them", "single"):
            return False
        if part.lower == "them":
            return True
    return False


def _of_ranks(reading: Reading, place: int) -> bool:
    """Tell whether ``all`` stands in ``the largest of all called genes``."""
    parts = reading.parts
    ranked = any(parts[i].kind == "rank" for i in reading.same_clause(place))
    return ranked and place > 0 and parts[place].value == "all" and parts[place - 1].lower in ("of", "among", "across")


def _plain(reading: Reading, place: int) -> None:
    """Pass ``only 12 genes`` and ``A, B and C are all up``."""
    following = reading.parts[place + 1 : place + 2]
    number = bool(following) and following[0].kind == "number"
    everything = reading.parts[place].value == "all"
    genes = everything and bool(reading.groups_in(reading.same_clause(place)))
    if number or genes:
        reading.used.add(place)


def _judge(reading: Reading, place: int, word: str) -> None:
    own = reading.same_clause(place)
    stop = _noun_phrase(reading, place)[1]
    base = _counted_in(reading, place + 1, stop)
    rest = next((i for i in range(stop, own.stop) if reading.parts[i].kind == "number" and i not in reading.used
                 and reading.parts[i].unit != "%"), own.stop)  # fmt: skip
    told = _counted_in(reading, stop, rest)
    right = _sets(reading, word, told) if base.noun == "set" else _genes(reading, word, base, told)
    used = (place, *base.places, *told.places)
    text = reading.parts[place].text
    if right is None:
        reading.judge(False, "number", text, "what it counts cannot be told", used)
    else:
        reading.judge(right, "number", text, "the tables say otherwise", used)


def _sets(reading: Reading, word: str, told: Counted) -> bool | None:
    facts = reading.evidence.facts
    if "n_sets" not in facts or not told.called or told.sign or told.negated:
        return None
    return _holds(word, int(facts["n_sets_called"]), int(facts["n_sets"]))


def _genes(reading: Reading, word: str, base: Counted, told: Counted) -> bool | None:
    if told.both or told.negated or base.negated or base.role or told.role or told.empty():
        return None
    if told.sign and not reading.evidence.directional:
        return False
    whole = reading.mask(called=base.called, tested=base.tested, sign=base.sign)
    part = whole & reading.mask(called=told.called, tested=told.tested, sign=told.sign)
    return _holds(word, int(part.sum()), int(whole.sum()))


def _holds(word: str, part: int, whole: int) -> bool | None:
    if word == "none":
        return part == 0
    if word == "several":
        return part >= _SEVERAL
    if not whole:
        return False
    share = part / whole
    return {"all": part == whole, "most": share > 0.5, "half": 0.45 <= share <= 0.55}.get(word)
