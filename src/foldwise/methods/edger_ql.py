"""edgeR's quasi-likelihood: negative binomial GLMs, quasi-dispersions moderated over genes, F tests.

Lund et al. 2012 (Stat. Appl. Genet. Mol. Biol. 11:5); Chen et al. 2025 (Nucleic Acids Research 53:gkaf018); edgeR
specification, sections 12 and 13. Version 4 (bias-adjusted deviances, one dispersion from the most abundant genes) or,
with ``legacy``, version 3 (trended dispersions, plain deviances).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from foldwise.engine.base import Engine, kernel_counts
from foldwise.engine.edger_fit import score_model
from foldwise.engine.glm_offsets import glm_offsets
from foldwise.engine.log_values import log_cpm_of_plots
from foldwise.engine.quasi_fit import (
    QuasiModel,
    abundance_of,
    adjust_again,
    border_roots,
    deviances,
    fit_adjusted,
    refit,
    shrink,
)
from foldwise.engine.set_model import SetModel
from foldwise.errors import DesignError, UsageError
from foldwise.method import Method
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Status, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats import quasi_likelihood as ql
from foldwise.stats.common_dispersion import common_dispersion
from foldwise.stats.edger_glm import PRIOR_COUNT
from foldwise.stats.edger_treat import treat_pvalues
from foldwise.stats.edger_treat_ql import normal_score_of_t
from foldwise.stats.elementary import LN2
from foldwise.stats.estimate_disp import EdgerDispersions, estimate_disp
from foldwise.stats.null_design import null_design
from foldwise.stats.rows import row_factors, take_rows
from foldwise.stats.squeeze_var import squeeze_var
from foldwise.stats.tails import chi2_upper


@dataclass(frozen=True)
class EdgeRQL(Method):
    """Settings of edgeR's quasi-likelihood F test.

    Parameters
    ----------
    robust : bool
        Genes with outlying quasi-dispersions are moderated less.
    legacy : bool
        The computation of edgeR 3.
    dispersion : str
        ``auto``: one dispersion from the most abundant genes; ``estimate-disp``: from trended dispersions (always so
        with ``legacy``).
    abundance_trend : bool
        The prior quasi-dispersion depends on the mean count.
    lfc_threshold : float
        Log2 fold changes up to this size are part of the null hypothesis.
    threshold_null : str
        ``interval`` or ``worst-case``: where in the interval the null hypothesis is taken to be.
    prior_count : float
        Reads added before fold changes are taken.
    """

    id: ClassVar[str] = "edger-ql"
    needs_integers: ClassVar[bool] = False
    needs_size_factors: ClassVar[bool] = True

    robust: bool = False
    legacy: bool = False
    dispersion: str = "auto"
    abundance_trend: bool = True
    lfc_threshold: float = 0.0
    threshold_null: str = "interval"
    prior_count: float = PRIOR_COUNT

    @classmethod
    def from_spec(cls, spec: AnalysisSpec, reduced: Design | None = None) -> EdgeRQL:
        """Make the method from the settings of an analysis."""
        del reduced
        method = spec.method
        return cls(
            robust=method.robust,
            legacy=(method.profile or "").startswith("edger-3"),
            lfc_threshold=float(spec.correction.lfc),
            threshold_null=method.threshold_null,
            prior_count=PRIOR_COUNT if method.prior_count is None else float(method.prior_count),
        )

    def fit(self, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine) -> Fit:
        """Fit all genes and moderate their quasi-dispersions.

        Raises
        ------
        DesignError, UsageError
            E-DESIGN-002 where the design leaves no residual degrees of freedom; E-USAGE-002 for weights of 0.
        FitError
            E-FIT-001 where no gene has five reads.
        """
        matrix = np.ascontiguousarray(design.matrix, dtype=np.float64)
        if matrix.shape[0] <= matrix.shape[1]:
            raise DesignError(
                "E-DESIGN-002",
                f"{matrix.shape[0]} samples and {matrix.shape[1]} coefficients leave no replicates to learn from.",
                "Add replicates or take variables out of the design.",
            )
        if experiment.weights is not None and not np.all(experiment.weights > 0):
            raise UsageError("E-USAGE-002", "Method edger-ql needs positive weights.", "Leave out those samples.")
        sizes, offset = glm_offsets(experiment, size_factors, engine)
        model = QuasiModel(experiment, matrix, sizes, offset, engine)
        found = _fit_version_3(model, self) if self.legacy else _fit_version_4(model, self)
        return _as_fit(model, design, size_factors, found)

    def test(self, fit: Fit, contrast: Contrast) -> Test:
        """F test of a contrast, or test against the threshold."""
        matrix = contrast.matrix
        tested = contrast.vector if matrix is None else matrix
        missing = fit.status == Status.ALL_ZERO
        weights = np.atleast_2d(tested)[0]
        lfc = np.sum(fit.coefficients * weights, axis=1) / LN2
        if self.lfc_threshold > 0 and matrix is None:
            statistic, p = self._treat(fit, weights)
            facts: dict[str, Any] = {"lfc_threshold": self.lfc_threshold, "null": self.threshold_null}
        else:
            statistic, p, total = self._f_test(fit, tested)
            facts = {"df": total}
        columns = {"mean_log2_cpm": fit.extra["mean_log2_cpm"]}
        lfc, statistic, p = (np.where(missing, np.nan, each) for each in (lfc, statistic, p))
        return Test(contrast, lfc, None, statistic, p, None, fit.status.copy(), columns, facts)

    def set_model(self, experiment: Experiment, fit: Fit, contrast: Contrast, engine: Engine) -> SetModel:
        """Normal deviates of counts, rotated; version 4 divides counts by the prior quasi-dispersion first."""
        if self.legacy:
            return score_model(experiment, fit, contrast, fit.extra["tagwise"], engine)
        prior = np.broadcast_to(fit.extra["quasi_dispersion_prior"], fit.status.shape)
        phi = np.full(len(fit.status), fit.extra["dispersion"])
        return score_model(experiment, fit, contrast, phi, engine, np.maximum(prior, 1.0))

    def stabilized(self, experiment: Experiment, fit: Fit, engine: Engine) -> np.ndarray:
        """Return log2 counts per million."""
        return log_cpm_of_plots(experiment, fit.extra["model"].sizes, engine, fit.size_factors)

    def _f_test(self, fit: Fit, tested: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        model: QuasiModel = fit.extra["model"]
        null, rank = null_design(model.design, tested)
        drop = deviances(model, null, model.offset, fit.extra["fitted_dispersion"]) - fit.extra["deviance"]
        f, p, total = ql.ql_f_test(
            drop, rank, fit.extra["quasi_dispersion"], fit.residual_df, fit.extra["df_prior"], _pooled_df(model)
        )
        rows = _below_poisson(fit) if self.legacy else np.zeros(0, dtype=np.int64)
        if len(rows):
            zero = np.zeros(len(rows))
            full = deviances(model, model.design, model.offset, zero, rows, fit.extra["unshrunk"][rows])
            poisson = chi2_upper(deviances(model, null, model.offset, zero, rows) - full, rank)
            p[rows] = np.maximum(p[rows], poisson)
        return f, p, total

    def _treat(self, fit: Fit, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Normal score of the nearer border of the interval (0 inside, with the sign of the change), and p-value."""
        model: QuasiModel = fit.extra["model"]
        unshrunk = np.sum(fit.extra["unshrunk"] * weights, axis=1) / LN2
        beyond = np.abs(unshrunk) > self.lfc_threshold
        total = np.minimum(fit.residual_df + fit.extra["df_prior"], _pooled_df(model))
        scores = [
            normal_score_of_t(root / np.sqrt(fit.extra["quasi_dispersion"]), total)
            for root in border_roots(model, weights, self.lfc_threshold, fit.extra["fitted_dispersion"])
        ]
        nearer, farther = np.minimum(*scores), np.maximum(*scores)
        p = treat_pvalues(np.where(beyond, -nearer, nearer), farther, self.threshold_null)
        rows = _below_poisson(fit) if self.legacy else np.zeros(0, dtype=np.int64)
        if len(rows):
            zero = np.zeros(len(rows))
            roots = border_roots(model, weights, self.lfc_threshold, zero, rows)
            poisson = refit(model, model.design, model.offset, zero, rows, fit.extra["unshrunk"][rows])["unshrunk"]
            outside = np.abs(np.sum(poisson * weights, axis=1)) / LN2 > self.lfc_threshold
            # edgeR 3 takes the interval as null hypothesis here, whatever was asked for
            least, most = np.minimum(*roots), np.maximum(*roots)
            p[rows] = np.maximum(p[rows], treat_pvalues(np.where(outside, -least, least), most))
        return np.where(beyond, np.sign(unshrunk) * nearer, 0.0), p


