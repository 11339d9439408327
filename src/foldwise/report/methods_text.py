"""One paragraph for the Methods section of a paper: what was done, in words, with numbers and DOIs."""

from __future__ import annotations

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.contrast import Contrast
from foldwise.model.method_facts import RAW_TRANSFORM, filter_rule, profile_of
from foldwise.report.certificate_words import share
from foldwise.report.choice_words import choice_sentence
from foldwise.report.citations import (
    CORRECTION_WORKS,
    NORMALIZATION_WORKS,
    length_use,
    used_works,
    uses_cooks,
    uses_filtering,
)
from foldwise.report.weights_text import WEIGHT_WORKS, weights_sentence
from foldwise.report.words import listed, percent, plural, whole
from foldwise.report.works import WORKS

# Model in words, and the keys of what is cited with it.
_MODELS = {
    "edger-ql": ("negative binomial generalized linear models with quasi-dispersions (edgeR", ("chen2025edger",)),
    "edger-lrt": (
        "negative binomial generalized linear models with empirical Bayes dispersions (edgeR", ("mccarthy2012edger",)
    ),
    "edger-exact": (
        "negative binomial counts with conditional-likelihood dispersions (edgeR", ("robinson2008exact",)
    ),
    "limma-voom": (
        "linear models on log2 counts per million with precision weights (voom and limma",
        ("law2014voom", "ritchie2015limma"),
    ),
    "limma-trend": (
        "linear models on log2 counts per million, their variances following the mean (limma",
        ("law2014voom", "ritchie2015limma"),
    ),
    "ols": ("ordinary least squares", ()),
    "t": ("means of the groups", ()),
    "wilcoxon": ("ranks", ()),
}  # fmt: skip
_TESTS = {
    "edger-ql": "quasi-likelihood F tests",
    "edger-lrt": "likelihood ratio tests",
    "edger-exact": "exact tests",
    "limma-voom": "moderated t tests",
    "limma-trend": "moderated t tests",
    "ols": "two-sided t tests",
    "t": "Welch's t tests",
    "wilcoxon": "Mann-Whitney U tests",
}
_SIZE_FACTORS = {
    "ratio": "the median of ratios to the geometric mean",
    "poscounts": "the median of ratios to the geometric mean of positive counts",
    "iterate": "iterated estimation under the design",
    "tmm": "trimmed means of M values",
    "tmmwsp": "trimmed means of M values with pairing of singletons",
    "rle": "relative log expression",
    "upper-quartile": "upper quartiles",
    "none": "library sizes",
    "library size": "library sizes",
    "offsets": "factors per gene and sample that hold gene length and depth",
    "given": "size factors given by the user",
}
_TRENDS = {
    "parametric": "a parametric trend in the mean",
    "local": "a local regression on the mean",
    "mean": "their mean",
    "given": "values given by the user",
    "edger": "a smooth trend in the mean log count",
}
_CORRECTIONS = {
    "bh": "Benjamini-Hochberg", "by": "Benjamini-Yekutieli", "holm": "Holm", "storey": "q-values",
    "ihw": "independent hypothesis weighting by the mean count",
}  # fmt: skip
_SHRINKAGE = {
    "apeglm": "an adaptive t prior (apeglm",
    "ashr": "adaptive shrinkage (ashr",
    "normal": "a normal prior (DESeq2",
}


def methods_paragraph(analysis: Analysis) -> str:
    """Return the paragraph."""
    parts = [_input(analysis), choice_sentence(analysis), _model(analysis), _dispersion(analysis), _outliers(analysis)]
    parts += [_comparisons(analysis), _test(analysis), _shrinkage(analysis), _correction(analysis)]
    parts += [_certificate(analysis), _hidden(analysis)]
    parts += [weights_sentence(analysis, "; ".join(cite(key) for key in WEIGHT_WORKS)), _closing(analysis)]
    return " ".join(part for part in parts if part)


