from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from foldwise.report.contrast_view import contrast_view, histogram_shape, null_share, top_rows
from foldwise.report.design_view import design_view
from foldwise.report.plots_genes import binned_cloud
from foldwise.report.quality import quality_view, sample_sums
from foldwise.report.sheet import sheet_columns
from foldwise.report.verdict import verdict

from .fixture import simulated

rng = np.random.default_rng(3)


@pytest.fixture(scope="module")
def analysis():
    return simulated()


def _shape(p):
    return histogram_shape(np.histogram(p, bins=40, range=(0, 1))[0])


def test_shapes_of_p_value_histograms():
    flat = rng.random(20_000)
    assert _shape(flat).startswith("Flat")
    assert _shape(np.concatenate([flat, rng.beta(0.2, 8, 3000)])).startswith("A peak at 0")
    assert _shape(rng.beta(1.8, 1, 20_000)).startswith("Too few small")
    assert _shape(np.concatenate([flat, rng.beta(3, 3, 20_000)])).startswith(("A hill", "Too few small"))
    assert _shape(np.concatenate([flat, 1 - rng.beta(0.3, 8, 4000)])).startswith("A rise near 1")
    assert _shape(rng.random(50)).startswith("Too few tested genes")


def test_null_share_is_storeys():
    p = np.concatenate([rng.random(8000), rng.beta(0.1, 20, 2000)])
    assert null_share(p) == pytest.approx(0.8, abs=0.02)
    assert null_share(np.full(10, 0.9)) == 1.0
    assert np.isnan(null_share(np.array([])))


def test_top_rows_go_by_p_and_hold_the_numbers_of_the_table(analysis):
    header, rows = top_rows(analysis.results[0], None, 5)
    table = analysis.results[0].table
    best = table.sort_values("pvalue", kind="stable").index[:5]
    assert {row[0] for row in rows} == set(best)
    assert rows[0][0] == "GENE00003"
    assert header[0] == "gene"
    assert "adjusted p" in header


def test_volcano_has_fold_change_on_x(analysis):
    view = contrast_view(analysis.results[0], None)
    assert "log2 fold change</text>" in view.volcano.svg
    assert view.volcano.svg.index("log2 fold change</text>") < view.volcano.svg.index("log10 p</text>")


def test_a_cloud_of_points_stays_small_and_finite():
    x, y = rng.normal(0, 1, 200_000), rng.normal(0, 1, 200_000)
    x[0], y[1] = np.nan, np.inf
    svg = binned_cloud(x, y, rng.integers(0, 3, x.size), "x", "y", "label")
    assert len(svg) < 150_000
    assert "nan" not in svg
    assert "no gene to show" in binned_cloud(x[:0], y[:0], np.zeros(0, int), "x", "y", "label")


def test_verdict_counts_every_gene_once(analysis):
    found = verdict(analysis, analysis.results[0])
    assert sum(number for _, _, number in found.shares) <= analysis.experiment.n_genes
    result = analysis.results[0]
    assert (found.n_up, found.n_down, found.n_tested) == (result.n_up, result.n_down, result.n_tested)
    assert f"{result.n_up} are higher" in found.sentence
    assert found.up_word == "higher in drug"


def test_B131_nothing_found_is_said_plainly(analysis):
    result = analysis.results[0]
    table = result.table.assign(padj=result.table["padj"].clip(lower=0.3))
    found = verdict(analysis, dataclasses.replace(result, table=table))
    assert found.n_called == 0
    assert "No gene is called" in found.sentence
    assert "does not show that nothing changes" in found.sentence
    empty = verdict(analysis, dataclasses.replace(result, table=table.assign(padj=np.nan)))
    assert "No gene could be tested" in empty.sentence


def test_design_view_says_who_against_whom(analysis):
    view = design_view(analysis, sheet_columns(analysis))
    comparison = view.comparisons[0]
    assert comparison.groups == (("drug", ("s2", "s4", "s6")), ("control", ("s1", "s3", "s5")))
    assert comparison.note.startswith("Paired by donor")
    assert view.replicates.columns == ("control", "drug")
    assert dict(view.replicates.rows) == {"d0": (1, 1), "d1": (1, 1), "d2": (1, 1)}
    assert "2 residual degrees of freedom" in view.facts


def test_quality_of_samples(analysis):
    view = quality_view(analysis, sheet_columns(analysis))
    sums, detected = sample_sums(analysis.experiment.counts)
    assert np.array_equal(sums, analysis.experiment.counts.sum(axis=0))
    assert np.array_equal(detected, (analysis.experiment.counts > 0).sum(axis=0))
    assert view.colour_column == 1
    assert view.components.svg.count("data-i=") == 6
    assert "2 / mean + 0.1" in view.spread.caption
    assert "Prior variance 0.6" in view.spread.caption
    assert "1 gene set aside" in view.cooks.caption
    assert view.numbers.header == ("sample", "reads", "genes seen", "size factor", "PC1", "PC2")
    assert [name for name, _ in view.numbers.rows] == [f"s{i}" for i in range(1, 7)]
    assert view.numbers.rows[0][1][0] == f"{sums[0]:,.0f}"


def test_quality_without_dispersions_and_transformed_counts(analysis):
    bare = dataclasses.replace(
        analysis, vst=None, fit=dataclasses.replace(analysis.fit, dispersions=None, max_cooks=np.full(400, np.nan))
    )
    view = quality_view(bare, sheet_columns(bare))
    assert view.components is None
    assert view.spread is None
    assert view.cooks is None
    assert "no single count" in view.notes[0]
    assert "takes each gene alone" in view.notes[1]
