"""Which columns of an `Analysis` travel inside the page, and the manifest that names them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.experiment import dense_counts
from foldwise.model.fit import Status
from foldwise.model.results import ResultTable
from foldwise.names import quantity
from foldwise.report.embed import Block, array_block, float_block, log_block, smallest_unsigned, text_block
from foldwise.report.sheet import SheetColumn, comparison_members, pairing_column, sheet_columns, shown_variable
from foldwise.report.spread import spread_of

WARN_BYTES = 15_000_000
CAP_BYTES = 25_000_000
FDR_STOPS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
_LOG2P1_FACTOR = 10.0

# Headings of the table; names not listed stand as they are.
HEADINGS = {
    "base_mean": "mean count",
    "mean_log2_cpm": "mean log2 CPM",
    "log2_fold_change": "log2 fold change",
    "log2_fold_change_se": "± SE",
    "pvalue": "p",
    "padj": "adjusted p",
    "log2_fold_change_shrunk": "shrunk log2 FC",
    "s_value": "s-value",
    "padj_safe": "safe adjusted p",
}
_NARROW = ("base_mean", "mean_log2_cpm", "log2_fold_change", "pvalue", "padj")
_ON_LOG10 = ("pvalue", "padj", "s_value")


@dataclass(frozen=True)
class Payload:
    """Blocks and manifest of one page.

    Parameters
    ----------
    blocks : tuple of Block
    manifest : dict
    notes : tuple of str
        What was coarsened or left out to keep the page small; shown in the page.
    rows : ndarray of int, or None
        The genes in the page; None for all.
    """

    blocks: tuple[Block, ...]
    manifest: dict[str, Any]
    notes: tuple[str, ...] = ()
    rows: np.ndarray | None = None

    def numbers(self) -> dict[int, int] | None:
        """Return the row in the page of each gene of the experiment that is in it; None where all are."""
        return None if self.rows is None else {int(gene): k for k, gene in enumerate(self.rows)}

    @property
    def n_bytes(self) -> int:
        """Size of all blocks in the page."""
        return sum(len(block.data) for block in self.blocks)


def build_payload(analysis: Analysis, cap: int = CAP_BYTES) -> Payload:
    """Return what the page of ``analysis`` carries, coarser where it would exceed ``cap`` bytes.

    The steps, each said in the page: counts as ``log2(count + 1) * 10`` in one byte; tested genes only; no columns
    beside mean, fold change, p-values and status; counts of the genes with the smallest p-values only.
    """
    payload = _payload(analysis, _Cut())
    if payload.n_bytes <= cap:
        return payload
    notes = ["Counts are kept as steps of 0.1 on the scale log2(count + 1) to keep this page small."]
    payload = _payload(analysis, _Cut(coarse=True))
    if payload.n_bytes <= cap:
        return replace(payload, notes=tuple(notes))
    tested = np.any([table.table["padj"].notna().to_numpy() for table in analysis.results], axis=0)
    rows = np.flatnonzero(tested)
    notes.append(
        f"Only the {rows.size:,} tested genes of {analysis.experiment.n_genes:,} are in this page; "
        "the tables in the results folder hold all."
    )
    payload = _payload(analysis, _Cut(rows, coarse=True))
    if payload.n_bytes > cap:
        notes.append("Standard errors, statistics and other further columns are left out; the tables hold them.")
        payload = _payload(analysis, _Cut(rows, coarse=True, narrow=True))
    if payload.n_bytes > cap and rows.size:
        size = next(len(block.data) for block in payload.blocks if block.name == "counts")
        share = max(1.0 - (payload.n_bytes - cap) / size, 0.0)
        counted = _strongest(analysis, rows, int(0.95 * share * rows.size))
        notes.append(
            f"Counts are in this page for the {counted.size:,} genes with the smallest p-values; "
            "counts/normalized.tsv.gz holds all."
        )
        payload = _payload(analysis, _Cut(rows, coarse=True, narrow=True, counted=counted))
    return replace(payload, notes=tuple(notes))


@dataclass(frozen=True, eq=False)
class _Cut:
    """What is left out: rows kept (None: all), coarse counts, few columns, rows that keep their counts (None: all)."""

    rows: np.ndarray | None = None
    coarse: bool = False
    narrow: bool = False
    counted: np.ndarray | None = None


def _strongest(analysis: Analysis, rows: np.ndarray, n: int) -> np.ndarray:
    """Return the ``n`` of the rows with the smallest p-values in any contrast, in the order of the table."""
    p = np.fmin.reduce([table.table["pvalue"].to_numpy(dtype=float)[rows] for table in analysis.results])
    order = np.argsort(np.where(np.isfinite(p), p, np.inf), kind="stable")
    return np.sort(rows[order[:n]])


def _payload(analysis: Analysis, cut: _Cut) -> Payload:
    sheet, rows = sheet_columns(analysis), cut.rows
    blocks = _gene_blocks(analysis, cut)
    contrasts = []
    shared: dict[str, tuple[str, np.ndarray]] = {}
    for number, result in enumerate(analysis.results):
        entry, added = _contrast(analysis, result, number, cut, sheet, shared)
        contrasts.append(entry)
        blocks += added
    spread, added = _spread_blocks(analysis, rows, shared)
    blocks += added
    manifest = {
        "version": 1,
        "method": analysis.fit.method,
        "n_genes": analysis.experiment.n_genes if rows is None else int(rows.size),
        "samples": [str(name) for name in analysis.experiment.samples.index],
        "sheet": [column.entry() for column in sheet],
        "status": [{"word": s.word, "sentence": s.sentence} for s in Status],
        "contrasts": contrasts,
        "spread": spread,
        "blocks": [block.entry() for block in blocks],
    }
    return Payload(tuple(blocks), manifest, rows=rows)


def _rows(values: np.ndarray, rows: np.ndarray | None) -> np.ndarray:
    return values if rows is None else values[rows]


def _gene_blocks(analysis: Analysis, cut: _Cut) -> list[Block]:
    """Ids, names, counts and normalization of all genes."""
    experiment, rows = analysis.experiment, cut.rows
    ids = [str(name) for name in _rows(np.asarray(experiment.genes.index, dtype=object), rows).tolist()]
    blocks = [text_block("gene_id", ids)]
    name = gene_names(analysis)
    if name is not None:
        blocks.append(text_block("gene_name", _rows(name, rows).tolist()))
    counts = dense_counts(experiment.counts)
    counted = rows if cut.counted is None else cut.counted
    counts = _rows(counts, counted)
    if cut.coarse:
        steps = np.rint(np.log2(counts + 1.0) * _LOG2P1_FACTOR)
        scale = {"kind": "log2p1", "factor": _LOG2P1_FACTOR}
        blocks.append(array_block("counts", np.minimum(steps, 255).astype("<u1"), scale))
    else:
        blocks.append(array_block("counts", smallest_unsigned(counts)))
    blocks.append(array_block("size_factors", np.asarray(analysis.size_factors.values, dtype="<f8")))
    if analysis.size_factors.matrix is not None:
        blocks.append(log_block("factors", _rows(analysis.size_factors.matrix, counted)))
    if cut.counted is not None and rows is not None:
        blocks.append(array_block("counted", np.searchsorted(rows, cut.counted).astype("<u4")))
    return blocks


def gene_names(analysis: Analysis) -> np.ndarray | None:
    """Return the gene names as text, or None where there are none."""
    tables = [analysis.experiment.genes, *(result.table for result in analysis.results[:1])]
    column = next((table["gene_name"] for table in tables if "gene_name" in table.columns), None)
    return None if column is None else column.astype(object).fillna("").astype(str).to_numpy(dtype=object)


def _spread_blocks(
    analysis: Analysis, rows: np.ndarray | None, shared: dict[str, tuple[str, np.ndarray]]
) -> tuple[dict[str, Any] | None, list[Block]]:
    """Return the line of the manifest for the picture of spread, and its blocks; equal means share a block."""
    found = spread_of(analysis)
    if found is None:
        return None, []
    blocks = [log_block("spread_alone", _rows(found.alone, rows)), float_block("spread_trend", found.trend)]
    if found.used is not None:
        blocks.append(log_block("spread_used", _rows(found.used, rows)))
    if found.outlier.any():
        blocks.append(array_block("spread_outlier", _rows(found.outlier, rows).astype("<u1")))
    key = "mean_log2_cpm" if found.mean_is_log else "base_mean"
    name = "spread_mean"
    if key in shared and np.array_equal(shared[key][1], found.mean, equal_nan=True):
        name = shared[key][0]
    else:
        blocks.append(float_block(name, _rows(found.mean, rows)))
    entry = {"mean": name, "log": found.mean_is_log, "x": found.mean_axis, "y": found.axis, "title": found.title}
    return entry, blocks


def _contrast(
    analysis: Analysis,
    result: ResultTable,
    number: int,
    cut: _Cut,
    sheet: list[SheetColumn],
    shared: dict[str, tuple[str, np.ndarray]],
) -> tuple[dict[str, Any], list[Block]]:
    """Return a contrast's line of the manifest and its blocks; equal columns share one block."""
    blocks: list[Block] = []
    columns: list[dict[str, Any]] = []
    rows = cut.rows
    stops = sorted({*FDR_STOPS, result.fdr})
    for key in result.table.columns:
        heading = result.statistic if key == "statistic" else HEADINGS.get(key, key)
        column = {"key": key, "label": heading, "help": _meaning(key)}
        block = None
        if key == "status":
            column |= {"kind": "status", "help": "Why a gene has, or has not, an adjusted p-value."}
            block = array_block(f"c{number}_status", _rows(status_codes(result), rows).astype("<u1"))
        elif key == "gene_name" or result.table[key].dtype.kind not in "fiub" or (cut.narrow and key not in _NARROW):
            continue
        else:
            values = result.table[key].to_numpy(dtype=float)
            column |= {"kind": "p" if key.startswith(_ON_LOG10) else "number"}
            if key == "statistic" and _is_ratio(result, values):
                columns.append(column | {"derive": "ratio"})
                continue
            if key in shared and np.array_equal(shared[key][1], values, equal_nan=True):
                columns.append(column | {"block": shared[key][0]})
                continue
            name = f"c{number}_{key}"
            shared.setdefault(key, (name, values))
            block = _number_block(name, key, _rows(values, rows), stops)
        blocks.append(block)
        columns.append(column | {"block": block.name})
    names = [column.name for column in sheet]
    variable, pair = shown_variable(analysis, result.contrast), pairing_column(analysis, result.contrast)
    members = comparison_members(analysis, result.contrast)
    entry = {
        "id": result.contrast.id,
        "label": result.contrast.label,
        "direction": result.contrast.direction,
        "by": names.index(variable) if variable in names else None,
        "pair": names.index(pair) if pair in names else None,
        "members": [bool(member) for member in members],
        "fdr": result.fdr,
        "lfc": result.lfc_threshold,
        "stops": [[stop, float(np.float32(np.log10(stop)))] for stop in stops],
        "columns": columns,
    }
    return entry, blocks


