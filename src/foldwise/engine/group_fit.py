"""The fit that the tests of groups share: moments of the groups on a transformed scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.engine.base import Arrays, Engine
from foldwise.engine.library_sizes import depth_factors, depths
from foldwise.errors import DesignError, UsageError
from foldwise.model.columns import shorten
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Status
from foldwise.model.normalization import SizeFactors
from foldwise.stats.group_moments import GroupMoments, Groups, coefficient_covariance, group_moments, one_way_groups
from foldwise.stats.rows import dense_rows
from foldwise.stats.transforms import transform_counts


def fit_groups(
    experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine,
    *, method: str, transform: str, equal_var: bool = False,
) -> Fit:  # fmt: skip
    """Means and variances of the groups of a one-way design.

    Returns
    -------
    Fit
        Coefficients in units of the transform; ``extra`` has ``moments``, ``groups``, ``library_sizes`` (depths),
        ``counts`` and ``n_threads``.

    Raises
    ------
    DesignError, UsageError
        E-DESIGN-002 where no group has replicates; E-USAGE-002 where the design is more than groups, or the
        experiment has offsets by gene or observation weights.
    """
    groups = require_groups(design, method)
    if groups.sizes.max() < 2:
        raise DesignError("E-DESIGN-002", "Every group has one sample, so nothing can be tested.", "Add replicates.")
    sizes = depths(experiment, size_factors, engine, method)
    scale = depth_factors(sizes, size_factors)

    def stage(counts: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
        summary = _kernels.row_summaries(counts, factors, n_threads=n_threads)
        moments = group_moments(transform_counts(dense_rows(counts), transform, sizes).values, groups.codes, n_threads)
        return {
            "base_mean": summary["mean"],
            "base_variance": summary["variance"],
            "all_zero": summary["n_positive"] == 0,
            "mean": moments.mean,
            "squares": moments.squares,
        }

    found = engine.map_genes(stage, experiment.counts, scale.values, stage="groups")
    moments = GroupMoments(found["mean"], found["squares"], groups.sizes)
    status = np.where(found["all_zero"], Status.ALL_ZERO, Status.OK).astype(np.int8)
    n_genes = len(status)
    return Fit(
        method, design, scale, found["base_mean"],
        found["base_variance"], groups.coefficients(moments.mean), coefficient_covariance(moments, groups, equal_var),
        status, np.full(n_genes, np.nan), np.ones(n_genes, dtype=np.int32), np.ones(n_genes, dtype=bool),
        np.zeros(n_genes, dtype=bool), residual_df=float(design.residual_df),
        extra={"moments": moments, "groups": groups, "library_sizes": sizes, "counts": experiment.counts,
               "n_threads": engine.n_threads},
    )  # fmt: skip


def transformed_log2(experiment: Experiment, sizes: np.ndarray, engine: Engine, transform: str) -> np.ndarray:
    """Transformed counts (n_genes, n_samples) in log2 units, with depths ``sizes`` (n_samples,)."""

    def stage(counts: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
        made = transform_counts(dense_rows(counts), transform, sizes)
        return {"values": made.values * made.log2_per_unit}

    return engine.map_genes(stage, experiment.counts, np.ones(experiment.n_samples))["values"]


def pair_of_groups(contrast: Contrast, weights: np.ndarray, test: str, instead: str) -> tuple[int, int]:
    """Numbers of the target and the reference group of a contrast that is one group minus another, or a multiple.

    Parameters
    ----------
    contrast : Contrast
    weights : ndarray, (n_groups,)
        Weights of the group means.
    test, instead : str
        For the message: the test that compares pairs, and methods for other contrasts.

    Raises
    ------
    DesignError
        E-CONTRAST-002.
    """
    used = np.flatnonzero(weights)
    if len(used) != 2 or weights[used[0]] + weights[used[1]] != 0:
        raise DesignError(
            "E-CONTRAST-002",
            f"{contrast.label}: {test} compares one group with another, and this comparison is of "
            f"{len(used)} group{'s' if len(used) != 1 else ''}{' with unequal weights' if len(used) == 2 else ''}.",
            f"Name two groups (VAR:TARGET:REFERENCE), or use {instead}.",
            data={"groups": len(used)},
        )
    target, reference = (used[0], used[1]) if weights[used[0]] > 0 else (used[1], used[0])
    return int(target), int(reference)


def require_groups(design: Design, method: str, instead: str = "ols, limma-trend, deseq2") -> Groups:
    """Return the groups of a one-way design: one factor, or all combinations of several (``~ a * b``).

    ``instead`` names methods that fit the whole design, for the message.

    Raises
    ------
    UsageError
        E-USAGE-002 where the design has covariates or factors that are added up.
    """
    groups = one_way_groups(design.matrix)
    if groups is not None:
        return groups
    variables = [*(factor.name for factor in design.factors), *design.numeric]
    named = f" ({shorten(variables, 8)})" if variables else ""
    raise UsageError(
        "E-USAGE-002",
        f"Method {method} compares groups of samples and cannot adjust for further variables; the design"
        f"{' ' + design.formula if design.formula else ''} has them{named}.",
        "Keep the factor that is compared alone in the design (--design '~ group'), or use a method that fits the "
        f"whole design: {instead}.",
        data={"method": method, "variables": variables},
    )
