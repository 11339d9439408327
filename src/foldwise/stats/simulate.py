"""Negative binomial counts of two groups with known fold changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# A usual bulk library: median of about 100 reads per gene over four decades; biological variation of 10 % (dispersion
# 0.01) for highly expressed genes to which the noise of low counts is added, scattered by a factor of 1.6.
MEAN_LOG = np.log(100.0)
MEAN_LOG_SD = 1.8
DISPERSION_ASYMPTOTIC = 0.02
DISPERSION_EXTRA_POISSON = 2.0
DISPERSION_LOG_SD = 0.5
DEPTH_LOG_SD = 0.2


@dataclass(frozen=True, eq=False)
class SimulatedCounts:
    """Counts and the truth behind them.

    Parameters
    ----------
    counts : ndarray, (n_genes, n_samples), int32
    group : ndarray of int8, (n_samples,)
        0 control, 1 treated; alternating, so that the order of samples says nothing.
    log2_fold_change : ndarray, (n_genes,)
        Treated against control; exactly 0 for unchanged genes.
    mean : ndarray, (n_genes,)
        Expected count in the control group at size factor 1.
    dispersion : ndarray, (n_genes,)
    size_factors : ndarray, (n_samples,)
        Geometric mean 1.
    """

    counts: np.ndarray
    group: np.ndarray
    log2_fold_change: np.ndarray
    mean: np.ndarray
    dispersion: np.ndarray
    size_factors: np.ndarray


def simulate_counts(
    n_genes: int, n_samples: int, share_changed: float = 0.1, sd_log2: float = 1.0, seed: int = 1
) -> SimulatedCounts:
    """Draw counts K_gj ~ NB(mean = m_g s_j 2**(b_g x_j), dispersion a_g).

    Parameters
    ----------
    n_genes, n_samples : int
        Samples in all, half of them treated.
    share_changed : float
        Share of genes with a fold change other than 0; as many up as down, at random.
    sd_log2 : float
        Standard deviation of the log2 fold changes of changed genes, before those below 0.25 are moved to 0.25.
    seed : int
        Each quantity has its own stream, so that more samples or other fold changes leave the rest as it was.

    References
    ----------
    Love MI, Huber W, Anders S (2014). Genome Biology 15:550, Methods (the same model for counts and dispersions).
    """
    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(6)]
    mean = np.exp(streams[0].normal(MEAN_LOG, MEAN_LOG_SD, n_genes))
    trend = DISPERSION_ASYMPTOTIC + DISPERSION_EXTRA_POISSON / mean
    dispersion = np.clip(trend * np.exp(streams[1].normal(0, DISPERSION_LOG_SD, n_genes)), 1e-4, 10.0)
    changed = streams[2].random(n_genes) < share_changed
    drawn = streams[3].normal(0, sd_log2, n_genes)
    fold = np.where(changed, np.copysign(np.maximum(np.abs(drawn), 0.25), drawn), 0.0)
    depth = np.exp(streams[4].normal(0, DEPTH_LOG_SD, n_samples))
    depth /= np.exp(np.mean(np.log(depth)))
    group = (np.arange(n_samples) % 2).astype(np.int8)
    expected = mean[:, None] * depth * np.exp2(fold[:, None] * group)
    rate = streams[5].gamma(1 / dispersion[:, None], dispersion[:, None] * expected)
    counts = streams[5].poisson(np.minimum(rate, 2.0**30)).astype(np.int32)
    return SimulatedCounts(counts, group, fold, mean, dispersion, depth)


def realized_rates(called: np.ndarray, changed: np.ndarray) -> tuple[float, float]:
    """Return (false discovery proportion, power) of calls against the truth.

    Parameters
    ----------
    called, changed : ndarray of bool, (n_genes,)

    Returns
    -------
    proportion of the called genes that are unchanged (0 where none is called), and proportion of the changed genes
    that are called (NaN where none is changed).
    """
    n_called, n_changed = int(np.count_nonzero(called)), int(np.count_nonzero(changed))
    n_true = int(np.count_nonzero(called & changed))
    false_share = (n_called - n_true) / n_called if n_called else 0.0
    return false_share, n_true / n_changed if n_changed else float("nan")
