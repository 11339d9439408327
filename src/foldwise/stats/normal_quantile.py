"""Normal quantile of a logarithmic tail probability, exact far beyond the range of doubles."""

from __future__ import annotations

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import LN2, exp

HALF_LOG_2PI = 0.9189385332046727418
MAX_STEPS = 60
STOP = 1e-15


def normal_quantile_of_log_upper(log_tail: Floats) -> Floats:
    """Values z >= 0 whose upper normal tail has the logarithm ``log_tail`` (n,) <= ln(1/2).

    Newton's method on the logarithm of the tail, which is concave: from the left of the root it never overshoots.
    """
    target = np.minimum(np.asarray(log_tail, dtype=np.float64), -LN2)
    # Q(z) <= exp(-z^2/2)/2 for z >= 0, so the root lies left of this; half of it is a start for small z.
    z = np.sqrt(np.maximum(-2.0 * (target + LN2), 0.0))
    for _ in range(MAX_STEPS):
        log_q = _kernels.normal_tail(np.ascontiguousarray(z))[1] - LN2
        # slope of ln Q is -phi/Q, the hazard rate
        hazard = exp(np.clip(-0.5 * z * z - HALF_LOG_2PI - log_q, -700.0, 700.0))
        step = (log_q - target) / hazard
        z = np.maximum(z + step, 0.0)
        if np.all(np.abs(step) <= STOP * np.maximum(z, 1e-3)):
            break
    return z
