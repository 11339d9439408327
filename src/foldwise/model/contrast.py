"""A contrast: a vector over the coefficients with a human label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Contrast:
    """One comparison.

    Parameters
    ----------
    id : str
        File-safe name, such as ``dex_trt_vs_untrt``.
    label : str
        In words: ``dex: trt vs untrt``.
    direction : str
        What a positive fold change means: ``up = higher in trt``.
    vector : ndarray, (n_coefficients,)
    kind : str
        ``levels`` (triple), ``coefficient``, ``expression`` or ``numeric``.
    variable, target, reference : str or None
        Set for ``levels``.
    coefficient : int or None
        Number of the single coefficient that equals the contrast up to ``sign``; None if there is none.
    sign : int
        -1 where the contrast is the negated coefficient.
    """

    id: str
    label: str
    direction: str
    vector: np.ndarray
    kind: str
    variable: str | None = None
    target: str | None = None
    reference: str | None = None
    coefficient: int | None = None
    sign: int = 1
