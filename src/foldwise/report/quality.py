"""Quality of samples and of the fit, in pictures and sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.experiment import CSRCounts
from foldwise.model.fit import Status
from foldwise.report.distances import MAX_SAMPLES as MAX_DISTANCES
from foldwise.report.distances import distance_figure
from foldwise.report.panel import Figure, Grid, Numbers
from foldwise.report.payload import status_counts
from foldwise.report.plots_genes import binned_cloud, histogram
from foldwise.report.plots_samples import principal_components_plot, sample_bars
from foldwise.report.sheet import SheetColumn, shown_variable
from foldwise.report.spread import spread_of
from foldwise.report.words import MINUS, plural, short_number, whole
from foldwise.stats.principal_components import PrincipalComponents, principal_components

_FLOOR_DECADES = 1.5  # gene-wise estimates further below all values used say only "small"; they are not drawn
MAX_ROWS = 500
_READS_GUIDE = (
    "How many reads were counted in each sample. Differences are corrected, but a sample with far fewer reads than the "
    "others sees fewer genes; depth that follows the groups deserves suspicion."
)
_SEEN_GUIDE = (
    "How many genes have at least one read. A sample that sees clearly fewer genes than others of similar depth may be "
    "degraded or of another tissue."
)
_FACTORS_GUIDE = (
    "The factor that brings each sample to a common depth: 2 means twice the usual depth. Values between one third and "
    "three are ordinary; look at samples beyond."
)
_SPREAD_GUIDE = (
    "Each point is a gene: how much it varies between replicates, against how strongly it is expressed. The blue cloud "
    "should follow the line; a cloud far above it, or a line through no points, means that the model fits badly."
)
_N_TOP = 500  # most variable genes that the components are taken from, as DESeq2's plotPCA does


@dataclass(frozen=True)
class QualityView:
    """Everything the quality section shows."""

    samples: tuple[Figure, ...]
    components: Figure | None
    colour_column: int | None
    distances: Grid | None
    spread: Figure | None
    cooks: Figure | None
    notes: tuple[str, ...]
    numbers: Numbers


def quality_view(analysis: Analysis, columns: list[SheetColumn]) -> QualityView:
    """Return the quality section's content."""
    variable = shown_variable(analysis, analysis.results[0].contrast) if analysis.results else None
    chosen = next((i for i, column in enumerate(columns) if column.name == variable), 0 if columns else None)
    column = None if chosen is None else columns[chosen]
    names = [str(name) for name in analysis.experiment.samples.index]
    values = analysis.shown
    drawn = values is not None and analysis.experiment.n_samples >= 3
    found = principal_components(values, n_top=_N_TOP) if drawn and values is not None else None
    cooks, cooks_text = _cooks(analysis)
    spread = _spread(analysis)
    notes = [] if cooks is not None or not cooks_text else [cooks_text]
    if spread is None:
        notes.append(
            f"Method {analysis.fit.method} takes each gene alone: there is no spread shared between genes to show."
        )
    if len(names) > MAX_DISTANCES:
        notes.append(f"Distances between samples are shown for at most {MAX_DISTANCES} samples.")
    return QualityView(
        samples=_sample_figures(analysis, column),
        components=None if found is None else _components(found, names, column),
        colour_column=chosen,
        distances=None if values is None else distance_figure(values, names, column),
        spread=spread,
        cooks=cooks,
        notes=(*notes, *([analysis.shown_without.strip()] if analysis.shown_without else [])),
        numbers=_sample_numbers(analysis, names, found),
    )


def _sample_numbers(analysis: Analysis, names: list[str], found: PrincipalComponents | None) -> Numbers:
    """Return what the pictures of samples show as a table, for all of them at once."""
    sums, detected = sample_sums(analysis.experiment.counts)
    columns = [[*map(whole, sums)], [*map(whole, detected)], [f"{v:.3f}" for v in analysis.size_factors.values]]
    header = ["sample", "reads", "genes seen", "size factor"]
    if found is not None:
        n_shown = min(2, found.scores.shape[1])
        header += ["PC1", "PC2"][:n_shown]
        columns += [[f"{v:.1f}".replace("-", MINUS) for v in found.scores[:, k]] for k in range(n_shown)]
    rows = tuple((name, tuple(column[i] for column in columns)) for i, name in enumerate(names[:MAX_ROWS]))
    return Numbers(tuple(header), rows)


def sample_sums(counts: np.ndarray | CSRCounts) -> tuple[np.ndarray, np.ndarray]:
    """Return library size and number of detected genes of every sample."""
    if isinstance(counts, CSRCounts):
        n = counts.shape[1]
        sums = np.bincount(counts.indices, weights=counts.data, minlength=n)
        return sums, np.bincount(counts.indices[counts.data > 0], minlength=n)
    return counts.sum(axis=0, dtype=np.float64), np.count_nonzero(counts, axis=0)


