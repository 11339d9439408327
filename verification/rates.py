"""Rates that the claims share, and the errors of these rates."""

from __future__ import annotations

import numpy as np

from verification.analysis import Called

ABUNDANCE = ("low", "middle", "high")


def null_rates(called: Called) -> dict[str, float]:
    """Return what a run on data without any difference shows.

    Returns
    -------
    dict
        ``tested`` (genes), ``below_05`` (fraction p < .05), ``ratio_001`` (fraction p < .001 divided by .001),
        ``below_05_low``, ``_middle``, ``_high`` (by thirds of the mean count), ``hits`` (BH .05).
    """
    pvalue, mean = called.pvalue[called.tested], called.mean[called.tested]
    third = np.minimum((3 * np.argsort(np.argsort(mean, kind="stable"))) // max(len(mean), 1), 2)
    found = {
        "tested": float(len(pvalue)),
        "below_05": float(np.mean(pvalue < 0.05)),
        "ratio_001": float(np.mean(pvalue < 0.001)) / 0.001,
        "hits": float(called.hits().sum()),
    }
    for i, name in enumerate(ABUNDANCE):
        found[f"below_05_{name}"] = float(np.mean(pvalue[third == i] < 0.05))
    return found


def true_rates(called: Called, changed: np.ndarray, unchanged: np.ndarray, fdr: float = 0.05) -> dict[str, float]:
    """Return false discovery proportion and power of the calls; genes in neither mask do not count."""
    hits = called.hits(fdr)
    false, true = int((hits & unchanged).sum()), int((hits & changed).sum())
    return {
        "calls": float(hits.sum()),
        "fdp": false / max(false + true, 1),
        "tpr": true / max(int(changed.sum()), 1),
    }


def standard_error(values: np.ndarray) -> float:
    """Return the standard error of a mean over independent runs."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def binomial_error(rate: float, trials: float) -> float:
    """Return the standard error of a share out of ``trials``."""
    return float(np.sqrt(rate * (1 - rate) / trials))
