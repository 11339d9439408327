"""alpha and kappa against the exact values of the edgeR specification (section 12.5), and P16: the tables' accuracy."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise import _kernels
from foldwise.stats.deviance_moments import LARGEST_MEAN, MomentTable, deviance_weights, moment_table

# (mean, dispersion): mean and variance of the deviance, alpha, kappa; from sums of 40 digits
EXACT = {
    (1e-6, 0): (2.76310225022e-5, 6.56949389417e-4, 0.0841191816214, 2.32429900025e-6),
    (1e-3, 0.1): (0.0137202110082, 0.1374164986, 0.199687972668, 0.00273976112081),
    (0.1, 0.1): (0.465712241095, 0.825879569233, 1.12779697778, 0.525228858022),
    (1, 0): (1.14680561825, 1.36460187928, 1.68079149774, 1.9275411327),
    (1, 1): (0.9863050805, 0.766255636084, 2.57434995334, 2.53909443796),
    (5, 0.05): (1.05257987799, 2.29778225724, 0.91617025475, 0.964342374962),
    (30, 0.2): (1.03492897655, 2.14658875707, 0.964254539344, 0.99793496354),
    (300, 0.01): (1.00180993157, 2.00725768542, 0.998187665535, 0.999994316903),
    (2e4, 0.4): (1.06567046476, 2.25894409059, 0.943512032194, 1.00547290586),
    (0.5, 5): (0.550743219087, 0.280082048028, 3.93272773435, 2.16592313221),
}


def look_up(table: MomentTable, mean: np.ndarray) -> np.ndarray:
    """alpha and kappa (n, 2) of the table, as the kernel `nb_quasi` reads it."""
    place = (np.log(mean) - table.origin) * table.per_unit - table.first_panel
    panel = np.clip(place.astype(int), 0, len(table.coefficients) - 1)
    u = 2 * (place - panel) - 1
    return sum(table.coefficients[panel, k] * u[:, None] ** k for k in range(table.coefficients.shape[1]))


@pytest.mark.parametrize("case", list(EXACT))
def test_exact_values(case: tuple[float, float]) -> None:
    mean, dispersion = np.array([float(case[0])]), np.array([float(case[1])])
    found = [*_kernels.nb_deviance_moments(mean, dispersion), *deviance_weights(mean, dispersion)]
    np.testing.assert_allclose(np.ravel(found), EXACT[case], rtol=6e-12)


@pytest.mark.parametrize("dispersion", [0.0, 1e-6, 0.001, 0.01, 0.05, 0.1, 0.4, 0.7, 1.0, 2.0, 3.9, 8.0, 20.0])
def test_p16_table_equals_exact_sums(dispersion: float) -> None:
    table = moment_table(dispersion, 1e-32, LARGEST_MEAN)
    rng = np.random.default_rng(int(1000 * dispersion))
    # Announced: 1e-10 below means of 1e6, 1e-9 to 1e8; required by P16: 1e-9 and 2e-8.
    for low, high, tolerance in ((1e-30, 1.0, 1e-10), (1.0, 1e6, 1e-10), (1e6, 1e8, 1e-9)):
        mean = np.exp(rng.uniform(np.log(low), np.log(high), 250))
        exact = np.stack(deviance_weights(mean, np.full(250, dispersion)), axis=1)
        np.testing.assert_allclose(look_up(table, mean), exact, rtol=tolerance)


def test_a_part_of_the_table_is_the_table() -> None:
    whole, part = moment_table(0.3, 1e-9, 1e7), moment_table(0.3, 0.7, 4e3)
    begin = part.first_panel - whole.first_panel
    np.testing.assert_array_equal(whole.coefficients[begin : begin + len(part.coefficients)], part.coefficients)


def test_ends() -> None:
    alpha, kappa = deviance_weights(np.array([0.0, 1e-33, 1e8, 1e12]), np.full(4, 0.1))
    np.testing.assert_array_equal(alpha[:2], 0.0)
    np.testing.assert_array_equal(kappa[:2], 0.0)
    assert alpha[2] == alpha[3]
    assert kappa[2] == kappa[3]
    # Poisson counts of large mean have chi-squared deviances on one degree of freedom.
    np.testing.assert_allclose(deviance_weights(np.array([1e7]), np.zeros(1)), 1.0, rtol=1e-6)
