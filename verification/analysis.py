"""One call per method: p-values, adjusted p-values and fold changes of two groups, genes in the order of the counts."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import foldwise as fw

METHODS = (
    "deseq2", "edger-ql", "edger-lrt", "edger-exact", "limma-voom", "limma-trend", "ols", "t", "wilcoxon",
)  # fmt: skip
# Methods whose type I error is gated on 5 % itself; the others are shown (and deseq2 is compared with R's).
GATED = ("edger-ql", "limma-voom", "ols")


@dataclass(frozen=True, eq=False)
class Called:
    """Numbers of all genes from one run, each (n_genes,); NaN where the method did not test a gene.

    Parameters
    ----------
    pvalue, padj, log2_fold_change, mean : ndarray
    low, high : ndarray or None
        95 % interval of the log2 fold change; None for methods without standard errors.
    """

    pvalue: np.ndarray
    padj: np.ndarray
    log2_fold_change: np.ndarray
    mean: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None

    @property
    def tested(self) -> np.ndarray:
        """Mask of the genes with a p-value, (n_genes,)."""
        return np.isfinite(self.pvalue)

    def hits(self, fdr: float = 0.05) -> np.ndarray:
        """Mask of the genes called at ``fdr``, (n_genes,)."""
        return np.nan_to_num(self.padj, nan=1.0) < fdr


Analyze = Callable[[np.ndarray, np.ndarray, str], Called]


def two_groups(counts: np.ndarray, group: np.ndarray, method: str, **options: Any) -> Called:
    """Compare group 1 with group 0.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    group : ndarray of 0 and 1, (n_samples,)
    method : str
    **options
        As of `foldwise.de`.
    """
    names = [f"s{j:03d}" for j in range(counts.shape[1])]
    samples = pd.DataFrame({"group": ["b" if member else "a" for member in group]}, index=names)
    return compare(counts, samples, "~ group", ("group", "b", "a"), method, **options)


def compare(
    counts: np.ndarray, samples: pd.DataFrame, design: str, contrast: tuple[str, str, str], method: str, **options: Any
) -> Called:
    """Run one comparison; what foldwise says about the data is not shown."""
    genes = pd.Index([f"g{i:05d}" for i in range(len(counts))], name="gene_id")
    frame = pd.DataFrame(counts, index=genes, columns=samples.index)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = fw.de(frame, samples, design, contrast=contrast, method=method, threads=1, **options)
    table = results.table.reindex(genes)
    columns = ("pvalue", "padj", "log2_fold_change", "base_mean")
    interval: list[np.ndarray] = []
    if "log2_fold_change_se" in table:
        found = results.confidence_intervals().reindex(genes)
        interval = [found[name].to_numpy(dtype=float) for name in ("low", "high")]
    return Called(*(table[name].to_numpy(dtype=float) for name in columns), *interval)
