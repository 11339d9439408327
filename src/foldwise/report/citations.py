"""What to cite for a run: only what it used."""

from __future__ import annotations

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.method_facts import filter_rule, filters_independently
from foldwise.report.weights_text import weight_works
from foldwise.report.works import WORKS, Work

# What is cited for a method, beside what its settings add.
METHOD_WORKS = {
    "deseq2": ("love2014deseq2",),
    "edger-ql": ("chen2025edger",),
    "edger-lrt": ("mccarthy2012edger",),
    "edger-exact": ("robinson2008exact",),
    "limma-voom": ("law2014voom", "ritchie2015limma", "smyth2004ebayes"),
    "limma-trend": ("law2014voom", "ritchie2015limma", "smyth2004ebayes"),
    "t": ("welch1947",),
    "wilcoxon": ("mann1947",),
}
NORMALIZATION_WORKS = {
    "ratio": "anders2010deseq",
    "poscounts": "anders2010deseq",
    "iterate": "anders2010deseq",
    "rle": "anders2010deseq",
    "tmm": "robinson2010tmm",
    "tmmwsp": "robinson2010tmm",
    "upper-quartile": "bullard2010quartile",
}
CORRECTION_WORKS = {
    "bh": "benjamini1995fdr",
    "by": "benjamini2001dependency",
    "holm": "holm1979",
    "storey": "storey2002",
    "ihw": "ignatiadis2016ihw",
}
SHRINKAGE_WORKS = {"apeglm": "zhu2019apeglm", "ashr": "stephens2017ash", "normal": "love2014deseq2"}


def used_works(analysis: Analysis) -> list[Work]:
    """Return what to cite for this run, in the order in which the methods text names it."""
    spec, method = analysis.spec, analysis.spec.method
    keys = ["gerard2020thinning"] if analysis.provenance.get("method_choice", {}).get("learned") else []
    keys += METHOD_WORKS.get(method.name, ())
    if method.name == "t" and method.equal_var:
        keys.remove("welch1947")
    keys += [NORMALIZATION_WORKS[k] for k in [analysis.size_factors.kind] if k in NORMALIZATION_WORKS]
    if filter_rule(spec) == "expression":
        keys.append("chen2016filter")
    if analysis.experiment.log_offset is not None or length_use(analysis):
        keys.append("soneson2015tximport")
    asked = {
        "phipson2016robust": method.robust,
        "liu2015weights": method.sample_weights,
        "smyth2005duplicate": method.block is not None,
        "ritchie2015limma": analysis.batch_corrected is not None,
        "mccarthy2009treat": spec.correction.lfc > 0 and method.name != "deseq2",
    }
    keys += [key for key, yes in asked.items() if yes]
    if uses_cooks(analysis):
        keys.append("cook1977")
    if method.shrink in SHRINKAGE_WORKS:
        keys.append(SHRINKAGE_WORKS[method.shrink])
    if uses_filtering(analysis):
        keys.append("bourgon2010filtering")
    if spec.correction.method in CORRECTION_WORKS:
        keys.append(CORRECTION_WORKS[spec.correction.method])
    found = analysis.certificate
    if found is not None and found.regrouping is not None:
        keys += ["li2022exaggerated", "hejblum2024"]
        if any(item.bound is not None and item.bound_false is not None for item in found.contrasts):
            keys.append("blanchard2020posthoc")
    keys += _learned_works(analysis)
    keys += weight_works(analysis)
    return [WORKS[key] for key in dict.fromkeys(keys)]


def _learned_works(analysis: Analysis) -> list[str]:
    """Keys of what learned parts rest on."""
    learned = analysis.learned
    if learned is None or "factors" not in learned.parts or learned.facts["factors"]["kind"] == "raw":
        return []
    planted = ["gerard2020thinning"] if learned.facts["factors"]["asked"] == "auto" else []
    return [*planted, "wang2017cate", "zhou2022pca"]


def length_use(analysis: Analysis) -> str:
    """Return what became of gene lengths: ``offset``, ``scaled`` (into the counts), or nothing."""
    return next((m.data["lengths"] for m in analysis.messages if m.data.get("lengths") in ("offset", "scaled")), "")


def uses_cooks(analysis: Analysis) -> bool:
    """Whether outlier counts could be looked for."""
    distances = analysis.fit.max_cooks
    return analysis.spec.method.cooks and distances is not None and bool(np.isfinite(distances).any())


def uses_filtering(analysis: Analysis) -> bool:
    """Whether genes of low mean were left out of the correction."""
    return filters_independently(analysis.spec)


def software(analysis: Analysis) -> Work:
    """Return the entry of foldwise itself."""
    version = str(analysis.provenance.get("versions", {}).get("foldwise", ""))
    title = "{foldwise: differential expression with R's numbers, checked design and one report}"
    fields = (("title", title), ("author", "{The foldwise authors}"), ("note", f"Version {version}".strip()))
    return Work("foldwise", "software", "foldwise", "", fields)


def citations(analysis: Analysis) -> str:
    """Return ``citations.bib``: foldwise, the works of the run, and those of the report and the arithmetic."""
    more = [WORKS["storey2002"], WORKS["harris2020numpy"]]
    return "\n".join(work.bibtex() for work in [software(analysis), *used_works(analysis), *more])
