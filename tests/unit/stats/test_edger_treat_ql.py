"""Normal scores of t, null designs and the choice of genes for one dispersion."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from foldwise.stats.common_dispersion import informative_rows
from foldwise.stats.edger_treat_ql import normal_score_of_t
from foldwise.stats.normal_quantile import normal_quantile_of_log_upper
from foldwise.stats.null_design import contrast_first, null_design
from foldwise.stats.tails import t_upper


def test_normal_score_of_t_keeps_the_tail() -> None:
    t = np.array([0.0, 1e-6, 0.7, 3.0, 40.0])
    z = normal_score_of_t(t, np.full(5, 7.3))
    np.testing.assert_allclose([float(mpmath.ncdf(-v)) for v in z], t_upper(t, 7.3), rtol=1e-12)
    np.testing.assert_allclose(normal_score_of_t(t, np.full(5, np.inf)), t, rtol=1e-9, atol=1e-12)


def test_normal_quantile_far_out() -> None:
    z = np.array([0.0, 1e-5, 0.4, 1.0, 8.0, 60.0, 3000.0])
    with mpmath.workdps(40):
        log_tail = [float(mpmath.log(mpmath.erfc(mpmath.mpf(v) / mpmath.sqrt(2)) / 2)) for v in z.tolist()]
    np.testing.assert_allclose(normal_quantile_of_log_upper(np.array(log_tail)), z, rtol=1e-10, atol=1e-15)


def design() -> np.ndarray:
    return np.column_stack([np.ones(8), np.arange(8) % 2, [0, 0, 1, 1, 0, 0, 1, 1], np.linspace(-1, 2, 8)])


def test_null_designs() -> None:
    x = design()
    null, rank = null_design(x, np.array([0, 0, 1.0, 0]))
    np.testing.assert_array_equal(null, x[:, [0, 1, 3]])
    assert rank == 1
    null, rank = null_design(x, np.array([[0, 1.0, 0, 0], [0, 0, 0, -1.0]]))
    np.testing.assert_array_equal(null, x[:, [0, 2]])
    assert rank == 2
    contrasts = np.array([[0, 1.0, -1, 0], [0, 2.0, -2, 0], [0, 1, 0, 1.0]])
    null, rank = null_design(x, contrasts)
    assert rank == 2
    # The columns left are those combinations of coefficients for which all contrasts are 0.
    beta = np.linalg.lstsq(x, null, rcond=None)[0]
    np.testing.assert_allclose(x @ beta, null, atol=1e-12)
    np.testing.assert_allclose(contrasts @ beta, 0, atol=1e-12)


@pytest.mark.parametrize("weights", [[0, 0, 1, 0], [0, -1, 0, 0], [0, 1, -1, 0], [0.5, 0.25, 1, -3]])
def test_first_column_carries_the_contrast(weights: list[float]) -> None:
    x, c = design(), np.array(weights, dtype=float)
    column, rest = contrast_first(x, c)
    y = np.sin(np.arange(8.0))
    whole = np.linalg.lstsq(x, y, rcond=None)[0]
    turned = np.linalg.lstsq(np.column_stack([column, rest]), y, rcond=None)[0]
    assert turned[0] == pytest.approx(c @ whole, rel=1e-10)


def test_many_genes_are_thinned_evenly() -> None:
    sums, abundance = np.full(20_500, 9.0), np.arange(20_500)[::-1].astype(float)
    rows = informative_rows(sums, abundance)
    assert len(rows) == 10_250
    np.testing.assert_array_equal(abundance[rows][:3], [1, 3, 5])
    sums[:1000] = 4
    np.testing.assert_array_equal(informative_rows(sums, abundance), np.arange(1000, 20_500))
