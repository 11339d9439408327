from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from foldwise.model.experiment import CSRCounts
from foldwise.model.fit import Status
from foldwise.report.embed import decode
from foldwise.report.payload import FDR_STOPS, build_payload, gene_names, keep_calls, status_codes, status_counts

from .fixture import simulated


@pytest.fixture(scope="module")
def analysis():
    return simulated(contrasts=2)


@pytest.fixture(scope="module")
def payload(analysis):
    return build_payload(analysis)


def _blocks(payload):
    return {block.name: decode(block) for block in payload.blocks}


def test_counts_and_ids_are_those_of_the_experiment(analysis, payload):
    blocks = _blocks(payload)
    assert np.array_equal(blocks["counts"], analysis.experiment.counts)
    assert blocks["gene_id"] == analysis.experiment.genes.index.tolist()
    assert blocks["gene_name"] == analysis.experiment.genes["gene_name"].tolist()
    assert np.array_equal(blocks["size_factors"], analysis.size_factors.values)


def test_sparse_counts_give_the_same_block(analysis, payload):
    counts = analysis.experiment.counts
    rows, columns = np.nonzero(counts)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(counts)))])
    sparse = CSRCounts(counts[rows, columns], columns.astype(np.int32), indptr.astype(np.int64), counts.shape)
    other = dataclasses.replace(analysis, experiment=dataclasses.replace(analysis.experiment, counts=sparse))
    assert [b.data for b in build_payload(other).blocks] == [b.data for b in payload.blocks]


def test_manifest_names_every_block(payload):
    names = [entry["name"] for entry in payload.manifest["blocks"]]
    assert names == [block.name for block in payload.blocks]
    assert len(set(names)) == len(names)
    for contrast in payload.manifest["contrasts"]:
        for column in contrast["columns"]:
            assert column.get("block") in names or column.get("derive") == "ratio"


def test_columns_hold_the_table_in_single_precision(analysis, payload):
    blocks = _blocks(payload)
    for number, result in enumerate(analysis.results):
        for column in payload.manifest["contrasts"][number]["columns"]:
            if column["kind"] != "number" or "block" not in column:
                continue
            expected = result.table[column["key"]].to_numpy(dtype=float).astype(np.float32)
            assert np.array_equal(blocks[column["block"]], expected, equal_nan=True), column["key"]


def test_equal_columns_share_a_block(payload):
    first, second = payload.manifest["contrasts"]
    block = {c["key"]: c.get("block") for c in second["columns"]}
    assert block["base_mean"] == {c["key"]: c.get("block") for c in first["columns"]}["base_mean"]
    assert block["log2_fold_change"] != {c["key"]: c.get("block") for c in first["columns"]}["log2_fold_change"]
    assert payload.manifest["spread"]["mean"] == block["base_mean"]


def test_statistic_is_derived_only_where_it_is_the_ratio(analysis):
    result = analysis.results[0]
    table = result.table.assign(statistic=result.table["statistic"] ** 2)
    other = dataclasses.replace(analysis, results=(dataclasses.replace(result, table=table),))
    kinds = {c["key"]: c for c in build_payload(other).manifest["contrasts"][0]["columns"]}
    assert kinds["statistic"]["block"] == "c0_statistic"
    ratio = {c["key"]: c for c in build_payload(analysis).manifest["contrasts"][0]["columns"]}
    assert ratio["statistic"]["derive"] == "ratio"


def test_counts_of_calls_survive_single_precision(analysis, payload):
    blocks = _blocks(payload)
    for number, result in enumerate(analysis.results):
        padj = result.table["padj"].to_numpy()
        columns = {c["key"]: c.get("block") for c in payload.manifest["contrasts"][number]["columns"]}
        for stop, border in payload.manifest["contrasts"][number]["stops"]:
            assert np.count_nonzero(blocks[columns["padj"]] < np.float32(border)) == np.count_nonzero(padj < stop)


def test_values_next_to_a_stop_stay_on_their_side():
    stops = list(FDR_STOPS)
    near = np.array(
        [f(s) for s in stops for f in (lambda s: np.nextafter(s, 0), lambda s: s, lambda s: np.nextafter(s, 1))]
    )
    kept = keep_calls(near, np.log10(near).astype("<f4"), stops)
    for stop in stops:
        assert np.array_equal(kept < np.float32(np.log10(stop)), near < stop)
    assert np.allclose(kept, np.log10(near), atol=1e-6)