def methods_text(analysis: Analysis) -> str:
    """Return ``methods.md``: the paragraph and its references."""
    works = [
        f"- {work.short}. https://doi.org/{work.doi}" if work.doi else f"- {work.short}."
        for work in used_works(analysis)
    ]
    paragraph = methods_paragraph(analysis).replace("<", "&lt;")  # names are text, also in Markdown
    return "\n".join(["# Methods", "", paragraph, "", "# References", "", *works, ""])


def cite(key: str) -> str:
    """Return ``Love et al. 2014, doi:10...``."""
    work = WORKS[key]
    return f"{work.short}, doi:{work.doi}" if work.doi else work.short


def _input(analysis: Analysis) -> str:
    experiment, design = analysis.experiment, analysis.design
    text = f"Read counts of {whole(experiment.n_genes)} genes in {plural(experiment.n_samples, 'sample')}"
    factor = next((f for f in design.factors if f.name == _first_variable(analysis)), None)
    if factor is not None:
        sizes = np.bincount(np.asarray(factor.codes), minlength=len(factor.levels))
        text += f" ({listed([f'{level}: {n}' for level, n in zip(factor.levels, sizes.tolist(), strict=True)])})"
    return text + f" were analyzed with foldwise{_version(analysis)}."


def _first_variable(analysis: Analysis) -> str | None:
    return analysis.results[0].contrast.variable if analysis.results else None


def _version(analysis: Analysis) -> str:
    version = analysis.provenance.get("versions", {}).get("foldwise", "")
    return f" {version}" if version else ""


def _model(analysis: Analysis) -> str:
    method, profile = analysis.spec.method, profile_of(analysis.spec)
    design = f"the design {analysis.design.formula}" if analysis.design.formula else "a given design matrix"
    if method.name == "deseq2":
        path = f"iteration path of profile {profile}"
        engine = path if method.engine == "parity" else "converged optima"
        model = f"negative binomial generalized linear models (DESeq2; {cite('love2014deseq2')}; {engine})"
    else:
        model, keys = _MODELS.get(method.name, (method.name, ()))
        model += f"; {'; '.join(cite(key) for key in keys)}; profile {profile})" if keys else ""
        model += f" of {method.transform or 'log1p'} values" if method.name in ("ols", "t", "wilcoxon") else ""
    what = "compared" if method.name in ("t", "wilcoxon", "edger-exact") else "fitted"
    text = f"Per gene, {model} under {design} were {what}"
    kind = analysis.size_factors.kind
    if method.transform == RAW_TRANSFORM:
        text += "; depth was not corrected for"
    else:
        text += f"; depth was corrected by {_SIZE_FACTORS.get(kind, f'size factors ({kind})')}"
    if kind in NORMALIZATION_WORKS:
        text += f" ({cite(NORMALIZATION_WORKS[kind])})"
    if analysis.experiment.log_offset is not None:
        text += f" and gene lengths entered as offsets ({cite('soneson2015tximport')})"
    text += _lengths(analysis)
    return f"{_filter(analysis)}{text}.{_options(analysis)}"


def _lengths(analysis: Analysis) -> str:
    """What became of average transcript lengths."""
    use, work = length_use(analysis), cite("soneson2015tximport")
    if use == "offset":
        return f", and average transcript lengths entered as an offset of each gene in each sample ({work})"
    if use == "scaled":
        return f"; the counts were abundances (TPM) scaled to average transcript lengths and to library sizes ({work})"
    return ""


def _filter(analysis: Analysis) -> str:
    settings = analysis.spec.filter
    if filter_rule(analysis.spec) != "expression":
        return ""
    n = analysis.experiment.n_genes if analysis.fit.rows is None else len(analysis.fit.rows)
    return (
        f"Genes were kept that reach the counts per million of {settings.min_count:g} reads in a library of median "
        f"size in as many samples as the smallest group has, and {settings.min_total_count:g} reads in all "
        f"({cite('chen2016filter')}): {whole(n)}. "
    )


