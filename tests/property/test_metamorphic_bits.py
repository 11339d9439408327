"""Relations that hold to the last bit (class B): storage, names, blocks, threads, unused columns, other genes."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import foldwise as fw
from foldwise.api.simulate import simulate, write_simulation
from foldwise.engine.threads import ThreadEngine
from foldwise.model.design import make_design
from foldwise.model.experiment import CSRCounts, Experiment
from tests.property.relations import (
    N_GENES,
    ONE_GROUP,
    OTHER_TWIN,
    SHEETS,
    TWIN,
    Case,
    cases,
    run,
    same,
    simulated,
    table,
    take,
    with_counts,
)

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
PROFILE = settings(max_examples=25, deadline=None)
WAYS = (
    {}, {"test": "lrt"}, {"engine": "exact"}, {"trend": "local"}, {"trend": "mean", "use_t": True}, {"trend": "none"},
    {"size_factors": "poscounts", "lfc": 0.5}, {"profile": "deseq2-1.44", "alternative": "less"},
    {"replace_outliers": False}, {"shrink": "ashr"}, {"method": "ols"}, {"method": "ols", "transform": "log2-cpm"},
)  # fmt: skip
OPTIONS = st.sampled_from(WAYS)
PACKAGE = str(Path(fw.__file__).resolve().parents[1])
PACKAGES = Path(fw.__file__).resolve().parents[1]


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder


def sparse(counts: np.ndarray) -> CSRCounts:
    gene, sample = np.nonzero(counts)
    indptr = np.concatenate(([0], np.cumsum(np.count_nonzero(counts, axis=1)))).astype(np.int64)
    return CSRCounts(counts[gene, sample], sample.astype(np.int32), indptr, counts.shape)


def rich(case: Case, seed: int = 1) -> dict[str, Experiment]:
    """The experiment plain, with weights, and with offsets per gene and sample."""
    rng, shape = np.random.default_rng(seed), case.experiment.counts.shape
    weights = rng.choice([0.2, 0.7, 1.0, 1.0], shape)
    return {
        "plain": case.experiment,
        "weights": replace(case.experiment, weights=weights),
        "offsets": replace(case.experiment, log_offset=rng.normal(0, 0.3, shape)),
    }


@PROFILE
@given(cases(), OPTIONS, st.randoms(use_true_random=False))
def test_m03_order_of_sheet_rows_and_columns(case, options, random):
    """The sheet is matched by name, so its order says nothing."""
    frame = pd.DataFrame(case.experiment.counts, case.experiment.genes.index, case.experiment.samples.index)
    rows, columns = list(case.experiment.samples.index), list(case.experiment.samples.columns)
    random.shuffle(rows)
    random.shuffle(columns)
    sheets = (case.experiment.samples, case.experiment.samples.loc[rows, columns])
    one, other = (table(case, experiment=fw.read(frame, each), **options) for each in sheets)
    same(one, other)


@pytest.mark.parametrize("given_as", ["plain", "weights", "offsets"])
@pytest.mark.parametrize(("kind", "n"), [("two groups", 8), ("batches", 14), ("three levels", 7)])
@pytest.mark.parametrize("test", ["wald", "lrt"])
def test_m04_blocks_of_1_7_100_all(kind, n, test, given_as):
    case = simulated(kind, n, 11)
    experiment = rich(case)[given_as]
    whole = run(case, experiment=experiment, test=test)
    assert whole.fit.replaced.any()
    for size in (1, 7, 100):
        part = run(case, experiment=experiment, test=test, on=ThreadEngine(1, block_genes=size))
        same(whole.results[0].table, part.results[0].table)
        np.testing.assert_array_equal(whole.vst, part.vst)


@PROFILE
@given(cases(), OPTIONS, st.sampled_from([1, 7, 100]), st.sampled_from([1, 2, 16]))
def test_m04_m05_blocks_and_threads(case, options, size, threads):
    other = table(case, on=ThreadEngine(threads, block_genes=size), **options)
    same(table(case, **options), other)


@pytest.mark.parametrize("shrink", ["apeglm", "ashr", "normal"])
def test_m05_threads_and_shrinkage(shrink):
    case = replace(simulated("batches", 5, 3), contrast="a_a1_vs_a0")
    one = table(case, shrink=shrink)
    for threads in (2, 16):
        same(one, table(case, on=ThreadEngine(threads, block_genes=50), shrink=shrink))


@pytest.mark.parametrize("given_as", ["plain", "weights", "offsets"])
@pytest.mark.parametrize("way", range(len(WAYS)))
def test_m06_dense_and_sparse(way, given_as):
    case, options = simulated(list(SHEETS)[way % len(SHEETS)], 7, way), WAYS[way]
    if options.get("method") == "ols" and given_as != "plain":
        given_as = "plain"
    dense = rich(case)[given_as]
    thin = replace(dense, counts=sparse(np.asarray(dense.counts)))
    same(table(case, experiment=dense, **options), table(case, experiment=thin, **options))
    split = table(case, experiment=thin, on=ThreadEngine(2, block_genes=13), **options)
    same(table(case, experiment=dense, **options), split)


@PROFILE
@given(cases(), OPTIONS, st.sampled_from([np.uint8, np.int16, np.uint16, np.int64, np.uint64, np.float32, np.float64]))
def test_m07_type_of_the_numbers(case, options, dtype):
    counts = np.minimum(case.experiment.counts, min(250 if dtype is np.uint8 else 30_000, 30_000))
    genes, samples = case.experiment.genes.index, case.experiment.samples
    one, other = (
        table(case, experiment=fw.read(pd.DataFrame(values, genes, samples.index), samples), **options)
        for values in (counts, counts.astype(dtype))
    )
    same(one, other)


def test_m10_twice_and_in_another_environment(tmp_path):
    """Every file but run.json, which holds times, is the same in every byte."""
    environments = {
        "one": {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC", "OPENBLAS_NUM_THREADS": "1"},
        "other": {"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Asia/Tokyo"},
    }
    contents = []
    for name, variables in environments.items():
        command = [sys.executable, "-m", "foldwise", "run", "counts.tsv.gz", "samples.tsv", "-q", "--design", "~ group"]
        command += ["--reference", "group=control", "--shrink", "ashr", "-o", "out"]
        environment = {**os.environ, "PYTHONPATH": str(PACKAGES), **variables}
        write_simulation(simulate(300, 6, seed=4), make(tmp_path / name))
        done = subprocess.run(command, cwd=tmp_path / name, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        out = tmp_path / name / "out"
        files = [path for path in out.rglob("*") if path.is_file() and path.name != "run.json"]
        contents.append({path.relative_to(out).as_posix(): path.read_bytes() for path in files})
    assert contents[0].keys() == contents[1].keys()
    assert [name for name, data in contents[0].items() if contents[1][name] != data] == []


def test_m12_one_matrix_in_every_file(tmp_path):
    case = simulated("batches", 4, 21)
    frame = pd.DataFrame(case.experiment.counts, case.experiment.genes.index, case.experiment.samples.index)
    frame.index.name = "gene_id"
    sheet = case.experiment.samples.rename_axis("sample")
    expected = fw.de(frame, sheet, case.design, contrast=case.contrast).table
    sheet.to_csv(tmp_path / "samples.csv")
    sheet.to_csv(tmp_path / "samples.tsv", sep="\t")
    frame.to_csv(tmp_path / "a.csv")
    frame.to_csv(tmp_path / "a.tsv", sep="\t")
    frame.to_csv(tmp_path / "a.tsv.gz", sep="\t")
    frame.to_csv(tmp_path / "wrong.txt", sep=";")
    frame.T.rename_axis("sample").to_csv(tmp_path / "turned.csv")
    for name in ("a.csv", "a.tsv", "a.tsv.gz", "wrong.txt", "turned.csv"):
        for samples in ("samples.csv", "samples.tsv"):
            found = fw.de(tmp_path / name, tmp_path / samples, case.design, contrast=case.contrast).table
            same(expected, found)


@PROFILE
@given(cases(), OPTIONS, st.data())
def test_m14_names_of_genes(case, options, data):
    text = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r\t"), min_size=1, max_size=5)
    names = [f"{data.draw(text)}{k}" for k in range(5)] + [f"γ{k}" for k in range(5, N_GENES)]
    renamed = replace(case.experiment, genes=case.experiment.genes.set_axis(names))
    other = table(case, experiment=renamed, **options)
    assert list(other.index) == names
    same(table(case, **options), other)


@PROFILE
@given(cases("two groups", "batches", "three levels"), OPTIONS, st.text("abéß _.-", min_size=1, max_size=6))
def test_m15_names_of_samples_and_factors(case, options, name):
    names = [f"{name}{k}" for k in range(case.experiment.n_samples)][::-1]
    column = f"q{name}"
    samples = case.experiment.samples.set_axis(names).rename(columns={"a": column})
    levels = tuple(case.contrast.split(":")[1:])
    design = case.design.replace("a", f"`{column}`")
    reduced = case.reduced
    other = replace(
        case, experiment=replace(case.experiment, samples=samples), design=design, reduced=reduced,
        contrast=":".join((column, *levels)),
    )  # fmt: skip
    same(table(case, **options), table(other, **options))


@PROFILE
@given(
    cases("two groups", "batches", "three levels", "cells"), OPTIONS,
    st.lists(st.text("xyzAB9é -+/_.", min_size=1, max_size=4).map(str.strip), min_size=3, max_size=3, unique=True),
)  # fmt: skip
def test_m16_names_of_levels_in_their_order(case, options, levels):
    if not all(levels):
        return
    order = sorted({*case.experiment.samples["a"]})
    names = dict(zip(order, levels, strict=False))
    a = pd.Categorical(case.experiment.samples["a"].map(names), [names[level] for level in order])
    experiment = replace(case.experiment, samples=case.experiment.samples.assign(a=a))
    _, target, reference = case.contrast.split(":")
    contrast = ":".join(("a", names[target], names[reference]))
    same(table(case, **options), table(replace(case, contrast=contrast), experiment=experiment, **options))


@PROFILE
@given(cases("two groups", "batches", "three levels", "interaction"), OPTIONS)
def test_m17_m18_unused_columns_and_levels(case, options):
    samples = case.experiment.samples
    wider = samples.assign(
        batch=np.arange(len(samples)), note="x",
        a=pd.Categorical(samples["a"], [*sorted(set(samples["a"])), "never"]),
    )  # fmt: skip
    experiment = replace(case.experiment, samples=wider)
    same(table(case, **options), table(case, experiment=experiment, **options))
    if not options:
        result = fw.de(experiment, None, case.design, contrast=case.contrast)
        assert "W-DESIGN-004" in [warning.id for warning in result.warnings]


def test_m19_samples_by_genes():
    case = simulated("two groups", 4, 5)
    frame = pd.DataFrame(case.experiment.counts, case.experiment.genes.index, case.experiment.samples.index)
    expected = table(case, experiment=fw.read(frame, case.experiment.samples))
    same(expected, table(case, experiment=fw.read(frame.T, case.experiment.samples)))


@PROFILE
@given(cases("two groups", "batches"), OPTIONS)
def test_m32_one_contrast_in_every_spelling(case, options):
    """A single coefficient has no all-zero rule (as in R), so genes without reads in both groups are left out."""
    design = make_design(case.design, case.experiment.samples)
    number = design.coefficient_names.index("a_a1_vs_a0")
    vector = [float(k == number) for k in range(design.n_coefficients)]
    whole = case.experiment.counts.any(axis=1)
    expected = table(case, **options)
    for contrast in ("a1 - a0", "a_a1_vs_a0", "aa1", str(vector)):
        same(expected[whole], table(replace(case, contrast=contrast), **options)[whole])


@PROFILE
@given(cases("three levels", smallest=3, largest=5), OPTIONS)
def test_m33_many_contrasts_are_each_alone(case, options):
    contrasts = ["a:a1:a0", "a:a2:a1", "a:a0:a2", "[0, 0.5, 0.5]", "a1 - a2"]
    together = run(case, contrast=contrasts, **options).results
    for contrast, result in zip(contrasts, together, strict=True):
        same(table(replace(case, contrast=contrast), **options), result.table)


@PROFILE
@given(cases(), OPTIONS)
def test_m45_weights_of_one(case, options):
    if options.get("method") == "ols":
        return
    shape = case.experiment.counts.shape
    plain = fw.de(case.experiment, None, case.design, contrast=case.contrast, **_python(case, options))
    for weights in (np.ones(shape), np.ones(shape[1])):
        weighted = fw.de(
            case.experiment, None, case.design, contrast=case.contrast, weights=weights, **_python(case, options)
        )
        same(plain.table, weighted.table)


def _python(case: Case, options: dict[str, object]) -> dict[str, object]:
    return {**options, "reduced": case.reduced} if options.get("test") == "lrt" else options


@PROFILE
@given(cases(), OPTIONS, st.integers(1, 60))
def test_m48_genes_without_reads_change_no_other(case, options, n):
    """All but padj, whose filter counts the zeros (as R's does); and ols, whose adjustment ignores them."""
    zeros = np.zeros((n, case.experiment.n_samples), dtype=np.int32)
    genes = pd.DataFrame(index=[*case.experiment.genes.index, *(f"zero{k}" for k in range(n))])
    longer = replace(case.experiment, counts=np.vstack([case.experiment.counts, zeros]), genes=genes)
    one, other = table(case, **options), table(case, experiment=longer, **options)
    assert set(other["status"].iloc[N_GENES:]) == {"all_zero"}
    assert other["padj"].iloc[N_GENES:].isna().all()
    columns = [name for name in one.columns if name not in ("padj", "status")]
    same(one, other.iloc[:N_GENES], columns if options.get("method") != "ols" else None)
    unfiltered = {**options, "independent_filtering": False}
    if options.get("method") != "ols":
        same(table(case, **unfiltered), table(case, experiment=longer, **unfiltered).iloc[:N_GENES])


@PROFILE
@given(cases(), OPTIONS, st.integers(5, N_GENES - 1))
def test_m50_equal_rows_have_equal_results(case, options, gene):
    counts = case.experiment.counts.copy()
    counts[gene] = counts[ONE_GROUP]
    found = table(with_counts(case, counts), **options)
    # ashr's s-value is a running mean over the sorted genes, so that equal ones follow each other
    columns = [name for name in found.columns if name != "s_value"]
    for one, other in ((TWIN, OTHER_TWIN), (ONE_GROUP, gene)):
        same(found.iloc[[one]].reset_index(drop=True), found.iloc[[other]].reset_index(drop=True), columns)


@PROFILE
@given(cases(), st.sampled_from([{}, {"test": "lrt"}, {"engine": "exact"}, {"use_t": True}]), st.data())
def test_m51_a_gene_is_not_moved_by_others(case, options, data):
    """With size factors given and no trend there is no global step but the adjustment."""
    chosen = sorted(data.draw(st.sets(st.integers(0, N_GENES - 1), min_size=5, max_size=40)))
    frozen = {"trend": "none", "independent_filtering": False, **options}
    factors = run(case).size_factors.values
    whole = table(case, factors=factors, **frozen)
    part = table(case, factors=factors, experiment=take(case.experiment, chosen), **frozen)
    same(whole.iloc[chosen], part, [name for name in whole.columns if name != "padj"])
