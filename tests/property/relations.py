"""Small simulated experiments of every design, and the comparison of two analyses, for the metamorphic relations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from foldwise import pipeline
from foldwise.engine.base import Engine
from foldwise.engine.threads import ThreadEngine
from foldwise.model.analysis import Analysis
from foldwise.model.experiment import Experiment
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options

NUMBERS = ("base_mean", "log2_fold_change", "log2_fold_change_se", "statistic", "pvalue", "padj")
N_GENES = 160
# Rows of every simulated table with a meaning of their own.
ZERO, TWIN, OTHER_TWIN, ONE_GROUP, OUTLIER = 0, 1, 2, 3, 4


@dataclass(frozen=True, eq=False)
class Case:
    """An experiment with the model that fits it."""

    experiment: Experiment
    design: str
    contrast: str
    reduced: str
    seed: int = 0

    def spec(self, **options: Any) -> AnalysisSpec:
        """Settings of one analysis; options by their flat names."""
        found = {"design": self.design, "contrast": [self.contrast], **options}
        if found.get("test") == "lrt":
            found.setdefault("reduced", self.reduced)
        return with_options(AnalysisSpec(), found)


def run(
    case: Case, *, on: Engine | None = None, factors: Any = None, experiment: Experiment | None = None, **options: Any
) -> Analysis:  # fmt: skip
    """Analyze one case; ``factors`` are size factors, or factors per gene and sample."""
    given = None
    if factors is not None:
        matrix = np.ascontiguousarray(factors, dtype=np.float64)
        given = SizeFactors(matrix) if matrix.ndim == 1 else SizeFactors(np.exp(np.log(matrix).mean(axis=0)), matrix)
    return pipeline.run(
        case.spec(**options), experiment or case.experiment, engine=on or ThreadEngine(1), size_factors=given
    )


def table(case: Case, **more: Any) -> pd.DataFrame:
    """The result table of one case."""
    return run(case, **more).results[0].table


SHEETS = {
    "two groups": ("~ a", "a:a1:a0", "~ 1"),
    "uneven": ("~ a", "a:a1:a0", "~ 1"),
    "batches": ("~ b + a", "a:a1:a0", "~ b"),
    "three levels": ("~ a", "a:a2:a1", "~ 1"),
    "interaction": ("~ a * b", "aa1:bb1", "~ a + b"),
    "cells": ("~ 0 + a", "a:a1:a0", "~ 1"),
    "covariate": ("~ x + a", "a:a1:a0", "~ x"),
    "slope": ("~ x", "x", "~ 1"),
}


def sheet(kind: str, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return ``n`` samples per group of a design, in random order."""
    levels = 3 if kind == "three levels" else 2
    a = np.repeat(np.arange(levels), n)
    if kind == "uneven":
        a = np.repeat([0, 1], [2, n + 1])
    if kind in ("batches", "interaction"):
        n = max(n, 4)
        a = np.repeat(np.arange(levels), n)
    b = np.arange(len(a)) % 2
    x = np.round(rng.normal(40, 12, len(a)), 1)
    frame = pd.DataFrame({"a": [f"a{k}" for k in a], "b": [f"b{k}" for k in b], "x": x})
    frame = frame.iloc[rng.permutation(len(a))]
    return frame.set_axis([f"s{k:02d}" for k in range(len(a))])


def simulated(kind: str, n: int, seed: int, n_genes: int = N_GENES, *, extremes: bool = True) -> Case:
    """Counts of one design with fold changes; ``extremes`` adds zeros, twins, a gene on in one group, an outlier."""
    rng = np.random.default_rng(seed)
    samples = sheet(kind, n, rng)
    mean = np.exp(rng.normal(4.5, 1.8, n_genes))
    dispersion = (0.03 + 2 / mean) * np.exp(rng.normal(0, 0.7, n_genes))
    change = np.where(rng.random(n_genes) < 0.3, rng.normal(0, 1.2, n_genes), 0)
    effect = change[:, None] * samples["a"].str[1:].astype(int).to_numpy()
    effect = effect + 0.3 * rng.normal(size=(n_genes, 1)) * (samples["b"] == "b1").to_numpy()
    effect = effect + 0.02 * change[:, None] * (samples["x"].to_numpy() - 40)
    depth = np.exp(rng.normal(0, 0.3, len(samples)))
    rate = mean[:, None] * np.exp(np.clip(effect, -5, 5)) * depth
    counts = rng.poisson(rng.gamma(1 / dispersion[:, None], dispersion[:, None] * rate)).astype(np.int32)
    if extremes:
        counts[ZERO] = 0
        counts[OTHER_TWIN] = counts[TWIN]
        counts[ONE_GROUP, (samples["a"] == "a0").to_numpy()] = 0
        counts[OUTLIER] = rng.poisson(60 * depth)
        counts[OUTLIER, 0] = 200_000
    genes = pd.DataFrame(index=[f"g{k:03d}" for k in range(n_genes)])
    design, contrast, reduced = SHEETS[kind]
    return Case(Experiment(counts, samples, genes), design, contrast, reduced, seed)


def cases(
    *kinds: str, smallest: int = 3, largest: int = 8, n_genes: int = N_GENES, extremes: bool = True
) -> st.SearchStrategy[Case]:
    """Cases of some designs (default all)."""
    return st.builds(
        simulated,
        st.sampled_from(kinds or tuple(SHEETS)),
        st.integers(smallest, largest),
        st.integers(0, 10**6),
        st.just(n_genes),
        extremes=st.just(extremes),
    )


def take(experiment: Experiment, genes: Any = slice(None), samples: Any = slice(None)) -> Experiment:
    """Choose and order genes and samples."""

    def part(matrix: np.ndarray | None) -> np.ndarray | None:
        return None if matrix is None else np.ascontiguousarray(matrix[genes][:, samples])

    return Experiment(
        part(experiment.counts), experiment.samples.iloc[samples], experiment.genes.iloc[genes],
        part(experiment.log_offset), part(experiment.weights),
    )  # fmt: skip


def with_counts(case: Case, counts: np.ndarray) -> Case:
    """Return the case with other counts."""
    return replace(case, experiment=replace(case.experiment, counts=np.ascontiguousarray(counts)))


def same(one: pd.DataFrame, other: pd.DataFrame, columns: Any = None) -> None:
    """Class B: every bit of every column."""
    names = list(one.columns) if columns is None else list(columns)
    if columns is None:
        assert list(other.columns) == names
    for name in names:
        a, b = one[name].to_numpy(), other[name].to_numpy()
        if a.dtype.kind == "f":
            np.testing.assert_array_equal(a.view(np.int64), b.view(np.int64), err_msg=name)
        else:
            np.testing.assert_array_equal(a, b, err_msg=name)


def difference(one: pd.DataFrame, other: pd.DataFrame, column: str) -> np.ndarray:
    """Absolute difference of fold changes and small statistics, else relative; infinite where one only is missing."""
    if column not in one and column not in other:  # a quantity that the method has not
        return np.zeros(len(one))
    a, b = one[column].to_numpy(float), other[column].to_numpy(float)
    absolute = np.abs(a - b)
    size = np.maximum(np.abs(a), np.abs(b))
    scale = {"log2_fold_change": np.ones_like(a), "statistic": np.maximum(size, 1.0)}.get(column, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(a == b, 0.0, absolute / scale)
    return np.where(np.isnan(a) != np.isnan(b), np.inf, np.nan_to_num(found))
