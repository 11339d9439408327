"""The tables of a finished analysis: results per contrast, normalized and stabilized counts, size factors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from foldwise import _kernels, names
from foldwise.io.learned_facts import hidden_factors
from foldwise.io.write_text import gzipped, table_bytes
from foldwise.model.analysis import Analysis
from foldwise.model.experiment import CSRCounts
from foldwise.model.results import ResultTable
from foldwise.stats.ranking_score import ranking_score

# Digits of a real number hardly compress: the first level takes a third of the time of the sixth and 20 % more bytes.
_GZIP_LEVEL = 1


def write_tables(analysis: Analysis, folder: Any) -> None:
    """Write every table of ``analysis``.

    Parameters
    ----------
    analysis : Analysis
    folder : object with ``file(name) -> Path``
        Where they go (`foldwise.io.staging.Staging`).
    """
    write_results(analysis, folder)
    for result, stem in zip(analysis.results, file_stems(analysis.results), strict=True):
        write_ranking(folder.file(f"results/{stem}.rnk"), result.table, result.statistic)
    write_counts(analysis, folder)


def write_results(analysis: Analysis, folder: Any) -> None:
    """Write of each contrast the table of every gene and that of the called ones."""
    for result, stem in zip(analysis.results, file_stems(analysis.results), strict=True):
        style = analysis.spec.output.style
        write_result(folder.file(f"results/{stem}.tsv"), result.table, style, result.statistic)
        write_result(folder.file(f"results/{stem}.significant.tsv"), significant(result), style, result.statistic)


def write_counts(analysis: Analysis, folder: Any) -> None:
    """Write ``counts/``: normalized counts, variance-stabilized values and size factors, where the run has them."""
    genes = list(analysis.experiment.genes.index)
    samples = list(analysis.experiment.samples.index)
    header = ["gene_id", *samples]
    normalized = normalized_counts(analysis)
    if normalized is not None:
        write_columns(folder.file("counts/normalized.tsv.gz"), header, [genes, normalized])
        factors = np.asarray(analysis.size_factors.values, dtype=np.float64)
        write_columns(folder.file("counts/size_factors.tsv"), ["sample", "size_factor"], [samples, factors])
    factors_found = hidden_factors(analysis.learned)
    if factors_found is not None:
        values = np.asarray(factors_found, dtype=np.float64)
        columns = ["sample", *(f"hidden_factor_{j + 1}" for j in range(values.shape[1]))]
        write_columns(folder.file("counts/hidden_factors.tsv"), columns, [samples, values])
    if analysis.vst is not None:
        write_columns(folder.file("counts/vst.tsv.gz"), header, [genes, analysis.vst])
    if analysis.batch_corrected is not None:
        write_columns(folder.file("counts/batch_corrected.tsv.gz"), header, [genes, analysis.batch_corrected])


def normalized_counts(analysis: Analysis, genes: slice = slice(None)) -> np.ndarray | None:
    """Return counts divided by size factors, (n_genes, n_samples), or None where the method has none.

    Parameters
    ----------
    analysis : Analysis
    genes : slice
        Rows wanted.
    """
    size_factors = analysis.size_factors
    if size_factors is None:
        return None
    counts = analysis.experiment.counts
    start, stop, _ = genes.indices(analysis.experiment.n_genes)
    dense = counts.rows(start, stop).to_dense() if isinstance(counts, CSRCounts) else counts[genes]
    divisor = size_factors.values if size_factors.matrix is None else size_factors.matrix[genes]
    return np.asarray(dense / divisor, dtype=np.float64)


def write_result(path: Path, table: pd.DataFrame, style: str, statistic: str) -> None:
    """Write one result table in a style, one row per gene of ``table``."""
    path.write_bytes(result_bytes(table, style, statistic))


def result_bytes(table: pd.DataFrame, style: str, statistic: str) -> bytes:
    """Return a result table in a style as tab-separated text."""
    present = {"gene_id": list(table.index), **{str(name): table[name] for name in table.columns}}
    wanted = names.style_columns(style, present, statistic)
    data = [_column(present[name]) for name, _ in wanted]
    return table_bytes([shown for _, shown in wanted], data, names.missing_text(style))


def significant(result: ResultTable) -> pd.DataFrame:
    """Return the genes called at the FDR of the table, best first (padj, p-value, then id)."""
    return best_first(result.table[(result.table["padj"] < result.fdr).to_numpy()])


def best_first(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in the order of padj, p-value and id; missing values last."""
    order = np.lexsort((np.asarray(table.index, dtype=str), table["pvalue"], table["padj"]))
    return table.iloc[order]


def write_ranking(path: Path, table: pd.DataFrame, statistic: str) -> None:
    """Write ``gene TAB score``, best first, for gene-set tools; genes without a statistic are left out."""
    genes, score = ranking(table, statistic)
    path.write_bytes(_kernels.format_rows([genes, score]))


def ranking(table: pd.DataFrame, statistic: str) -> tuple[list[str], np.ndarray]:
    """Return genes and scores (`table_score`), descending, ties by id."""
    score = table_score(table, statistic)
    genes = [str(gene) for gene in table.index]
    kept = np.flatnonzero(np.isfinite(score))
    order = kept[np.argsort(-score[kept], kind="stable")]
    ranked = score[order] + 0.0
    starts = np.flatnonzero(np.diff(ranked, prepend=np.inf))
    for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(ranked)], strict=True):
        if stop - start > 1:
            order[start:stop] = sorted(order[start:stop].tolist(), key=genes.__getitem__)
    return [genes[i] for i in order.tolist()], np.ascontiguousarray(ranked)


def table_score(table: pd.DataFrame, statistic: str) -> np.ndarray:
    """Return what ranks the genes of a result, (n_genes,): `foldwise.stats.ranking_score`."""
    columns = ("log2_fold_change", "pvalue", "statistic")
    lfc, p, value = (table[name].to_numpy(dtype=np.float64) if name in table else None for name in columns)
    return ranking_score(np.asarray(lfc), np.asarray(p), value, statistic)


def write_columns(path: Path, header: Sequence[str], columns: list[Any], missing: str = "") -> None:
    """Write a table (see `foldwise.io.write_text.table_bytes`), gzipped where the name ends in ``.gz``."""
    body = table_bytes(header, columns, missing)
    path.write_bytes(gzipped(body, _GZIP_LEVEL) if path.suffix == ".gz" else body)


def file_stems(results: Sequence[ResultTable]) -> list[str]:
    """Return the file name of each contrast: its id, characters other than letters, digits and ``._+-`` as ``_``."""
    stems: list[str] = []
    for result in results:
        stem = re.sub(r"[^\w.+-]", "_", result.contrast.id).strip(".")[:120] or "contrast"
        number, unique = 2, stem
        while unique.lower() in (other.lower() for other in stems):
            unique, number = f"{stem}_{number}", number + 1
        stems.append(unique)
    return stems


def _column(values: Any) -> Any:
    if isinstance(values, list):
        return values
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy(dtype=np.int8), [str(word) for word in values.cat.categories]
    if values.dtype.kind in "fiu":
        return np.ascontiguousarray(values.to_numpy(dtype=np.float64))
    return [None if item is None or item != item else str(item) for item in values]
