"""What the methods of moderated linear models share: their fit as a `Fit`, and the test of a contrast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise import _kernels
from foldwise.engine.base import Engine, kernel_counts
from foldwise.engine.library_sizes import depth_factors, depths
from foldwise.errors import DesignError, UsageError
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Status, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import CorrectionSettings, MethodSettings
from foldwise.stats.contrasts_fit import contrasts_fit
from foldwise.stats.decide_tests import Joint
from foldwise.stats.elementary import LN2
from foldwise.stats.least_squares import LinearFit
from foldwise.stats.moderated import (
    PROPORTION,
    f_pvalue,
    log_odds,
    moderate_variances,
    moderated_f,
    moderated_t,
    quadratic_form,
)
from foldwise.stats.squeeze_var import SqueezedVariances
from foldwise.stats.treat import treat

# R's limma before 3.61 took the moments of equal df whatever the df; since then by whether they are equal.
LEGACY = {"limma-3.54": True, "limma-3.63": None}


@dataclass(frozen=True)
class Moderation:
    """Settings of the tests.

    Parameters
    ----------
    trend : bool
        The prior variance follows the mean log expression.
    robust : bool
        Genes with outlying variances are moderated less.
    lfc : float
        Test against this log2 fold change (treat); 0 for the ordinary test.
    proportion : float
        Expected share of genes that change, for the log odds.
    profile : str
        ``limma-3.63`` or ``limma-3.54``.
    exact_contrasts : bool
        Standard errors of contrasts from each gene's own weights, not limma's approximation.
    """

    trend: bool = False
    robust: bool = False
    lfc: float = 0.0
    proportion: float = PROPORTION
    profile: str = "limma-3.63"
    exact_contrasts: bool = False

    @classmethod
    def from_settings(cls, method: MethodSettings, correction: CorrectionSettings) -> Moderation:
        """Make them from the settings of an analysis."""
        profile = method.profile if method.profile in LEGACY else cls.profile
        return cls(robust=method.robust, lfc=float(correction.lfc), profile=profile,
                   exact_contrasts=method.exact_contrasts)  # fmt: skip


def make_linear_fit(
    method: str, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine,
    linear: LinearFit, moderation: Moderation, extra: dict[str, Any],
) -> Fit:  # fmt: skip
    """Moderate the variances of linear models on log2 expression, and put all into a `Fit`.

    Raises
    ------
    DesignError
        E-DESIGN-002 where no gene has residual degrees of freedom.
    """
    if not np.any(linear.df_residual > 0):
        raise DesignError(
            "E-DESIGN-002",
            "There are as many coefficients as samples, so variances cannot be estimated.",
            "Add replicates, or leave variables out of the design.",
        )
    squeezed = moderate_variances(
        linear, linear.mean if moderation.trend else None, moderation.robust, legacy=LEGACY[moderation.profile]
    )
    sizes = depths(experiment, size_factors, engine, method)
    factors = depth_factors(sizes, size_factors)
    counts = kernel_counts(experiment.counts)
    summary = _kernels.row_summaries(counts, np.ascontiguousarray(factors.values), n_threads=engine.n_threads)
    status = np.full(len(linear.sigma), Status.OK, dtype=np.int8)
    status[np.isnan(linear.coefficients).any(axis=1) | ~(squeezed.posterior > 0)] = Status.NOT_ESTIMABLE
    status[summary["n_positive"] == 0] = Status.ALL_ZERO
    n_genes = len(status)
    return Fit(
        method, design, factors, summary["mean"], summary["variance"], linear.coefficients * LN2,
        packed_covariance(linear, squeezed), status, np.full(n_genes, np.nan), np.ones(n_genes, dtype=np.int32),
        np.ones(n_genes, dtype=bool), np.zeros(n_genes, dtype=bool), residual_df=linear.df_residual,
        extra={"linear_fit": linear, "squeezed": squeezed, "library_sizes": sizes, **extra},
    )  # fmt: skip


def block_numbers(experiment: Experiment, column: str) -> np.ndarray:
    """Numbers (n_samples,) of the values of a column of the sample sheet.

    Raises
    ------
    UsageError
        E-USAGE-002 for a column that is not there.
    """
    if column not in experiment.samples.columns:
        raise UsageError(
            "E-USAGE-002",
            f"There is no column {column!r} in the sample sheet to take blocks from.",
            f"Its columns are {', '.join(map(str, experiment.samples.columns))}.",
        )
    values = experiment.samples[column].astype(str).to_numpy()
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.int64)


def packed_covariance(linear: LinearFit, squeezed: SqueezedVariances) -> np.ndarray:
    """Covariance of the coefficients of each gene, natural log scale, packed lower triangle by rows.

    Where genes have weights of their own and their covariances were not asked for, correlations are the design's.
    """
    if linear.covariance is not None:
        return np.asarray(LN2 * LN2 * squeezed.posterior[:, None] * linear.covariance)
    common, stdev = linear.unscaled_covariance, linear.stdev_unscaled
    scale = np.sqrt(np.diag(common))
    columns = [
        stdev[:, a] * stdev[:, b] * (common[a, b] / (scale[a] * scale[b])) * squeezed.posterior
        for a in range(len(common))
        for b in range(a + 1)
    ]
    return np.stack(columns, axis=1) * (LN2 * LN2)


def moderated_test(fit: Fit, contrast: Contrast, moderation: Moderation) -> Test:
    """Moderated t test of one contrast, its test against a threshold (treat), or the F test of several at once."""
    linear, squeezed = fit.extra["linear_fit"], fit.extra["squeezed"]
    if not moderation.exact_contrasts:
        linear = LinearFit(**{**linear.__dict__, "covariance": None})
    if contrast.matrix is not None:
        return _joint_test(fit, contrast, linear, squeezed)
    one = contrasts_fit(linear, contrast.vector[:, None])
    tests = treat(one, squeezed, moderation.lfc) if moderation.lfc > 0 else moderated_t(one, squeezed)
    missing = fit.status == Status.ALL_ZERO
    status = fit.status.copy()
    status[~missing & np.isnan(tests.statistic[:, 0])] = Status.NOT_ESTIMABLE
    lfc, se, t, p = (
        np.where(status == Status.OK, each[:, 0], np.nan)
        for each in (one.coefficients, tests.se, tests.statistic, tests.pvalue)
    )
    columns = {"mean_log2_cpm": linear.mean}
    facts: dict[str, Any] = {
        "df_prior": float(np.median(squeezed.df_prior)), "variance_prior": float(np.median(squeezed.prior)),
        "df_total": tests.df_total, "profile": moderation.profile,
    }  # fmt: skip
    if moderation.lfc == 0:
        odds, prior = log_odds(one, squeezed, tests, moderation.proportion)
        columns["log_odds"] = np.where(status == Status.OK, odds[:, 0], np.nan)
        facts["coefficient_variance_prior"] = float(prior[0])
    return Test(contrast, lfc, se, t, p, None, status, columns=columns, facts=facts)


def joint_statistics(fit: Fit, contrasts: Sequence[Contrast], moderation: Moderation) -> Joint:
    """Moderated t of several contrasts, and the F test over all of them."""
    linear, squeezed = fit.extra["linear_fit"], fit.extra["squeezed"]
    if not moderation.exact_contrasts:
        linear = LinearFit(**{**linear.__dict__, "covariance": None})
    several = contrasts_fit(linear, np.ascontiguousarray(np.stack([each.vector for each in contrasts], axis=1)))
    form, rank = quadratic_form(several, len(contrasts))
    df = several.df_residual + squeezed.df_prior
    return Joint(moderated_t(several, squeezed).statistic, lambda t: f_pvalue(form(t), rank, df))


def _joint_test(fit: Fit, contrast: Contrast, linear: LinearFit, squeezed: SqueezedVariances) -> Test:
    """Moderated F test; fold change and its standard error are those of the first contrast."""
    several = contrasts_fit(linear, np.ascontiguousarray(np.asarray(contrast.matrix).T))
    tests = moderated_t(several, squeezed)
    statistic, p, rank = moderated_f(several, squeezed, tests)
    status = fit.status.copy()
    status[(status == Status.OK) & np.isnan(statistic)] = Status.NOT_ESTIMABLE
    lfc, se, f, p = (
        np.where(status == Status.OK, each, np.nan)
        for each in (several.coefficients[:, 0], tests.se[:, 0], statistic, p)
    )
    facts = {"df": rank, "df_prior": float(np.median(squeezed.df_prior))}
    return Test(contrast, lfc, se, f, p, None, status, columns={"mean_log2_cpm": linear.mean}, facts=facts)
