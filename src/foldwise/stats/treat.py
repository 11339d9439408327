"""Tests against a minimum fold change (McCarthy and Smyth 2009, Bioinformatics 25:765).

limma specification, section 5.
"""

from __future__ import annotations

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.least_squares import LinearFit
from foldwise.stats.moderated import ModeratedT, total_df
from foldwise.stats.squeeze_var import SqueezedVariances
from foldwise.stats.tails import t_upper


def treat(fit: LinearFit, squeezed: SqueezedVariances, lfc: float) -> ModeratedT:
    """Test whether coefficients lie beyond ``lfc`` in either direction.

    Parameters
    ----------
    fit : LinearFit
    squeezed : SqueezedVariances
    lfc : float
        Threshold of the absolute coefficient, not negative.

    Returns
    -------
    ModeratedT
        Statistics are 0 for coefficients inside the threshold.
    """
    se = fit.stdev_unscaled * np.sqrt(squeezed.posterior)[:, None]
    size, df = np.abs(fit.coefficients), total_df(fit, squeezed)
    beyond, against = (size - lfc) / se, (size + lfc) / se
    p = np.stack([t_upper(beyond[:, k], df) + t_upper(against[:, k], df) for k in range(se.shape[1])], axis=1)
    return ModeratedT(_signed(fit.coefficients, beyond), p, se, df)


def _signed(estimate: Floats, beyond: Floats) -> Floats:
    return np.asarray(np.sign(estimate) * np.maximum(beyond, 0.0))
