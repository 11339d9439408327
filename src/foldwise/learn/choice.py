"""The rules by which a method is chosen, from false discoveries and power of each candidate on planted changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from foldwise.model.choice import MethodScore
from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import log2

# Runs after which the weaker half of the candidates is given up, and runs in all.
ROUNDS = (10, 30, 100)
# The method whose numbers most readers know wins where it is within a point of the best.
DEFAULT = "deseq2"
WITHIN = 0.01
# Candidates within this much power of the best go on: they are told apart later.
CLOSE = 0.02
# One-sided 95 % limit of a mean over runs.
Z_UPPER = 1.6448536269514722
# With fewer groupings of the samples than this the runs say more of the groupings than of the method.
LEAST_LABELINGS = 18
# Mean count from which logs are nearly normal where counts are.
LEAST_MEAN = 20.0
# Part of the entries beyond this many robust standard deviations that make a data set heavy-tailed.
FAR, FAR_SHARE = 5.0, 0.005


def scored(method: str, fdp: Sequence[float], tpr: Sequence[float]) -> MethodScore:
    """Return the score of runs, with the upper limit of the mean false discovery proportion."""
    rates = np.asarray(fdp, dtype=np.float64)
    return MethodScore(method, rates, np.asarray(tpr, dtype=np.float64), _limit(rates, Z_UPPER))


def survivors(scores: Sequence[MethodScore], alpha: float) -> tuple[str, ...]:
    """Return the candidates that go on to the next round: the better half, and all that may still win.

    Those whose mean false discovery proportion is at most ``alpha`` come before those of which it may be (lower limit),
    these before the others; in each class the more powerful first. Beside the better half those go on that are
    close to the best, or more powerful and perhaps right; and the default while it may be right.
    """
    ordered = sorted(scores, key=lambda score: (_standing(score, alpha), -score.mean_tpr, score.method))
    kept = {score.method for score in ordered[: max((len(ordered) + 1) // 2, 2)]}
    kept |= {score.method for score in ordered if score.method == DEFAULT and _standing(score, alpha) < 2}
    best = ordered[0]
    close = [score for score in ordered if score.mean_tpr >= best.mean_tpr - CLOSE]
    kept |= {score.method for score in close if _standing(score, alpha) == _standing(best, alpha)}
    kept |= {score.method for score in ordered if score.mean_tpr > best.mean_tpr and _standing(score, alpha) < 2}
    return tuple(score.method for score in scores if score.method in kept)


def decide(scores: Sequence[MethodScore], alpha: float, default: str = DEFAULT) -> tuple[str, str]:
    """Return the chosen method and the reason.

    Parameters
    ----------
    scores : sequence of MethodScore
        Those given up early take part only where no other is left.
    alpha : float
        The false discovery rate that a method promises.
    default : str
        Method that wins where it is within `WITHIN` of the best.
    """
    most = max(score.n_runs for score in scores)
    finalists = [score for score in scores if score.n_runs == most]
    safe = [score for score in finalists if score.fdp_upper <= alpha]
    level = f"{100 * alpha:g} %"
    if not safe:
        least = min(finalists, key=lambda score: (score.fdp_upper, -score.mean_tpr))
        return least.method, (
            f"no candidate kept its false discoveries below {level} with confidence; {least.method} comes nearest "
            f"({_percent(least.mean_fdp)}, at most {_percent(least.fdp_upper)})"
        )
    best = max(safe, key=lambda score: (score.mean_tpr, score.method == default))
    usual = next((score for score in safe if score.method == default), None)
    rates = f"{_percent(best.mean_fdp)} false discoveries, at most {_percent(best.fdp_upper)}"
    if usual is not None and usual.mean_tpr >= best.mean_tpr - WITHIN:
        if usual.method == best.method:
            return default, f"it finds the most planted changes ({_percent(best.mean_tpr)}; {rates})"
        return default, (
            f"it is within one point of the most powerful candidate ({_percent(usual.mean_tpr)} of the planted "
            f"changes found, {best.method} {_percent(best.mean_tpr)}) and keeps its false discoveries below {level}"
        )
    return best.method, (
        f"it finds the most planted changes ({_percent(best.mean_tpr)}) of the candidates that keep their false "
        f"discoveries below {level} ({rates})"
    )


def with_verdicts(scores: Sequence[MethodScore], chosen: str, alpha: float) -> tuple[MethodScore, ...]:
    """Return the scores with what became of each in words, the chosen first, then by power."""
    most = max(score.n_runs for score in scores)
    told = [replace(score, verdict=_verdict(score, chosen, alpha, most)) for score in scores]
    return tuple(sorted(told, key=lambda score: (score.method != chosen, -score.n_runs, -score.mean_tpr)))


def by_rule(n_smallest: int, *, heavy_tails: bool) -> tuple[str, str]:
    """Return the method for a design with too few groupings to measure, and why.

    Parameters
    ----------
    n_smallest : int
        Samples in the smallest group compared.
    heavy_tails : bool
        Whether single counts lie far from their group.
    """
    if n_smallest <= 4:
        return "edger-ql", f"with {n_smallest} samples in a group it keeps the false discovery rate where others do not"
    if n_smallest >= 8 and heavy_tails:
        return "limma-voom", "single counts lie far from their group, which moves count models"
    return DEFAULT, f"with {n_smallest} samples in a group it is as good as any"


def log_residuals(counts: np.ndarray, matrix: Floats) -> Floats:
    """Log2 counts per million of the expressed genes less what the design explains, (n_expressed, n_samples).

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples)
    matrix : ndarray, (n_samples, n_coefficients)
    """
    expressed = counts[np.mean(counts, axis=1) >= LEAST_MEAN]
    values = log2(1e6 * (expressed + 0.5) / (np.sum(counts, axis=0) + 1.0))
    q = np.linalg.qr(matrix)[0]
    return np.asarray(values - np.einsum("gn,nk,mk->gm", values, q, q, optimize=True))


def heavy_tailed(residuals: Floats) -> bool:
    """Tell whether single values lie far from their group.

    Parameters
    ----------
    residuals : ndarray, (n_genes, n_samples)
        Log values of expressed genes less what the design explains.
    """
    if not residuals.size:
        return False
    spread = 1.4826 * np.median(np.abs(residuals), axis=1)
    known = spread > 0
    far = np.abs(residuals[known]) > FAR * spread[known, None]
    return bool(far.size and np.mean(far) > FAR_SHARE)


def _standing(score: MethodScore, alpha: float) -> int:
    if score.mean_fdp <= alpha:
        return 0
    return 1 if _limit(score.fdp, -Z_UPPER) <= alpha else 2


def _limit(values: Floats, z: float) -> float:
    """Mean plus ``z`` standard errors; with one value nothing is known of its error."""
    if len(values) < 2:
        return float("inf") if z > 0 else float("-inf")
    return float(np.mean(values) + z * np.std(values, ddof=1) / np.sqrt(len(values)))


def _verdict(score: MethodScore, chosen: str, alpha: float, most: int) -> str:
    level = f"{100 * alpha:g} %"
    if score.method == chosen:
        return "chosen"
    if score.n_runs < most:
        if _standing(score, alpha) == 2:
            return f"given up after {score.n_runs} runs: more false discoveries than {level}"
        return f"given up after {score.n_runs} runs: others find more, or fewer that are false"
    if score.fdp_upper > alpha:
        return f"false discoveries may exceed {level}"
    return "safe, and not better"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
