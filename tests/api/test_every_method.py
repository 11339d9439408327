"""Everything that a result and a fit offer works for every method, or says why it cannot."""

from __future__ import annotations

import matplotlib.figure
import numpy as np
import pandas as pd
import pytest

import foldwise as fw
from foldwise.method import METHODS
from foldwise.names import RESULT_COLUMNS, STYLES

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
CONTRAST = ("group", "treated", "control")
TWO_GROUPS = ("t", "wilcoxon", "edger-exact")


@pytest.fixture(scope="module")
def experiment() -> fw.Experiment:
    data = fw.simulate(400, 12, seed=5, share_changed=0.25, sd_log2=1.5)
    counts = data.counts.copy()
    counts.iloc[3] = 0
    counts.insert(0, "gene_name", [f"NAME{i}" for i in range(len(counts))])
    return fw.read(counts, data.samples.assign(batch=["a", "a", "b", "b"] * 3))


@pytest.fixture(scope="module", params=METHODS)
def results(request, experiment) -> fw.Results:
    design = "~ group" if request.param in TWO_GROUPS else "~ batch + group"
    return fw.de(experiment, None, design, contrast=CONTRAST, method=request.param)


def test_tables(results, experiment):
    known = [quantity.name for quantity in RESULT_COLUMNS]
    table = results.table
    assert table.index.equals(experiment.genes.index.rename("gene_id"))
    assert list(table.columns) == [name for name in known if name in table.columns]
    for style in STYLES:
        assert len(results.to_frame(style=style)) == len(table)
    top = results.top(20, fdr=0.5, lfc=0.5)
    assert (top["padj"] < 0.5).all()
    assert (top["log2_fold_change"].abs() >= 0.5).all()
    assert results.certificate is None


def test_words(results):
    assert len(repr(results).splitlines()) <= 20
    assert "up = higher in treated" in results.summary()
    assert "called" in results.explain("NAME10")
    assert "all_zero" in results.explain("NAME3") or "low_count" in results.explain("NAME3")
    assert (
        results.spec.method.name.split("-")[0].lower() in results.methods().lower() or "foldwise" in results.methods()
    )


def test_card_is_small_and_has_no_script(results):
    card = results._repr_html_()
    assert len(card.encode()) <= 40_000
    assert "<script" not in card
    assert "onerror" not in card
    assert card.count("<tr>") == 11
    assert "<svg" in card


def test_figures(results):
    for figure in (results.volcano(label=10), results.ma(), results.pvalue_hist(), results.gene("NAME10").plot()):
        assert isinstance(figure, matplotlib.figure.Figure)
    assert isinstance(results.heatmap(list(results.table.index[10:14])), matplotlib.figure.Figure)
    assert isinstance(results.pca(), matplotlib.figure.Figure)


def test_files(results, tmp_path):
    assert results.report(tmp_path / "report.html").stat().st_size > 50_000
    lines = results.to_rnk(tmp_path / "x.rnk").read_text().splitlines()
    scores = np.array([float(line.split("\t")[1]) for line in lines])
    assert (np.diff(scores) <= 0).all()
    rising = results.table.loc[[line.split("\t")[0] for line in lines], "log2_fold_change"].to_numpy()
    if results.spec.method.name != "wilcoxon":  # whose ranks and means may disagree in direction
        assert (np.sign(scores) * np.sign(rising) >= 0).all()
    assert results.to_excel(tmp_path / "x.xlsx").read_bytes()[:2] == b"PK"
    adata = results.to_anndata()
    assert adata.shape == (12, 400)
    adata.write_h5ad(tmp_path / "x.h5ad")


def test_fitted_model(results, experiment):
    fit = fw.fit(experiment, results.design.formula, method=results.spec.method.name)
    pd.testing.assert_series_equal(fit.contrast(CONTRAST).table["pvalue"], results.table["pvalue"], check_exact=True)
    both = fit.contrasts({"there": CONTRAST, "back": ("group", "control", "treated")})
    assert list(both) == ["there", "back"]
    assert both["back"].contrast.id == "back"
    np.testing.assert_allclose(
        both["back"].table["log2_fold_change"], -both["there"].table["log2_fold_change"], rtol=1e-9, atol=1e-12
    )
    assert fit.coefficients.shape == (400, len(fit.design.coefficient_names))
    if results.spec.method.name == "deseq2":
        assert fit.lrt("~ batch").result.statistic == "LR"
    else:
        with pytest.raises(fw.UsageError, match="E-USAGE-002"):
            fit.lrt("~ batch")
    assert len(repr(fit).splitlines()) <= 20


def test_experiments_and_analyses_are_shown_in_a_few_lines(results, experiment):
    assert repr(experiment).splitlines()[0] == "Experiment: 400 genes × 12 samples, whole numbers"
    assert len(repr(experiment)) < 400
    assert f"{results.result.n_up:,} up" in repr(results.analysis)
    assert len(repr(results.analysis).splitlines()) <= 20
