"""Certificates made by hand, for the tests of whoever shows, writes or obeys them."""

from __future__ import annotations

import dataclasses

import numpy as np

from foldwise.model.certificate import (
    Certificate,
    ContrastCertificate,
    NullCurve,
    PostHocBound,
    Regrouping,
    Safe,
)

APPROXIMATE = "Genes share a trend and a prior, so the guarantee holds approximately."


def certificate(verdict: str = "WARN", contrasts: tuple[str, ...] = ("treatment_0",), n_runs: int = 9) -> Certificate:
    """Return a certificate of a verdict: small numbers of runs as of 3 v 3, or any other."""
    if verdict == "NONE":
        reason = "There are 2 samples per group: no fake grouping leaves a degree of freedom."
        return Certificate("NONE", (reason,), ("No null run was made.",), "deseq2", 0.05, 1, 100)
    rng = np.random.default_rng(5)
    discoveries = np.zeros(n_runs, dtype=np.int64)
    n_bad = {"PASS": n_runs // 50, "WARN": 0, "FAIL": max(n_runs // 3, 3)}[verdict]
    discoveries[:n_bad] = np.sort(rng.integers(1, 900, n_bad))[::-1]
    cuts = 10.0 ** np.linspace(-4, 0, 17)
    mean = cuts * (3.0 if verdict == "FAIL" else 1.0)
    curve = NullCurve(
        cuts, np.minimum(mean, 1), np.minimum(mean * 0.4, 1), np.minimum(mean * 0.9, 1), np.minimum(mean * 2.2, 1),
        0.3 * mean,
    )  # fmt: skip
    reasons = {
        "PASS": ("2 of 100 null runs called a gene, as 5 % should on average.",),
        "WARN": ("Only 9 fake groupings exist; 100 are needed to pass.",),
        "FAIL": ("3 of 9 null runs called genes; at most 2 may.",),
    }[verdict]
    limits = (
        "The certificate tests calibration under regrouping of these samples. It cannot see a batch that coincides "
        "with the condition.",
        "3 v 3 has only 9 fake groupings; no level below 10 % can be certified.",
    )
    scrambles = Regrouping("scramble", 9, 10, True, "")
    parts = tuple(
        ContrastCertificate(
            id, 30, 0.004, 0.91, 1.2, 3.4, 0.04, 0.113, PostHocBound(0.1, 0.31, 380, APPROXIMATE), 11, scrambles
        )
        for id in contrasts
    )
    safe = Safe("winsorized", "Counts cut at their 95th percentile: 21 genes.", {contrasts[0]: 21},
                (("winsorized", "WARN"),)) if verdict == "FAIL" else None  # fmt: skip
    return Certificate(
        verdict, reasons, limits, "deseq2", 0.05, 1, 100, Regrouping("fake factor", n_runs, n_runs, True, ""),
        discoveries, np.full(n_runs, 950, dtype=np.int64), curve, parts, safe,
        {"sharpness": {"0.1": 0.63}, "failed_runs": []},
    )  # fmt: skip


def without_bound(found: Certificate) -> Certificate:
    """Return it as where the samples cannot be scrambled."""
    parts = tuple(dataclasses.replace(c, bound=None, bound_false=None, scrambles=None) for c in found.contrasts)
    return dataclasses.replace(found, contrasts=parts)
