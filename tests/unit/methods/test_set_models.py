"""Tests of gene sets on the fits of methods: R's numbers, the truth, and what is refused.

R's answers (limma 3.54, edgeR 3.40) are made by ``validation/r/set_tests.R``.
"""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import foldwise as fw
from foldwise.stats.nb_scores import nb_normal_scores
from tests.unit.methods.test_limma import SAMPLES, ZERO_GENE, experiment, table

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
PLAIN = {"filter": "none", "size_factors": "none"}
RUNS = {"voom": {"method": "limma-voom"}, "trend": {"method": "limma-trend"},
        "edger": {"method": "edger-lrt", "profile": "edger-3"}}  # fmt: skip
CONTRASTS = {"": ("group", "b", "a"), "contrast": [0.0, 1.0, -1.0]}
LIMITS = {"voom": 1e-9, "trend": 1e-9, "edger": 1e-6}


@cache
def counts() -> pd.DataFrame:
    frame = pd.DataFrame(experiment().counts, experiment().genes.index, SAMPLES.index)
    return frame.drop(ZERO_GENE)


def gene_sets() -> dict[str, list[str]]:
    genes = list(counts().index)
    return {"first": genes[:12], "third": genes[19:80:3], "last": genes[119:149], "one": genes[4:5]}


@cache
def analyzed(run: str, contrast: str = "") -> fw.Results:
    return fw.de(counts(), SAMPLES, "~ batch + group", contrast=CONTRASTS[contrast], **RUNS[run], **PLAIN)


def theirs(name: str) -> pd.DataFrame:
    whole = pd.read_csv(Path(__file__).parent / "set_tests.tsv", sep="\t", float_precision="round_trip")
    return whole[whole["test"] == name].set_index("gene_set")


@pytest.mark.parametrize(
    "name",
    ["voom camera", "voom camera estimate", "voom camera contrast", "voom fry", "trend camera", "trend fry",
     "edger camera", "edger camera contrast", "edger fry"],
)  # fmt: skip
def test_p18_tables_equal_r(name: str) -> None:
    run, test, *more = name.split()
    correlation = {"correlation": None} if "estimate" in more else {}
    results = analyzed(run, "contrast" if "contrast" in more else "")
    found = fw.enrich(results, gene_sets(), test=test, **correlation).set_index("gene_set")
    known = theirs(name).loc[found.index]
    np.testing.assert_array_equal(found["n_genes"], known["n"])
    np.testing.assert_array_equal(found["direction"], known["direction"].str.lower())
    np.testing.assert_allclose(found["pvalue"], known["p"], rtol=LIMITS[run])
    if test == "fry":
        np.testing.assert_allclose(found["pvalue_mixed"], known["mixed"], rtol=10 * LIMITS[run])
    if "estimate" in more:
        several = found["n_genes"] > 1
        np.testing.assert_allclose(found["correlation"][several], known["correlation"][several], rtol=1e-8)


def test_roast_of_many_rotations_is_near_fry_and_repeats() -> None:
    results = analyzed("edger")
    one, other = (fw.enrich(results, gene_sets(), test="roast") for _ in range(2))
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    exact = fw.enrich(results, gene_sets(), test="fry").set_index("gene_set").loc[one["gene_set"]]
    assert np.abs(one["pvalue"].to_numpy() - exact["pvalue"].to_numpy()).max() < 0.05
    assert not one.equals(fw.enrich(results, gene_sets(), test="roast", seed=7))
    assert ((one["share_up"] + one["share_down"]) <= 1).all()


