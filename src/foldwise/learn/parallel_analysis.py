"""How many factors stand out from chance: Horn's parallel analysis on the part of the data that the design leaves.

Horn 1965; Buja and Eyuboglu 1992 (Multivariate Behavioral Research 27:509), by permutation of each gene's values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.learn.factors import Residuals
from foldwise.stats.arrays import Floats
from foldwise.stats.design_algebra import full_q
from foldwise.stats.leading_eigen import leading_eigen

PERMUTATIONS = 20
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Scree:
    """Variances along the factors, and along those of permuted data.

    Parameters
    ----------
    variances, chance : ndarray, (df,)
        Shares of the variance of genes scaled to variance 1, in descending order; ``chance`` is their 95 % quantile
        over permutations.
    rank : int
        Leading factors above chance.
    """

    variances: Floats
    chance: Floats
    rank: int


def parallel_analysis(found: Residuals, design: Floats, seed: np.random.SeedSequence) -> Scree:
    """Compare the factors of residuals with those of genes whose values are permuted, each by itself.

    Parameters
    ----------
    found : Residuals
        Beside ``design``.
    design : ndarray, (n_samples, p)
    seed : SeedSequence
    """
    free = np.ascontiguousarray(full_q(design)[:, design.shape[1] :])
    rotated = np.einsum("gn,nd->gd", found.rest, free) / np.sqrt(found.squares)[:, None]
    variances = _variances(rotated)
    random = np.random.default_rng(seed)
    permuted = np.stack([_variances(random.permuted(rotated, axis=1)) for _ in range(PERMUTATIONS)])
    chance = np.quantile(permuted, LEVEL, axis=0)
    above = variances > chance
    rank = len(above) if above.all() else int(np.argmin(above))
    return Scree(variances, chance, rank)


def _variances(rotated: Floats) -> Floats:
    """Share of the variance along each direction, in descending order."""
    values, _ = leading_eigen(np.einsum("gi,gj->ij", rotated, rotated), 0)
    return np.asarray(np.maximum(values, 0.0) / len(rotated))
