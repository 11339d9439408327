"""Sections over all comparisons: what they share, heatmap, distances, gene sets, trust."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from foldwise.report.clustering import cluster, correlation_distance, euclidean
from foldwise.report.distances import distance_figure
from foldwise.report.gene_set_view import GeneSetTable, gene_set_views
from foldwise.report.heatmap import N_GENES, heatmap_view
from foldwise.report.html import render_report
from foldwise.report.overlap_view import MAX_SETS, intersections, overlap_view
from foldwise.report.plots_grid import DIVERGING, Place, cells
from foldwise.report.sheet import sheet_columns
from foldwise.report.trust_view import trust_view

from .cohort import cohort
from .fixture import simulated


@pytest.fixture(scope="module")
def many():
    return cohort(800, 24, 6)


def _svg(text):
    return ET.fromstring(text)  # noqa: S314 - our own picture


def test_intersections_count_every_called_gene_once():
    called = np.random.default_rng(1).random((300, 5)) < 0.3
    patterns, counts = intersections(called)
    assert counts.sum() == called.any(axis=1).sum()
    assert np.all(np.diff(counts) <= 0)
    for pattern, n in zip(patterns, counts, strict=True):
        assert n == (called == pattern).all(axis=1).sum()
    assert intersections(np.zeros((4, 3), dtype=bool))[0].shape == (0, 3)


def test_overlaps_of_one_contrast_are_none_and_of_many_name_the_largest(many):
    assert overlap_view(many.results[:1]) is None
    view = overlap_view(many.results)
    called = np.column_stack([(r.table["padj"] < 0.05).to_numpy() for r in many.results])
    all_of_them = int(called.all(axis=1).sum())
    counts = {name: int(cell.replace(",", "")) for name, (cell,) in view.upset.numbers.rows}
    assert counts[" and ".join(r.contrast.label for r in many.results)] == all_of_them
    assert view.sets == (0, 1, 2, 3, 4)
    assert _svg(view.upset.svg).get("role") == "img"
    known = [r.table["log2_fold_change"].notna() for r in many.results[:2]]
    assert f"{(known[0] & known[1]).sum()} genes" in view.pair.label


def test_beyond_fifteen_comparisons_those_with_most_genes_are_shown():
    base = simulated(120, contrasts=2)
    results = [dataclasses.replace(base.results[0], fdr=0.001 * (k + 1)) for k in range(20)]
    view = overlap_view(results)
    assert len(view.sets) == MAX_SETS
    assert "of 20" in view.note


def test_clusters_put_likes_side_by_side():
    rows = np.array([[0.0, 0], [10, 10], [0.1, 0], [10, 10.1], [5, 5]])
    tree = cluster(euclidean(rows))
    place = np.argsort(tree.order)
    assert abs(place[0] - place[2]) == 1
    assert abs(place[1] - place[3]) == 1
    assert len(tree.forks) == 4
    assert max(fork[4] for fork in tree.forks) == 1.0
    assert cluster(euclidean(rows[:2])).order.tolist() == [0, 1]


def test_correlation_distance_of_flat_rows_is_one():
    rows = np.array([[1.0, 2, 3], [2, 4, 6], [3, 2, 1], [5, 5, 5]])
    found = correlation_distance(rows)
    assert found[0, 1] == pytest.approx(0)
    assert found[0, 2] == pytest.approx(2)
    assert found[0, 3] == pytest.approx(1)
    assert np.array_equal(found, found.T)


def test_cells_of_one_color_in_a_row_are_one_piece_and_rows_stay_apart():
    paths = cells(np.array([[0, 0, 1], [1, 1, -1]]), Place(0, 0, 10, 5), DIVERGING, "d")
    assert len(paths) == 2
    assert 'd="M0 0h20v5h-20z"' in paths[0]
    assert 'd="M20 0h10v5h-10zM0 5h20v5h-20z"' in paths[1]


def test_heatmap_takes_the_best_of_each_contrast_in_turn(many):
    view = heatmap_view(many, None, sheet_columns(many)[0])
    assert len(view.rows) == N_GENES
    for result in many.results:
        assert int(np.nanargmin(np.where(result.table["padj"].notna(), result.table["pvalue"], np.nan))) in view.rows
    assert sorted(view.columns) == list(range(24))
    _svg(view.figure.svg)
    assert view.entry({gene: k for k, gene in enumerate(view.rows)})["rows"] == list(range(N_GENES))
    assert view.entry({})["rows"] == [-1] * N_GENES


def test_heatmap_shows_differences_from_the_mean_of_the_gene():
    analysis = simulated(60)
    column = next(c for c in sheet_columns(analysis) if c.name == "treatment")
    view = heatmap_view(analysis, None, column)
    ids = [str(analysis.experiment.genes.index[gene]) for gene in view.rows]
    shown = dict(view.figure.numbers.rows)
    assert list(shown) == ids
    values = analysis.vst[view.rows[0]] - analysis.vst[view.rows[0]].mean()
    for cell, level in zip(shown[ids[0]], range(2), strict=True):
        mean = values[column.codes == level].mean()
        assert float(cell.replace("\u2212", "-")) == pytest.approx(mean, abs=0.0051)


@pytest.mark.parametrize("change", [{"vst": None}, {"results": ()}])
def test_no_heatmap_without_values_or_results(change):
    assert heatmap_view(dataclasses.replace(simulated(40), **change), None, None) is None


def test_distances_are_those_of_the_values(many):
    names = [str(name) for name in many.experiment.samples.index]
    grid = distance_figure(many.vst, names, None)
    shown = dict(grid.figure.numbers.rows)
    order = grid.figure.numbers.header[1:]
    expected = np.sqrt(((many.vst[:, 0] - many.vst[:, 5]) ** 2).sum())
    assert float(shown[names[0]][order.index(names[5])]) == pytest.approx(expected, abs=0.51)
    assert [names[i] for i in grid.rows] == list(order)
    assert distance_figure(many.vst[:, :2], names[:2], None) is None


def _sets(**more):
    return pd.DataFrame(
        {
            "gene_set": ["A <b>", "B"],
            "direction": ["up", "down"],
            "n_genes": [20.0, 30.0],
            "pvalue": [1e-9, 0.5],
            "padj": [2e-9, 0.5],
            **more,
        }
    )


def test_gene_sets_of_every_kind_of_test():
    over = GeneSetTable(
        "t", "ora", _sets(n_found=[5, 1], score=[3.25, 0.5], genes=["g1;g2", ""]), "enrichment/t.ora.tsv"
    )
    rotations = GeneSetTable("t", "roast", _sets(share_up=[0.5, 0.1], share_down=[0.0, 0.2], padj_mixed=[0.001, 0.9]))
    first, second = gene_set_views([over, rotations], {"t": "drug vs control"}, 0.05, {"g1": "DUSP1"})
    assert first.header == ("genes", "odds ratio", "adjusted p")
    assert first.rows[0] == ("▲", "A <b>", ("5 of 20", "3.25", "2.0e-9"), "DUSP1, g2")
    assert first.n_found == "1 of 2 sets at FDR 5 %"
    assert second.header == ("genes", "up", "down", "adjusted p", "adjusted p, any direction")
    assert second.rows[1][0] == "▼"
    page = render_report(simulated(40), gene_sets=[dataclasses.replace(over, contrast="treatment_0")])
    assert "A &lt;b&gt;" in page
    assert "Not part of this run" not in page
    assert "enrichment/t.ora.tsv" in page


def test_trust_claims_nothing_that_was_not_done():
    lines = {finding.name: finding for finding in trust_view(simulated(400))}
    assert lines["FDR certificate"].text.startswith("Not run.")
    assert lines["Learned corrections"].text.startswith("Not used")
    assert lines["Fit"].level == "warning"
    assert "1 gene did not converge" in lines["Fit"].text
    assert lines["Replicates"].level == "warning"
    assert "2 degrees of freedom" in lines["Replicates"].text
    names = [finding.name for finding in trust_view(cohort(800, 24, 6))]
    assert names.count("P-values") == 1
