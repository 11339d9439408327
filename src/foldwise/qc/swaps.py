"""Samples that resemble another donor more than their own: swapped, mislabeled or mixed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.model.flags import Check, DonorMatches, Flag
from foldwise.qc.columns import codes_of
from foldwise.qc.expression import gram

N_GENES = 1000  # most variable ones
LEAST_SAMPLES = 6
LEAST_DONORS = 3
# Donors can be told apart where two samples of one of them resemble each other more than this share of strangers.
STRANGERS = 0.9
# The nearest stranger must beat both the own donor and the next stranger by this much, and by this share of the
# usual distance between one's own donor and strangers.
LEAST_MARGIN, MARGIN_SHARE = 0.1, 0.25
# A stranger looks like one's donor above this quantile of the correlations within donors; above their median where the
# sample has no partner of its own.
WEAKER = 0.25
MAX_SAMPLES = 400


def donor_check(
    samples: Sequence[str], column: str, donors: Sequence[str], left: np.ndarray
) -> tuple[Check, tuple[Flag, ...], DonorMatches | None]:
    """Compare each sample with its own donor and with strangers.

    Parameters
    ----------
    samples : sequence of str
    column : str
    donors : sequence of str
        Empty where missing.
    left : ndarray, (n_genes, n_samples)
        Log expression with everything but the donor taken out.
    """
    codes = codes_of(donors)
    reason = _reason(column, codes)
    if reason:
        return Check("swap", False, reason), (), None
    alike = correlations(left)
    same = (codes[:, None] == codes[None, :]) & (codes >= 0)[:, None]
    known = (codes >= 0)[:, None] & (codes >= 0)[None, :]
    upper = np.triu(np.ones(same.shape, dtype=bool), 1)
    pairs = alike[same & upper]
    within = float(np.median(pairs))
    between = alike[known & ~same & upper]
    stranger_level = float(np.quantile(between, STRANGERS))
    own, stranger, partner, next_best = _nearest(alike, same, known, codes)
    matches = DonorMatches(column, tuple(donors), own, stranger, partner, within)
    if within <= stranger_level + LEAST_MARGIN:
        text = (
            f"two samples of one {column!r} correlate by {within:.2f} (median), a tenth of strangers by more than "
            f"{stranger_level:.2f}: donors cannot be told apart"
        )
        return Check("swap", False, text), (), matches
    usual = float(np.median(np.fmax(own, stranger) - np.median(between)))
    margin = max(LEAST_MARGIN, MARGIN_SHARE * usual)
    recognized = 0.5 * (within + stranger_level)
    rival = np.fmax(np.where(np.isnan(own), -1.0, own), next_best)
    level = np.where(np.isnan(own), within, max(recognized, float(np.quantile(pairs, WEAKER))))
    mutual = codes[partner[partner]] == codes  # the likeness of two samples of one donor goes both ways
    foreign = (stranger >= recognized) & (stranger - rival >= margin) & ~(own >= recognized) & mutual
    wrong = foreign & (stranger >= level)
    exchanged = {(codes[partner[i]], codes[i]) for i in np.flatnonzero(wrong)}  # the other half of a swap
    wrong |= foreign & np.array([(codes[i], codes[partner[i]]) in exchanged for i in range(len(codes))])
    flags = tuple(_flag(samples, column, donors, matches, int(i)) for i in np.flatnonzero(wrong))
    text = f"column {column!r}: each sample against its own donor and strangers, on {min(N_GENES, len(left)):,} genes"
    return Check("swap", True, text), flags, matches


def correlations(left: np.ndarray) -> np.ndarray:
    """Return correlations (n_samples, n_samples) of samples over the most variable genes of what is left."""
    variance = np.mean(left * left, axis=1)
    chosen = left[np.argsort(-variance, kind="stable")[:N_GENES]]
    if not len(chosen):
        return np.zeros((left.shape[1], left.shape[1]))
    centered = chosen - chosen.mean(axis=0)
    size = np.sqrt(np.sum(centered * centered, axis=0))
    return gram(np.where(size > 0, centered / np.where(size > 0, size, 1.0), 0.0))


def _reason(column: str, codes: np.ndarray) -> str:
    """Return why donors cannot be compared; empty where they can."""
    known = codes[codes >= 0]
    sizes = np.bincount(known) if known.size else np.zeros(0, dtype=int)
    if (sizes >= 2).sum() < 2 or len(sizes) < LEAST_DONORS or len(known) < LEAST_SAMPLES:
        return f"column {column!r} needs {LEAST_DONORS} donors or more, two of them with two samples or more"
    if len(codes) > MAX_SAMPLES:
        return f"pairs are compared for at most {MAX_SAMPLES} samples"
    return ""


def _nearest(
    alike: np.ndarray, same: np.ndarray, known: np.ndarray, codes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return best correlation with the own donor and with strangers, that stranger, and the next donor's best."""
    n = len(codes)
    off = ~np.eye(n, dtype=bool)
    own = np.where(same & off, alike, -np.inf).max(axis=1)
    strangers = np.where(known & ~same, alike, -np.inf)
    partner = strangers.argmax(axis=1)
    best = strangers.max(axis=1)
    others = np.where(codes[None, :] == codes[partner][:, None], -np.inf, strangers).max(axis=1)
    blank = np.nan
    return (
        np.where(np.isfinite(own), own, blank), np.where(np.isfinite(best), best, blank), partner,
        np.where(np.isfinite(others), others, -1.0),
    )  # fmt: skip


def _flag(samples: Sequence[str], column: str, donors: Sequence[str], matches: DonorMatches, i: int) -> Flag:
    other = int(matches.partner[i])
    own, stranger = float(matches.own[i]), float(matches.stranger[i])
    with_own = f", with its own by at most {own:.2f}" if np.isfinite(own) else ""
    text = (
        f"{samples[i]} ({column} {donors[i]}) resembles {samples[other]} ({column} {donors[other]}) as samples of one "
        f"{column} do: correlation {stranger:.2f}{with_own}; two samples of one {column} have {matches.within:.2f} "
        "(median). Labels may be swapped."
    )
    values: dict[str, float | str] = {
        "donor": donors[i], "partner": samples[other], "partner_donor": donors[other],
        "correlation_partner": round(stranger, 4), "correlation_within": round(matches.within, 4),
    }  # fmt: skip
    if np.isfinite(own):
        values["correlation_own"] = round(own, 4)
    return Flag(samples[i], "swap", text, values)