def _options(analysis: Analysis) -> str:
    method = analysis.spec.method
    said = {
        f" The variance prior was estimated robustly ({cite('phipson2016robust')}).": method.robust,
        f" Samples were weighted by their quality ({cite('liu2015weights')}).": method.sample_weights,
        f" Samples of one {method.block} were taken as correlated ({cite('smyth2005duplicate')}).": bool(method.block),
        " Zeros that the design explains carried no residual degrees of freedom.": method.structural_zeros,
        " Standard errors of contrasts were taken from the weights of each gene.": method.exact_contrasts,
        f" The trend had a span of {_number(method.span)}.": method.span is not None,
        " The span of the trend followed the number of genes.": method.adaptive_span,
        f" The trend had a weight of {_number(method.prior_df)} degrees of freedom.": method.prior_df is not None,
        f" The prior count was {_number(method.prior_count)}.": method.prior_count is not None,
    }
    return "".join(text for text, yes in said.items() if yes)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _dispersion(analysis: Analysis) -> str:
    dispersions = analysis.fit.dispersions
    if dispersions is None:
        return ""
    trend = _TRENDS.get(dispersions.trend_kind, dispersions.trend_kind)
    return f"Gene-wise dispersions were shrunken towards {trend}."


def _outliers(analysis: Analysis) -> str:
    if not uses_cooks(analysis):
        return ""
    text = f"Genes in which one sample had an extreme Cook's distance ({cite('cook1977')}) were set aside"
    if analysis.fit.replaced is not None and analysis.fit.replaced.any():
        n = int(np.count_nonzero(analysis.fit.replaced))
        text += f"; in cells of enough replicates the count was replaced and the gene refitted ({plural(n, 'gene')})"
    return text + "."


def _comparisons(analysis: Analysis) -> str:
    texts = [_comparison(result.contrast) for result in analysis.results]
    if not texts:
        return ""
    return ("Comparison: " if len(texts) == 1 else "Comparisons: ") + "; ".join(texts) + "."


def _comparison(contrast: Contrast) -> str:
    if contrast.target and contrast.reference:
        return (
            f"{contrast.variable}, {contrast.target} against {contrast.reference} "
            f"(a positive fold change means higher in {contrast.target})"
        )
    return f"{contrast.label} ({contrast.direction})"


def _test(analysis: Analysis) -> str:
    method, lfc = analysis.spec.method, analysis.spec.correction.lfc
    if method.test == "lrt":
        return f"P-values are from likelihood ratio tests against the reduced design {analysis.spec.design.reduced}."
    test = _TESTS.get(method.name, "Wald tests")
    if method.name == "t" and method.equal_var:
        test = "Student's t tests"
    if any(result.contrast.matrix is not None for result in analysis.results):
        test += " (F or likelihood ratio tests where several coefficients are tested at once)"
    against = {
        "greaterAbs": f"an absolute log2 fold change of at most {lfc:g}",
        "lessAbs": f"an absolute log2 fold change of at least {lfc:g}",
        "greater": f"a log2 fold change of at most {lfc:g}",
        "less": f"a log2 fold change of at least {-lfc:g}",
    }
    if lfc > 0 and method.name != "deseq2":
        against["greaterAbs"] += f" ({cite('mccarthy2009treat')})"
    if method.threshold_null != "interval":
        against["greaterAbs"] += " (at its border)"
    if lfc > 0 or method.alternative != "greaterAbs":
        return f"P-values are from {test} of the null hypothesis of {against[method.alternative]}."
    return f"P-values are from {test}."


def _shrinkage(analysis: Analysis) -> str:
    shrink = analysis.spec.method.shrink
    if shrink not in _SHRINKAGE:
        return ""
    key = {"apeglm": "zhu2019apeglm", "ashr": "stephens2017ash", "normal": "love2014deseq2"}[shrink]
    return f"Shrunken fold changes, shown beside the estimates, use {_SHRINKAGE[shrink]}; {cite(key)})."


