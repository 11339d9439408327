"""EdgeRQL: version 3 against edgeR 3.40 on simulated counts; version 4 by what defines it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from foldwise.engine.threads import ThreadEngine
from foldwise.errors import DesignError, FitError, UsageError
from foldwise.methods.edger_ql import EdgeRQL
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design, make_design
from foldwise.model.experiment import CSRCounts, Experiment
from foldwise.model.fit import Fit, Status
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.quasi_likelihood import top_proportion
from tests.fixtures import EXACT

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "edger_ql"
FORMULAS = {"age": "~ group + age", "one_way": "~ group"}
SLIGHT_F = 1e-3


@cache
def table(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.tsv.gz", sep="\t", index_col=0, **EXACT)


@cache
def experiment() -> Experiment:
    counts = table("counts")
    values = np.ascontiguousarray(counts.to_numpy().astype(np.int32))
    return Experiment(values, table("samples").set_index(counts.columns), pd.DataFrame(index=counts.index))


@cache
def design(kind: str) -> Design:
    return make_design(FORMULAS[kind], experiment().samples)


@cache
def size_factors() -> SizeFactors:
    sizes = experiment().counts.sum(axis=0).astype(float)
    effective = table("sizes")["size"].to_numpy()
    return SizeFactors(effective / effective.mean(), None, "tmm", sizes, effective / sizes)


@cache
def fitted(kind: str, settings: EdgeRQL) -> Fit:
    return settings.fit(experiment(), design(kind), size_factors(), ThreadEngine(1))


def empty_group() -> np.ndarray:
    """Genes (n_genes,) without reads in one of the groups of three samples."""
    return (experiment().counts.reshape(-1, 3, 3).sum(axis=2) == 0).any(axis=1)


def contrast(weights: list[float], kind: str, rows: list[list[float]] | None = None) -> Contrast:
    p = design(kind).n_coefficients
    padded = np.array(weights + [0.0] * (p - len(weights)))
    made = Contrast("c", "c", "", padded, "numeric")
    if rows is None:
        return made
    whole = np.array([row + [0.0] * (p - len(row)) for row in rows])
    return SimpleNamespace(vector=whole[0], matrix=whole)  # type: ignore[return-value]


@pytest.mark.parametrize("kind", ["age", "one_way"])
@pytest.mark.parametrize("robust", [False, True])
def test_version_3_equals_edger(kind: str, robust: bool) -> None:
    settings = EdgeRQL(legacy=True, robust=robust)
    fit, theirs = fitted(kind, settings), table(f"{kind}_robust" if robust else kind)
    extra = fit.extra
    for ours, name, tolerance in (
        (extra["fitted_dispersion"], "dispersion", 1e-9),
        (fit.residual_df, "df", 0),
        (extra["df_prior"], "df_prior", 1e-8),
        (extra["quasi_dispersion_prior"], "prior", 1e-8),
        (extra["quasi_dispersion"], "posterior", 1e-8),
    ):
        np.testing.assert_allclose(ours, np.broadcast_to(theirs[name], ours.shape), rtol=tolerance)
    coefficient = contrast([0, 1], kind)
    between, both = contrast([0, -1, 1], kind), contrast([0], kind, [[0, 1], [0, 0, 1]])
    for test, prefix in ((coefficient, ""), (between, "between_"), (both, "both_")):
        found = settings.test(fit, test)
        counted = (theirs[f"{prefix}f"] > SLIGHT_F).to_numpy()
        np.testing.assert_allclose(
            found.statistic[counted & ~empty_group()], theirs[f"{prefix}f"][counted & ~empty_group()], rtol=2e-6
        )
        # The coefficient -1e8 of a group without reads costs R eight digits of the mean.
        np.testing.assert_allclose(found.statistic[counted], theirs[f"{prefix}f"][counted], rtol=1e-5)
        np.testing.assert_allclose(found.pvalue[counted], theirs[f"{prefix}p"][counted], rtol=1e-5)
        if prefix != "both_":
            np.testing.assert_allclose(found.log2_fold_change, theirs[f"{prefix}lfc"], atol=1e-7)


@pytest.mark.parametrize("kind", ["age", "one_way"])
@pytest.mark.parametrize(
    ("column", "weights", "null"),
    [("treat_p", [0, 1], "interval"), ("treat_between_p", [0, -1, 1], "interval"), ("worst_p", [0, 1], "worst-case")],
)
def test_version_3_thresholds_equal_edger(kind: str, column: str, weights: list[float], null: str) -> None:
    settings = EdgeRQL(legacy=True, lfc_threshold=0.5, threshold_null=null)
    fit = fitted(kind, EdgeRQL(legacy=True))
    found = settings.test(fit, contrast([float(w) for w in weights], kind))
    theirs = table(kind)[column].to_numpy()
    np.testing.assert_allclose(found.pvalue, theirs, rtol=2e-6)


@pytest.mark.parametrize("kind", ["age", "one_way"])
def test_version_4_is_near_version_3(kind: str) -> None:
    new, old = fitted(kind, EdgeRQL()), fitted(kind, EdgeRQL(legacy=True))
    coefficient = contrast([0, 1], kind)
    p_new, p_old = EdgeRQL().test(new, coefficient).pvalue, EdgeRQL(legacy=True).test(old, coefficient).pvalue
    counted = (new.status == Status.OK) & (new.base_mean > 5)
    assert np.corrcoef(np.log(p_new[counted]), np.log(p_old[counted]))[0, 1] > 0.97
    assert new.extra["average_quasi_dispersion"] >= 1
    assert 0 < new.extra["dispersion"] < 0.2
    # Large counts have whole residual degrees of freedom, small ones fewer.
    df = 9 - design(kind).n_coefficients
    np.testing.assert_allclose(np.median(new.residual_df[new.base_mean > 50]), df, rtol=0.02)
    assert np.std(new.residual_df[new.base_mean < 3]) > 0.5
    assert new.residual_df[6] < 0.6 * df  # one read tells little about variance


def test_genes_without_reads() -> None:
    e = experiment()
    counts = e.counts.copy()
    counts[[0, 50]] = 0
    for settings in (EdgeRQL(), EdgeRQL(legacy=True), EdgeRQL(lfc_threshold=0.5)):
        fit = settings.fit(Experiment(counts, e.samples, e.genes), design("age"), None, ThreadEngine(1))
        test = settings.test(fit, contrast([0, 1], "age"))
        np.testing.assert_array_equal(np.flatnonzero(test.status == Status.ALL_ZERO), [0, 50])
        for values in (test.pvalue, test.statistic, test.log2_fold_change):
            np.testing.assert_array_equal(np.flatnonzero(np.isnan(values)), [0, 50])


def test_version_4_thresholds_leave_less() -> None:
    fit, coefficient = fitted("age", EdgeRQL()), contrast([0, 1], "age")
    plain = EdgeRQL().test(fit, coefficient)
    narrow = EdgeRQL(lfc_threshold=1e-9).test(fit, coefficient)
    wide = EdgeRQL(lfc_threshold=0.8).test(fit, coefficient)
    ok = fit.status == Status.OK
    np.testing.assert_allclose(narrow.pvalue[ok], plain.pvalue[ok], rtol=1e-3, atol=1e-6)
    large = (np.abs(fit.coefficients[:, 1]) / np.log(2) > 0.5) & ~empty_group()
    assert (wide.pvalue[ok & large] >= plain.pvalue[ok & large]).all()
    assert (np.sign(wide.statistic[ok]) * wide.log2_fold_change[ok] >= 0).all()


def test_version_4_dispersion_from_trended_dispersions() -> None:
    fit = fitted("age", EdgeRQL(dispersion="estimate-disp"))
    trended, abundance = table("age")["dispersion"].to_numpy(), fit.extra["mean_log2_cpm"]
    top = np.argsort(-abundance, kind="stable")[:30]
    assert fit.extra["dispersion"] == pytest.approx(trended[top].mean(), rel=1e-8)


def test_weights_of_two_are_like_two_samples() -> None:
    # A weight enters as a prior precision, not as a repetition: fold changes of equal weights do not move.
    e = experiment()
    weighted = Experiment(e.counts, e.samples, e.genes, weights=np.full(e.counts.shape, 1.0))
    fit = EdgeRQL().fit(weighted, design("age"), size_factors(), ThreadEngine(1))
    plain = fitted("age", EdgeRQL())
    np.testing.assert_allclose(fit.residual_df, plain.residual_df, rtol=1e-9)
    np.testing.assert_array_equal(fit.coefficients, plain.coefficients)


def test_blocks_and_threads_change_no_bit() -> None:
    whole = fitted("age", EdgeRQL(robust=True))
    for engine in (ThreadEngine(3), ThreadEngine(1, block_genes=37)):
        other = EdgeRQL(robust=True).fit(experiment(), design("age"), size_factors(), engine)
        for name in ("quasi_dispersion", "df_prior", "deviance_adjusted"):
            np.testing.assert_array_equal(other.extra[name], whole.extra[name])
        p = [EdgeRQL().test(fit, contrast([0, 1], "age")).pvalue for fit in (whole, other)]
        np.testing.assert_array_equal(p[0], p[1])


def sparse(counts: np.ndarray) -> CSRCounts:
    rows, columns = np.nonzero(counts)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(counts)))]).astype(np.int64)
    return CSRCounts(counts[rows, columns], columns.astype(np.int32), indptr, counts.shape)


@pytest.mark.parametrize("settings", [EdgeRQL(), EdgeRQL(legacy=True), EdgeRQL(dispersion="estimate-disp")])
def test_storage_changes_no_bit(settings: EdgeRQL) -> None:
    e, whole = experiment(), fitted("age", settings)
    for counts in (sparse(e.counts), e.counts.astype(np.float64)):
        other = settings.fit(Experiment(counts, e.samples, e.genes), design("age"), size_factors(), ThreadEngine(1))
        p = [settings.test(fit, contrast([0, 1], "age")).pvalue for fit in (whole, other)]
        np.testing.assert_array_equal(p[0], p[1])


def test_offsets_by_gene_that_are_library_sizes_change_nothing() -> None:
    e, plain = experiment(), fitted("age", EdgeRQL())
    # Each gene's own level does not count, its differences between samples do.
    levels = np.exp(np.random.default_rng(3).normal(size=(len(e.counts), 1)))
    factors = SizeFactors(size_factors().values, levels * size_factors().values, "offsets",
                          size_factors().library_sizes, size_factors().norm_factors)  # fmt: skip
    fit = EdgeRQL().fit(e, design("age"), factors, ThreadEngine(1))
    assert fit.extra["dispersion"] == pytest.approx(plain.extra["dispersion"], rel=1e-5)
    np.testing.assert_allclose(fit.residual_df, plain.residual_df, rtol=1e-4)
    p = [EdgeRQL().test(f, contrast([0, 1], "age")).pvalue for f in (fit, plain)]
    np.testing.assert_allclose(p[0], p[1], rtol=1e-4)


def test_no_residual_degrees_of_freedom() -> None:
    samples = experiment().samples.iloc[[0, 3, 6]]
    small = Experiment(np.ascontiguousarray(experiment().counts[:, [0, 3, 6]]), samples, experiment().genes)
    with pytest.raises(DesignError, match="replicates"):
        EdgeRQL().fit(small, make_design("~ group", samples), None, ThreadEngine(1))


@pytest.mark.parametrize("settings", [EdgeRQL(), EdgeRQL(legacy=True)])
def test_too_few_reads_are_refused(settings: EdgeRQL) -> None:
    counts = np.eye(20, 9, dtype=np.int32)
    few = Experiment(counts, experiment().samples, pd.DataFrame(index=[f"g{i}" for i in range(20)]))
    with pytest.raises(FitError, match="reads or more"):
        settings.fit(few, design("age"), size_factors(), ThreadEngine(1))


@pytest.mark.parametrize("n_genes", [1, 2, 3, 12])
@pytest.mark.parametrize("settings", [EdgeRQL(), EdgeRQL(robust=True), EdgeRQL(lfc_threshold=1.0)])
def test_few_genes_are_tested(n_genes: int, settings: EdgeRQL) -> None:
    e = experiment()
    few = Experiment(np.ascontiguousarray(e.counts[100 : 100 + n_genes]), e.samples, e.genes.iloc[100 : 100 + n_genes])
    test = settings.test(settings.fit(few, design("age"), size_factors(), ThreadEngine(1)), contrast([0, 1], "age"))
    assert np.isfinite(test.statistic).all()
    assert ((test.pvalue >= 0) & (test.pvalue <= 1)).all()


def test_weights_of_zero_are_refused() -> None:
    e = experiment()
    weighted = Experiment(e.counts, e.samples, e.genes, weights=np.zeros(e.counts.shape))
    with pytest.raises(UsageError, match="positive weights"):
        EdgeRQL().fit(weighted, design("age"), size_factors(), ThreadEngine(1))


def test_settings_and_values_for_plots() -> None:
    assert EdgeRQL.from_spec(AnalysisSpec()) == EdgeRQL()
    values = EdgeRQL().stabilized(experiment(), fitted("age", EdgeRQL()), ThreadEngine(1))
    assert values.shape == experiment().counts.shape
    assert np.isfinite(values).all()


def test_share_of_genes_that_set_the_dispersion() -> None:
    # Scalars of edgeR 4.5.1 on pasilla (8066 genes, 4 df) and fission (6172, 24).
    assert top_proportion(8066, 4) == pytest.approx(0.1252785762669018, rel=1e-13)
    assert top_proportion(6172, 24) == pytest.approx(0.1053870929791628, rel=1e-13)
    assert top_proportion(5, 1) == 1.0
