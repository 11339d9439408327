"""The words that the claim checker knows, read from ``lexicon.txt``, and sentences that claim nothing."""

from __future__ import annotations

from importlib.resources import files
from types import MappingProxyType

_NUMBERS = """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen twenty"""
NUMBER_WORDS = MappingProxyType({word: number for number, word in enumerate(_NUMBERS.split(), 2)})
FOLD_WORDS = MappingProxyType(
    {f"{word}{join}fold": float(n) for word, n in NUMBER_WORDS.items() for join in ("", "-")}
    | {"twice": 2.0, "thrice": 3.0}
)
METHOD_WORDS = MappingProxyType({
    "deseq2": "deseq2", "edger": "edger", "limma": "limma", "voom": "limma-voom", "limma-voom": "limma-voom",
    "limma-trend": "limma-trend", "edger-ql": "edger-ql", "edger-lrt": "edger-lrt", "edger-exact": "edger-exact",
    "wilcoxon": "wilcoxon", "ols": "ols", "t-test": "t", "foldwise": "",
})  # fmt: skip
VERDICTS = ("PASS", "WARN", "FAIL", "NONE")

# Sentences that claim nothing and may stand by themselves, as patterns of their lower-case words.
HARMLESS = (
    r"(in )?(summary|short|brief|conclusion|words|detail)[:.,]?",
    r"(the )?(main )?(results?|findings?)( are| is)?( as follows| given below| listed below| below)?[:.]?",
    r"(these|the) (numbers|values) (come|are taken) from the (result|results) tables?[:.]?",
    r"(the )?(details|all numbers|all values) (are|stand) in the (result |results )?tables?[:.]?",
    r"(strongest|top) genes[:.]?",
    r"(up|down)-?regulated genes[:.]?",
    r"gene sets[:.]?",
    r"(taken together|overall|together)[:.,]?",
    r"this does not show that nothing changes[:.,]?( with this number of samples smaller effects may be missed)?\.?",
    r"nothing is said of themes: no gene sets were tested\.?",
    r"no certificate was made\.?",
)


def _read() -> dict[str, tuple[str, str]]:
    """Return kind and value of each word and phrase."""
    found: dict[str, tuple[str, str]] = {}
    kind, value = "", ""
    for line in (files(__package__) / "lexicon.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            found |= {phrase.strip(): (kind, value) for phrase in line.split(",") if phrase.strip()}
        elif line and not line.startswith("#"):
            kind, _, value = line.rstrip(":").partition(" ")
    return found


LEXICON = MappingProxyType(_read())
LONGEST_PHRASE = max(len(phrase.split()) for phrase in LEXICON)
# Names that are words of the language stand in quotes.
RESERVED = frozenset(LEXICON) | set(NUMBER_WORDS) | set(FOLD_WORDS) | set(METHOD_WORDS) | {v.lower() for v in VERDICTS}
