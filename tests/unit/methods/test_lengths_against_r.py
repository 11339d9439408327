"""Gene lengths through all methods, against DESeq2, edgeR and limma on simulated transcripts (lengths.R)."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pandas as pd
import pytest

from foldwise import pipeline
from foldwise.errors import UsageError
from foldwise.model.experiment import Experiment
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options
from tests.fixtures import EXACT, FOLDER

DESIGNS = {"group": "~ group", "batch": "~ batch + group"}
METHODS = {
    "deseq2": ("deseq2", {"fdr": 0.1}, {"pvalue": "pvalue", "padj": "padj", "log2_fold_change": "log2FoldChange"}),
    "edger-ql": ("edger_ql", {"profile": "edger-3"}, {"pvalue": "PValue", "mean_log2_cpm": "logCPM"}),
    "edger-lrt": ("edger_lrt", {"profile": "edger-3"}, {"pvalue": "PValue", "log2_fold_change": "logFC"}),
    "limma-voom": ("voom", {}, {"pvalue": "P.Value", "log2_fold_change": "logFC"}),
    "limma-trend": ("trend", {}, {"pvalue": "P.Value", "log2_fold_change": "logFC"}),
}
# Per method: R's Brent steps for edgeR's common dispersion leave 1e-7, its limma nothing but rounding.
TOLERANCE = {"deseq2": 1e-8, "edger-ql": 1e-7, "edger-lrt": 1e-7, "limma-voom": 1e-9, "limma-trend": 1e-9}


def table(name: str) -> pd.DataFrame:
    path = FOLDER / "lengths" / name
    separator = "," if name.endswith("csv") else "\t"
    return pd.read_csv(path, sep=separator, index_col=0, na_values="NA", keep_default_na=False, **EXACT)


@cache
def experiment() -> Experiment:
    counts = table("counts.csv")
    samples = table("samples.csv").loc[counts.columns]
    genes = pd.DataFrame(index=counts.index)
    lengths, tpm = table("lengths.csv").to_numpy(), table("tpm.csv").to_numpy()
    return Experiment(counts.to_numpy(), samples, genes, lengths=lengths, abundance=tpm)


def analyze(method, design="group", **options):
    plain = {"method": method, "design": DESIGNS[design], "contrast": ("group:b:a",), **options}
    given = plain.pop("size_factors_given", None)
    return pipeline.run(with_options(AnalysisSpec(), plain), experiment(), size_factors=given)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("method", METHODS)
def test_p_values_are_rs(method, design):
    stem, options, columns = METHODS[method]
    r = table(f"{stem}_{design}.tsv.gz")
    found = analyze(method, design, **options)
    kept = found.results[0].table.loc[r.index]
    if method != "deseq2":
        tested = found.results[0].table["padj"].notna()
        assert set(tested.index[tested]) == set(r.index)
    for ours, theirs in columns.items():
        np.testing.assert_allclose(
            kept[ours].to_numpy(float), r[theirs].to_numpy(float), rtol=TOLERANCE[method], atol=1e-12, err_msg=ours
        )


def test_normalization_factors_are_deseq2s():
    found = analyze("deseq2").size_factors
    assert found.matrix is not None
    np.testing.assert_allclose(found.matrix, table("deseq2_factors.tsv.gz").to_numpy(), rtol=6e-14)


def test_offsets_are_edgers():
    r = table("edger_offset_group.tsv.gz")
    offset = analyze("edger-lrt").fit.extra["offset"]
    np.testing.assert_allclose(offset, r.to_numpy(), atol=4e-14, rtol=0)


def test_log_values_of_plots_know_the_lengths():
    r = table("edger_logcpm.tsv.gz")
    found = analyze("edger-ql")
    values = found.vst[found.experiment.genes.index.get_indexer(r.index)]
    np.testing.assert_allclose(values, r.to_numpy(), atol=1e-12)


def test_factors_by_gene_beside_lengths_are_refused():
    given = SizeFactors(np.ones(6), np.ones(experiment().counts.shape), "given")
    for method in ("deseq2", "edger-ql", "limma-voom"):
        with pytest.raises(UsageError, match="gene lengths"):
            analyze(method, size_factors_given=given)


def test_deseq2_rounds_and_edger_does_not():
    counts = experiment().counts
    rounded = analyze("deseq2").experiment.counts
    assert rounded.dtype == np.int32
    np.testing.assert_array_equal(rounded, np.rint(counts))
    np.testing.assert_array_equal(analyze("edger-ql").experiment.counts, counts)


@pytest.mark.parametrize("method", ["ols", "t", "wilcoxon"])
def test_methods_on_transformed_counts_get_scaled_abundance(method):
    found = analyze(method)
    assert found.experiment.lengths is None
    np.testing.assert_allclose(found.experiment.counts.sum(axis=0), experiment().counts.sum(axis=0), rtol=1e-13)
    assert found.results[0].table["pvalue"].notna().any()


def test_a_filter_keeps_factors_of_all_genes_for_the_tables():
    found = analyze("deseq2", filter="expression")
    assert found.fit.rows is not None
    assert found.size_factors.matrix.shape == found.experiment.counts.shape
    np.testing.assert_allclose(found.size_factors.matrix[found.fit.rows], found.fit.size_factors.matrix, rtol=1e-13)


def test_given_size_factors_are_the_depth_beside_the_lengths():
    own = analyze("deseq2")
    given = SizeFactors(own.size_factors.values, None, "given")
    again = analyze("deseq2", size_factors_given=given)
    np.testing.assert_allclose(again.size_factors.matrix, own.size_factors.matrix, rtol=1e-13)
    np.testing.assert_allclose(
        again.results[0].table["pvalue"].to_numpy(), own.results[0].table["pvalue"].to_numpy(), rtol=1e-6
    )


def test_iterated_size_factors_and_offsets_beside_lengths_are_refused():
    with pytest.raises(UsageError) as caught:
        analyze("deseq2", size_factors="iterate")
    assert caught.value.id == "E-USAGE-002"
    both = dataclasses.replace(experiment(), log_offset=np.zeros(experiment().counts.shape))
    with pytest.raises(UsageError) as caught:
        pipeline.run(with_options(AnalysisSpec(), {"design": "~ group"}), both)
    assert "lengths" in str(caught.value)


def test_dropping_samples_and_genes_drops_their_lengths():
    part = experiment().take(np.array([3, 5])).take_samples(np.array([0, 4]))
    assert part.lengths.tolist() == experiment().lengths[[3, 5]][:, [0, 4]].tolist()
    assert part.abundance.shape == part.counts.shape == (2, 2)
    assert list(part.samples.index) == ["ctrl_1", "drug_2"]
