"""A sixth author, whose sentences were written after the checker and not used to mend it: what new wordings cost."""

from __future__ import annotations

from foldwise.report.interpretation.ranks import largest_changes, strongest_evidence
from verification.narratives.authors import Author
from verification.narratives.lines import Line
from verification.narratives.sentences import one

STYLE = "reviewer"


def _summary(a: Author) -> Line:
    f = a.evidence.facts
    return Line("Overall, {called} genes met the {fdr} FDR threshold; {up} went up and {down} went down in {t}.",
                {"called": a.count(f["n_called"]), "fdr": a.level(), "up": a.count(f["n_up"]),
                 "down": a.count(f["n_down"]), "t": a.group("target")})  # fmt: skip


def _expression(a: Author) -> Line:
    row, sign = one(a)
    return Line("Transcript levels of {g} were {way} in {t} samples (log2FC {lfc}, FDR {q}).",
                {"g": a.gene(row), "way": a.word(sign, "elevated", "reduced"), "t": a.group("target"),
                 "lfc": a.change(row), "q": a.padj(row)})  # fmt: skip


def _strongly(a: Author) -> Line:
    row, sign = one(a)
    return Line("{g} stood out with a {f}-fold {way} (adjusted p-value: {q}).",
                {"g": a.gene(row), "f": a.fold(row), "way": a.word(sign, "increase", "decrease"),
                 "q": a.padj(row)})  # fmt: skip


def _examples(a: Author) -> Line | None:
    rows = strongest_evidence(a.evidence, -1)
    if len(rows) < 3:
        return None
    x, y = a.pick(rows, 2)
    return Line("Examples of {way} genes are {g} and {h}.",
                {"way": a.word(-1, "upregulated", "downregulated"), "g": a.gene(x), "h": a.gene(y)})  # fmt: skip


def _fraction(a: Author) -> Line:
    f = a.evidence.facts
    return Line("Roughly {s} of the tested genes showed significant differences.",
                {"s": a.share(f["n_called"], f["n_tested"])})  # fmt: skip


def _record(a: Author) -> Line | None:
    rows = largest_changes(a.evidence, -1)
    if len(rows) < 2:
        return None
    return Line("The steepest drop was seen for {g}, whose log2 fold change reached {lfc}.",
                {"g": a.gene(int(rows[0])), "lfc": a.change(int(rows[0]))})  # fmt: skip


def _opposite(a: Author) -> Line | None:
    if not len(a.up) or not len(a.down):
        return None
    u, d = a.pick(strongest_evidence(a.evidence, 1))[0], a.pick(strongest_evidence(a.evidence, -1))[0]
    return Line("{g} and {h} moved in opposite directions: the former increased, the latter decreased.",
                {"g": a.gene(u), "h": a.gene(d)})  # fmt: skip


def _excluded(a: Author) -> Line | None:
    f = a.evidence.facts
    if not f.get("n_low_count"):
        return None
    return Line("Independent filtering set aside {n} genes with low counts.", {"n": a.count(f["n_low_count"])})


def _evidence(a: Author) -> Line | None:
    rows = strongest_evidence(a.evidence)
    if len(rows) < 3:
        return None
    return Line("Statistically, the clearest evidence comes from {g} (p = {p}).",
                {"g": a.gene(int(rows[0])), "p": a.pvalue(int(rows[0]))})  # fmt: skip


def _pair(a: Author) -> Line | None:
    rows = strongest_evidence(a.evidence, 1)
    if len(rows) < 2:
        return None
    x, y = a.pick(rows, 2)
    return Line("Both {g} and {h} gained expression in {t}, by factors of {f1} and {f2}.",
                {"g": a.gene(x), "h": a.gene(y), "t": a.group("target"), "f1": a.fold(x), "f2": a.fold(y)})  # fmt: skip


MAKERS = (_summary, _expression, _strongly, _examples, _fraction, _record, _opposite, _excluded, _evidence, _pair)
