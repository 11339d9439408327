"""Right sentences on a result, in the ways of five authors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from foldwise.report.interpretation.evidence import significant_sets
from foldwise.report.interpretation.ranks import largest_changes, strongest_evidence
from verification.narratives.authors import Author
from verification.narratives.lines import Line, Slot

Maker = Callable[[Author], Line | None]


def narrative(author: Author, n: int = 4) -> list[Line]:
    """Return ``n`` sentences of an author, none of a kind twice."""
    makers = MAKERS[author.name]
    found: list[Line] = []
    for number in author.rng.permutation(len(makers)):
        line = makers[int(number)](author)
        if line is not None:
            found.append(line)
        if len(found) == n:
            break
    return found


def one(author: Author) -> tuple[int, int]:
    """Return a gene that is called, and its direction."""
    sign = 1 if author.rng.random() < 0.5 and len(author.up) else -1
    rows = strongest_evidence(author.evidence, sign)
    if not len(rows):
        rows, sign = strongest_evidence(author.evidence, -sign), -sign
    return author.pick(rows)[0], sign


def _facts(author: Author) -> dict[str, float]:
    return dict(author.evidence.facts)


# --- a paper ---------------------------------------------------------------------------------------------------------


def _paper_result(a: Author) -> Line:
    f = _facts(a)
    return Line(
        "At a false discovery rate of {fdr}, {called} of {tested} tested genes were differentially expressed, of which "
        "{up} were upregulated and {down} were downregulated in {t} compared with {r}.",
        {"fdr": a.level(), "called": a.count(f["n_called"]), "tested": a.count(f["n_tested"]), "up": a.count(f["n_up"]),
         "down": a.count(f["n_down"]), "t": a.group("target"), "r": a.group("reference")},
    )  # fmt: skip


def _paper_gene(a: Author) -> Line:
    row, sign = one(a)
    return Line("{g} was significantly {way} (log2 fold change {lfc}, adjusted p = {q}).",
                {"g": a.gene(row), "way": a.way(sign), "lfc": a.change(row), "q": a.padj(row)})  # fmt: skip


def _paper_two(a: Author) -> Line | None:
    if len(a.up) < 2 or len(a.down) < 2:
        return None
    u, d = a.pick(strongest_evidence(a.evidence, 1))[0], a.pick(strongest_evidence(a.evidence, -1))[0]
    return Line("Whereas {g} showed {w1} expression in {t} ({f1}-fold), {h} was {w2} by {pc}.",
                {"g": a.gene(u), "w1": a.word(1, "higher", "lower"), "t": a.group("target"), "f1": a.fold(u),
                 "h": a.gene(d), "w2": a.word(-1, "increased", "reduced"), "pc": a.percent(d)})  # fmt: skip


def _paper_top(a: Author) -> Line | None:
    rows = strongest_evidence(a.evidence)[:3]
    if len(rows) < 3:
        return None
    return Line("The three most significant genes were {a}, {b} and {c} (adjusted p-values {p}, {q} and {s}, "
        "respectively).",
                {"a": _ranked(a, rows, 0), "b": _ranked(a, rows, 1), "c": _ranked(a, rows, 2), "p": a.padj(rows[0]),
                 "q": a.padj(rows[1]), "s": a.padj(rows[2])})  # fmt: skip


def _ranked(a: Author, rows: np.ndarray, number: int) -> Slot:
    slot = a.gene(int(rows[number]))
    return Slot("ranked", slot.value, slot.write)


def _paper_set(a: Author) -> Line | None:
    found = significant_sets(a.evidence.sets[0], a.evidence.fdr)
    if not len(found):
        return None
    row = found.iloc[int(a.rng.integers(len(found)))]
    sign = 1 if row["direction"] == "up" else -1
    return Line("The gene set {s} was enriched among the {way} genes (adjusted p = {q}).",
                {"s": Slot("set", row["gene_set"]), "way": a.way(sign),
                 "q": Slot("number", float(row["padj"]), lambda v: a.p(float(str(v))), "set")})  # fmt: skip


def _paper_spread(a: Author) -> Line | None:
    f = _facts(a)
    if "median_change" not in f:
        return None
    return Line("The median absolute log2 fold change of the called genes was {m}, and {n} of them changed at least "
        "twofold.",
                {"m": Slot("number", f["median_change"], lambda v: f"{float(str(v)):.2f}", "median"),
                 "n": a.count(f["n_twofold"])})  # fmt: skip


def _paper_design(a: Author) -> Line:
    f = _facts(a)
    return Line("RNA-seq counts of {n} genes in {s} samples were analyzed; {t} was compared with {r}.",
                {"n": a.count(f["n_genes"]), "s": a.count(f["n_samples"]), "t": a.group("target"),
                 "r": a.group("reference")})  # fmt: skip


# --- a short note ----------------------------------------------------------------------------------------------------


def _note_counts(a: Author) -> Line:
    f = _facts(a)
    return Line("{called} genes called at FDR {fdr}: {up} up, {down} down.",
                {"called": a.count(f["n_called"]), "fdr": a.level(), "up": a.count(f["n_up"]),
                 "down": a.count(f["n_down"])})  # fmt: skip


def _note_gene(a: Author) -> Line:
    row, sign = one(a)
    return Line("{g}: {way}, log2FC {lfc}, padj {q}.",
                {"g": a.gene(row), "way": a.way(sign), "lfc": a.change(row), "q": a.padj(row)})  # fmt: skip


def _note_list(a: Author) -> Line | None:
    if len(a.up) < 3:
        return None
    rows = a.pick(strongest_evidence(a.evidence, 1), 3)
    return Line("{way} in {t}: {a}, {b}, {c}.",
                {"way": a.word(1, "Up", "Down"), "t": a.group("target"), "a": a.gene(rows[0]), "b": a.gene(rows[1]),
                 "c": a.gene(rows[2])})  # fmt: skip


def _note_pairs(a: Author) -> Line | None:
    if not len(a.up) or not len(a.down):
        return None
    u, d = a.pick(strongest_evidence(a.evidence, 1))[0], a.pick(strongest_evidence(a.evidence, -1))[0]
    return Line("{g} (log2FC {l1}) is {w1} and {h} ({l2}) is {w2}.",
                {"g": a.gene(u), "l1": a.change(u), "w1": a.way(1), "h": a.gene(d), "l2": a.change(d),
                 "w2": a.way(-1)})  # fmt: skip


def _note_untested(a: Author) -> Line | None:
    f = _facts(a)
    if not f["n_all_zero"] or not f["n_untested"]:
        return None
    return Line("{n} genes were not tested, {z} of them had no reads.",
                {"n": a.count(f["n_untested"]), "z": a.count(f["n_all_zero"])})  # fmt: skip


def _note_half(a: Author) -> Line | None:
    f = _facts(a)
    if f["n_called"] < 10:
        return None
    return Line("{p} of the called genes are {way}.",
                {"p": a.share(f["n_up"], f["n_called"]), "way": a.word(1, "up", "down")})  # fmt: skip


def _note_not(a: Author) -> Line | None:
    padj = a.table["padj"].to_numpy(dtype=float)
    rows = np.flatnonzero(padj > max(0.2, a.evidence.fdr))
    if not len(rows):
        return None
    row = int(a.rng.choice(rows))
    return Line("{g} is not significant (padj {q}).", {"g": Slot("quiet", row, a.gene(row).write), "q": a.padj(row)})


# --- a lab book ------------------------------------------------------------------------------------------------------


def _lab_gene(a: Author) -> Line:
    row, sign = one(a)
    return Line("Gene {g} was {way} in {t} relative to {r}; its log2 fold change was {lfc}.",
                {"g": a.gene(row), "way": a.way(sign), "t": a.group("target"), "r": a.group("reference"),
                 "lfc": a.change(row)})  # fmt: skip


def _lab_flip(a: Author) -> Line:
    row, sign = one(a)
    return Line("Expression of {g} is {way} in {r} than in {t}.",
                {"g": a.gene(row), "way": a.word(-sign, "higher", "lower"), "r": a.group("reference"),
                 "t": a.group("target")})  # fmt: skip


def _lab_mean(a: Author) -> Line | None:
    if "base_mean" not in a.table:
        return None
    row, _ = one(a)
    return Line("The mean count of {g} is {m} and its p-value is {p}.",
                {"g": a.gene(row), "m": a.mean(row), "p": a.pvalue(row)})  # fmt: skip


def _lab_counts(a: Author) -> Line:
    f = _facts(a)
    return Line("We found {up} {w1} and {down} {w2} genes ({share} of all {tested} tested genes are significant).",
                {"up": a.count(f["n_up"]), "w1": a.way(1), "down": a.count(f["n_down"]), "w2": a.way(-1),
                 "share": a.share(f["n_called"], f["n_tested"]), "tested": a.count(f["n_tested"])})  # fmt: skip


def _lab_largest(a: Author) -> Line | None:
    sign = 1 if a.rng.random() < 0.5 else -1
    rows = largest_changes(a.evidence, sign)
    if len(rows) < 3:
        return None
    return Line("The largest {word} was that of {g} (log2 fold change {lfc}), followed by {h} ({l2}).",
                {"word": a.word(sign, "increase", "decrease"), "g": _ranked(a, rows, 0), "lfc": a.change(int(rows[0])),
                 "h": _ranked(a, rows, 1), "l2": a.change(int(rows[1]))})  # fmt: skip


def _lab_below(a: Author) -> Line:
    row, sign = one(a)
    padj = float(a.table["padj"].iloc[row])
    power = int(np.floor(np.log10(padj))) + 1 if padj > 0 else -300
    cut = Slot("bound", power, lambda v: f"1e{int(str(v))}")
    return Line("{g} is {way} with an adjusted p-value below {cut}.",
                {"g": a.gene(row), "way": a.way(sign), "cut": cut})  # fmt: skip


def _lab_sets(a: Author) -> Line | None:
    f = _facts(a)
    if not f["n_sets_called"]:
        return None
    return Line("{n} of {m} gene sets were significant.",
                {"n": a.count(f["n_sets_called"]), "m": a.count(f["n_sets"])})  # fmt: skip


# --- a talk ----------------------------------------------------------------------------------------------------------


def _talk_about(a: Author) -> Line | None:
    f = _facts(a)
    if f["n_called"] < 120:
        return None
    return Line("About {n} genes are differentially expressed between {r} and {t}.",
                {"n": a.about(f["n_called"]), "r": a.group("reference"), "t": a.group("target")})  # fmt: skip


def _talk_star(a: Author) -> Line | None:
    rows = strongest_evidence(a.evidence)
    if len(rows) < 4:
        return None
    return Line("The most significant gene is {g}, followed by {h}.",
                {"g": _ranked(a, rows, 0), "h": _ranked(a, rows, 1)})  # fmt: skip


def _talk_fold(a: Author) -> Line:
    row, sign = one(a)
    return Line("{g} is {f}-fold {way} in {t}.",
                {"g": a.gene(row), "f": a.fold(row), "way": a.way(sign), "t": a.group("target")})  # fmt: skip


def _talk_both(a: Author) -> Line | None:
    if len(a.up) < 2 or len(a.down) < 2:
        return None
    u, d = a.pick(strongest_evidence(a.evidence, 1), 2), a.pick(strongest_evidence(a.evidence, -1), 2)
    return Line("{a} and {b} are {w1}, while {c} and {d} are {w2}.",
                {"a": a.gene(u[0]), "b": a.gene(u[1]), "w1": a.way(1), "c": a.gene(d[0]), "d": a.gene(d[1]),
                 "w2": a.way(-1)})  # fmt: skip


def _talk_more(a: Author) -> Line | None:
    f = _facts(a)
    if f["n_up"] == f["n_down"]:
        return None
    sign = 1 if f["n_up"] > f["n_down"] else -1
    return Line("More genes are {w1} than {w2}.",
                {"w1": Slot("direction", sign, lambda v: "up" if int(str(v)) > 0 else "down"),
                 "w2": Slot("fixed", -sign, lambda v: "up" if int(str(v)) > 0 else "down")})  # fmt: skip


def _talk_than(a: Author) -> Line | None:
    rows = strongest_evidence(a.evidence)
    if len(rows) < 8:
        return None
    x, y = sorted(a.pick(rows, 2), key=lambda row: -abs(float(a.table["log2_fold_change"].iloc[row])))
    return Line("{g} changes more strongly than {h}.",
                {"g": Slot("more", x, a.gene(x).write), "h": Slot("less", y, a.gene(y).write)})  # fmt: skip


def _talk_theme(a: Author) -> Line | None:
    found = significant_sets(a.evidence.sets[0], a.evidence.fdr)
    if not len(found):
        return None
    row = found.iloc[0]
    sign = 1 if row["direction"] == "up" else -1
    return Line("{s} is significant among the {way} genes.",
                {"s": Slot("set", row["gene_set"]), "way": a.word(sign, "upregulated", "downregulated")})  # fmt: skip


# --- a reviewer ------------------------------------------------------------------------------------------------------


def _reviewer_respective(a: Author) -> Line:
    x, y = a.pick(strongest_evidence(a.evidence), 2)
    return Line("{g} and {h} have log2 fold changes of {l1} and {l2}, respectively.",
                {"g": a.gene(x), "h": a.gene(y), "l1": a.change(x), "l2": a.change(y)})  # fmt: skip


def _reviewer_first(a: Author) -> Line:
    row, _ = one(a)
    return Line("With a log2 fold change of {lfc} and an adjusted p-value of {q}, {g} is significant.",
                {"lfc": a.change(row), "q": a.padj(row), "g": a.gene(row)})  # fmt: skip


def _reviewer_percent(a: Author) -> Line:
    f = _facts(a)
    return Line("{called} of {tested} tested genes ({share}) pass the threshold of {fdr} FDR.",
                {"called": a.count(f["n_called"]), "tested": a.count(f["n_tested"]),
                 "share": a.share(f["n_called"], f["n_tested"]), "fdr": a.level()})  # fmt: skip


def _reviewer_verb(a: Author) -> Line:
    row, sign = one(a)
    return Line("Relative to {r}, {g} {way} by {pc} in {t}.",
                {"r": a.group("reference"), "g": a.gene(row), "way": a.word(sign, "rises", "falls"),
                 "pc": a.percent(row), "t": a.group("target")})  # fmt: skip


def _reviewer_error(a: Author) -> Line | None:
    if "log2_fold_change_se" not in a.table:
        return None
    row, _ = one(a)
    error = Slot("number", float(a.table["log2_fold_change_se"].iloc[row]), lambda v: f"{float(str(v)):.3f}", str(row))
    return Line("The log2 fold change of {g} is {lfc} with a standard error of {se}.",
                {"g": a.gene(row), "lfc": a.change(row), "se": error})  # fmt: skip


def _reviewer_method(a: Author) -> Line:
    return Line("The method was {m}, and the FDR was {fdr}.",
                {"m": Slot("method", a.evidence.method), "fdr": a.level()})  # fmt: skip


def _reviewer_twofold(a: Author) -> Line | None:
    f = _facts(a)
    if not f.get("n_twofold"):
        return None
    return Line("Of the {called} significant genes, {n} change more than twofold.",
                {"called": a.count(f["n_called"]), "n": a.count(f["n_twofold"])})  # fmt: skip


MAKERS: dict[str, tuple[Maker, ...]] = {
    "paper": (_paper_result, _paper_gene, _paper_two, _paper_top, _paper_set, _paper_spread, _paper_design),
    "note": (_note_counts, _note_gene, _note_list, _note_pairs, _note_untested, _note_half, _note_not),
    "lab book": (_lab_gene, _lab_flip, _lab_mean, _lab_counts, _lab_largest, _lab_below, _lab_sets),
    "talk": (_talk_about, _talk_star, _talk_fold, _talk_both, _talk_more, _talk_than, _talk_theme),
    "reviewer": (_reviewer_respective, _reviewer_first, _reviewer_percent, _reviewer_verb, _reviewer_error,
                 _reviewer_method, _reviewer_twofold),
}  # fmt: skip