def _meaning(key: str) -> str:
    try:
        return quantity(key).meaning.replace("``", "")
    except KeyError:
        return ""


def status_codes(result: ResultTable) -> np.ndarray:
    """Return the numbers of the status words of a table."""
    codes, words = result.table["status"].factorize()
    number = {status.word: int(status) for status in Status}
    return np.array([number[str(word)] for word in words] or [0], dtype=np.uint8)[codes]


def status_counts(result: ResultTable) -> dict[str, int]:
    """Return the number of genes of each status word."""
    numbers = np.bincount(status_codes(result), minlength=len(Status))
    return {status.word: int(numbers[status]) for status in Status}


def _is_ratio(result: ResultTable, statistic: np.ndarray) -> bool:
    """Whether the statistic is fold change over standard error, so that the page can derive it."""
    table = result.table
    if "log2_fold_change_se" not in table:
        return False
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = table["log2_fold_change"].to_numpy(dtype=float) / table["log2_fold_change_se"].to_numpy(dtype=float)
    return bool(np.allclose(ratio, statistic, rtol=1e-7, atol=0, equal_nan=True))


def _number_block(name: str, key: str, values: np.ndarray, stops: list[float]) -> Block:
    if not key.startswith(_ON_LOG10):
        return float_block(name, values)
    with np.errstate(divide="ignore"):
        log10 = np.log10(values).astype("<f4")
    return array_block(name, keep_calls(values, log10, stops))


def keep_calls(values: np.ndarray, log10: np.ndarray, stops: list[float]) -> np.ndarray:
    """Return float32 log10 values that lie on the same side of every stop as the exact values.

    Rounding to float32 moves a value by up to 6e-8 of its size; next to a stop of the
    false-discovery slider that could change a count, so such values are moved by one step.
    """
    log10 = log10.copy()
    with np.errstate(invalid="ignore"):
        for stop in stops:
            border = np.float32(np.log10(stop))
            called, shown = values < stop, log10 < border
            log10[called & ~shown] = np.nextafter(border, np.float32(-np.inf))
            log10[~called & shown] = border
    return log10
