"""Print one digest over the results of the global steps on fixed simulated data. Run in a process of its own."""

import hashlib

import numpy as np

from foldwise.stats.confidence import confidence_interval
from foldwise.stats.dispersion_prior import dispersion_outliers, log_residuals, prior_variance
from foldwise.stats.dispersion_trend import fit_trend
from foldwise.stats.group_moments import group_moments
from foldwise.stats.independent_filtering import filtered_padj
from foldwise.stats.lrt import lrt_statistics
from foldwise.stats.ols import ols_fit, ols_test
from foldwise.stats.qvalue import q_values
from foldwise.stats.rank_sum import rank_sum_rows, rank_sum_test
from foldwise.stats.splines import cubic_regression_spline, natural_spline, polynomial
from foldwise.stats.squeeze_var import squeeze_var
from foldwise.stats.t_test import t_test
from foldwise.stats.transforms import TRANSFORMS, transform_counts
from foldwise.stats.vst import vst_local, vst_mean, vst_parametric
from foldwise.stats.wald import wald_statistics


def results() -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    n = 3001
    # ldexp, because NumPy's exp2 itself differs between processors
    means = np.ldexp(1 + rng.random(n), rng.integers(0, 13, n))
    dispersions = (0.05 + 2 / means) * (0.2 + 3 * rng.random(n))
    counts = rng.integers(0, 5000, (n, 11))
    found = []
    for kind in ("parametric", "local", "mean"):
        trend = fit_trend(means, dispersions, kind)
        fitted = trend.predict(means)
        residuals = log_residuals(dispersions, fitted)
        found += [fitted, np.array([prior_variance(residuals, 3), prior_variance(residuals, 12)])]
        found += [dispersion_outliers(dispersions, fitted, 1.0), vst_local(counts / 1.5, trend.predict, 0.8)]
    found += [vst_parametric(counts / 1.5, 0.05, 2.0), vst_mean(counts / 1.5, 0.05)]
    lfc, se = 8 * (rng.random(n) - 0.5), 0.1 + rng.random(n)
    for alternative in ("greaterAbs", "lessAbs", "greater", "less"):
        found += [*wald_statistics(lfc, se, 0.4, alternative), *wald_statistics(lfc, se, 0.4, alternative, df=4.5)]
    p = wald_statistics(lfc, se)[1]
    filtered = filtered_padj(means, p, 0.05)
    found += [filtered.padj, filtered.smooth, filtered.n_rejected, *lrt_statistics(lfc, -lfc, 3)]
    x = rng.random(11)
    design = np.column_stack([np.ones(11), polynomial(x, 2), natural_spline(x, df=3)])
    found += [design, cubic_regression_spline(x, df=4, center=True)]
    for name in TRANSFORMS:
        fit = ols_fit(transform_counts(counts, name).values, design)
        found += [fit.coefficients, *ols_test(fit, np.eye(design.shape[1])[2])]
    codes = np.arange(11) % 2
    for equal_var in (True, False):
        moments = group_moments(transform_counts(counts, "log1p").values, codes)
        tested = t_test(moments, np.array([-1.0, 1.0]), equal_var)
        found += [tested.statistic, tested.df, tested.pvalue]
        found += confidence_interval(tested.estimate, tested.se, 0.9, 9.0)
    sums, ties = rank_sum_rows(counts // 500 + 0.5, codes)
    ranked = rank_sum_test(sums[:, 1], ties, 5, 6)
    found += [ranked.u, ranked.z, ranked.pvalue, q_values(tested.pvalue).q, q_values(tested.pvalue, "bootstrap").q]
    df = rng.choice([2.5, 4.0, 7.0], n)
    for legacy in (True, False):
        for robust in (True, False):
            squeezed = squeeze_var(dispersions, df, lfc, robust=robust, legacy=legacy)
            found += [squeezed.posterior, squeezed.prior, squeezed.df_prior]
    return found


if __name__ == "__main__":
    digest = hashlib.sha256()
    for values in results():
        digest.update(np.ascontiguousarray(values).tobytes())
    print(digest.hexdigest())
