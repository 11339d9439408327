"""Which columns of an `Analysis` travel inside the page, and the manifest that names them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.experiment import CSRCounts
from foldwise.model.fit import Status
from foldwise.model.results import ResultTable
from foldwise.names import quantity
from foldwise.report.embed import Block, array_block, float_block, log_block, smallest_unsigned, text_block
from foldwise.report.sheet import SheetColumn, comparison_members, pairing_column, sheet_columns, shown_variable

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
}
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
    """

    blocks: tuple[Block, ...]
    manifest: dict[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def n_bytes(self) -> int:
        """Size of all blocks in the page."""
        return sum(len(block.data) for block in self.blocks)


def build_payload(analysis: Analysis, cap: int = CAP_BYTES) -> Payload:
    """Return what the page of ``analysis`` carries, coarser where it would exceed ``cap`` bytes."""
    payload = _payload(analysis, None, coarse=False)
    if payload.n_bytes <= cap:
        return payload
    notes = ["Counts are kept as steps of 0.1 on the scale log2(count + 1) to keep this page small."]
    payload = _payload(analysis, None, coarse=True)
    if payload.n_bytes > cap:
        tested = np.any([table.table["padj"].notna().to_numpy() for table in analysis.results], axis=0)
        rows = np.flatnonzero(tested)
        payload = _payload(analysis, rows, coarse=True)
        notes.append(
            f"Only the {rows.size:,} tested genes of {analysis.experiment.n_genes:,} are in this page; "
            "the tables in the results folder hold all."
        )
    return replace(payload, notes=tuple(notes))


def _payload(analysis: Analysis, rows: np.ndarray | None, *, coarse: bool) -> Payload:
    sheet = sheet_columns(analysis)
    blocks = _gene_blocks(analysis, rows, coarse=coarse)
    contrasts = []
    shared: dict[str, tuple[str, np.ndarray]] = {}
    for number, result in enumerate(analysis.results):
        entry, added = _contrast(analysis, result, number, rows, sheet, shared)
        contrasts.append(entry)
        blocks += added
    mean_block, added = _dispersion_blocks(analysis, rows, shared)
    blocks += added
    manifest = {
        "version": 1,
        "method": analysis.fit.method,
        "n_genes": analysis.experiment.n_genes if rows is None else int(rows.size),
        "samples": [str(name) for name in analysis.experiment.samples.index],
        "sheet": [column.entry() for column in sheet],
        "status": [{"word": s.word, "sentence": s.sentence} for s in Status],
        "contrasts": contrasts,
        "dispersion_mean": mean_block,
        "blocks": [block.entry() for block in blocks],
    }
    return Payload(tuple(blocks), manifest)


def _rows(values: np.ndarray, rows: np.ndarray | None) -> np.ndarray:
    return values if rows is None else values[rows]


def _gene_blocks(analysis: Analysis, rows: np.ndarray | None, *, coarse: bool) -> list[Block]:
    """Ids, names, counts and normalization of all genes."""
    experiment = analysis.experiment
    ids = [str(name) for name in _rows(np.asarray(experiment.genes.index, dtype=object), rows).tolist()]
    blocks = [text_block("gene_id", ids)]
    name = gene_names(analysis)
    if name is not None:
        blocks.append(text_block("gene_name", _rows(name, rows).tolist()))
    counts = experiment.counts.to_dense() if isinstance(experiment.counts, CSRCounts) else experiment.counts
    counts = _rows(counts, rows)
    if coarse:
        steps = np.rint(np.log2(counts + 1.0) * _LOG2P1_FACTOR)
        scale = {"kind": "log2p1", "factor": _LOG2P1_FACTOR}
        blocks.append(array_block("counts", np.minimum(steps, 255).astype("<u1"), scale))
    else:
        blocks.append(array_block("counts", smallest_unsigned(counts)))
    blocks.append(array_block("size_factors", np.asarray(analysis.size_factors.values, dtype="<f8")))
    if analysis.size_factors.matrix is not None:
        blocks.append(log_block("factors", _rows(analysis.size_factors.matrix, rows)))
    return blocks


def gene_names(analysis: Analysis) -> np.ndarray | None:
    """Return the gene names as text, or None where there are none."""
    tables = [analysis.experiment.genes, *(result.table for result in analysis.results[:1])]
    column = next((table["gene_name"] for table in tables if "gene_name" in table.columns), None)
    return None if column is None else column.astype(object).fillna("").astype(str).to_numpy(dtype=object)


def _dispersion_blocks(
    analysis: Analysis, rows: np.ndarray | None, shared: dict[str, tuple[str, np.ndarray]]
) -> tuple[str | None, list[Block]]:
    """Return the name of the block of means, and dispersions with their trend as a curve of at most 128 points."""
    dispersions = analysis.fit.dispersions
    if dispersions is None:
        return None, []
    fit, n = analysis.fit, analysis.experiment.n_genes
    means = np.asarray(analysis.results[0].table["base_mean"]) if analysis.results else fit.spread(fit.base_mean, n)
    genewise, final, trend = (
        fit.spread(np.asarray(each), n) for each in (dispersions.genewise, dispersions.final, dispersions.trend)
    )
    outlier = fit.spread(np.asarray(dispersions.outlier), n, False)
    good = np.flatnonzero(np.isfinite(trend) & (means > 0))
    order = good[np.argsort(means[good])]
    curve = order[np.unique(np.linspace(0, max(order.size - 1, 0), 128).astype(int))] if order.size else order
    blocks = [
        log_block("dispersion_genewise", _rows(genewise, rows)),
        log_block("dispersion", _rows(final, rows)),
        array_block("dispersion_outlier", _rows(outlier, rows).astype("<u1")),
        float_block("dispersion_trend", np.vstack([means[curve], trend[curve]])),
    ]
    if "base_mean" in shared and np.array_equal(shared["base_mean"][1], means, equal_nan=True):
        return shared["base_mean"][0], blocks
    return "dispersion_mean", [log_block("dispersion_mean", _rows(means, rows)), *blocks]


def _contrast(
    analysis: Analysis,
    result: ResultTable,
    number: int,
    rows: np.ndarray | None,
    sheet: list[SheetColumn],
    shared: dict[str, tuple[str, np.ndarray]],
) -> tuple[dict[str, Any], list[Block]]:
    """Return a contrast's line of the manifest and its blocks; equal columns share one block."""
    blocks: list[Block] = []
    columns: list[dict[str, Any]] = []
    stops = sorted({*FDR_STOPS, result.fdr})
    for key in result.table.columns:
        column = {"key": key, "label": HEADINGS.get(key, key), "help": _meaning(key)}
        block = None
        if key == "status":
            column |= {"kind": "status", "help": "Why a gene has, or has not, an adjusted p-value."}
            block = array_block(f"c{number}_status", _rows(status_codes(result), rows).astype("<u1"))
        elif key == "gene_name" or result.table[key].dtype.kind not in "fiub":
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
