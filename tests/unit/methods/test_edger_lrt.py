"""edgeR's likelihood ratio test as a method: columns, statuses, contrasts, thresholds, and storage of the counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foldwise.engine.threads import ThreadEngine
from foldwise.errors import UsageError
from foldwise.methods.edger_lrt import EdgeRLRT
from foldwise.model.contrast import make_contrast
from foldwise.model.design import make_design
from foldwise.model.experiment import CSRCounts, Experiment
from foldwise.model.fit import Status
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec, MethodSettings
from foldwise.stats.norm_factors import norm_factors


def simulated(seed: int = 1, n_genes: int = 300) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(4, 1.2, (n_genes, 1))) * np.array([1, 1.3, 0.8, 1, 1.1, 0.9, 1.2, 1, 0.7])
    mean[:30, 3:6] *= 4
    counts = rng.negative_binomial(8, 8 / (8 + mean)).astype(np.int32)
    counts[-1] = 0
    return counts


def experiment_of(counts: object, weights: np.ndarray | None = None) -> Experiment:
    samples = pd.DataFrame(
        {"group": pd.Categorical(["a"] * 3 + ["b"] * 3 + ["c"] * 3), "age": np.linspace(20, 60, 9) ** 1.1},
        index=[f"s{i}" for i in range(9)],
    )
    return Experiment(counts, samples, pd.DataFrame(index=[f"g{i}" for i in range(300)]), weights=weights)


def sizes_of(counts: np.ndarray) -> SizeFactors:
    library, factors = counts.sum(axis=0).astype(float), norm_factors(counts)
    values = library * factors
    return SizeFactors(values / values.mean(), kind="tmm", library_sizes=library, norm_factors=factors)


def fit_of(method: EdgeRLRT, counts: np.ndarray, formula: str = "~ group", **named: object):  # type: ignore[no-untyped-def]
    experiment = experiment_of(named.pop("stored", counts), **named)
    design = make_design(formula, experiment.samples)
    return method.fit(experiment, design, sizes_of(counts), ThreadEngine(n_threads=1)), design


def test_changed_genes_are_found_with_their_fold_change():
    fit, design = fit_of(EdgeRLRT(), simulated())
    test = EdgeRLRT().test(fit, make_contrast(design, ("group", "b", "a")))
    assert np.median(test.log2_fold_change[:30]) == pytest.approx(2.0, abs=0.2)
    assert np.mean(test.pvalue[:30] < 1e-2) > 0.8
    assert np.mean(test.pvalue[30:299] < 0.05) < 0.1
    assert test.status[-1] == Status.ALL_ZERO
    assert np.isnan(test.pvalue[-1])
    assert list(test.columns) == ["mean_log2_cpm"]
    assert test.facts == {"df": 1}


def test_contrasts_reverse_and_add_up():
    fit, design = fit_of(EdgeRLRT(), simulated())
    found = {pair: EdgeRLRT().test(fit, make_contrast(design, ("group", *pair))) for pair in ("ba", "ab", "cb", "ca")}
    np.testing.assert_allclose(found["ba"].log2_fold_change, -found["ab"].log2_fold_change, atol=1e-12)
    np.testing.assert_allclose(found["ba"].pvalue, found["ab"].pvalue, rtol=1e-9)
    total = found["ba"].log2_fold_change + found["cb"].log2_fold_change
    np.testing.assert_allclose(total[:299], found["ca"].log2_fold_change[:299], atol=1e-12)


def test_a_threshold_is_harder_to_pass_and_its_null_can_be_the_worst_case():
    fit, design = fit_of(EdgeRLRT(), simulated())
    contrast = make_contrast(design, ("group", "b", "a"))
    plain, one, two, worst = (
        EdgeRLRT(lfc_threshold=lfc, threshold_null=null).test(fit, contrast).pvalue[:299]
        for lfc, null in ((0.0, "interval"), (0.5, "interval"), (1.0, "interval"), (1.0, "worst-case"))
    )
    assert (one >= plain - 1e-12).mean() > 0.95
    assert (two >= one - 1e-12).all()
    assert (worst >= two - 1e-12).all()


def test_storage_blocks_and_threads_change_no_bit():
    counts = simulated()
    rows, columns = np.nonzero(counts)
    indptr = np.concatenate(([0], np.cumsum((counts > 0).sum(axis=1)))).astype(np.int64)
    sparse = CSRCounts(counts[rows, columns], columns.astype(np.int32), indptr, counts.shape)
    reference = None
    for formula in ("~ group", "~ group + age"):
        reference, design = fit_of(EdgeRLRT(), counts, formula)
        other, _ = fit_of(EdgeRLRT(), counts, formula, stored=sparse)
        np.testing.assert_array_equal(other.coefficients, reference.coefficients)
        whole = EdgeRLRT().test(reference, make_contrast(design, ("group", "c", "a")))
        np.testing.assert_array_equal(
            EdgeRLRT().test(other, make_contrast(design, ("group", "c", "a"))).pvalue, whole.pvalue
        )


def test_weights_of_one_change_nothing_and_weights_of_zero_are_refused():
    counts = simulated()
    plain, _ = fit_of(EdgeRLRT(), counts)
    ones, _ = fit_of(EdgeRLRT(), counts, weights=np.ones(counts.shape))
    np.testing.assert_array_equal(plain.coefficients, ones.coefficients)
    with pytest.raises(UsageError, match="positive weights"):
        fit_of(EdgeRLRT(), counts, weights=np.zeros(counts.shape))


def test_settings_come_from_the_spec():
    method = EdgeRLRT.from_spec(AnalysisSpec(method=MethodSettings(name="edger-lrt", profile="edger-3.40")))
    assert method == EdgeRLRT(legacy=True)
    assert EdgeRLRT.from_spec(AnalysisSpec()).trend == "locfit"


def test_values_for_plots_are_log_counts_per_million():
    counts = simulated()
    fit, _ = fit_of(EdgeRLRT(), counts)
    values = EdgeRLRT().stabilized(experiment_of(counts), fit, ThreadEngine(n_threads=1))
    assert values.shape == counts.shape
    assert np.abs(np.mean(values[:299]) - np.mean(fit.extra["mean_log2_cpm"][:299])) < 0.5