def _pooled_df(model: QuasiModel) -> float:
    n_samples, p = model.design.shape
    return float(model.experiment.counts.shape[0] * (n_samples - p))


def _below_poisson(fit: Fit) -> np.ndarray:
    """Rows of genes whose moderated variance is below that of Poisson counts for some sample (version 3)."""
    least = fit.extra["quasi_dispersion"] * (1.0 + fit.extra["fitted_dispersion"] * fit.extra["least_mean"])
    return np.flatnonzero((least < 1.0) & (fit.status == Status.OK))


# --- the fits --------------------------------------------------------------------------------------------------------


def _estimated(model: QuasiModel, robust: bool) -> EdgerDispersions:
    return estimate_disp(
        kernel_counts(model.experiment.counts), model.design, model.sizes, offset=model.offset,
        weights=model.experiment.weights, robust=robust, n_threads=model.engine.n_threads,
    )  # fmt: skip


def _single_dispersion(model: QuasiModel, abundance: np.ndarray) -> float:
    """Dispersion of the most abundant genes together (section 12.1)."""
    n_samples, p = model.design.shape
    rows = ql.most_abundant(abundance, ql.top_proportion(len(abundance), n_samples - p))
    weights = model.experiment.weights
    return common_dispersion(
        take_rows(kernel_counts(model.experiment.counts), rows), model.design, row_factors(model.offset, rows),
        abundance[rows], weights=None if weights is None else row_factors(weights, rows),
        n_threads=model.engine.n_threads,
    )  # fmt: skip


