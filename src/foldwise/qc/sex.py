"""The sex that the sheet gives against XIST and the Y chromosome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foldwise.model.columns import shorten
from foldwise.model.experiment import CountMatrix, CSRCounts
from foldwise.model.flags import Check, Flag, SexScores
from foldwise.qc.markers import Markers
from foldwise.stats.elementary import log2
from foldwise.stats.two_groups import TwoGroups, two_groups

# A gene of the Y chromosome counts where one sample at least has so many reads and counts per million of it.
LEAST_READS, LEAST_CPM = 5.0, 2.0
# Background: one count per million, or two reads at the mean library size if that is more.
BACKGROUND_CPM, BACKGROUND_READS = 1.0, 2.0
# Centers nearer than this (log2) are one group; a single group this far from 0 is of one sex.
LEAST_GAP, ONE_SEX, ONE_SEX_BY_Y = 2.0, 2.0, 4.0
# Expression of the Y chromosome (log2 above background) that tells males from females without XIST
LEAST_Y = 1.0
LEAST_SD = 0.25
Borders = tuple[float, float]
MARGIN = 1.0 / 6.0  # of the gap, on both sides of the middle: the middle third is unclear


@dataclass(frozen=True, eq=False)
class Signal:
    """Expression of the markers.

    Parameters
    ----------
    score : ndarray, (n_samples,)
        ``y - x``.
    y, x : ndarray, (n_samples,)
        Log2 above background.
    y_cpm, x_cpm : ndarray, (n_samples,)
        Sum of the Y genes and XIST, counts per million.
    genes : tuple of str
    has_x, in_table : bool
        Whether XIST is counted in any sample, and whether it is a row of the table at all.
    """

    score: np.ndarray
    y: np.ndarray
    x: np.ndarray
    y_cpm: np.ndarray
    x_cpm: np.ndarray
    genes: tuple[str, ...]
    has_x: bool
    in_table: bool


def signal(counts: CountMatrix, reads: np.ndarray, markers: Markers) -> Signal | None:
    """Measure the markers; None where neither XIST nor a gene of the Y chromosome is counted."""
    y_rows, x_rows = list(markers.y.values()), list(markers.x.values())
    y, x = _rows(counts, y_rows), _rows(counts, x_rows)
    used = _expressed(y, reads)
    has_x = bool(_expressed(x, reads).any())
    if not used.any() and not has_x:
        return None
    prior = np.maximum(BACKGROUND_CPM * reads.mean() / 1e6, BACKGROUND_READS) * reads / reads.mean()
    above_y = log2((y[used] + prior) / prior).mean(axis=0) if used.any() else np.zeros(len(reads))
    above_x = log2((x[0] + prior) / prior) if has_x else np.zeros(len(reads))
    names = [name for name, is_used in zip(markers.y, used, strict=True) if is_used]
    per_million = 1e6 / reads
    return Signal(
        above_y - above_x, above_y, above_x, y[used].sum(axis=0) * per_million,
        (x.sum(axis=0) if has_x else np.zeros(len(reads))) * per_million,
        (*names, *(markers.x if has_x else ())), has_x, bool(x_rows),
    )  # fmt: skip


def sex_check(
    samples: Sequence[str], column: str, sheet: Sequence[str], found: Signal
) -> tuple[Check, tuple[Flag, ...], SexScores]:
    """Compare the sex of the sheet with the sex seen.

    Parameters
    ----------
    samples : sequence of str
    column : str
    sheet : sequence of str
        ``female``, ``male`` or empty.
    found : Signal
    """
    groups = two_groups(found.score, LEAST_SD)
    seen, borders = _seen(found, groups)
    scores = SexScores(column, found.genes, found.score, tuple(sheet), seen, borders)
    flags = tuple(
        _flag(samples[i], column, sheet[i], seen, i, found, borders)
        for i in range(len(samples))
        if sheet[i] and seen[i] != sheet[i] and (seen[i] or any(seen))
    )
    if not any(seen):
        return Check("sex", False, _untold(found)), (), scores
    n = sum(bool(word) for word in sheet)
    text = f"column {column!r} of {n} samples against {', '.join(found.genes)}"
    return Check("sex", True, text), flags, scores


def _seen(found: Signal, groups: TwoGroups) -> tuple[tuple[str, ...], Borders]:
    """Return the sex seen of each sample, and the borders of the unclear zone."""
    high = found.score > 0.5 * (groups.low + groups.high)
    y_tells = high.any() and not high.all() and _mean(found.y, high) - _mean(found.y, ~high) >= LEAST_Y
    if groups.gap >= LEAST_GAP and y_tells:
        middle, margin = 0.5 * (groups.low + groups.high), MARGIN * groups.gap
        low, top = middle - margin, middle + margin
        return tuple(_word(score, low, top) for score in found.score), (low, top)
    center = float(np.median(found.score))
    # Without reads of XIST anywhere, reads of X homologs that land on Y genes must not make females male.
    least = ONE_SEX if found.has_x else ONE_SEX_BY_Y
    if abs(center) < least or not found.in_table:
        return ("",) * len(high), (-np.inf, np.inf)
    borders = (-ONE_SEX / 2.0, ONE_SEX / 2.0)
    return tuple(_word(score, *borders) for score in found.score), borders


def _word(score: float, low: float, high: float) -> str:
    return "female" if score < low else "male" if score > high else ""


def _flag(sample: str, column: str, sheet: str, seen: Sequence[str], i: int, found: Signal, borders: Borders) -> Flag:
    values: dict[str, float | str] = {
        "sheet": sheet, "seen": seen[i] or "unclear", "score": round(float(found.score[i]), 3),
        "y_cpm": round(float(found.y_cpm[i]), 3), "xist_cpm": round(float(found.x_cpm[i]), 3),
    }  # fmt: skip
    numbers = _numbers(found, seen, i)
    if seen[i]:
        text = f"{sample} is {sheet} by column {column!r} and {seen[i]} by its expression: {numbers}."
        return Flag(sample, "sex", text, values)
    text = (
        f"The sex of {sample} ({sheet} by column {column!r}) is unclear: its score {found.score[i]:.1f} lies between "
        f"those of females (below {borders[0]:.1f}) and males (above {borders[1]:.1f}); {numbers}."
    )
    return Flag(sample, "sex", text, values, level="note")


def _numbers(found: Signal, seen: Sequence[str], i: int) -> str:
    """Return the counts per million of a sample beside the medians of the samples seen as female and male."""
    y_names = [name for name in found.genes if name.upper() != "XIST"]
    parts = []
    for name, values in ((shorten(y_names, 3), found.y_cpm), ("XIST", found.x_cpm)):
        if not name or (name == "XIST" and not found.has_x):
            continue
        usual = [
            f"{np.median(values[np.array([word == sex for word in seen])]):.3g} in samples seen as {sex}"
            for sex in ("female", "male")
            if sex in seen
        ]
        parts.append(f"{name} {values[i]:.3g} counts per million ({', '.join(usual)})")
    return "; ".join(parts)


def _untold(found: Signal) -> str:
    return f"{', '.join(found.genes)} do not part the samples into two groups: the sexes cannot be told apart"


def _expressed(rows: np.ndarray, reads: np.ndarray) -> np.ndarray:
    return np.asarray(((rows >= LEAST_READS) & (rows * 1e6 >= LEAST_CPM * reads)).any(axis=1))


def _rows(counts: CountMatrix, rows: list[int]) -> np.ndarray:
    """Return rows of the counts, in the order asked for, as floats."""
    n_samples = counts.shape[1]
    if not rows:
        return np.zeros((0, n_samples))
    if isinstance(counts, CSRCounts):
        return np.concatenate([counts.take(np.array([row])).to_dense() for row in rows]).astype(np.float64)
    return np.asarray(counts[rows], dtype=np.float64)


def _mean(values: np.ndarray, chosen: np.ndarray) -> float:
    return float(values[chosen].mean()) if chosen.any() else 0.0