def _sample_figures(analysis: Analysis, column: SheetColumn | None) -> tuple[Figure, ...]:
    names = [str(name) for name in analysis.experiment.samples.index]
    codes = column.codes if column is not None and column.levels else None
    sums, detected = sample_sums(analysis.experiment.counts)
    factors = np.asarray(analysis.size_factors.values, dtype=float)

    def bars(values: np.ndarray, texts: list[str], label: str, centre: float | None = None) -> str:
        return sample_bars(names, values, codes, label, texts, centre=centre)

    reads = bars(sums, [*map(short_number, sums)], f"Library sizes of {plural(len(names), 'sample')}.")
    seen = bars(detected, [*map(whole, detected)], "Number of genes with at least one read.")
    label = f"Size factors from {factors.min():.2f} to {factors.max():.2f}."
    depth = bars(factors, [f"{value:.2f}" for value in factors], label, 1.0)
    spread = float(sums.max() / max(sums.min(), 1.0))
    range_seen = f"{whole(detected.min())} to {whole(detected.max())}"
    per_gene = " Geometric mean over genes; gene lengths make them differ by gene."
    return (
        Figure(
            "library_size",
            "Reads",
            reads,
            f"Sum of counts; the largest is {spread:.1f} times the smallest.",
            guide=_READS_GUIDE,
        ),
        Figure("detected_genes", "Genes seen", seen, f"Genes with at least one read: {range_seen}.", guide=_SEEN_GUIDE),
        Figure(
            "size_factors",
            "Size factors",
            depth,
            f"Counts are divided by these before they are compared (method {analysis.size_factors.kind})."
            + (per_gene if analysis.size_factors.matrix is not None else ""),
            guide=_FACTORS_GUIDE,
        ),
    )


def _components(found: PrincipalComponents, names: list[str], column: SheetColumn | None) -> Figure:
    svg = principal_components_plot(found.scores, found.variance_share, names, column)
    caption = f"The {len(found.genes)} most variable genes, variance-stabilized."
    guide = (
        "Each mark is a sample; samples with similar expression lie close together. Samples of one group should lie "
        "together; if they part by something that is not in the design, add it to the design."
    )
    return Figure("pca", "Principal components", svg, caption, guide=guide)


def _spread(analysis: Analysis) -> Figure | None:
    """Return the spread of genes against their mean, as the method estimates it."""
    found = spread_of(analysis)
    if found is None:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        x = found.mean if found.mean_is_log else np.log10(found.mean)
        alone = np.log10(found.alone)
        used = np.full_like(alone, np.nan) if found.used is None else np.log10(found.used)
        curve = (found.trend[0] if found.mean_is_log else np.log10(found.trend[0]), np.log10(found.trend[1]))
    floor = min(float(np.min(used[np.isfinite(used)], initial=0.0)), 0.0) - _FLOOR_DECADES
    alone = np.where(alone > floor, alone, np.nan)
    clouds = (np.concatenate([x, x]), np.concatenate([alone, used]))
    layer = np.repeat([0, 1], x.size)
    label = f"{found.title} against mean: gray estimates of each gene alone, blue values used, the line is the trend."
    log = (not found.mean_is_log, True)
    svg = binned_cloud(*clouds, layer, found.mean_axis, found.axis, label, log=log, curve=curve)
    return Figure("dispersion", found.title, svg, found.caption, label, _SPREAD_GUIDE)


def _cooks(analysis: Analysis) -> tuple[Figure | None, str]:
    """Return the histogram of Cook's distances and what was done about large ones."""
    fit = analysis.fit
    if fit.max_cooks is None:
        return None, ""
    values = np.asarray(fit.max_cooks, dtype=float)
    values = values[np.isfinite(values) & (values > 0)]
    n_set_aside = sum(status_counts(result)[Status.COUNT_OUTLIER.word] for result in analysis.results[:1])
    n_replaced = 0 if fit.replaced is None else int(np.count_nonzero(fit.replaced))
    if not values.size:
        return None, (
            "No cell of the design has three or more samples, so no single count can be told to be an outlier: "
            "Cook's distances were not used."
        )
    text = (
        f"{plural(n_set_aside, 'gene')} set aside because one sample decides the result; "
        f"{plural(n_replaced, 'gene')} had an extreme count replaced by the trimmed mean and were fitted again."
    )
    log10 = np.log10(values)
    counts, edges = np.histogram(log10, bins=40)
    cutoff = next((r.facts["cooks_cutoff"] for r in analysis.results if "cooks_cutoff" in r.facts), None)
    cut = (float(np.log10(cutoff)), f"cut {cutoff:.3g}") if cutoff and np.isfinite(cutoff) else None
    label = "Histogram of the largest Cook's distance of each gene."
    svg = histogram(counts, edges, "largest Cook's distance of a gene (log10)", "genes", label, cut=cut)
    guide = (
        "Cook's distance says how much one sample moves the result of a gene; most genes should lie left of the dashed "
        "line. Genes right of it rest on a single count and are set aside or refitted."
    )
    return Figure("cooks", "Outlier counts (Cook's distance)", svg, text, guide=guide), text
