"""What the table of genes gives to learned weights: covariates, and places on chromosomes for the folds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from foldwise.errors import UsageError
from foldwise.learn.covariates import is_constant
from foldwise.names import OTHER_QUANTITIES, RESULT_COLUMNS, STYLES, Quantity

CHROMOSOME = ("chromosome", "chr", "seqname", "seqnames", "chrom")
POSITION = ("start", "position", "pos", "start_position", "gene_start")
# Quantities that know no group; all others of a result table come from the comparison or the fit.
_BLIND = ("gene_id", "gene_name", "base_mean", "mean_log2_cpm", "size_factor")
# What such numbers are called elsewhere.
_FITTED = (
    "lfc", "log2fc", "log fc", "fold change", "abs lfc", "p", "p val", "q", "q value", "q val", "fdr", "t", "f", "z",
    "lr", "stat", "beta", "se", "s value", "b", "disp gene est", "disp fit", "max cooks", "delta", "effect",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Refusal:
    """Why a covariate cannot be used: the column, and a sentence."""

    column: str
    reason: str


def covariate_values(genes: pd.DataFrame, names: Sequence[str]) -> tuple[np.ndarray, ...]:
    """Return columns of the table of genes as numbers, each (n_genes,); NaN where empty.

    Raises
    ------
    UsageError
        E-USAGE-002 where there is no such column, or it holds texts.
    """
    return tuple(_numbers(genes, name) for name in names)


def refusal(genes: pd.DataFrame, names: Sequence[str]) -> Refusal | None:
    """Return the first covariate that cannot be used and why: it comes from the comparison, or does not vary."""
    for name in names:
        if depends_on_test(name):
            return Refusal(
                name, f"Column {name!r} is a number of the comparison or its fit, which weights may not see."
            )
    for name, values in zip(names, covariate_values(genes, names), strict=True):
        if is_constant(values):
            return Refusal(name, f"Column {name!r} has the same value for every gene, so there is nothing to learn.")
    return None


def depends_on_test(name: str) -> bool:
    """Whether a column is called like a number that comes from the comparison or the fit, in any program's words."""
    return _plain(name) in _FORBIDDEN


def chromosome_places(genes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Return chromosome (text) and start (or None) of each gene; None where the table of genes has no chromosomes."""
    titles = {_plain(str(title)): title for title in reversed(genes.columns.tolist())}
    at = next((titles[_plain(title)] for title in CHROMOSOME if _plain(title) in titles), None)
    if at is None:
        return None
    # featureCounts lists one entry per exon
    chromosome = np.array([_first(value) for value in genes[at].tolist()], dtype=object).astype(str)
    if len(np.unique(chromosome)) < 2:
        return None
    start = next((titles[_plain(title)] for title in POSITION if _plain(title) in titles), None)
    if start is None:
        return chromosome, None
    firsts = pd.Series([_first(value) for value in genes[start].tolist()], dtype=object)
    position = pd.to_numeric(firsts, errors="coerce").to_numpy(dtype=np.float64)
    return chromosome, position if np.isfinite(position).any() else None


def _first(value: object) -> str:
    return "" if value is None or value != value else str(value).split(";")[0].strip()


def _numbers(genes: pd.DataFrame, name: str) -> np.ndarray:
    if name not in genes.columns:
        has = ", ".join(repr(str(title))[:60] for title in genes.columns[:12]) or "none"
        raise UsageError(
            "E-USAGE-002",
            f"The table of genes has no column {name!r} (its columns: {has}).",
            "Give a table of gene_id and that column with --genes, or leave --covariate out.",
        )
    column = genes[name]
    if column.dtype.kind in "biuf":
        return np.asarray(column.to_numpy(dtype=np.float64))
    texts = column.astype(object).where(column.notna(), "").astype(str).str.strip()
    empty = texts.str.lower().isin(["", "na", "nan", "null", "none", "."])
    values = pd.to_numeric(texts.where(~empty, "nan"), errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(np.isnan(values) & ~empty.to_numpy())
    if len(wrong):
        first = repr(texts.iloc[wrong[0]])[:60]
        found = f"Covariate {name!r} must hold numbers; {len(wrong):,} genes have other entries, the first {first}."
        raise UsageError("E-USAGE-002", found, "Give numbers, such as lengths in bases or a share of G and C.")
    return values


def _plain(name: str) -> str:
    """Return a title in small letters without signs: ``log2FoldChange`` and ``log2_fold_change`` become one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _names(quantity: Quantity) -> list[str]:
    others = [getattr(quantity, style, None) for style in STYLES if style != "canonical"]
    return [quantity.name, *(str(other) for other in others if other)]


_FORBIDDEN = {
    _plain(name) for quantity in RESULT_COLUMNS + OTHER_QUANTITIES if quantity.name not in _BLIND
    for name in _names(quantity)
} | {_plain(name) for name in _FITTED}  # fmt: skip
