"""The vocabulary: every column of a result table, what it means, and what other programs call it.

Imports nothing of ours. Tables, documentation and report take their words from here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """One named quantity.

    Parameters
    ----------
    name : str
        Canonical name, a word of the field in snake_case.
    unit : str
        ``reads``, ``log2``, ``probability``, ... ; empty for pure numbers.
    meaning : str
        One sentence.
    deseq2, edger, limma, scanpy : str or None
        The same quantity in other programs; None where they have none.
    """

    name: str
    unit: str
    meaning: str
    deseq2: str | None = None
    edger: str | None = None
    limma: str | None = None
    scanpy: str | None = None


# In the order of the columns of a result table. "statistic" stands for the name that belongs to the test.
RESULT_COLUMNS: tuple[Quantity, ...] = (
    Quantity("gene_id", "", "Gene id, exactly as in the input.", "gene_id", "gene_id", "gene_id", "names"),
    Quantity("gene_name", "", "Gene symbol, where the input or an annotation gives one."),
    Quantity("base_mean", "reads", "Mean of the normalized counts over all samples.", "baseMean"),
    Quantity("mean_log2_cpm", "log2 reads per million", "Mean log2 counts per million.", None, "logCPM", "AveExpr"),
    Quantity(
        "log2_fold_change",
        "log2",
        "Estimated log2 fold change; positive: higher in the target of the comparison.",
        "log2FoldChange",
        "logFC",
        "logFC",
        "logfoldchanges",
    ),
    Quantity("log2_fold_change_se", "log2", "Standard error of the log2 fold change.", "lfcSE"),
    Quantity("statistic", "", "Test statistic.", "stat", "statistic", "statistic", "scores"),
    Quantity("pvalue", "probability", "P-value of the test.", "pvalue", "PValue", "P.Value", "pvals"),
    Quantity(
        "padj",
        "probability",
        "P-value adjusted for multiple testing; missing for genes that were not part of it (see status).",
        "padj",
        "FDR",
        "adj.P.Val",
        "pvals_adj",
    ),
    Quantity("log2_fold_change_shrunk", "log2", "Log2 fold change shrunken towards zero by its prior."),
    Quantity("s_value", "probability", "Mean local false sign rate of this gene and all that rank above it."),
    Quantity("log_odds", "", "Log odds of differential expression.", None, None, "B"),
    Quantity(
        "log2_fold_change_learned", "log2", "Log2 fold change of the fit with hidden factors, beside the classical one."
    ),
    Quantity("pvalue_learned", "probability", "P-value of the fit with hidden factors, beside the classical one."),
    Quantity(
        "padj_learned",
        "probability",
        "Adjusted p-value with what was learned (hidden factors, weights), beside the classical one.",
    ),
    Quantity("weight", "", "Learned weight of the gene in the multiple-testing correction; 1 on average."),
    Quantity(
        "padj_safe",
        "probability",
        "Adjusted p-value of the first fallback that passed, where the certificate failed the method.",
    ),
    Quantity("status", "", "Why a value is missing, or ``ok``; the words are those of `foldwise.model.fit.Status`."),
)

OTHER_QUANTITIES: tuple[Quantity, ...] = (
    Quantity("size_factor", "", "Depth of a sample relative to the others; counts are divided by it.", "sizeFactor"),
    Quantity("dispersion_genewise", "", "Dispersion estimated from one gene alone.", "dispGeneEst"),
    Quantity("dispersion_trend", "", "Dispersion expected at the mean of the gene.", "dispFit", "trended.dispersion"),
    Quantity("dispersion", "", "Dispersion used in the test.", "dispersion", "tagwise.dispersion"),
)

STYLES = ("canonical", "deseq2", "edger", "limma", "scanpy")
_ORDER = {
    "deseq2": ("gene_id", "base_mean", "log2_fold_change", "log2_fold_change_se", "statistic", "pvalue", "padj"),
    "edger": ("gene_id", "log2_fold_change", "mean_log2_cpm", "statistic", "pvalue", "padj"),
    "limma": ("gene_id", "log2_fold_change", "mean_log2_cpm", "statistic", "pvalue", "padj", "log_odds"),
    "scanpy": ("gene_id", "statistic", "log2_fold_change", "pvalue", "padj"),
}
_BY_NAME = {quantity.name: quantity for quantity in RESULT_COLUMNS + OTHER_QUANTITIES}

# The statistic of each method and test, as printed by R's programs.
_STATISTICS = {
    ("deseq2", "wald"): "z",
    ("deseq2", "lrt"): "LR",
    ("edger-ql", "wald"): "F",
    ("edger-lrt", "wald"): "LR",
    ("edger-exact", "wald"): "",
    ("limma-voom", "wald"): "t",
    ("limma-trend", "wald"): "t",
    ("ols", "wald"): "t",
    ("t", "wald"): "t",
    ("wilcoxon", "wald"): "z",
}


def quantity(name: str) -> Quantity:
    """Return the entry of the canonical name ``name``; KeyError if there is none."""
    return _BY_NAME[name]


def statistic_name(method: str, test: str = "wald") -> str:
    """Return what the statistic is: ``z``, ``t``, ``F``, ``LR``, or nothing; ``test`` is wald, lrt or joint."""
    if test == "joint":
        return "LR" if method == "edger-lrt" else "F"
    return _STATISTICS.get((method, test), "statistic")


def style_columns(style: str, present: Collection[str], statistic: str = "statistic") -> list[tuple[str, str]]:
    """Return the columns of a style as (canonical name, name in the style), in order.

    Parameters
    ----------
    style : str
        One of `STYLES`.
    present : collection of str
        Canonical columns that the table has; others are left out.
    statistic : str
        What the statistic is (`statistic_name`); edgeR and limma name the column by it.

    Raises
    ------
    KeyError
        Unknown style.
    """
    if style == "canonical":
        return [(q.name, q.name) for q in RESULT_COLUMNS if q.name in present]
    return [(name, _dialect(name, style, statistic)) for name in _ORDER[style] if name in present]


def missing_text(style: str) -> str:
    """Return how a missing value is written: ``NA`` as in R, else empty."""
    return "NA" if style in ("deseq2", "edger", "limma") else ""


def _dialect(name: str, style: str, statistic: str) -> str:
    if name == "statistic" and style in ("edger", "limma"):
        return statistic
    return str(getattr(_BY_NAME[name], style))
