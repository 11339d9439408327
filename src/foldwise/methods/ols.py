"""Ordinary least squares on transformed counts: the classical per-gene regression, with t tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from foldwise.engine.base import Arrays, Engine
from foldwise.engine.group_fit import transformed_log2
from foldwise.engine.library_sizes import depth_factors, depths
from foldwise.method import Method
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Status, Test
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.ols import LeastSquaresFit, ols_f_test, ols_fit, ols_test
from foldwise.stats.rows import dense_rows
from foldwise.stats.transforms import transform_counts


@dataclass(frozen=True)
class OLS(Method):
    """Settings: the transform of the counts."""

    id: ClassVar[str] = "ols"
    needs_integers: ClassVar[bool] = False
    needs_size_factors: ClassVar[bool] = True

    transform: str = "log1p"

    @classmethod
    def from_spec(cls, spec: AnalysisSpec, reduced: Design | None = None) -> OLS:
        """Make the method from the settings of an analysis."""
        del reduced
        return cls(spec.method.transform or "log1p")

    def fit(self, experiment: Experiment, design: Design, size_factors: SizeFactors | None, engine: Engine) -> Fit:
        """Fit all genes on the transformed scale."""
        sizes = depths(experiment, size_factors, engine, self.id)
        scale = depth_factors(sizes, size_factors)
        matrix = np.ascontiguousarray(design.matrix, dtype=np.float64)

        def stage(counts: Any, factors: np.ndarray, arrays: Arrays, n_threads: int) -> dict[str, np.ndarray]:
            dense = dense_rows(counts)
            scaled = dense / factors
            fit = ols_fit(transform_counts(dense, self.transform, sizes).values, matrix, n_threads)
            return {
                "mean": scaled.mean(axis=1),
                "variance": scaled.var(axis=1, ddof=1),
                "beta": fit.coefficients,
                "residual_variance": fit.residual_variance,
                "all_zero": ~(dense > 0).any(axis=1),
            }

        found = engine.map_genes(stage, experiment.counts, scale.values, stage="regression")
        status = np.full(len(found["mean"]), Status.OK, dtype=np.int8)
        status[found["residual_variance"] == 0] = Status.NOT_ESTIMABLE
        status[found["all_zero"]] = Status.ALL_ZERO
        # (X'X)^-1 is the same for all genes; a gene's covariance is that times its residual variance
        unscaled = ols_fit(np.zeros((1, matrix.shape[0])), matrix).unscaled_covariance
        packed = np.array([unscaled[i, j] for i in range(matrix.shape[1]) for j in range(i + 1)])
        n_genes = len(status)
        return Fit(
            "ols", design, scale, found["mean"], found["variance"],
            found["beta"], found["residual_variance"][:, None] * packed, status, np.full(n_genes, np.nan),
            np.ones(n_genes, dtype=np.int32), np.ones(n_genes, dtype=bool), np.zeros(n_genes, dtype=bool),
            residual_df=float(matrix.shape[0] - matrix.shape[1]),
            extra={"residual_variance": found["residual_variance"], "unscaled_covariance": unscaled,
                   "library_sizes": sizes},
        )  # fmt: skip

    def test(self, fit: Fit, contrast: Contrast) -> Test:
        """t test of the contrast, F test of several at once; genes constant within all groups have none."""
        whole = LeastSquaresFit(
            fit.coefficients, fit.extra["residual_variance"], fit.extra["unscaled_covariance"], int(fit.residual_df)
        )
        estimate, se, t, p = ols_test(whole, contrast.vector)
        facts: dict[str, Any] = {"transform": self.transform, "df": fit.residual_df}
        if contrast.matrix is not None:
            t, p, facts["df_numerator"] = ols_f_test(whole, contrast.matrix)
        log2_per_unit = transform_counts(np.ones((1, 1)), self.transform).log2_per_unit
        missing = fit.status == Status.ALL_ZERO
        lfc, se = np.where(missing, np.nan, estimate * log2_per_unit), np.where(missing, np.nan, se * log2_per_unit)
        return Test(contrast, lfc, se, t, p, None, fit.status.copy(), facts=facts)

    def stabilized(self, experiment: Experiment, fit: Fit, engine: Engine) -> np.ndarray:
        """Return the transformed counts, in log2 units."""
        return transformed_log2(experiment, fit.extra["library_sizes"], engine, self.transform)