def _correction(analysis: Analysis) -> str:
    correction = analysis.spec.correction
    name = _CORRECTIONS.get(correction.method, correction.method)
    key = CORRECTION_WORKS.get(correction.method)
    text = f"They were adjusted for multiple testing ({name}{f'; {cite(key)}' if key else ''})"
    if uses_filtering(analysis):
        text += f" after independent filtering on the mean count ({cite('bourgon2010filtering')})"
    what = "family-wise error rate" if correction.method == "holm" else "false discovery rate"
    counts = [
        f"{whole(r.n_up)} up and {whole(r.n_down)} down of {whole(r.n_tested)} tested"
        + (f" for {r.contrast.label}" if len(analysis.results) > 1 else "")
        for r in analysis.results
    ]
    text += f"; genes were called at a {what} of {percent(correction.fdr)}"
    return text + (f" ({'; '.join(counts)})." if counts else ".")


def _hidden(analysis: Analysis) -> str:
    """Hidden factors and how their number was chosen."""
    learned = analysis.learned
    if learned is None or "factors" not in learned.parts:
        return ""
    facts = learned.facts["factors"]
    number = plural(facts["k"], "hidden factor")
    if facts["kind"] == "raw":
        return f"Beside this (column padj_learned) the design was extended by {number}, plain principal components."
    chosen = "the number was set by hand"
    if facts["asked"] == "auto":
        chosen = (
            f"the number was chosen on {plural(facts['n_runs'], 'random grouping')} of the samples, by the share of "
            f"changes planted by binomial thinning ({cite('gerard2020thinning')}) that was found and by null runs"
        )
    held = "" if facts["n_controls"] is None else f" over {plural(facts['n_controls'], 'negative control')}"
    return (
        f"Beside this (column padj_learned) the design was extended by {number}, estimated from the part of the log "
        "counts that the design leaves and moved along the comparison by a robust regression over genes"
        f"{held} ({cite('wang2017cate')}); {chosen}. Principal components, on which the factors "
        f"rest, did best in a comparison of such methods ({cite('zhou2022pca')})."
    )


def _certificate(analysis: Analysis) -> str:
    """What null runs said, where they were made."""
    found = analysis.certificate
    if found is None or found.regrouping is None:
        return ""
    n, level = len(found.discoveries), percent(found.level)
    works = f"{cite('li2022exaggerated')}; {cite('hejblum2024')}"
    text = (
        f"Calibration was checked by {plural(n, 'null run')} of the whole analysis, each testing a made-up grouping of "
        f"the samples balanced within the design ({works}): {whole(found.n_any)} of {whole(n)} called any gene at "
        f"{level} (verdict {found.verdict}"
    )
    text += f"; random seed {found.seed})." if found.seed != analysis.spec.run.seed else ")."
    several = len(found.contrasts) > 1
    for item in found.contrasts:
        label = next((r.contrast.label for r in analysis.results if r.contrast.id == item.id), item.id)
        text += f" For {label}, the" if several else " The"
        text += (
            f" estimated false discovery proportion is {share(item.fdp)} ({share(item.fdp_upper)} at the 95 % quantile)"
        )
        if item.bound is not None and item.bound_false is not None:
            about = "approximately, " if item.bound.approximate else ""
            text += (
                f", and at most {whole(item.bound_false)} of the {whole(item.n_called)} called genes are false "
                f"({about}with a confidence of {percent(1 - item.bound.level)}; {cite('blanchard2020posthoc')})"
            )
        text += "."
    return text


def _closing(analysis: Analysis) -> str:
    shown = ""
    if analysis.batch_corrected is not None:
        columns = listed(list(analysis.spec.output.remove_batch))
        shown = (
            f"For display only (PCA, distances and heatmap, not the tests) the effects of {columns} were taken out of "
        )
        shown += f"the log values by least squares beside the rest of the design ({cite('ritchie2015limma')}). "
    return f"{shown}Random seed {analysis.spec.run.seed}."
