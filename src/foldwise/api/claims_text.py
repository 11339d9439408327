"""A text taken apart for checking: sentences, the genes, numbers and directions that they name."""

from __future__ import annotations

import re
from dataclasses import dataclass

UP = {
    "up", "upregulated", "up-regulated", "upregulation", "induced", "induces", "induction", "increased", "increases",
    "increase", "higher", "elevated", "activated", "gained", "overexpressed", "rises", "rose",
}  # fmt: skip
DOWN = {
    "down", "downregulated", "down-regulated", "downregulation", "repressed", "represses", "repression", "decreased",
    "decreases", "decrease", "lower", "reduced", "suppressed", "silenced", "lost", "underexpressed", "falls", "fell",
}  # fmt: skip
SIGNIFICANT = {"significant", "significantly", "called", "differentially", "significance"}
NEGATIONS = {"not", "no", "non", "neither", "without", "never", "isn't", "aren't", "wasn't", "unchanged"}
# Words in capitals that are no genes.
ABBREVIATIONS = {
    "DNA", "RNA", "MRNA", "RNA-SEQ", "FDR", "FDRS", "BH", "SE", "SD", "LFC", "LOG", "CPM", "TPM", "FPKM", "RPKM", "PCA",
    "QC", "GO", "KEGG", "NA", "NB", "QL", "GLM", "LRT", "MA", "I", "A", "AN", "THE", "IN", "OF", "AND", "OR", "NO",
    "NOT", "CI", "OK", "VS", "ID", "IDS", "GTF", "CSV", "TSV", "DE", "DEG", "DEGS", "FC", "P", "Q", "N", "IT", "WE",
    "IHW", "BY", "TMM", "VST", "UP", "DOWN", "IF", "TO", "ALL", "BOTH", "UK", "US", "EU", "T", "F", "Z", "R",
}  # fmt: skip

_NUMBER = re.compile(
    r"(?<![\w.])([+\-\u2212\u2013]?)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:\s*[x\u00d7*]\s*10\s*\^?\s*\(?([+\-\u2212]?\d+)\)?|[eE]([+\-\u2212]?\d+))?(?![\w]|\.\d)(\s*%|-fold|-times|x)?"
)
_WORD = re.compile(r"[A-Za-z0-9_][\w.\-/']*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_LIKE_A_GENE = re.compile(r"ENS[A-Z]*[GTP]\d{6,}(\.\d+)?|(?=[A-Z0-9-]*[A-Z])[A-Z][A-Z0-9]*(-?[A-Z0-9]+)*|C\d+orf\d+")


@dataclass(frozen=True)
class Word:
    """One word or number of a sentence.

    Parameters
    ----------
    kind : str
        ``gene``, ``unknown`` (looks like a gene and is none), ``number``, ``up``, ``down``, ``word``.
    text : str
        As it stands in the sentence.
    start : int
        Where it stands.
    value : float
        Of a number.
    unit : str
        ``%``, ``fold`` or nothing, for a number.
    """

    kind: str
    text: str
    start: int
    value: float = float("nan")
    unit: str = ""


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; a semicolon outside of brackets ends one too."""
    found = []
    for sentence in _SENTENCE.split(text):
        depth, start = 0, 0
        for place, char in enumerate(sentence):
            depth = max(depth + (char in "([") - (char in ")]"), 0)
            if char == ";" and depth == 0:
                found.append(sentence[start : place + 1])
                start = place + 1
        found.append(sentence[start:])
    return [part.strip() for part in found if part.strip()]


def words(sentence: str, genes: frozenset[str], levels: frozenset[str]) -> list[Word]:
    """Return the words of a sentence, each with its kind.

    Parameters
    ----------
    sentence : str
    genes : frozenset of str
        Ids and names of all genes of the tables.
    levels : frozenset of str
        Names of groups, columns, samples and methods, which are no genes whatever they look like.
    """
    found = [_number(match) for match in _NUMBER.finditer(sentence) if not _inside_name(match, sentence, genes)]
    taken = [(word.start, word.start + len(word.text)) for word in found]
    for match in _WORD.finditer(sentence):
        if any(start < match.end() and match.start() < stop for start, stop in taken):
            continue
        found.append(_word(match.group(), match.start(), genes, levels))
    return sorted(found, key=lambda word: word.start)


def decimals(text: str) -> tuple[int, bool]:
    """Return how many decimals a number is written with, and whether in scientific notation."""
    mantissa = re.split(r"[eE]|\s*[x\u00d7*]\s*10", text)[0]
    scientific = mantissa != text
    return (len(mantissa.partition(".")[2].rstrip("%").strip()), scientific)


def _number(match: re.Match[str]) -> Word:
    sign, digits, power, exponent, unit = match.groups()
    value = float(digits.replace(",", ""))
    tens = (power or exponent or "0").replace("\u2212", "-")
    # A dash between two words is none of a number's: only one that stands apart is
    value = value * 10.0 ** int(tens) if len(tens) < 6 else 0.0
    named = "" if unit is None else unit.strip()
    kind = {"%": "%", "-fold": "fold", "-times": "fold", "x": "fold"}.get(named, "")
    text = match.group()[: len(match.group()) - len(unit or "")]
    return Word("number", text.strip(), match.start(), -value if sign and sign != "+" else value, kind)


def _inside_name(match: re.Match[str], sentence: str, genes: frozenset[str]) -> bool:
    """Tell whether the digits belong to a name, such as the 1 of ``NKX2-1`` or a gene called ``7157``."""
    whole = next((word for word in _WORD.finditer(sentence) if word.start() <= match.end() - 1 < word.end()), None)
    name = "" if whole is None else whole.group().rstrip(".'-/")
    return whole is not None and (name in genes or bool(_LIKE_A_GENE.fullmatch(name)))


def _word(text: str, start: int, genes: frozenset[str], levels: frozenset[str]) -> Word:
    plain = text.rstrip(".'-/")
    plain = plain[:-2] if plain.endswith("'s") else plain
    lower = plain.lower()
    if plain in genes:
        return Word("gene", plain, start)
    if plain in levels or lower in {level.lower() for level in levels}:
        return Word("level", plain, start)
    if lower in UP or lower in DOWN:
        return Word("up" if lower in UP else "down", plain, start)
    parts = [part for part in re.split(r"/", plain) if part]
    if plain.upper() not in ABBREVIATIONS and any(_LIKE_A_GENE.fullmatch(part) for part in parts):
        return Word("unknown", plain, start)
    return Word("word", lower, start)