@pytest.mark.parametrize("method", ["limma-voom", "limma-trend", "edger-ql", "edger-lrt", "edger-exact"])
@pytest.mark.parametrize("test", ["camera", "fry", "roast", "camera-pr"])
def test_a_set_of_changed_genes_is_found_and_its_direction(method: str, test: str) -> None:
    rng = np.random.default_rng(3)
    mean = rng.uniform(50, 500, (300, 1)) * np.ones(10)
    mean[:30, 5:] *= 3.0
    mean[30:60, 5:] /= 3.0
    frame = pd.DataFrame(rng.negative_binomial(12, 12 / (12 + mean)), [f"g{k}.4" for k in range(300)],
                         SAMPLES.index)  # fmt: skip
    sets = {"up": [f"g{k}" for k in range(30)], "down": [f"g{k}" for k in range(30, 60)],
            "none": [f"g{k}" for k in range(100, 140)], "all": [f"g{k}" for k in range(300)],
            "strangers": ["x1"]}  # fmt: skip
    results = fw.de(frame, SAMPLES, "~ group", contrast=("group", "b", "a"), method=method)
    found = fw.enrich(results, sets, test=test).set_index("gene_set")
    assert set(found.index) == {"up", "down", "none"}
    assert found.loc["up", "direction"] == "up"
    assert found.loc["down", "direction"] == "down"
    assert (found.loc[["up", "down"], "padj"] < 0.01).all()
    assert found.loc["none", "pvalue"] > 0.01
    assert list(found.index[:2]) != ["none", "up"]


def test_genes_that_were_not_tested_do_not_count() -> None:
    few = counts().copy()
    few.iloc[:6] = 0
    few.iloc[:6, 0] = 1
    results = fw.de(few, SAMPLES, "~ group", contrast=("group", "b", "a"), method="limma-voom")
    assert (results.table["status"].iloc[:6] == "low_count").all()
    found = fw.enrich(results, gene_sets(), test="camera").set_index("gene_set")
    assert found.loc["first", "n_genes"] == 6
    assert "one" not in found.index


def test_a_dispersion_of_nothing_gives_poisson_scores() -> None:
    from scipy import stats

    y, mu = np.array([[0.0, 2.0, 9.0]]), np.array([[1.5, 4.0, 4.0]])
    found = nb_normal_scores(y, mu, np.array([1e-10]))
    p = stats.poisson.sf(y, mu) + 0.5 * stats.poisson.pmf(y, mu)
    np.testing.assert_allclose(found, stats.norm.isf(p), rtol=1e-7)


@pytest.mark.parametrize(
    ("options", "call", "id"),
    [
        ({"method": "deseq2"}, {"test": "camera"}, "E-USAGE-002"),
        ({"method": "ols"}, {"test": "fry"}, "E-USAGE-002"),
        ({"method": "limma-voom", "block": "patient"}, {"test": "roast"}, "E-USAGE-002"),
        ({"method": "edger-ql", "weights": np.full(10, 0.5)}, {"test": "camera"}, "E-USAGE-002"),
        ({"method": "limma-voom", "design": "~ patient", "contrast": "patient"}, {"test": "camera"}, "E-USAGE-002"),
        ({"method": "limma-voom"}, {"test": "romer"}, "E-USAGE-001"),
        ({"method": "limma-voom"}, {"test": "fry", "method": "ora"}, "E-USAGE-002"),
        ({"method": "limma-voom"}, {"test": "fry", "correlation": 0.1}, "E-USAGE-002"),
        ({"method": "limma-voom"}, {"test": "camera", "correlation": 2.0}, "E-USAGE-002"),
        ({"method": "limma-voom"}, {"test": "camera-pr", "correlation": None}, "E-USAGE-002"),
        ({"method": "limma-voom"}, {"correlation": 0.1}, "E-USAGE-002"),
    ],
)
def test_what_cannot_be_tested_is_refused(options: dict, call: dict, id: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = {"design": "~ batch + group", "contrast": ("group", "b", "a")}
        results = fw.de(counts(), SAMPLES, **(plain | options))
    with pytest.raises(fw.UsageError) as caught:
        fw.enrich(results, gene_sets(), **call)
    assert caught.value.id == id
    assert caught.value.fix


def test_every_method_can_be_ranked() -> None:
    results = fw.de(counts(), SAMPLES, "~ group", contrast=("group", "b", "a"), method="deseq2")
    found = fw.enrich(results, gene_sets(), test="camera-pr")
    assert list(found.columns) == ["gene_set", "direction", "n_genes", "correlation", "pvalue", "padj"]
    assert table().index[0] == "g001"
