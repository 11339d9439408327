"""Quality of samples and of the fit, in pictures and sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.dispersion import Dispersions
from foldwise.model.experiment import CSRCounts
from foldwise.model.fit import Status
from foldwise.report.payload import status_counts
from foldwise.report.plots_genes import binned_cloud, histogram
from foldwise.report.plots_samples import principal_components_plot, sample_bars
from foldwise.report.sheet import SheetColumn, shown_variable
from foldwise.report.words import plural, short_number, whole
from foldwise.stats.principal_components import principal_components

_FLOOR_DECADES = 1.5  # gene-wise estimates further below all values used say only "small"; they are not drawn
_N_TOP = 500  # most variable genes that the components are taken from, as DESeq2's plotPCA does


@dataclass(frozen=True)
class Figure:
    """One picture with its name (for files), heading, caption, and the sentence for those who do not see it."""

    name: str
    title: str
    svg: str
    caption: str
    label: str = ""


@dataclass(frozen=True)
class QualityView:
    """Everything the quality section shows."""

    samples: tuple[Figure, ...]
    components: Figure | None
    colour_column: int | None
    dispersion: Figure | None
    cooks: Figure | None
    cooks_text: str


def quality_view(analysis: Analysis, columns: list[SheetColumn]) -> QualityView:
    """Return the quality section's content."""
    variable = shown_variable(analysis, analysis.results[0].contrast) if analysis.results else None
    chosen = next((i for i, column in enumerate(columns) if column.name == variable), 0 if columns else None)
    column = None if chosen is None else columns[chosen]
    cooks, cooks_text = _cooks(analysis)
    return QualityView(
        samples=_sample_figures(analysis, column),
        components=_components(analysis, column),
        colour_column=chosen,
        dispersion=_dispersion(analysis),
        cooks=cooks,
        cooks_text=cooks_text,
    )


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
        Figure("library_size", "Reads", reads, f"Sum of counts; the largest is {spread:.1f} times the smallest."),
        Figure("detected_genes", "Genes seen", seen, f"Genes with at least one read: {range_seen}."),
        Figure(
            "size_factors",
            "Size factors",
            depth,
            f"Counts are divided by these before they are compared (method {analysis.size_factors.kind})."
            + (per_gene if analysis.size_factors.matrix is not None else ""),
        ),
    )


def _components(analysis: Analysis, column: SheetColumn | None) -> Figure | None:
    if analysis.vst is None or analysis.experiment.n_samples < 3:
        return None
    found = principal_components(analysis.vst, n_top=_N_TOP)
    names = [str(name) for name in analysis.experiment.samples.index]
    svg = principal_components_plot(found.scores, found.variance_share, names, column)
    caption = (
        f"The {min(_N_TOP, analysis.experiment.n_genes)} most variable genes, variance-stabilized. "
        "Samples of one group should lie together; if they part by something that is not in the design, "
        "add it to the design."
    )
    return Figure("pca", "Principal components", svg, caption)


def _dispersion(analysis: Analysis) -> Figure | None:
    dispersions = analysis.fit.dispersions
    if dispersions is None:
        return None
    means = np.asarray(analysis.fit.base_mean, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.log10(means)
        genewise, final, trend = (
            np.log10(np.asarray(values, dtype=float))
            for values in (dispersions.genewise, dispersions.final, dispersions.trend)
        )
    genewise = np.where(genewise > np.nanmin(final, initial=0.0) - _FLOOR_DECADES, genewise, np.nan)
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(trend))
    order = known[np.argsort(x[known])][:: max(known.size // 100, 1)]
    clouds = (np.concatenate([x, x]), np.concatenate([genewise, final]))
    layer = np.repeat([0, 1], x.size)
    label = "Dispersion against mean: grey gene-wise estimates, blue values used, the line is the trend."
    axes = ("mean of normalized counts", "dispersion")
    svg = binned_cloud(*clouds, layer, *axes, label, log=(True, True), curve=(x[order], trend[order]))
    return Figure("dispersion", "Dispersion", svg, _dispersion_caption(dispersions), label)


def _dispersion_caption(dispersions: Dispersions) -> str:
    kind = dispersions.trend_kind
    text = f"Grey: each gene alone. Blue: used in the test. Line: {kind} trend"
    coefficients = dispersions.trend_coefficients
    if {"asymptotic", "extra_poisson"} <= coefficients.keys():
        text += f", {coefficients['extra_poisson']:.3g} / mean + {coefficients['asymptotic']:.3g}"
    elif "mean" in coefficients:
        text += f", {coefficients['mean']:.3g}"
    text += "."
    if np.isfinite(dispersions.prior_variance):
        text += f" Prior variance {dispersions.prior_variance:.3g} (natural log scale)."
    n_outliers = int(np.count_nonzero(dispersions.outlier))
    if n_outliers:
        text += f" {plural(n_outliers, 'gene')} far above the trend kept their own value."
    return text


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
    return Figure("cooks", "Outlier counts (Cook's distance)", svg, text), text
