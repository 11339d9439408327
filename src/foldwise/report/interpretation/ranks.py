"""Which called genes are the first by evidence, by size of change, or by mean count."""

from __future__ import annotations

import numpy as np

from foldwise.report.interpretation.evidence import Evidence


def called_rows(evidence: Evidence, sign: int = 0) -> np.ndarray:
    """Return the rows of the genes called; with ``sign`` those that change that way."""
    padj, change = (evidence.table[name].to_numpy(dtype=float) for name in ("padj", "log2_fold_change"))
    kept = padj < evidence.fdr
    if sign:
        kept &= sign * change > 0
    return np.flatnonzero(kept)


def strongest_evidence(evidence: Evidence, sign: int = 0) -> np.ndarray:
    """Return the rows of the genes called, lowest p-value first; equal ones by size of change, then by id."""
    rows = called_rows(evidence, sign)
    table = evidence.table
    p, change = (table[name].to_numpy(dtype=float)[rows] for name in ("pvalue", "log2_fold_change"))
    return rows[np.lexsort((np.asarray(table.index, dtype=str)[rows], -np.abs(change), p))]


def largest_changes(evidence: Evidence, sign: int = 0) -> np.ndarray:
    """Return the rows of the genes called, largest absolute fold change first; equal ones by p-value, then by id."""
    rows = called_rows(evidence, sign)
    table = evidence.table
    p, change = (table[name].to_numpy(dtype=float)[rows] for name in ("pvalue", "log2_fold_change"))
    kept = np.isfinite(change)
    rows, p, change = rows[kept], p[kept], change[kept]
    return rows[np.lexsort((np.asarray(table.index, dtype=str)[rows], p, -np.abs(change)))]


def highest_means(evidence: Evidence, sign: int = 0) -> np.ndarray:
    """Return the rows of the genes called, highest mean count first."""
    rows = called_rows(evidence, sign)
    if "base_mean" not in evidence.table:
        return rows[:0]
    mean = evidence.table["base_mean"].to_numpy(dtype=float)[rows]
    return rows[np.argsort(-mean, kind="stable")]
