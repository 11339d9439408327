"""Which corrections there are, and the step itself: a test with p-values in, with adjusted p-values out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from foldwise.correct.storey import storey
from foldwise.correct.weighted import weighted
from foldwise.errors import UsageError
from foldwise.model.fit import Status, Test
from foldwise.stats.independent_filtering import filtered_padj
from foldwise.stats.multiple_testing import benjamini_hochberg, benjamini_yekutieli, holm

# Word: what the adjusted p-value is.
CORRECTIONS = {
    "bh": "false discovery rate (Benjamini and Hochberg 1995)",
    "by": "false discovery rate under any dependence (Benjamini and Yekutieli 2001)",
    "holm": "family-wise error rate (Holm 1979)",
    "storey": "q-value: false discovery rate with the estimated share of true nulls (Storey 2002)",
    "ihw": "false discovery rate of p-values weighted by the mean count (Ignatiadis et al. 2016)",
}
_SIMPLE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "bh": benjamini_hochberg,
    "by": benjamini_yekutieli,
    "holm": holm,
}


def adjust(
    test: Test,
    method: str = "bh",
    *,
    fdr: float = 0.05,
    covariate: np.ndarray | None = None,
    filtering: bool = False,
    profile: str = "deseq2-1.44",
    seed: int = 1,
) -> Test:
    """Adjust the p-values of a test.

    Parameters
    ----------
    test : Test
        An adjustment of the method's own is kept where ``method`` is ``bh``, and replaced by any other correction.
    method : str
        One of `CORRECTIONS`.
    fdr : float
        Rate that filtering and weighting aim at.
    covariate : ndarray, (n_genes,), optional
        What ``ihw`` weights by and what filtering cuts: independent of p under the null, such as the mean count.
    filtering : bool
        Leave genes of low covariate out of the adjustment, at the cut with the most discoveries (independent
        filtering); such genes get the status low_count. Not with ``ihw``, which does the same by weights.
    profile : str
        Rule of the cut, see `foldwise.stats.independent_filtering`.
    seed : int
        Of the folds of ``ihw``.

    Returns
    -------
    Test
        With ``padj``; numbers of the step in ``facts``.

    Raises
    ------
    UsageError
        E-USAGE-001 for an unknown correction; E-USAGE-002 where it needs a covariate and has none.
    """
    if method not in CORRECTIONS:
        raise UsageError(
            "E-USAGE-001", f"There is no correction {method!r}.", f"Choose one of {', '.join(CORRECTIONS)}."
        )
    if method == "bh" and test.padj is not None:
        return test
    if filtering and covariate is None:
        raise UsageError(
            "E-USAGE-002",
            "Independent filtering needs a value per gene to filter by, and there is none.",
            "Give the mean count of each gene, or leave filtering out.",
        )
    facts: dict[str, Any]
    if method == "ihw":
        padj, facts = weighted(test.pvalue, covariate, fdr, seed)
    elif filtering and covariate is not None:
        padj, facts = _filtered(test.pvalue, covariate, fdr, method, profile)
    elif method == "storey":
        padj, facts = storey(test.pvalue)
    else:
        padj, facts = _SIMPLE[method](test.pvalue), {}
    return replace(test, padj=padj, status=_status(test, padj), facts={**_without_filter(test), **facts})


def _filtered(
    pvalue: np.ndarray, covariate: np.ndarray, fdr: float, method: str, profile: str
) -> tuple[np.ndarray, dict[str, Any]]:
    """Independent filtering with any correction of p-values."""
    correct = _SIMPLE.get(method, lambda p: storey(p)[0])
    found = filtered_padj(covariate, pvalue, fdr, profile, correct)
    facts = {
        "filter_threshold": found.threshold,
        "filter_theta": found.theta,
        "filter_theta_curve": found.theta_curve,
        "filter_n_rejected": found.n_rejected,
        "filter_smooth": found.smooth,
    }
    if method == "storey":
        facts |= storey(np.where(covariate >= found.threshold, pvalue, np.nan))[1]
    return found.padj, facts


def _status(test: Test, padj: np.ndarray) -> np.ndarray:
    """Genes with a p-value have the status low_count where the adjustment left them out, and only there."""
    status = np.where(test.status == Status.LOW_COUNT, Status.OK, test.status)
    left_out = (status == Status.OK) & np.isnan(padj) & ~np.isnan(test.pvalue)
    return np.where(left_out, Status.LOW_COUNT, status).astype(np.int8)


def _without_filter(test: Test) -> dict[str, Any]:
    """Facts of the test without those of an adjustment that is replaced."""
    return {name: value for name, value in test.facts.items() if not name.startswith(("filter_", "ihw_", "pi0"))}
