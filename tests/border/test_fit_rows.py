"""Rows B16, B17, B49, B51, B54, B59, B74 to B82 and B101: what normalization and fit do with difficult data."""

from __future__ import annotations

import builtins
import dataclasses
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import foldwise as fw
from foldwise.api.simulate import simulate, write_simulation
from foldwise.cli.app import cli
from foldwise.model.fit import Status
from tests.border.tables import checked
from tests.property.relations import SHEETS, run, simulated, with_counts

CONTRAST = ("group", "treated", "control")
WORDS = {status.word for status in Status}
quiet = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
pytestmark = [quiet, pytest.mark.filterwarnings("error::RuntimeWarning")]


def two_groups(n: int, n_genes: int = 200, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts of ordinary genes and a sheet of ``n`` samples in each of two groups, by turns."""
    data = simulate(n_genes, 2 * n, seed=seed)
    return data.counts, data.samples


def de(counts: pd.DataFrame, samples: pd.DataFrame, design: str = "~ group", **options: object) -> pd.DataFrame:
    return fw.de(counts, samples, design, contrast=options.pop("contrast", CONTRAST), **options).table


def fails(id: str, *words: str, exit_code: int = 3, **call: object) -> None:
    with pytest.raises(fw.FoldwiseError) as caught:
        de(**call)
    checked(caught.value, id, words, exit_code)


def with_numbers(table: pd.DataFrame) -> None:
    """Row B80: every gene has a status, and numbers are missing where it says so only."""
    assert set(table["status"]) <= WORDS
    numbers = table.drop(columns="status").astype(float)
    ok = table["status"].isin(["ok", "not_converged"])
    assert np.isfinite(numbers[ok]).all(axis=None)
    assert table["pvalue"][table["status"] == "low_count"].notna().all()
    assert table["padj"][~ok].isna().all()
    assert table["log2_fold_change"][table["status"] == "count_outlier"].notna().all()
    assert numbers["base_mean"].notna().all()


# --- normalization -----------------------------------------------------------------------------------------------


def holes(counts: pd.DataFrame) -> pd.DataFrame:
    """A zero in every gene."""
    return counts.mask(np.arange(counts.shape[1]) == np.arange(len(counts))[:, None] % counts.shape[1], 0)


def test_b16_a_zero_in_every_gene(tmp_path):
    counts, samples = two_groups(4, 300)
    counts = holes(counts)
    start = time.perf_counter()
    fails("E-NORM-001", "poscounts", counts=counts, samples=samples)
    assert time.perf_counter() - start < 5  # no hidden iterative route
    with_numbers(de(counts, samples, size_factors="poscounts"))
    with_numbers(de(counts, samples, method="ols"))
    counts.to_csv(tmp_path / "counts.tsv", sep="\t")
    samples.to_csv(tmp_path / "samples.tsv", sep="\t")
    arguments = ["run", str(tmp_path / "counts.tsv"), str(tmp_path / "samples.tsv"), "--design", "~ group", "-q"]
    done = CliRunner().invoke(cli, [*arguments, "-o", str(tmp_path / "out")], prog_name="foldwise")
    assert done.exit_code == 3
    assert "E-NORM-001" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("trend", ["parametric", "local"])
@pytest.mark.parametrize("n_genes", [1, 2])
def test_b17_too_few_genes_for_a_trend(trend, n_genes):
    counts, samples = two_groups(4)
    few = counts.iloc[5 : 5 + n_genes]
    fails("E-FIT-001", "needs 3", "--trend none", counts=few, samples=samples, trend=trend)


@pytest.mark.parametrize("n_genes", [1, 2, 3])
def test_b17_the_dispersion_of_the_gene_alone_serves(n_genes):
    counts, samples = two_groups(4)
    table = de(counts.iloc[5 : 5 + n_genes], samples, trend="none", size_factors=[1.0] * 8)
    assert len(table) == n_genes
    with_numbers(table)


# --- design ------------------------------------------------------------------------------------------------------


def test_b49_the_reference_chosen_by_the_alphabet_stands_in_the_report(tmp_path):
    counts, samples = two_groups(4)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        results = fw.de(counts, samples.replace({"control": "wild", "treated": "mutant"}), "~ group")
    ids = [w.message.id for w in caught if isinstance(w.message, fw.FoldwiseWarning)]
    assert "W-DESIGN-003" in ids
    page = results.report(tmp_path / "r.html").read_text()
    assert "W-DESIGN-003" in page
    assert "--reference" in page
    assert results.contrast.direction == "up = higher in wild"


@pytest.mark.parametrize("engine", ["parity", "exact"])
@pytest.mark.parametrize(("design", "contrast"), [("~ reads + group", CONTRAST), ("~ reads", "reads")])
def test_b51_a_covariate_up_to_a_million(engine, design, contrast):
    counts, samples = two_groups(5)
    samples = samples.assign(reads=np.random.default_rng(3).uniform(0, 1e6, 10).round())
    results = fw.de(counts, samples, design, contrast=contrast, engine=engine)
    with_numbers(results.table)
    assert "W-DESIGN-006" in [warning.id for warning in results.warnings]
    if engine == "exact":
        # Scaled inside and back: the numbers are those of a covariate in handy units
        handy = fw.de(counts, samples.assign(reads=samples["reads"] / 1e6), design, contrast=contrast, engine=engine)
        unit = 1e6 if contrast == "reads" else 1.0
        scaled = results.table["log2_fold_change"] * unit
        np.testing.assert_allclose(scaled, handy.table["log2_fold_change"], rtol=0, atol=1e-5)
        np.testing.assert_allclose(results.table["pvalue"], handy.table["pvalue"], rtol=1e-4)


def test_b54_a_factor_of_70_levels(tmp_path):
    levels = [f"donor{k:02d}" for k in range(70)]
    samples = pd.DataFrame(
        {"donor": levels * 2, "group": ["control"] * 70 + ["treated"] * 70}, index=[f"s{k}" for k in range(140)]
    )
    rng = np.random.default_rng(5)
    mean = np.exp(rng.normal(6, 1, (60, 1))) * np.exp(rng.normal(0, 0.4, (60, 70)))
    values = rng.negative_binomial(8, 8 / (8 + np.hstack([mean, mean])))
    counts = pd.DataFrame(values, [f"g{k}" for k in range(60)], samples.index)
    stages = []
    experiment = fw.read(counts, samples)
    spec = fw.AnalysisSpec()
    design = dataclasses.replace(spec.design, formula="~ donor + group", contrasts=("group:treated:control",))
    start = time.perf_counter()
    analysis = fw.run(
        dataclasses.replace(spec, design=design), experiment, progress=lambda stage, done, total: stages.append(stage)
    )
    assert time.perf_counter() - start < 30
    with_numbers(analysis.results[0].table)
    assert {"dispersions", "coefficients"} <= set(stages)
    counts.to_csv(tmp_path / "counts.csv")
    samples.to_csv(tmp_path / "samples.csv")
    arguments = ["run", tmp_path / "counts.csv", tmp_path / "samples.csv", "--design", "~ donor + group", "--dry-run"]
    done = CliRunner().invoke(cli, [str(item) for item in arguments], prog_name="foldwise")
    assert done.exit_code == 0
    assert "MiB of memory and" in done.stderr
    assert "of one processor" in done.stderr


@pytest.mark.parametrize("options", [{}, {"engine": "exact"}, {"method": "ols"}, {"lfc": 0.5}, {"use_t": True}])
def test_b59_a_gene_without_reads_in_both_groups(options):
    case = simulated("three levels", 4, 3, extremes=False)
    counts = case.experiment.counts.copy()
    counts[7] = np.where(case.experiment.samples["a"] == "a2", 300, 0)
    for contrast in ("a:a1:a0", "a1 - a0"):
        row = run(with_counts(case, counts), contrast=[contrast], **options).results[0].table.iloc[7]
        assert row["log2_fold_change"] == pytest.approx(0, abs=0 if options.get("method") is None else 1e-14)
        assert row["pvalue"] == pytest.approx(1, abs=0 if options.get("method") is None else 1e-12)
        assert row["status"] in ("ok", "low_count")
        assert row["log2_fold_change_se"] > 0


# --- weights and fit ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"use_t": True}, {"shrink": "apeglm"}, {"shrink": "ashr"}, {"trend": "none"}])
def test_b74_weights_that_leave_nothing_to_compare(options):
    counts, samples = two_groups(4)
    weights = pd.DataFrame(1.0, counts.index, counts.columns)
    treated = (samples["group"] == "treated").to_numpy()
    weights.iloc[3] = 0.0
    weights.iloc[4, treated] = 0.0
    weights.iloc[5, 1:] = 0.0
    weights.iloc[6, np.flatnonzero(treated)[1:]] = 0.0
    table = de(counts, samples, weights=weights, reference={"group": "control"}, **options)
    assert list(table["status"].iloc[3:6]) == ["not_estimable"] * 3
    assert table["status"].iloc[6] in ("ok", "low_count")
    assert table.iloc[3:6][["log2_fold_change", "pvalue", "padj"]].isna().all(axis=None)
    with_numbers(table)


def test_b74_no_degree_of_freedom_left_by_weights():
    counts, samples = two_groups(3)
    weights = pd.DataFrame(1.0, counts.index, counts.columns)
    weights.iloc[3] = [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    weights.iloc[4] = [1.0, 1.0, 0.3, 0.3, 0.3, 0.0]
    table = de(counts, samples, weights=weights, use_t=True)
    assert list(table["status"].iloc[3:5]) == ["not_estimable", "ok"] or table["status"].iloc[4] == "low_count"
    with_numbers(table)


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_b75_one_count_of_a_million(n):
    counts, samples = two_groups(n)
    counts.iloc[9] = 100
    counts.iloc[9, 0] = 1_000_000
    row = de(counts, samples).iloc[9]
    assert row["status"] == "count_outlier"
    assert np.isnan(row["pvalue"])
    assert np.isnan(row["padj"])
    assert np.isfinite(row["log2_fold_change"])
    kept = de(counts, samples, cooks=False).iloc[9]
    assert np.isfinite(kept["pvalue"])


@pytest.mark.parametrize("n", [7, 8])
def test_b75_with_seven_replicates_the_count_is_replaced(n):
    counts, samples = two_groups(n)
    counts.iloc[9] = 100
    counts.iloc[9, 0] = 1_000_000
    results = fw.de(counts, samples, "~ group", contrast=CONTRAST)
    assert results.table.iloc[9]["status"] in ("ok", "low_count")
    assert abs(results.table.iloc[9]["log2_fold_change"]) < 1
    assert any("replaced" in message.text for message in results.analysis.messages)


@pytest.mark.parametrize("many", [3, 40, 1000, 500_000])
@pytest.mark.parametrize("options", [{}, {"engine": "exact"}, {"test": "lrt", "reduced": "~ 1"}, {"method": "ols"}])
@pytest.mark.parametrize("n", [2, 5])
def test_b76_no_reads_against_many(many, options, n):
    counts, samples = two_groups(n)
    treated = (samples["group"] == "treated").to_numpy()
    reads = np.random.default_rng(1).poisson(many, treated.sum()) + 1
    counts.iloc[9, ~treated] = 0
    counts.iloc[9, treated] = reads
    table = de(counts, samples, **options)
    row = table.iloc[9]
    assert np.isfinite(row["log2_fold_change"])
    assert row["log2_fold_change"] > 0
    assert row["status"] in ("ok", "low_count", "not_converged", "count_outlier")
    with_numbers(table)


def test_b77_a_trend_that_fails_is_said(tmp_path):
    counts, samples = two_groups(4)
    with pytest.warns(fw.FoldwiseWarning, match="W-FIT-001") as caught:
        results = fw.de(holes(counts), samples, "~ group", contrast=CONTRAST, size_factors="poscounts")
    assert any("local" in str(each.message) for each in caught)
    assert results.analysis.fit.dispersions.trend_kind == "local"
    assert "W-FIT-001" in results.report(tmp_path / "r.html").read_text()
    assert "local" in results.methods()


def test_b78_counts_that_vary_less_than_poisson():
    samples = two_groups(4)[1]
    values = np.outer(np.arange(50, 250), np.ones(8, dtype=int))
    counts = pd.DataFrame(values, [f"g{k}" for k in range(200)], samples.index)
    for trend in ("parametric", "local", "mean"):
        fails("E-FIT-002", "--trend none", counts=counts, samples=samples, trend=trend)
    with_numbers(de(counts, samples, trend="none"))
    table = de(counts, samples, method="ols")
    assert set(table["status"]) == {"not_estimable"}
    with_numbers(table)


def test_b79_genes_that_do_not_converge_are_counted_and_marked():
    case = simulated("covariate", 5, 52)
    counts = np.random.default_rng(52).negative_binomial(0.05, 0.0005, case.experiment.counts.shape).astype(np.int32)
    counts[:30] = case.experiment.counts[:30]
    with pytest.warns(fw.FoldwiseWarning, match="W-FIT-002") as caught:
        results = fw.de(
            with_counts(case, counts).experiment, None, case.design, contrast=case.contrast, size_factors="poscounts"
        )
    n = (results.table["status"] == "not_converged").sum()
    assert n >= 1
    (said,) = [str(each.message) for each in caught if "W-FIT-002" in str(each.message)]
    assert f"{n} gene" in said
    with_numbers(results.table)


@pytest.mark.parametrize("kind", list(SHEETS))
@pytest.mark.parametrize("options", [{}, {"engine": "exact"}, {"method": "ols"}, {"test": "lrt"}, {"use_t": True}])
def test_b80_a_missing_value_has_a_reason(kind, options):
    """Data of 90 % zeros, of outliers, and of both."""
    for seed in range(3):
        case = simulated(kind, 3 + 2 * seed, seed)
        rng = np.random.default_rng(seed)
        counts = case.experiment.counts.copy()
        counts[40:] = np.where(rng.random(counts[40:].shape) < 0.9, 0, counts[40:])
        counts[rng.integers(40, 160, 30), rng.integers(0, counts.shape[1], 30)] = 10**6
        factors = {} if options.get("method") else {"size_factors": "poscounts"}
        with_numbers(run(with_counts(case, counts), **factors, **options).results[0].table)


@pytest.mark.parametrize("name", ["beta", "covariance"])
def test_b81_a_number_that_a_kernel_lost_is_a_bug_and_no_result(monkeypatch, tmp_path, name):
    from foldwise import _kernels

    fit = _kernels.nb_irls

    def losing(*arguments: object, **more: object) -> dict[str, np.ndarray]:
        found = fit(*arguments, **more)
        found[name][min(5, len(found[name]) - 1)] = np.nan
        return found

    monkeypatch.setattr(_kernels, "nb_irls", losing)
    write_simulation(simulate(200, 6, seed=1), tmp_path)
    files = [str(tmp_path / "counts.tsv.gz"), str(tmp_path / "samples.tsv")]
    done = CliRunner().invoke(
        cli, ["run", *files, "--design", "~ group", "-q", "-o", str(tmp_path / "out")], prog_name="foldwise"
    )
    assert done.exit_code == 1
    assert "E-INTERNAL-001" in done.stderr
    assert "Traceback" not in done.output
    assert not (tmp_path / "out").exists()


def test_b82_every_gene_and_the_method_asked_for(monkeypatch):
    """What does not fit is refused (E-MEM-001); nothing is subsampled and no other method is taken."""
    counts, samples = two_groups(3, 3000)
    for method in ("deseq2", "ols"):
        results = fw.de(counts, samples, "~ group", contrast=CONTRAST, method=method)
        assert results.spec.method.name == method
        assert list(results.table.index) == list(counts.index)
        assert results.analysis.fit.method == method
    from foldwise.api import memory

    monkeypatch.setattr(memory, "available_bytes", lambda: 50 << 20)
    fails("E-MEM-001", "MiB", exit_code=75, counts=counts, samples=samples)


def test_b101_a_missing_extra_is_named_with_its_command(monkeypatch):
    from foldwise.io.anndata_out import to_anndata

    counts, samples = two_groups(3)
    analysis = fw.de(counts, samples, "~ group", contrast=CONTRAST).analysis
    load = builtins.__import__

    def without(name: str, *more: object, **named: object) -> object:
        if name.partition(".")[0] == "anndata":
            raise ImportError(name)
        return load(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(fw.UsageError) as caught:
        to_anndata(analysis)
    checked(caught.value, "E-EXTRA-001", ["pip install 'foldwise[anndata]'"], exit_code=2)


# --- what was given and would be left aside ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"method": "ols", "weights": np.ones(6) / 2},
        {"method": "ols", "transform": "log1p-raw", "size_factors": [1.0] * 6},
        {"method": "ols", "size_factors": np.ones((200, 6))},
        {"method": "ols", "control_genes": ["gene001"]},
        {"size_factors": "iterate", "control_genes": ["gene001"]},
        {"size_factors": [1.0] * 6, "control_genes": ["gene001"]},
        {"test": "lrt", "reduced": "~ 1", "use_t": True},
    ],
)
def test_nothing_given_is_silently_left_aside(options):
    counts, samples = two_groups(3)
    fails("E-USAGE-002", exit_code=2, counts=counts, samples=samples, **options)


@pytest.mark.parametrize("scale", [0.01, 1.0, 40.0])
def test_size_factors_far_from_one_are_said(scale):
    counts, samples = two_groups(3)
    results = fw.de(counts, samples, "~ group", contrast=CONTRAST, size_factors=np.full(6, scale))
    assert ("W-NORM-002" in [warning.id for warning in results.warnings]) == (scale != 1.0)


# --- settings that meet rarely --------------------------------------------------------------------------------------


def test_b17_a_local_trend_of_five_genes():
    counts, samples = two_groups(4)
    with_numbers(de(counts.iloc[[1, 5, 9, 12, 40]], samples, trend="local", size_factors="poscounts"))


@pytest.mark.parametrize("shrink", ["normal", "apeglm", "ashr"])
def test_b80_shrinkage_without_a_trend(shrink):
    counts, samples = two_groups(4)
    with_numbers(de(counts, samples, trend="none", shrink=shrink))


def test_b80_weights_offsets_and_replaced_counts_together():
    case = simulated("two groups", 8, 11)
    rng = np.random.default_rng(1)
    weights = rng.choice([0.0, 0.3, 1.0, 1.0], case.experiment.counts.shape)
    offsets = rng.normal(0, 0.3, case.experiment.counts.shape)
    experiment = dataclasses.replace(case.experiment, weights=weights, log_offset=offsets)
    found = run(case, experiment=experiment)
    assert found.fit.replaced.any()
    with_numbers(found.results[0].table)


def test_b74_reads_where_the_weight_is_zero_are_no_reads():
    counts, samples = two_groups(4)
    counts.iloc[3] = [90, 80, 0, 0, 0, 0, 0, 0]
    weights = pd.DataFrame(1.0, counts.index, counts.columns)
    weights.iloc[3, :2] = 0.0
    table = de(counts, samples, weights=weights)
    assert table["status"].iloc[3] == "not_estimable"
    with_numbers(table)


def test_b78_factors_cannot_be_iterated_where_nothing_varies():
    samples = two_groups(4)[1]
    values = np.outer(np.arange(50, 250), np.ones(8, dtype=int))
    counts = pd.DataFrame(values, [f"g{k}" for k in range(200)], samples.index)
    fails("E-NORM-006", "poscounts", counts=counts, samples=samples, size_factors="iterate")
