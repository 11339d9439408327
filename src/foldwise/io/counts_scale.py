"""Values that are no counts any more, told by their scale: logarithms and parts per million."""

from __future__ import annotations

import numpy as np

LOG_MAX = 25.0  # log2 of the largest plausible count (2**25 = 34 million reads of one gene)
TWICE_MAX = 3.3  # log1p(25)
PER_MILLION = 1e6
PER_MILLION_TOLERANCE = 0.02
_SAMPLE = 20_000


def looks_logged(values: np.ndarray) -> str:
    """Return why values look like logarithms (largest below 25, with fractions or negatives), or nothing."""
    if not values.size:
        return ""
    largest = float(values.max())
    if largest >= LOG_MAX:
        return ""
    some = values.ravel()[:: max(1, values.size // _SAMPLE)]
    negative = float(values.min()) < 0
    if not negative and not (values != np.floor(values)).any():
        return ""
    reasons = [f"the largest value is {largest:.3g}", "there are negative values" if negative else "with fractions"]
    for name, inverse in (("exp(x) - 1", np.expm1), ("2^x - 1", _exp2m1)):
        if _whole(inverse(some)):
            reasons.append(f"{name} gives whole numbers")
        elif largest < TWICE_MAX and _whole(inverse(inverse(some))):
            reasons.append(f"{name} applied twice gives whole numbers (the logarithm was taken twice)")
    return ", ".join(reasons)


def _exp2m1(values: np.ndarray) -> np.ndarray:
    return np.exp2(values) - 1


def _whole(values: np.ndarray) -> bool:
    """Tell whether values are whole up to the rounding of a file (and not all small)."""
    nearest = np.rint(values)
    return bool((np.abs(values - nearest) <= 1e-3 * np.maximum(nearest, 1)).all() and nearest.max(initial=0) >= 2)


def looks_per_million(values: np.ndarray) -> str:
    """Return the column sums where each is a million within 2 % (TPM or CPM), or nothing."""
    sums = values.sum(axis=0)
    if not len(sums) or (np.abs(sums / PER_MILLION - 1) > PER_MILLION_TOLERANCE).any():
        return ""
    low, high = float(sums.min()), float(sums.max())
    span = f"{low:,.0f}" if round(low) == round(high) else f"{low:,.0f} to {high:,.0f}"
    return f"its columns sum to {span}, with fractions"
