"""NumPy twin of the kernel `elementwise`: special functions, and lgamma and digamma with R's own rounding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from tests.twins.log2_nearest import log2_nearest
from tests.twins.special_constants import BERNOULLI, GAMMA_CHEBYSHEV, LGAMMA_CORRECTION_CHEBYSHEV

HALF_LOG_2PI = 0.918938533204672741780329736406
STIRLING_LIMIT = 4934720.0  # above, the Stirling correction is below one unit in the last place


def elementwise(name: str, x: np.ndarray) -> np.ndarray:
    """Apply the function ``name`` to each value of ``x`` (any shape)."""
    with np.errstate(all="ignore"):
        return np.asarray(FUNCTIONS[name](np.asarray(x, dtype=np.float64)))


def chebyshev(x: np.ndarray, coefficients: tuple[float, ...]) -> np.ndarray:
    """Clenshaw sum from the last coefficient down."""
    two_x = 2.0 * x
    b0 = b1 = b2 = np.zeros_like(x)
    for c in reversed(coefficients):
        b2, b1 = b1, b0
        b0 = two_x * b1 - b2 + c
    return (b0 - b2) * 0.5


def gamma_up_to_10(x: np.ndarray) -> np.ndarray:
    """Gamma function of 0 < x <= 10 by its series on (0, 1) and the recurrence."""
    k = np.floor(x)
    y = x - k
    g = chebyshev(2.0 * y - 1.0, GAMMA_CHEBYSHEV) + 0.9375
    product = g
    for i in range(1, 10):
        product = np.where(i < k, (y + i) * product, product)
    return np.where(k == 0, g / x, product)


def lgamma_r(x: np.ndarray) -> np.ndarray:
    """Log gamma function of x > 0, bit for bit as R."""
    small = np.log(np.abs(gamma_up_to_10(np.clip(x, 1e-300, 10.0))))
    stirling = HALF_LOG_2PI + (x - 0.5) * np.log(x) - x
    t = 10.0 / np.maximum(x, 10.0)
    corrected = stirling + chebyshev(t * t * 2.0 - 1.0, LGAMMA_CORRECTION_CHEBYSHEV) / x
    huge = x * (np.log(x) - 1.0)
    return np.select([x <= 10.0, x <= STIRLING_LIMIT, x <= 1e17], [small, corrected, stirling], huge)


def digamma_r(x: np.ndarray) -> np.ndarray:
    """Digamma function of x > 0, bit for bit as R."""
    flat = np.ravel(x)
    return np.array([_digamma_r(v) for v in flat]).reshape(np.shape(x))


def _digamma_r(x: float) -> float:
    if x * np.log(x) > 1.0 / (2.0 * 2.0**-52):
        return float(np.log(x))
    shift = 9 - int(np.floor(x)) if x < 9 else 0
    z = x + shift
    reciprocal_square = 1.0 / (z * z)
    half = 1.0 / (2.0 * z)
    tolerance = 2.0**-53 * half
    t = 0.5 * reciprocal_square
    s = t * BERNOULLI[2]
    if abs(s) >= tolerance:
        tk = 2.0
        for b in BERNOULLI[3:]:
            t = t * ((tk + 1.0) / (tk + 1.0)) * (tk / (tk + 2.0)) * reciprocal_square
            term = t * b
            if abs(term) < tolerance:
                break
            s += term
            tk += 2.0
    s += half
    for i in range(1, shift + 1):
        s += 1.0 / (x + (shift - i))
    return float(-(s - np.log(z)))


FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "log": np.log,
    "exp": np.exp,
    "log1p": np.log1p,
    "expm1": np.expm1,
    "lgamma": special.gammaln,
    "digamma": special.digamma,
    "trigamma": lambda x: special.polygamma(1, x),
    "lgamma_r": lgamma_r,
    "digamma_r": digamma_r,
    "log2_nearest": log2_nearest,
}
