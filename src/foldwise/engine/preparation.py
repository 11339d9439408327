"""What happens to an experiment before the fit: which genes are kept, and how depth is measured."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from foldwise.engine.base import Engine, kernel_counts
from foldwise.engine.lengths import length_size_factors, of_all_lengths
from foldwise.engine.library_sizes import library_sizes
from foldwise.errors import InputError, UsageError
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit
from foldwise.model.method_facts import filter_rule, size_factor_rule
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats import size_factors as rules
from foldwise.stats.elementary import exp
from foldwise.stats.filter_by_expr import filter_by_expr
from foldwise.stats.norm_factors import KINDS as LIBRARY_RULES
from foldwise.stats.norm_factors import norm_factors


def normalize(
    spec: AnalysisSpec, experiment: Experiment, engine: Engine, control_genes: np.ndarray | None = None
) -> SizeFactors:
    """Estimate size factors by the rule of the settings; offsets of the experiment are used as they are."""
    if experiment.lengths is not None:
        return length_size_factors(spec, experiment, engine, control_genes)
    kind = size_factor_rule(spec)
    if experiment.log_offset is not None:
        matrix = rules.center_rows(exp(np.ascontiguousarray(experiment.log_offset)))
        return SizeFactors(np.exp(np.log(matrix).mean(axis=0)), matrix, "offsets")
    counts = kernel_counts(experiment.counts)
    if kind == "ratio":
        return SizeFactors(rules.ratio(counts, control_genes, engine.n_threads), None, kind)
    if kind == "poscounts":
        return SizeFactors(rules.poscounts(counts, control_genes, engine.n_threads), None, kind)
    if kind == "iterate":
        return SizeFactors(_iterate(experiment, engine), None, kind)
    if kind in LIBRARY_RULES:
        sizes = library_sizes(experiment, engine)
        factors = norm_factors(counts, kind, sizes)
        return SizeFactors(sizes * factors / np.mean(sizes * factors), None, kind, sizes, factors)
    raise UsageError(
        "E-USAGE-002",
        f"There is no rule {kind!r} for size factors.",
        f"Choose ratio, poscounts, iterate, {', '.join(LIBRARY_RULES)}, or give a file with the columns sample and "
        "size_factor.",
    )


def tested_rows(spec: AnalysisSpec, experiment: Experiment, design: Design) -> np.ndarray | None:
    """Return the row numbers of the genes that the filter keeps; None where it keeps all.

    Raises
    ------
    InputError
        E-COUNT-009 where no gene is left.
    """
    if filter_rule(spec) == "none":
        return None
    keep = filter_by_expr(
        kernel_counts(experiment.counts), design=design.matrix,
        min_count=spec.filter.min_count, min_total_count=spec.filter.min_total_count,
    )  # fmt: skip
    if not keep.any():
        raise InputError(
            "E-COUNT-009",
            f"The filter leaves none of {experiment.n_genes:,} genes: none has about {spec.filter.min_count:g} reads "
            "in as many samples as the smallest group has.",
            "Lower --min-count, or turn the filter off with --filter none.",
        )
    return None if keep.all() else np.flatnonzero(keep)


def with_library_sizes(factors: SizeFactors, experiment: Experiment, engine: Engine) -> SizeFactors:
    """Return size factors that also tell library sizes and what multiplies them (geometric mean 1)."""
    if factors.library_sizes is not None:
        return factors
    sizes = library_sizes(experiment, engine)
    if (sizes <= 0).any():  # a sample without reads has no library to scale
        return factors
    relative = factors.values / sizes
    return replace(factors, library_sizes=sizes, norm_factors=relative / rules.geometric_mean(relative))


def of_rows(
    factors: SizeFactors | None, control_genes: np.ndarray | None, rows: np.ndarray
) -> tuple[SizeFactors | None, np.ndarray | None]:
    """Factors per gene and control genes of the genes kept."""
    if factors is not None and factors.matrix is not None:
        factors = replace(factors, matrix=np.ascontiguousarray(factors.matrix[rows]))
    return factors, None if control_genes is None else control_genes[rows]


def of_all_genes(fit: Fit, given: SizeFactors | None, experiment: Experiment) -> SizeFactors:
    """The size factors of the fit; factors per gene of all genes, where a filter left genes out."""
    factors = cast(SizeFactors, fit.size_factors)
    if fit.rows is None or factors.matrix is None:
        return factors
    if given is not None and given.matrix is not None and len(given.matrix) == experiment.n_genes:
        return replace(factors, matrix=given.matrix)
    if experiment.lengths is not None:
        return of_all_lengths(factors, experiment)
    return replace(
        factors, matrix=rules.center_rows(exp(np.ascontiguousarray(cast(np.ndarray, experiment.log_offset))))
    )


def _iterate(experiment: Experiment, engine: Engine) -> np.ndarray:
    from foldwise.stats.size_factors_iterate import iterate_size_factors

    return iterate_size_factors(kernel_counts(experiment.counts), n_threads=engine.n_threads)