def _fit_version_4(model: QuasiModel, settings: EdgeRQL) -> dict[str, Any]:
    """Version 4: one dispersion, average quasi-dispersion, adjusted deviances, moderation for unequal df."""
    if settings.dispersion == "estimate-disp":
        estimated = _estimated(model, settings.robust)
        abundance = estimated.mean_log2_cpm
        phi = ql.trended_average(estimated.trended, abundance)
    else:
        abundance = abundance_of(model)
        phi = _single_dispersion(model, abundance)
    last = fit_adjusted(model, np.full(len(abundance), phi), 1.0, phi, with_means=True, prior_count=0.0)
    scale = 1.0
    deviance, df = last["deviance_adjusted"], last["df"]
    for step in range(2):
        before = scale
        scale = ql.average_quasi_dispersion(ql.quasi_variance(deviance, df), df, abundance)
        if step == 1 or scale == before:
            break
        deviance, df = adjust_again(model, last["mu"], phi, scale)
    fitted = np.full(len(abundance), phi / scale)
    if scale == 1.0:
        # The last fit would repeat the first: only the shrunken coefficients are missing.
        last["coefficients"] = shrink(model, fitted, settings.prior_count)
    else:
        last = fit_adjusted(model, fitted, scale, phi, with_means=False, prior_count=settings.prior_count)
    variance = ql.quasi_variance(last["deviance_adjusted"], last["df"])
    covariate = abundance if settings.abundance_trend else None
    squeezed = squeeze_var(variance, last["df"], covariate, robust=settings.robust, legacy=False)
    return {**last, "mean_log2_cpm": abundance, "dispersion": phi, "average_quasi_dispersion": scale,
            "fitted_dispersion": fitted, "squeezed": squeezed}  # fmt: skip


def _fit_version_3(model: QuasiModel, settings: EdgeRQL) -> dict[str, Any]:
    """Version 3: trended dispersions, deviances on the degrees of freedom that exact zeros leave."""
    estimated = _estimated(model, False)
    found = fit_adjusted(model, estimated.trended, None, None, with_means=False, prior_count=settings.prior_count)
    df = found["df"]
    variance = np.where(df > 0, found["deviance"] / np.where(df > 0, df, 1.0), 0.0)
    covariate = estimated.mean_log2_cpm if settings.abundance_trend else None
    squeezed = squeeze_var(variance, df, covariate, robust=settings.robust, legacy=True)
    return {**found, "mean_log2_cpm": estimated.mean_log2_cpm, "dispersion": estimated.trended,
            "fitted_dispersion": estimated.trended, "tagwise": estimated.tagwise, "squeezed": squeezed}  # fmt: skip


def _as_fit(model: QuasiModel, design: Design, size_factors: SizeFactors | None, found: dict[str, Any]) -> Fit:
    squeezed = found["squeezed"]
    n_genes, p = found["coefficients"].shape
    status = np.full(n_genes, Status.OK, dtype=np.int8)
    status[found["mean"] == 0] = Status.ALL_ZERO
    extra = {name: found[name] for name in ("mean_log2_cpm", "fitted_dispersion", "deviance", "unshrunk")}
    extra |= {
        name: found[name]
        for name in ("deviance_adjusted", "least_mean", "average_quasi_dispersion", "dispersion", "tagwise")
        if name in found
    }
    extra |= {
        "quasi_dispersion": squeezed.posterior, "quasi_dispersion_prior": squeezed.prior,
        "df_prior": squeezed.df_prior, "model": model, "offset": model.offset, "library_sizes": model.sizes,
    }  # fmt: skip
    factors = size_factors or SizeFactors(model.sizes / model.sizes.mean(), None, "library size")
    return Fit(
        "edger-ql", design, factors, found["mean"], found["variance"], found["coefficients"],
        np.broadcast_to(np.nan, (n_genes, p * (p + 1) // 2)), status, np.full(n_genes, np.nan), found["iterations"],
        found["converged"], np.zeros(n_genes, dtype=bool), None,
        residual_df=found["df"], extra=extra,
    )  # fmt: skip
