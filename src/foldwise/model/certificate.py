"""What null runs of the whole analysis say of its false discovery rate: verdict, curves and bounds, as values.

Made in ``certify/``, shown by ``report/``; nothing here computes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

VERDICTS = ("PASS", "WARN", "FAIL", "NONE")


@dataclass(frozen=True, eq=False)
class Regrouping:
    """How samples were grouped anew for null runs.

    Parameters
    ----------
    kind : str
        ``fake factor`` (a further factor, balanced within the cells of the design) or ``scramble`` (the tested
        condition permuted within blocks).
    n_runs : int
        Null runs made.
    n_distinct : int or None
        Groupings that exist, up to exchange of the two groups; None where there are too many to count.
    complete : bool
        Whether each of them was run.
    approximate : str
        Why they do not answer the question exactly, as a sentence; empty where they do.
    """

    kind: str
    n_runs: int
    n_distinct: int | None
    complete: bool
    approximate: str = ""


@dataclass(frozen=True, eq=False)
class NullCurve:
    """Share of tested genes below each cut, over null runs.

    Parameters
    ----------
    cuts : ndarray, (n_cuts,)
        P-values, ascending.
    mean, low, median, high, sd : ndarray, (n_cuts,)
        Mean, 5 %, 50 % and 95 % quantile and standard deviation over the runs.
    """

    cuts: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    median: np.ndarray
    high: np.ndarray
    sd: np.ndarray


@dataclass(frozen=True, eq=False)
class PostHocBound:
    """Bound on the false discoveries of any set of genes, chosen after looking at the data.

    With a confidence of ``1 - level``, of a set S at most ``min_k (#{i in S: p_i > scale k / n_tested} + k - 1)``
    genes are false, for k = 1 .. |S| (Blanchard, Neuvial and Roquain 2020, Simes template, calibrated by scrambles).

    Parameters
    ----------
    level : float
        Probability that the bound is violated.
    scale : float
        The calibrated lambda; 0 where nothing can be bounded at this level.
    n_tested : int
    approximate : str
        Why the guarantee is not exact, as a sentence; empty where it is.
    """

    level: float
    scale: float
    n_tested: int
    approximate: str = ""


@dataclass(frozen=True, eq=False)
class ContrastCertificate:
    """The delivered list of one contrast against the null runs.

    Parameters
    ----------
    id : str
        Id of the contrast.
    n_called : int
        Genes with ``padj`` below the FDR.
    cut : float
        Largest p-value among them; NaN where there are none.
    pi0 : float
        Estimated share of genes without a change.
    false, false_upper : float
        Expected false discoveries at the cut: pi0 times the mean over null runs; and their 95 % quantile.
    fdp, fdp_upper : float
        The same divided by the genes below the cut; 0 where none is called.
    bound : PostHocBound or None
        None where the samples cannot be scrambled.
    bound_false : int or None
        At most so many of the called genes are false, by the bound.
    scrambles : Regrouping or None
    """

    id: str
    n_called: int
    cut: float
    pi0: float
    false: float
    false_upper: float
    fdp: float
    fdp_upper: float
    bound: PostHocBound | None = None
    bound_false: int | None = None
    scrambles: Regrouping | None = None


@dataclass(frozen=True, eq=False)
class Safe:
    """The first fallback that did not fail, where the certificate failed the method.

    Parameters
    ----------
    name : str
        ``winsorized``, ``edger-ql robust``, ``pooled permutation``, ``wilcoxon``; empty where none passed.
    sentence : str
        What it is and how many genes it calls.
    n_called : dict of str to int
        Genes called by contrast id.
    tried : tuple of (str, str)
        Each fallback tried and its verdict.
    """

    name: str
    sentence: str
    n_called: dict[str, int] = field(default_factory=dict)
    tried: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Certificate:
    """Verdict on the false discovery rate of one analysis.

    Parameters
    ----------
    verdict : str
        ``PASS``, ``WARN``, ``FAIL``, or ``NONE`` where it cannot be made.
    reasons : tuple of str
        Sentences: why.
    limits : tuple of str
        Sentences that are always shown: what the certificate cannot see.
    method : str
        What was judged, in words.
    level : float
        The FDR of the analysis.
    seed, asked : int
        Seed, and null runs asked for of each kind.
    regrouping : Regrouping or None
        None for the verdict ``NONE``.
    discoveries : ndarray of int, (n_runs,)
        Genes called in each null run; each of them is false.
    n_tested : ndarray of int, (n_runs,)
        Genes with a p-value in each null run.
    curve : NullCurve or None
    contrasts : tuple of ContrastCertificate
    safe : Safe or None
        Set where the verdict is ``FAIL``.
    facts : dict
        Further numbers: CPU seconds, sharpness.
    """

    verdict: str
    reasons: tuple[str, ...]
    limits: tuple[str, ...]
    method: str
    level: float
    seed: int
    asked: int
    regrouping: Regrouping | None = None
    discoveries: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    n_tested: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    curve: NullCurve | None = None
    contrasts: tuple[ContrastCertificate, ...] = ()
    safe: Safe | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def n_any(self) -> int:
        """Null runs in which at least one gene was called."""
        return int((self.discoveries > 0).sum())

    @property
    def fdp(self) -> float:
        """Estimated false discovery proportion of the delivered lists, the largest of all contrasts."""
        return max((each.fdp for each in self.contrasts), default=0.0)

    @property
    def p_any(self) -> float:
        """Share of null runs in which at least one gene was called; NaN where there are none."""
        return float("nan") if not len(self.discoveries) else self.n_any / len(self.discoveries)
