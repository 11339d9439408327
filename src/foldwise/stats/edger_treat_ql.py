"""Normal scores of moderated statistics, for quasi-likelihood tests against a threshold (edgeR specification, 13.4)."""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import LN2
from foldwise.stats.f_tails import log_f_tails
from foldwise.stats.normal_quantile import normal_quantile_of_log_upper


def normal_score_of_t(t: Floats, df: Floats) -> Floats:
    """Normal values z >= 0 with the same upper tail as t >= 0 on ``df`` (may be infinite) degrees of freedom; (n,)."""
    # Both tails of t make the upper tail of t^2, an F with one numerator degree of freedom.
    log_tail = log_f_tails(t * t, 1.0, df)[1] - LN2
    return np.where(t > 0, normal_quantile_of_log_upper(log_tail), 0.0)
