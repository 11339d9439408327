"""The numbers of tests as tables of canonical columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np
import pandas as pd

from foldwise import _kernels
from foldwise.engine.base import kernel_counts
from foldwise.errors import InternalError
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Status, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.results import ResultTable
from foldwise.model.spec import AnalysisSpec
from foldwise.names import RESULT_COLUMNS, statistic_name


def result_tables(
    spec: AnalysisSpec, experiment: Experiment, fit: Fit, tests: Iterable[Test]
) -> tuple[ResultTable, ...]:
    """Put the numbers of all tests of a fit into tables."""
    means = fit.base_mean if fit.rows is None else _base_means(experiment, fit)
    return tuple(_table(spec, experiment, fit, test, means) for test in tests)


def _table(spec: AnalysisSpec, experiment: Experiment, fit: Fit, test: Test, base_mean: np.ndarray) -> ResultTable:
    """Put the numbers of one test into the canonical columns, in order; genes not fitted have their mean alone."""
    _require_numbers(experiment, fit, test)
    numbers = {
        "log2_fold_change": test.log2_fold_change,
        "log2_fold_change_se": test.log2_fold_change_se,
        "statistic": test.statistic,
        "pvalue": test.pvalue,
        "padj": test.padj,
        **test.columns,
    }
    given = {name: np.asarray(values) for name, values in numbers.items() if values is not None}
    found: dict[str, Any] = {name: fit.spread(values, experiment.n_genes) for name, values in given.items()}
    found["base_mean"] = base_mean
    genes = experiment.genes.index.rename("gene_id")
    if "gene_name" in experiment.genes.columns:
        found["gene_name"] = pd.Series(experiment.genes["gene_name"].to_numpy(), index=genes, dtype=object)
    words = np.array([status.word for status in Status], dtype=object)
    status = fit.spread(test.status, experiment.n_genes, int(Status.LOW_COUNT))
    if fit.rows is not None:
        status[base_mean == 0] = Status.ALL_ZERO
    found["status"] = pd.Series(words[status], index=genes, dtype=object)
    ordered = {quantity.name: found[quantity.name] for quantity in RESULT_COLUMNS if quantity.name in found}
    table = pd.DataFrame(ordered, index=genes, copy=False)
    kind = spec.method.test if test.contrast.matrix is None else "joint"
    statistic = statistic_name(spec.method.name, kind)
    return ResultTable(test.contrast, table, spec.correction.fdr, spec.correction.lfc, test.facts, statistic)


def _base_means(experiment: Experiment, fit: Fit) -> np.ndarray:
    """Means of normalized counts of all genes, by the factors of those fitted."""
    factors = cast(SizeFactors, fit.size_factors)
    means = np.asarray(
        _kernels.row_summaries(kernel_counts(experiment.counts), np.ascontiguousarray(factors.values))["mean"]
    )
    means[fit.rows] = fit.base_mean
    return means


def _require_numbers(experiment: Experiment, fit: Fit, test: Test) -> None:
    """Raise E-INTERNAL-001 where a gene of status ok lacks a number: nothing may be missing without a reason."""
    values = [fit.base_mean, test.log2_fold_change, test.log2_fold_change_se, test.statistic, test.pvalue, test.padj]
    missing = np.any([np.isnan(np.asarray(each)) for each in values if each is not None], axis=0)
    rows = np.flatnonzero(missing & (test.status == Status.OK))
    if len(rows):
        gene = str(experiment.genes.index[rows[0] if fit.rows is None else fit.rows[rows[0]]])[:100]
        found = f"{len(rows):,} genes have the status ok and lack a number (first: {gene!r})."
        raise InternalError(
            "E-INTERNAL-001", found, "Please send the counts of this gene and the design to the authors."
        )
