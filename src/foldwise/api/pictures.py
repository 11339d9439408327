"""Static figures of an analysis: what each one is drawn from. The drawing itself is in `foldwise.report`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from foldwise.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from foldwise.api.gene import Gene
    from foldwise.model.analysis import Analysis
    from foldwise.model.results import ResultTable
    from foldwise.report.sheet import SheetColumn

# Width and height of axes, inches: a figure fits a column of a journal.
_CLOUD, _BARS, _SAMPLES = (3.8, 3.3), (3.8, 2.6), (3.8, 3.3)
_N_TOP = 500  # most variable genes that the components are taken from
_N_PANELS = 6


def volcano(result: ResultTable, label: int | Sequence[str], lfc: float = 0.0, ax: Any = None) -> Any:
    """Return the volcano plot of a contrast."""
    from foldwise.report.drawings.genes import draw_volcano
    from foldwise.report.figures import drawn

    names = gene_words(result)
    return drawn(lambda axes: draw_volcano(axes, result, names, label, lfc), _CLOUD, ax)


def ma(result: ResultTable, label: int | Sequence[str], ax: Any = None) -> Any:
    """Return log2 fold change against mean expression."""
    from foldwise.report.drawings.genes import draw_ma
    from foldwise.report.figures import drawn

    names = gene_words(result)
    if not {"base_mean", "mean_log2_cpm"} & set(result.table.columns):
        raise UsageError("E-USAGE-002", "The table holds no mean expression to draw against.")
    return drawn(lambda axes: draw_ma(axes, result, names, label), _CLOUD, ax)


def pvalues(result: ResultTable, ax: Any = None) -> Any:
    """Return the histogram of p-values."""
    from foldwise.report.drawings.genes import draw_pvalues
    from foldwise.report.figures import drawn

    return drawn(lambda axes: draw_pvalues(axes, result), _BARS, ax)


def dispersions(analysis: Analysis, ax: Any = None) -> Any:
    """Return dispersions against the mean."""
    from foldwise.report.drawings.genes import draw_dispersions
    from foldwise.report.figures import drawn

    fit = analysis.fit
    means = np.asarray(fit.base_mean, dtype=float)
    return drawn(lambda axes: draw_dispersions(axes, means, fit.dispersions, analysis.spec.method.name), _CLOUD, ax)


def components(
    analysis: Analysis, result: ResultTable | None, color: str | None, shape: str | None, ax: Any = None
) -> Any:
    """Return samples on their first two principal components."""
    from foldwise.report.drawings.samples import draw_components
    from foldwise.report.figures import drawn
    from foldwise.report.sheet import shown_variable
    from foldwise.stats.principal_components import principal_components

    values = _log_values(analysis, 3)
    columns = _columns(analysis)
    default = shown_variable(analysis, result.contrast) if result is not None else None
    first = _named(columns, color) if color else columns.get(default or "", next(iter(columns.values()), None))
    others = [column for column in columns.values() if column.in_design and column.levels and column is not first]
    second = _named(columns, shape) if shape else others[0] if others and not color else None
    found = principal_components(values, n_top=_N_TOP)
    names = [str(name) for name in analysis.experiment.samples.index]
    return drawn(
        lambda axes: draw_components(axes, found.scores, found.variance_share, names, first, second), _SAMPLES, ax
    )


def heatmap(
    analysis: Analysis, result: ResultTable, genes: int | Sequence[str], samples: Sequence[str] | None, ax: Any = None
) -> Any:
    """Return the clustered heatmap of the best genes, or of the genes named."""
    from foldwise.report.drawings.matrix import draw_heatmap
    from foldwise.report.figures import drawn

    values = _log_values(analysis, 2)
    rows, title = _heatmap_rows(result, genes)
    chosen = _sample_rows(analysis, samples)
    words = gene_words(result)
    names = [str(name) for name in analysis.experiment.samples.index]
    columns = [_take(column, chosen) for column in _design_columns(analysis)]
    block = np.ascontiguousarray(values[np.asarray(rows)][:, chosen], dtype=np.float64)
    size = (min(max(0.2 * len(chosen), 1.8), 8.0), min(max(0.14 * len(rows), 1.0), 8.5))
    labels = [words[i] for i in rows], [names[i] for i in chosen]
    return drawn(lambda axes: draw_heatmap(axes, block, *labels, columns, title), size, ax)


def sample_distances(analysis: Analysis, ax: Any = None) -> Any:
    """Return the clustered distances of samples."""
    from foldwise.report.drawings.matrix import draw_distances
    from foldwise.report.figures import drawn

    values = np.asarray(_log_values(analysis, 2), dtype=float)
    names = [str(name) for name in analysis.experiment.samples.index]
    side = min(max(0.2 * len(names), 2.0), 8.0)
    return drawn(lambda axes: draw_distances(axes, values, names, _design_columns(analysis)), (side, side), ax)


def upset(analysis: Analysis, ax: Any = None) -> Any:
    """Return which genes the contrasts share."""
    from foldwise.report.drawings.upset import draw_upset
    from foldwise.report.figures import drawn

    return drawn(lambda axes: draw_upset(axes, analysis.results), (6.6, 2.2 + 0.22 * len(analysis.results)), ax)


def gene(found: Gene, ax: Any = None) -> Any:
    """Return the counts of one gene by group."""
    from foldwise.report.figures import drawn

    draw, n_groups = gene_drawing(found)
    return drawn(draw, (min(max(0.75 * n_groups, 1.8), 8.0), 2.6), ax)


def top_genes(genes: Sequence[Gene]) -> Any:
    """Return the counts of several genes, a panel for each."""
    from foldwise.report.figures import panels

    drawings = [gene_drawing(found) for found in genes]
    width = 1.4 + min(max(0.7 * drawings[0][1], 1.4), 5.0)
    return panels([draw for draw, _ in drawings], (width, 2.7), min(3, len(drawings)))


def gene_drawing(found: Gene) -> tuple[Callable[[Any], None], int]:
    """Return what draws the counts of a gene on axes, and its number of groups."""
    from foldwise.report.drawings.samples import draw_gene, draw_gene_scale

    frame, contrast, column = found.samples, found.result.contrast, found.variable
    groups = [str(value) for value in frame[column]] if column in frame else ["all samples"] * len(frame)
    levels = [contrast.reference, contrast.target, *groups] if contrast.reference and contrast.target else groups
    normalized = frame["normalized"].notna().all()
    values = frame["normalized" if normalized else "count"].to_numpy(dtype=float)
    pairs = None if found.pairing is None else [str(value) for value in frame[found.pairing]]
    title = f"{found.name} ({found.id})" if found.name else found.id
    order = list(dict.fromkeys(level for level in levels if level))
    unit = "normalized counts" if normalized else "counts"

    def draw(axes: Any) -> None:
        if found.numeric:
            scale = frame[column].to_numpy(dtype=float)
            draw_gene_scale(axes, title, found.in_short(), values, scale, str(column), unit)
            return
        draw_gene(
            axes, title, found.in_short(), values, groups, pairs=pairs, levels=order, unit=unit, name=column or "",
        )  # fmt: skip

    return draw, 4 if found.numeric else len(order)


def gene_words(result: ResultTable) -> list[str]:
    """Return what each gene is called in a figure: its name, else its id."""
    ids = [str(gene) for gene in result.table.index]
    if "gene_name" not in result.table:
        return ids
    names = result.table["gene_name"]
    return [name if isinstance(name, str) and name else own for name, own in zip(names, ids, strict=True)]


def save_all(analysis: Analysis, kinds: Sequence[str], target: Callable[[str], Path]) -> None:
    """Write every figure of an analysis.

    Parameters
    ----------
    analysis : Analysis
    kinds : sequence of str
        ``svg``, ``pdf``, ``png``.
    target : callable
        Gives the path of a file name.
    """
    from foldwise.io.write_outputs import file_stems
    from foldwise.report.figures import figure_bytes

    for name, figure in _all(analysis, file_stems(analysis.results)):
        for kind in kinds:
            target(f"{name}.{kind}").write_bytes(figure_bytes(figure, kind))


def _all(analysis: Analysis, stems: list[str]) -> Any:
    """Yield name and figure of everything that this analysis can show."""
    from foldwise.api.gene import find_gene
    from foldwise.io.write_outputs import significant

    n_samples = analysis.experiment.n_samples
    for result, stem in zip(analysis.results, stems, strict=True):
        yield f"volcano_{stem}", volcano(result, 10)
        if {"base_mean", "mean_log2_cpm"} & set(result.table.columns):
            yield f"ma_{stem}", ma(result, 0)
        yield f"pvalues_{stem}", pvalues(result)
        best = [str(name) for name in significant(result).index[:_N_PANELS]]
        if best:
            yield f"top_genes_{stem}", top_genes([find_gene(analysis, result, name) for name in best])
        if analysis.vst is not None and len(best) > 1 and n_samples > 1:
            yield f"heatmap_{stem}", heatmap(analysis, result, 40, None)
    if analysis.vst is not None and n_samples > 2:
        yield "pca", components(analysis, analysis.results[0] if analysis.results else None, None, None)
        yield "sample_distances", sample_distances(analysis)
    if analysis.fit.dispersions is not None:
        yield "dispersion", dispersions(analysis)
    if len(analysis.results) > 1:
        yield "upset", upset(analysis)


def _log_values(analysis: Analysis, n_least: int) -> np.ndarray:
    """Return the stabilized values of an analysis."""
    n = analysis.experiment.n_samples
    if analysis.vst is None or n < n_least:
        found = "There are no variance-stabilized values." if analysis.vst is None else f"There are {n} samples."
        raise UsageError("E-USAGE-002", found, f"This figure needs such values of at least {n_least} samples.")
    return np.asarray(analysis.shown)


def _columns(analysis: Analysis) -> dict[str, SheetColumn]:
    from foldwise.report.sheet import sheet_columns

    return {column.name: column for column in sheet_columns(analysis)}


def _design_columns(analysis: Analysis) -> list[SheetColumn]:
    """Return the columns of the design, that of the first contrast first."""
    from foldwise.report.sheet import shown_variable

    first = shown_variable(analysis, analysis.results[0].contrast) if analysis.results else None
    kept = [column for column in _columns(analysis).values() if column.in_design]
    return sorted(kept, key=lambda column: column.name != first)


def _named(columns: dict[str, SheetColumn], name: str) -> SheetColumn:
    from foldwise.model.spec_options import nearest

    if name not in columns:
        fix = f"{nearest(name, columns)} Columns: {', '.join(columns)}.".strip()
        raise UsageError("E-USAGE-001", f"The sample sheet has no column '{name}'.", fix)
    return columns[name]


def _take(column: SheetColumn, rows: np.ndarray) -> SheetColumn:
    import dataclasses

    codes = np.asarray(column.codes)
    return dataclasses.replace(column, codes=codes[rows] if codes.size else codes)


def _sample_rows(analysis: Analysis, samples: Sequence[str] | None) -> np.ndarray:
    names = [str(name) for name in analysis.experiment.samples.index]
    if samples is None:
        return np.arange(len(names))
    unknown = [str(name) for name in samples if str(name) not in names]
    if unknown:
        raise UsageError("E-USAGE-001", f"There is no sample '{unknown[0]}'.", f"Samples: {', '.join(names[:20])}.")
    return np.array([names.index(str(name)) for name in samples])


def _heatmap_rows(result: ResultTable, genes: int | Sequence[str]) -> tuple[list[int], str]:
    """Return row numbers and what they are, in words."""
    from foldwise.api.gene import position
    from foldwise.io.write_outputs import significant

    if not isinstance(genes, int):
        rows = [position(result.table, str(name)) for name in genes]
        words = f"{len(rows)} genes"
    else:
        best = significant(result).index[: max(genes, 0)]
        rows = result.table.index.get_indexer(best).tolist()
        words = f"{len(rows)} genes of smallest adjusted p-value, {result.contrast.label}"
    if len(rows) < 2:
        found = f"{len(rows)} genes would be drawn, of {result.n_up + result.n_down} called."
        raise UsageError("E-USAGE-002", found, "Name the genes: heatmap(genes=[...]).")
    return rows, words
