"""Fold changes to plant: of the size that the user's own data show, in genes drawn at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Booleans, Floats
from foldwise.stats.ash import fit_weights, prior_sds
from foldwise.stats.elementary import log
from foldwise.stats.normal_quantile import normal_quantile_of_log_upper
from foldwise.stats.tails import normal_upper

# Share of the genes that get a change, where nothing else is asked for.
SHARE = 0.1
# Smaller log2 fold changes are no change that one would look for, larger ones leave hardly a read to thin.
LEAST_LOG2 = 0.25
MOST_LOG2 = 5.0
# Standard deviation taken where the data show too few changes, as of the simulations (log2).
USUAL_SD_LOG2 = 1.0
# With less of the prior beyond LEAST_LOG2 its tail says nothing.
LEAST_TAIL = 0.01
# Mixture weights do not ask for more genes than this.
MAX_GENES = 5000


@dataclass(frozen=True, eq=False)
class Effects:
    """Distribution of planted log2 fold changes: centered normals, without what lies below `LEAST_LOG2`.

    Parameters
    ----------
    sd, weight : ndarray, (n_components,)
    estimated : bool
        From the data; else the usual spread.
    changed : float
        Share of the genes beyond `LEAST_LOG2` under the fitted distribution; NaN where it was not fitted.
    """

    sd: Floats
    weight: Floats
    estimated: bool
    changed: float

    @property
    def words(self) -> str:
        """Where the sizes come from, for sentences."""
        if self.estimated:
            return "sizes as estimated from these data"
        return f"normal sizes with a standard deviation of {USUAL_SD_LOG2:g} (log2)"


def usual_effects() -> Effects:
    """Return the distribution that is taken where the data say nothing."""
    return Effects(np.array([USUAL_SD_LOG2]), np.array([1.0]), False, float("nan"))


def fitted_effects(log2_fold_change: Floats, se: Floats) -> Effects:
    """Fit the distribution of true fold changes behind estimates.

    A mixture of centered normals by maximum likelihood (Stephens 2017, Biostatistics 18:275); what it puts near zero is
    left out when changes are drawn.

    Parameters
    ----------
    log2_fold_change, se : ndarray, (n_genes,)
        Not shrunken; genes without a positive standard error take no part.
    """
    usable = np.flatnonzero(np.isfinite(log2_fold_change) & np.isfinite(se) & (se > 0))
    if len(usable) < 100:
        return usual_effects()
    usable = usable[:: -(-len(usable) // MAX_GENES)]
    lfc, error = log2_fold_change[usable], se[usable]
    sd = prior_sds(lfc, error)
    weight = fit_weights(lfc, error, sd)
    beyond = weight * 2.0 * normal_upper(LEAST_LOG2 / sd)
    changed = float(np.sum(beyond))
    if changed < LEAST_TAIL:
        return Effects(np.array([USUAL_SD_LOG2]), np.array([1.0]), False, changed)
    kept = beyond > 1e-6 * changed
    return Effects(sd[kept], weight[kept], True, changed)


def eligible_genes(counts: np.ndarray) -> Booleans:
    """Mask of the genes that may get a change, (n_genes,): at least one read per sample in the mean."""
    return np.asarray(np.sum(counts, axis=1) >= counts.shape[1])


def draw_effects(effects: Effects, eligible: Booleans, seed: np.random.SeedSequence, share: float = SHARE) -> Floats:
    """Draw log2 fold changes of all genes, 0 where there is none.

    Parameters
    ----------
    effects : Effects
    eligible : ndarray of bool, (n_genes,)
    seed : SeedSequence
    share : float
        Of the eligible genes; as many up as down, at random.

    Returns
    -------
    ndarray, (n_genes,)
        Sizes between `LEAST_LOG2` and `MOST_LOG2`.
    """
    rng = np.random.default_rng(seed)
    candidates = np.flatnonzero(eligible)
    n = min(max(round(share * len(candidates)), 1), len(candidates))
    genes = np.sort(rng.permutation(candidates)[:n])
    tail = normal_upper(LEAST_LOG2 / effects.sd)
    beyond = effects.weight * tail
    component = np.searchsorted(np.cumsum(beyond) / np.sum(beyond), rng.random(n), side="right")
    component = np.minimum(component, len(beyond) - 1)
    # The quantile of a uniform share of the tail beyond the least size.
    size = effects.sd[component] * normal_quantile_of_log_upper(log(tail[component] * (1.0 - rng.random(n))))
    sign = np.where(rng.random(n) < 0.5, -1.0, 1.0)
    change = np.zeros(len(eligible))
    change[genes] = sign * np.clip(size, LEAST_LOG2, MOST_LOG2)
    return change
