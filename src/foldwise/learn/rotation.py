"""A design split at what is tested: the tested directions, and what the design leaves of each gene.

Wang, Zhao, Hastie and Owen 2017 (Confounder adjustment in multiple hypothesis testing, arXiv 1508.04178), section 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.stats.arrays import Floats
from foldwise.stats.design_algebra import householder_qr, rank
from foldwise.stats.null_design import contrast_first


@dataclass(frozen=True, eq=False)
class Rotation:
    """Directions of a design.

    Parameters
    ----------
    tested : ndarray, (n_samples, m)
        Unit vectors within the design, orthogonal to what is left of it when their contrast is 0; the estimate of
        contrast j is ``tested[:, j]' y / length[j]``. Not orthogonal to each other.
    length : ndarray, (m,)
    fitted : ndarray, (n_samples, p)
        Orthonormal columns that span the whole design.
    """

    tested: Floats
    length: Floats
    fitted: Floats

    @property
    def residual_df(self) -> int:
        """Samples minus coefficients."""
        return int(self.fitted.shape[0] - self.fitted.shape[1])


def rotation(design: Floats, contrasts: Floats) -> Rotation:
    """Split a design at contrasts of its coefficients.

    Parameters
    ----------
    design : ndarray, (n_samples, p)
        Of full rank.
    contrasts : ndarray, (p,) or (m, p)
        Rows that are sums of those before them are left out.
    """
    rows = np.atleast_2d(np.asarray(contrasts, dtype=np.float64))
    independent, order = rank(rows.T)
    rows = rows[np.sort(order[:independent])]
    directions = [_direction(design, row) for row in rows]
    fitted, _ = householder_qr(design)
    tested = np.stack([direction for direction, _ in directions], axis=1)
    return Rotation(tested, np.array([length for _, length in directions]), fitted)


def _direction(design: Floats, contrast: Floats) -> tuple[Floats, float]:
    """What is left of the contrast's own column beside the null design: unit vector (n_samples,), and its length."""
    column, others = contrast_first(design, contrast)
    left = column.copy()
    if others.shape[1]:
        basis, _ = householder_qr(others)
        for _ in range(2):  # once more for the rounding of the first
            left -= np.einsum("ij,j->i", basis, np.einsum("ij,i->j", basis, left))
    length = float(np.sqrt(np.sum(left * left)))
    return left / length, length
