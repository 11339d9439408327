"""Weights that give negative binomial deviances the mean and variance of chi-squared variables.

For Y ~ NB(m, phi) with unit deviance d(Y), mean E and variance V: alpha = 2 E / V and kappa = 2 E^2 / V, so that
alpha d has mean kappa and variance 2 kappa (edgeR specification, section 12.5). E and V are exact sums (kernel
``nb_deviance_moments``); a table interpolates them in ln m for one dispersion.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from foldwise import _kernels
from foldwise.stats.arrays import Floats
from foldwise.stats.elementary import exp, log

# Means between which the table is built; both weights are 0 below, constant above.
LEAST_MEAN, LARGEST_MEAN = 1e-32, 1e8
# Exact sums are made at the nodes of panels of this width in ln m, and pieces of it carry the final polynomials.
PANEL_WIDTH, PIECES = 0.5, 16
GRID_START = -74.0
# Chebyshev nodes cos(pi (2i + 1) / (2n)) of 13 and 5 points, positive half; literals, because NumPy's cosine has other
# last digits on other processors.
NODES_13 = (0.9927088740980540, 0.9350162426854148, 0.8229838658936564, 0.6631226582407953, 0.4647231720437686,
            0.2393156642875578, 0.0)  # fmt: skip
NODES_5 = (0.9510565162951535, 0.5877852522924731, 0.0)


@dataclass(frozen=True, eq=False)
class MomentTable:
    """alpha and kappa of one dispersion as polynomials on panels of ln m, from panel ``first_panel`` on.

    Panels are counted from ``origin`` in every table, so that a mean has the same value in all of them.
    """

    coefficients: Floats  # (n_panels, order, 2): alpha and kappa, lowest power first, local variable in [-1, 1]
    origin: float
    per_unit: float
    first_panel: int


def deviance_weights(mean: Floats, dispersion: Floats, n_threads: int = 1) -> tuple[Floats, Floats]:
    """Exact alpha and kappa, element by element.

    Parameters
    ----------
    mean, dispersion : ndarray
        Of one shape; means not negative.

    Returns
    -------
    tuple of ndarray
        alpha, kappa; 0 where the mean is below 1e-32, those of 1e8 where it is above.
    """
    present = mean >= LEAST_MEAN
    alpha, kappa = np.zeros(mean.shape), np.zeros(mean.shape)
    at = np.ascontiguousarray(np.minimum(mean[present], LARGEST_MEAN))
    alpha[present], kappa[present] = _weights(at, np.ascontiguousarray(dispersion[present]), n_threads)
    return alpha, kappa


def moment_table(dispersion: float, least: float, largest: float, n_threads: int = 1) -> MomentTable:
    """Table for all means between two positive ones; relative error below 1e-10 up to 1e6, 1e-9 up to 1e8."""
    ends = log(np.clip(np.array([least, largest]), LEAST_MEAN, LARGEST_MEAN))
    low, high = np.floor((ends - GRID_START) / PANEL_WIDTH).astype(int).tolist()
    return _panels(float(dispersion), low, high + 1, n_threads)


@lru_cache(maxsize=8)
def _panels(dispersion: float, low: int, high: int, n_threads: int) -> MomentTable:
    nodes = _chebyshev(NODES_13)
    starts = GRID_START + PANEL_WIDTH * np.arange(low, high)
    t = starts[:, None] + 0.5 * PANEL_WIDTH * (1.0 + nodes[None, :])
    weights = _weights(exp(t.ravel()), np.full(t.size, dispersion), n_threads)
    # Values at the nodes of a panel -> coefficients of each of its pieces.
    to_pieces = _piece_map()
    values = np.stack([w.reshape(t.shape) for w in weights], axis=-1)
    pieces = np.sum(to_pieces[None, :, :, :, None] * values[:, None, None, :, :], axis=3)
    table = np.ascontiguousarray(pieces.reshape(-1, len(_chebyshev(NODES_5)), 2))
    table.flags.writeable = False
    return MomentTable(table, GRID_START, PIECES / PANEL_WIDTH, low * PIECES)


def _weights(mean: Floats, dispersion: Floats, n_threads: int) -> tuple[Floats, Floats]:
    expectation, variance = _kernels.nb_deviance_moments(mean, dispersion, n_threads=n_threads)
    alpha = 2.0 * expectation / variance
    return alpha, alpha * expectation


@lru_cache(maxsize=1)
def _piece_map() -> Floats:
    """Linear map (pieces, order, nodes) from values at the panel's nodes to coefficients of the pieces' polynomials."""
    nodes, inner = _chebyshev(NODES_13), _chebyshev(NODES_5)
    powers = _inverse_vandermonde(inner)
    pieces = np.empty((PIECES, len(inner), len(nodes)))
    for piece in range(PIECES):
        places = -1.0 + (2.0 * piece + 1.0 + inner) / PIECES
        values = _lagrange(nodes, places)
        pieces[piece] = np.sum(powers[:, :, None] * values[None, :, :], axis=1)
    return pieces


def _chebyshev(positive: tuple[float, ...]) -> Floats:
    half = np.array(positive)
    return np.concatenate([-half, half[half > 0][::-1]])


def _lagrange(nodes: Floats, places: Floats) -> Floats:
    """Values (places, nodes) of the polynomials that are 1 at one node and 0 at the others."""
    values = np.ones((len(places), len(nodes)))
    for j, node in enumerate(nodes):
        for other in np.delete(nodes, j):
            values[:, j] *= (places - other) / (node - other)
    return values


def _inverse_vandermonde(nodes: Floats) -> Floats:
    """Coefficients (power, node) of the polynomials that are 1 at one node and 0 at the others."""
    columns = []
    for j, node in enumerate(nodes):
        polynomial = np.ones(1)
        for other in np.delete(nodes, j):
            grown = np.zeros(len(polynomial) + 1)
            grown[1:] += polynomial
            grown[:-1] -= other * polynomial
            polynomial = grown / (node - other)
        columns.append(polynomial)
    return np.stack(columns, axis=1)
