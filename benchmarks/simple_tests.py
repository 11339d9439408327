"""OLS, t and rank-sum tests beside a loop over statsmodels and vectorised NumPy and scipy: CPU seconds of one thread.

Run with OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1: 20,000 genes x 6, 24, 100 samples, two groups, transformed counts to
p-values; median of five runs, both sides in turn. The loop is timed on 200 genes and scaled, which is marked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import statsmodels.api as sm
from scipy import stats

from foldwise.stats.group_moments import group_moments
from foldwise.stats.ols import ols_fit, ols_test
from foldwise.stats.rank_sum import rank_sum_rows, rank_sum_test
from foldwise.stats.t_test import t_test

N_GENES, LOOP_GENES, RUNS = 20_000, 200, 5


def seconds(function: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = function()
    return time.process_time() - start, found


def beside(ours: Callable[[], Any], theirs: Callable[[], Any]) -> tuple[float, float, float]:
    """Median CPU seconds of both, and the largest relative difference of their p-values."""
    ours(), theirs()
    times = [(seconds(ours), seconds(theirs)) for _ in range(RUNS)]
    p, q = np.asarray(times[0][0][1]), np.asarray(times[0][1][1])
    medians = np.median([[a[0], b[0]] for a, b in times], axis=0)
    return medians[0], medians[1], float(np.nanmax(np.abs(p - q) / q))


def numpy_ols(values: np.ndarray, design: np.ndarray) -> np.ndarray:
    beta, rss, *_ = np.linalg.lstsq(design, values.T, rcond=None)
    df = len(design) - design.shape[1]
    t = beta[1] / np.sqrt(rss / df * np.linalg.inv(design.T @ design)[1, 1])
    return 2 * stats.t.sf(np.abs(t), df)


def main() -> None:
    print(f"{'test':10s} {'samples':>7s} {'foldwise':>9s} {'vectorised':>10s} {'ratio':>6s} {'p differ':>9s} "
          f"{'statsmodels loop (scaled)':>26s} {'ratio':>7s}")  # fmt: skip
    for n in (6, 24, 100):
        rng = np.random.default_rng(n)
        group = np.arange(n) % 2
        values = np.log1p(rng.negative_binomial(3, 0.02, (N_GENES, n)).astype(float))
        design = np.column_stack([np.ones(n), group]).astype(float)
        one, other = values[:, group == 1], values[:, group == 0]
        weights = np.array([-1.0, 1.0])

        def ranks(values: np.ndarray = values, group: np.ndarray = group, n: int = n) -> np.ndarray:
            sums, ties = rank_sum_rows(values, group)
            return rank_sum_test(sums[:, 1], ties, n // 2, n - n // 2).pvalue

        def whole_ranks(one: np.ndarray = one, other: np.ndarray = other) -> np.ndarray:
            return stats.mannwhitneyu(one, other, axis=1).pvalue

        cases: dict[str, tuple[Callable[[], Any], Callable[[], Any], Callable[[np.ndarray], Any] | None]] = {
            "ols": (
                lambda v=values, d=design: ols_test(ols_fit(v, d), np.array([0.0, 1.0]))[3],
                lambda v=values, d=design: numpy_ols(v, d),
                lambda row, d=design: sm.OLS(row, d).fit().pvalues[1],
            ),
            "student": (
                lambda v=values, g=group, w=weights: t_test(group_moments(v, g), w, True).pvalue,
                lambda a=one, b=other: stats.ttest_ind(a, b, axis=1).pvalue,
                lambda row, g=group: sm.stats.ttest_ind(row[g == 1], row[g == 0])[1],
            ),
            "welch": (
                lambda v=values, g=group, w=weights: t_test(group_moments(v, g), w, False).pvalue,
                lambda a=one, b=other: stats.ttest_ind(a, b, axis=1, equal_var=False).pvalue,
                lambda row, g=group: sm.stats.ttest_ind(row[g == 1], row[g == 0], usevar="unequal")[1],
            ),
            "wilcoxon": (ranks, whole_ranks, None),
        }
        for name, (ours, theirs, loop) in cases.items():
            a, b, gap = beside(ours, theirs)
            line = f"{name:10s} {n:7d} {a * 1e3:6.2f} ms {b * 1e3:7.1f} ms {b / a:6.1f} {gap:9.1e}"
            if loop is not None:
                took, _ = seconds(lambda f=loop, v=values: [f(row) for row in v[:LOOP_GENES]])
                took *= N_GENES / LOOP_GENES
                line += f" {took:24.2f} s {took / a:7.0f}"
            print(line, flush=True)
    print("wilcoxon: scipy takes the normal approximation for all genes where one of them has ties; foldwise by gene.")


if __name__ == "__main__":
    main()
