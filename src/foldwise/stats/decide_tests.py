"""Calls across many contrasts: which changes are significant, and in which direction.

Modes of limma (limma specification, section 6): each contrast by itself, all contrasts as one family, or genes first
and contrasts within the genes found, by their p-values or by what the F test still shows without them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Booleans, Floats, Integers
from foldwise.stats.multiple_testing import benjamini_hochberg, benjamini_yekutieli, holm

MODES = ("separate", "global", "hierarchical", "nested-f")
ADJUSTMENTS: dict[str, Callable[[Floats], Floats]] = {
    "bh": benjamini_hochberg,
    "by": benjamini_yekutieli,
    "holm": holm,
}


@dataclass(frozen=True, eq=False)
class Joint:
    """The t of several contrasts, (n_genes, n_contrasts), and the function that makes their F test's p of such t."""

    statistic: Floats
    pvalue: Callable[[Floats], Floats]


def decide_tests(
    p: Floats,
    estimate: Floats,
    *,
    mode: str = "separate",
    fdr: float = 0.05,
    lfc: float = 0.0,
    adjustment: str = "bh",
    gene_p: Floats | None = None,
    joint: Joint | None = None,
) -> Floats:
    """Sign of the change where it is significant, else 0.

    Parameters
    ----------
    p, estimate : ndarray, (n_genes, n_contrasts)
        P-values (NaN where missing) and log2 fold changes.
    mode : str
        ``separate``: p-values of each contrast adjusted by themselves; ``global``: of all contrasts together, so that
        a cut is the same in all; ``hierarchical``: genes by the p-value of all contrasts at once, and contrasts
        within each gene found; ``nested-f``: genes likewise, and in each of them the contrasts from the largest on, as
        long as the F test would call the gene with those before drawn down to the next one.
    fdr : float
        Called where the adjusted p-value is below.
    lfc : float
        Called where the change is above, in absolute value; 0 asks nothing.
    adjustment : str
        ``bh``, ``by`` or ``holm``.
    gene_p : ndarray, (n_genes,)
        For ``hierarchical`` and ``nested-f``: p-values of the F test over all contrasts.
    joint : Joint, optional
        For ``nested-f``: the t of the contrasts and their F test.

    Returns
    -------
    ndarray, (n_genes, n_contrasts)
        -1, 0 or 1; NaN where p is.
    """
    adjust = ADJUSTMENTS[adjustment]
    if mode == "separate":
        called = np.stack([adjust(column) < fdr for column in p.T], axis=1)
    elif mode == "global":
        called = adjust(p.reshape(-1)).reshape(p.shape) < fdr
    elif mode == "hierarchical" and gene_p is not None:
        called = _within_genes(p, gene_p, fdr, adjustment)
    elif mode == "nested-f" and gene_p is not None and joint is not None:
        called = _nested(joint, gene_p, fdr, adjustment)
    else:
        raise ValueError(f"no mode {mode!r} ({', '.join(MODES)}), or no p-values of the genes")
    called &= np.abs(estimate) > lfc if lfc > 0 else True
    return np.where(np.isnan(p), np.nan, np.where(called, np.sign(estimate), 0.0))


def _genes_first(gene_p: Floats, fdr: float, adjustment: str) -> tuple[Integers, float]:
    """Genes below ``fdr``, and the share of ``fdr`` that their number leaves for the contrasts within each."""
    genes = np.flatnonzero(ADJUSTMENTS[adjustment](gene_p) < fdr)
    found, total = len(genes), int(np.count_nonzero(~np.isnan(gene_p)))
    share = {
        "holm": 1.0 / (total - found + 1),
        "bh": found / max(total, 1),
        "by": found / max(total, 1) / float(np.sum(1.0 / np.arange(1, total + 1))) if total else 0.0,
    }[adjustment]
    return genes, share


def _within_genes(p: Floats, gene_p: Floats, fdr: float, adjustment: str) -> Booleans:
    """Genes first, and in each of them the contrasts below what is left of ``fdr``."""
    genes, share = _genes_first(gene_p, fdr, adjustment)
    called = np.zeros(p.shape, dtype=bool)
    for gene in genes:
        called[gene] = ADJUSTMENTS[adjustment](p[gene]) < fdr * share
    return called


def _nested(joint: Joint, gene_p: Floats, fdr: float, adjustment: str) -> Booleans:
    """Genes first, and in each of them contrasts from the largest on while the rest of the F test still calls it."""
    genes, share = _genes_first(gene_p, fdr, adjustment)
    t = joint.statistic.copy()
    order = np.argsort(-np.abs(t), axis=1, kind="stable")
    called = np.zeros(t.shape, dtype=bool)
    rows = genes
    for rank in range(t.shape[1]):
        if rank:  # those before are drawn down to the size of this one
            next_size = np.abs(joint.statistic[rows, order[rows, rank]])[:, None]
            t[rows] = np.where(called[rows], np.sign(t[rows]) * next_size, t[rows])
        rows = rows[joint.pvalue(t)[rows] < fdr * share]
        called[rows, order[rows, rank]] = True
    return called
