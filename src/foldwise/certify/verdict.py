"""The verdict on null runs, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np

from foldwise.certify.null_runs import NullRuns

# Tail of the binomial distribution above which too many null runs made a discovery.
TAIL = 0.01
# Fewer null runs than 3 v 3 samples give are too few, and too much alike, to fail an analysis.
LEAST_RUNS = 9
# Cuts at which the tail of p-values is judged, the standard errors and the factor that it may lie above them.
TAIL_CUTS = (0.001, 0.0001)
TAIL_ERRORS = 2.33
TAIL_FACTOR = 1.5
TAIL_RUNS = 20
TAIL_VALUES = 1e5
# Distinct groupings below which no level of 5 % can be shown.
ENOUGH = 100


@dataclass(frozen=True)
class Judgment:
    """A verdict and its reasons, as sentences."""

    verdict: str
    reasons: tuple[str, ...]


def binomial_quantile(n: int, rate: float, upper: float = 1 - TAIL) -> int:
    """Smallest k with P(X <= k) >= ``upper`` for X of Binomial(n, rate)."""
    total = 0.0
    for k in range(n + 1):
        total += comb(n, k) * rate**k * (1 - rate) ** (n - k)
        if total >= upper:
            return k
    return n


def failing_probability(n: int, limit: int, rate: float) -> float:
    """Probability that more than ``limit`` of ``n`` runs make a discovery where each does so with ``rate``."""
    return 1.0 - sum(comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(limit + 1))


def judge(
    runs: NullRuns, fdr: float, *, n_distinct: int | None, approximate: str = "", fdp: float = 0.0, unsafe: str = "",
) -> Judgment:  # fmt: skip
    """Judge null runs with a fake factor.

    Parameters
    ----------
    runs : NullRuns
        Of one contrast.
    fdr : float
        That of the analysis.
    n_distinct : int or None
        Groupings that exist; None where there are too many to count.
    approximate, unsafe : str
        Sentences that keep the verdict from PASS; empty where there is nothing to say.
    fdp : float
        Estimated false discovery proportion of the delivered list (the largest of all contrasts).

    Returns
    -------
    Judgment
    """
    n = len(runs)
    any_discovery = int((runs.discoveries[:, 0] > 0).sum())
    limit = binomial_quantile(n, fdr)
    wrong = []
    if any_discovery > limit and n >= LEAST_RUNS:
        wrong.append(
            f"{any_discovery} of {n} null runs called genes, all of them false; at a true FDR of {fdr:g} more than "
            f"{limit} has a probability below {TAIL:.0%}."
        )
    wrong += [sentence for cut in TAIL_CUTS if (sentence := _heavy_tail(runs, cut))]
    if wrong:
        return Judgment("FAIL", tuple(wrong))
    doubts = []
    enough = n if n_distinct is None else min(n, n_distinct)
    if enough < ENOUGH:
        of = "groupings of these samples exist" if n_distinct is not None and n_distinct <= n else "null runs were made"
        more = "; that is too many, and too few runs to fail the analysis" if any_discovery > limit else ""
        doubts.append(
            f"Only {enough} {of}: {any_discovery} of {n} gave a false gene{more}, and no level below "
            f"{100 / (enough + 1):.2g} % can be shown."
        )
    doubts += [sentence for sentence in (approximate, unsafe) if sentence]
    if fdp > 2 * fdr:
        doubts.append(
            f"The delivered list is estimated to hold {fdp:.1%} false discoveries, more than twice the FDR of {fdr:g}."
        )
    if doubts:
        return Judgment("WARN", tuple(doubts))
    return Judgment("PASS", (f"{any_discovery} of {n} null runs called a gene; up to {limit} are to be expected.",))


def _heavy_tail(runs: NullRuns, cut: float) -> str:
    """Say that there are too many small p-values; empty where there are not, or too few runs to tell."""
    n = len(runs)
    tested = runs.n_tested[:, 0]
    if n < TAIL_RUNS or not tested.all() or (cut < TAIL_CUTS[0] and tested.mean() * n < TAIL_VALUES):
        return ""
    share = runs.below_cut(cut) / tested
    mean, error = float(share.mean()), float(share.std(ddof=1) / np.sqrt(n))
    if mean <= cut + TAIL_ERRORS * error or mean <= TAIL_FACTOR * cut:
        return ""
    return f"{mean / cut:.1f} times as many p-values below {cut:g} as there should be, over {n} null runs."