def test_zero_and_missing_p_survive(payload, analysis):
    stored = _blocks(payload)["c0_pvalue"]
    p = analysis.results[0].table["pvalue"].to_numpy()
    assert np.isneginf(stored[p == 0]).all()
    assert np.array_equal(np.isnan(stored), np.isnan(p))
    assert stored[4] == pytest.approx(-290, abs=1e-4)


def test_status_codes_are_those_of_the_enum(analysis):
    codes = status_codes(analysis.results[0])
    words = [Status(int(code)).word for code in codes]
    assert words == analysis.results[0].table["status"].tolist()
    assert sum(status_counts(analysis.results[0]).values()) == len(codes)
    assert set(words) == {status.word for status in Status}


def test_gene_name_of_the_table_serves_where_the_experiment_has_none(analysis):
    bare = dataclasses.replace(
        analysis, experiment=dataclasses.replace(analysis.experiment, genes=analysis.experiment.genes[[]])
    )
    assert gene_names(bare).tolist() == gene_names(analysis).tolist()


def test_a_tight_cap_coarsens_counts_and_says_so(analysis, payload):
    coarse = build_payload(analysis, cap=payload.n_bytes - 1)
    assert "log2(count + 1)" in coarse.notes[0]
    assert len(coarse.notes) == 1
    counts = analysis.experiment.counts
    shown = {b.name: decode(b) for b in coarse.blocks}["counts"]
    assert np.all(np.abs(np.log2(shown + 1) - np.log2(counts + 1)) <= 0.0501)


def test_a_tighter_cap_keeps_tested_genes_only_and_says_so(analysis):
    small = build_payload(analysis, cap=1)
    tested = analysis.results[0].table["padj"].notna().to_numpy()
    ids = {b.name: decode(b) for b in small.blocks}["gene_id"]
    assert ids == analysis.experiment.genes.index[tested].tolist()
    assert f"{tested.sum()} tested genes" in small.notes[1]
    assert small.manifest["n_genes"] == tested.sum()
    assert small.rows.tolist() == np.flatnonzero(tested).tolist()
    counted = next(b for b in small.blocks if b.name == "counts").shape[0]
    for block in small.blocks:
        assert block.shape[0] in (tested.sum(), 6, 2, counted)


def test_each_further_step_leaves_out_more_and_says_so(analysis):
    sizes = [build_payload(analysis, cap=cap).n_bytes for cap in (10**9, 1)]
    caps = np.linspace(sizes[0], sizes[1], 40).astype(int).tolist()
    found = {len(small.notes): (small, cap) for cap in caps for small in [build_payload(analysis, cap=cap)]}
    assert set(found) == {0, 1, 2, 3, 4}
    narrow = [c["key"] for c in found[3][0].manifest["contrasts"][0]["columns"]]
    assert narrow == ["base_mean", "log2_fold_change", "pvalue", "padj", "status"]
    last, _ = found[4]
    blocks = {b.name: decode(b) for b in last.blocks}
    assert 0 <= len(blocks["counts"]) == len(blocks["counted"]) < len(blocks["gene_id"])
    kept = [blocks["gene_id"][k] for k in blocks["counted"]]
    assert f"{len(kept)} genes with the smallest p-values" in last.notes[3]
    best = np.fmin.reduce([result.table["pvalue"].to_numpy() for result in analysis.results])
    place = analysis.experiment.genes.index.get_indexer
    others = [gene for gene in blocks["gene_id"] if gene not in set(kept)]
    assert not kept or best[place(kept)].max() <= best[place(others)].min()


def test_normalization_factors_per_gene_are_carried(analysis):
    matrix = np.exp(np.random.default_rng(0).normal(0, 0.3, analysis.experiment.counts.shape))
    other = dataclasses.replace(analysis, size_factors=dataclasses.replace(analysis.size_factors, matrix=matrix))
    factors = {b.name: decode(b) for b in build_payload(other).blocks}["factors"]
    assert np.allclose(factors, matrix, rtol=1e-4)
