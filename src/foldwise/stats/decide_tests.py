"""Calls across many contrasts: which changes are significant, and in which direction.

Modes of limma (limma specification, section 6): each contrast by itself, all contrasts as one family, or genes first
and contrasts within the genes found.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.multiple_testing import benjamini_hochberg, benjamini_yekutieli, holm

MODES = ("separate", "global", "hierarchical")
ADJUSTMENTS: dict[str, Callable[[Floats], Floats]] = {
    "bh": benjamini_hochberg,
    "by": benjamini_yekutieli,
    "holm": holm,
}


def decide_tests(
    p: Floats,
    estimate: Floats,
    *,
    mode: str = "separate",
    fdr: float = 0.05,
    lfc: float = 0.0,
    adjustment: str = "bh",
    gene_p: Floats | None = None,
) -> Floats:
    """Sign of the change where it is significant, else 0.

    Parameters
    ----------
    p, estimate : ndarray, (n_genes, n_contrasts)
        P-values (NaN where missing) and log2 fold changes.
    mode : str
        ``separate``: p-values of each contrast adjusted by themselves; ``global``: of all contrasts together, so that
        a cut is the same in all; ``hierarchical``: genes by the p-value of all contrasts at once, and contrasts
        within each gene found.
    fdr : float
        Called where the adjusted p-value is below.
    lfc : float
        Called where the change is above, in absolute value; 0 asks nothing.
    adjustment : str
        ``bh``, ``by`` or ``holm``.
    gene_p : ndarray, (n_genes,)
        For ``hierarchical``: p-values of the F test over all contrasts.

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
    else:
        raise ValueError(f"no mode {mode!r} ({', '.join(MODES)}), or no p-values of the genes")
    called &= np.abs(estimate) > lfc if lfc > 0 else True
    return np.where(np.isnan(p), np.nan, np.where(called, np.sign(estimate), 0.0))


def _within_genes(p: Floats, gene_p: Floats, fdr: float, adjustment: str) -> Booleans:
    """Genes below ``fdr``, and in each of them the contrasts below the share of ``fdr`` that their number leaves."""
    adjust = ADJUSTMENTS[adjustment]
    genes = np.flatnonzero(adjust(gene_p) < fdr)
    found, total = len(genes), int(np.count_nonzero(~np.isnan(gene_p)))
    called = np.zeros(p.shape, dtype=bool)
    if not found:
        return called
    share = {
        "holm": 1.0 / (total - found + 1),
        "bh": found / total,
        "by": found / total / float(np.sum(1.0 / np.arange(1, total + 1))),
    }[adjustment]
    for gene in genes:
        called[gene] = adjust(p[gene]) < fdr * share
    return called
