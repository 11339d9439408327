"""One sentence of a narrative made wrong, each kind in a way that a reader could miss."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from verification.narratives.authors import Author
from verification.narratives.lines import Line, Slot

_FOREIGN = ("PER1", "FKBP5", "ZBTB16", "ENSG00000999999", "Gapdhs", "MYCN", "HLA-ZZ1", "C12orf99", "FBgn9999999")
_CAUSES = (", which causes the phenotype", " because of a cascade", ", driving the response of the cells",
           " as a result of binding to its promoter", ", and regulates its neighbors")  # fmt: skip
_METHODS = ("deseq2", "edger-ql", "limma-voom", "wilcoxon")

Corruption = Callable[[Line, Author], Line | None]


def corrupted(lines: list[Line], author: Author, kind: str) -> tuple[list[Line], int] | None:
    """Return the narrative with one sentence made wrong and its number; None where no sentence allows this kind."""
    for number in author.rng.permutation(len(lines)):
        wrong = KINDS[kind](lines[int(number)], author)
        if wrong is not None and wrong.text() != lines[int(number)].text():
            changed = list(lines)
            changed[int(number)] = wrong
            return changed, int(number)
    return None


def _choice(author: Author, names: list[str]) -> str | None:
    return str(author.rng.choice(names)) if names else None


def _sign(line: Line, author: Author) -> Line | None:
    name = _choice(author, line.of_kind("change"))
    return None if name is None else line.changed(name, -float(str(line.slots[name].value)))


def _foreign(line: Line, author: Author) -> Line | None:
    name = _choice(author, line.of_kind("gene", "ranked", "quiet"))
    known = [gene for gene in _FOREIGN if gene not in author.rows]
    return None if name is None else _said(line, name, str(author.rng.choice(known)))


def _said(line: Line, name: str, text: str) -> Line:
    slot = line.slots[name]
    return replace(line, slots={**line.slots, name: Slot(slot.kind, slot.value, lambda _: text, slot.gene)})


def _number(line: Line, author: Author) -> Line | None:
    """Change the last digit that is written, by one."""
    name = _choice(author, line.of_kind("change", "number"))
    return None if name is None else _digit(line, name, author)


def _count(line: Line, author: Author) -> Line | None:
    name = _choice(author, line.of_kind("count"))
    if name is None:
        return None
    value = int(str(line.slots[name].value))
    return line.changed(name, value + int(author.rng.choice([-1, 1, 2, 10])) if value > 10 else value + 1)


def _share(line: Line, author: Author) -> Line | None:
    name = _choice(author, line.of_kind("share"))
    return None if name is None else line.changed(name, float(str(line.slots[name].value)) + 2)


def _about(line: Line, author: Author) -> Line | None:
    name = _choice(author, line.of_kind("about"))
    return None if name is None else line.changed(name, round(float(str(line.slots[name].value)) * 1.25))


def _digit(line: Line, name: str, author: Author) -> Line | None:
    slot = line.slots[name]
    text = slot.write(slot.value)
    mantissa = re.match(r"[^\deE]*[\d.,]*\d", text)
    if mantissa is None:
        return None
    last = int(mantissa.group()[-1])
    other = last + (1 if last < 9 else -1)
    return _said(line, name, mantissa.group()[:-1] + str(other) + text[mantissa.end() :])


def _direction(line: Line, author: Author) -> Line | None:
    name = _choice(author, line.of_kind("direction"))
    if name is None:
        return None
    wrong = line.changed(name, -int(str(line.slots[name].value)))
    fixed = line.of_kind("fixed")
    return wrong.changed(fixed[0], -int(str(line.slots[fixed[0]].value))) if fixed else wrong


def _term(line: Line, author: Author) -> Line | None:
    """Name a set that is not significant, with its own adjusted p-value."""
    name = _choice(author, line.of_kind("set"))
    if name is None:
        return None
    table, fdr = author.evidence.sets[0].table, author.evidence.fdr
    good = set(table["gene_set"][table["padj"] < fdr])
    other = str(author.rng.choice(sorted(set(table["gene_set"]) - good)))
    wrong = line.changed(name, other)
    padj = float(table["padj"][table["gene_set"] == other].min())
    return wrong.changed("q", padj) if "q" in line.slots else wrong


def _swap(line: Line, author: Author) -> Line | None:
    """Name another gene of the table for which the sentence is wrong."""
    names = line.of_kind("gene", "ranked", "quiet", "more")
    name = _choice(author, names)
    if name is None:
        return None
    slot = line.slots[name]
    numbers = [other for other in line.slots.values() if other.gene == str(slot.value)]
    other = _other_gene(author, line, slot, bool(numbers))
    return None if other is None else line.changed(name, other)


def _other_gene(author: Author, line: Line, slot: Slot, with_numbers: bool) -> int | None:
    evidence, own = author.evidence, int(str(slot.value))
    padj = evidence.table["padj"].to_numpy(dtype=float)
    change = evidence.table["log2_fold_change"].to_numpy(dtype=float)
    if slot.kind == "ranked":
        pool = [int(row) for row in np.argsort(evidence.table["pvalue"].to_numpy(dtype=float), kind="stable")[4:40]]
        pool = [row for row in pool if padj[row] < evidence.fdr and not _is_ranked(line, row)
                and not _largest(author, row)]  # fmt: skip
    elif slot.kind == "more":
        less = next(int(str(other.value)) for other in line.slots.values() if other.kind == "less")
        pool = [row for row in np.flatnonzero(padj < evidence.fdr) if abs(change[row]) < abs(change[less])]
    elif with_numbers:
        same = ((padj < evidence.fdr) == (padj[own] < evidence.fdr)) & (change * change[own] > 0) & np.isfinite(padj)
        near = author.rng.permutation(np.flatnonzero(same))[:30]
        pool = [int(row) for row in near if not _alike(author, own, int(row))]
    else:
        pool = [int(row) for row in np.flatnonzero((padj < evidence.fdr) & (change * change[own] < 0))]
    pool = [row for row in pool if row != own]
    return int(author.rng.choice(pool)) if pool else None


def _is_ranked(line: Line, row: int) -> bool:
    return any(slot.kind == "ranked" and int(str(slot.value)) == row for slot in line.slots.values())


def _largest(author: Author, row: int) -> bool:
    """Tell whether a gene is among the largest changes, so that a sentence on these could still be right."""
    from foldwise.report.interpretation.ranks import largest_changes

    return any(row in largest_changes(author.evidence, sign)[:4] for sign in (-1, 0, 1))


def _alike(author: Author, one: int, other: int) -> bool:
    """Tell whether a number of two genes could be written the same way."""
    pairs = ((slot(one), slot(other)) for slot in (author.change, author.padj, author.percent, author.fold))
    return any(left.write(left.value) == right.write(right.value) for left, right in pairs)


def _group(line: Line, author: Author) -> Line | None:
    names = line.of_kind("group")
    if not names or "between" in line.template:
        return None
    other = {"target": "reference", "reference": "target"}
    for name in names:
        line = line.changed(name, other[str(line.slots[name].value)])
    return line


def _negation(line: Line, author: Author) -> Line | None:
    """Put a ``not`` into a sentence on a gene, or take it out."""
    if not line.of_kind("gene", "quiet") or line.of_kind("count"):
        return None
    if " not " in line.template:
        return replace(line, template=line.template.replace(" not ", " ", 1))
    for verb in (" was ", " is ", " are "):
        if verb in line.template and line.of_kind("direction"):
            return replace(line, template=line.template.replace(verb, f"{verb}not ", 1))
    return None


def _level(line: Line, author: Author) -> Line | None:
    name = _choice(author, line.of_kind("level"))
    return None if name is None else line.changed(name, float(author.rng.choice([0.01, 0.1, 0.051])))


def _cause(line: Line, author: Author) -> Line | None:
    if not line.of_kind("gene", "set"):
        return None
    return replace(line, template=line.template.removesuffix(".") + str(author.rng.choice(_CAUSES)) + ".")


def _comparison(line: Line, author: Author) -> Line | None:
    """Exchange the two genes of a comparison or of a ranking; in ``A (1), followed by B (2)`` with their numbers."""
    pair = line.of_kind("more", "less") or line.of_kind("ranked")
    if len(pair) < 2:
        return None
    first, second = line.slots[pair[0]], line.slots[pair[1]]
    slots = {**line.slots, pair[0]: replace(second, kind=first.kind), pair[1]: replace(first, kind=second.kind)}
    numbers = [name for name, slot in slots.items() if slot.gene in (str(first.value), str(second.value))]
    texts = [slots[name].write(slots[name].value) for name in numbers]
    if numbers and len(set(texts)) < len(texts):
        return None
    if len(numbers) == 2 == len(pair):  # in a list of three the numbers stay: its order alone claims nothing
        slots[numbers[0]], slots[numbers[1]] = slots[numbers[1]], slots[numbers[0]]
    return replace(line, slots=slots)


def _method(line: Line, author: Author) -> Line | None:
    name = _choice(author, line.of_kind("method"))
    others = [method for method in _METHODS if method != author.evidence.method]
    return None if name is None else line.changed(name, str(author.rng.choice(others)))


def _bound(line: Line, author: Author) -> Line | None:
    name = _choice(author, line.of_kind("bound"))
    return None if name is None else line.changed(name, int(str(line.slots[name].value)) - 2)


KINDS: dict[str, Corruption] = {
    "sign flipped": _sign, "foreign gene": _foreign, "number changed": _number, "direction word": _direction,
    "count changed": _count, "term not significant": _term, "another gene of the table": _swap,
    "groups exchanged": _group, "negation": _negation, "FDR changed": _level, "cause added": _cause,
    "order exchanged": _comparison, "share changed": _share, "rounded number changed": _about,
    "method changed": _method, "bound moved": _bound,
}  # fmt: skip
