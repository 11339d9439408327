import numpy as np
import pytest

from foldwise.stats.lowess import lowess
from tests.unit.stats.r_values import r_value

# Test vector of R's lowess with f = 0.2, delta 1 % of the range, 3 robustness iterations.
Y = [
    100, 103, 101, 107, 104, 108, 106, 110, 105, 109, 111, 108, 112, 107, 110, 109, 111, 106, 108, 107, 105, 109, 104,
    106, 101, 103, 99, 102, 98, 100, 97, 99, 30, 95, 96, 93, 94, 90, 92, 88, 89, 85, 86, 82, 83, 79, 80, 75, 72, 68,
]  # fmt: skip
FIT = [
    100.611905380639669, 101.814837345564086, 103.002741520134023, 104.167044196552297, 105.318720619851049,
    106.183669533737472, 106.933616510983256, 107.588804123253809, 108.181410339747913, 108.649633480701667,
    108.956495301345157, 109.177441272854608, 109.373804420128906, 109.420947608109302, 109.203046063518627,
    108.893971886663067, 108.482995391481325, 108.044472247365164, 107.534410600448226, 106.954443918326135,
    106.366661771544074, 105.693794780790526, 104.898326230291502, 103.993105737677837, 103.049280544146470,
    102.005059189117546, 101.076400444851728, 100.223806374099027, 99.565255041054073, 98.935829594874804,
    98.222311760512284, 97.444988376068949, 96.663159226120470, 95.817452078462949, 94.861765192847372,
    93.797260095498686, 92.692965957549873, 91.556138141536323, 90.293006019609848, 89.001770770013920,
    87.624896034998457, 86.225740690917036, 84.720264252438611, 83.197031029724641, 81.477226767250514,
    79.491451934164346, 77.020973686588832, 74.540708707012953, 72.015797790890772, 69.422732261496066,
]  # fmt: skip


def test_p11_smooth_equals_r() -> None:
    np.testing.assert_allclose(lowess(np.arange(1.0, 51), np.array(Y, dtype=float), 0.2), FIT, rtol=5e-14)


@pytest.mark.parametrize(
    ("name", "f", "n_robust", "delta"),
    [("lowess_ties", 0.6, 3, 0.0), ("lowess_delta", 0.6, 2, 2.6), ("lowess_no_robust", 0.5, 0, 0.0)],
)
def test_ties_delta_and_passes_equal_r(name: str, f: float, n_robust: int, delta: float) -> None:
    np.testing.assert_allclose(lowess(r_value("x"), r_value("y"), f, n_robust, delta), r_value(name), rtol=5e-14)


def test_a_line_is_given_back() -> None:
    x = r_value("x")
    np.testing.assert_allclose(lowess(x, 2 * x + 1), r_value("lowess_line"), rtol=1e-13)


def test_short_and_constant_input() -> None:
    np.testing.assert_array_equal(lowess(np.array([3.0]), np.array([7.0])), [7.0])
    np.testing.assert_allclose(lowess(np.zeros(5), np.array([1.0, 2, 3, 4, 5])), np.full(5, 3.0), rtol=1e-15)
    np.testing.assert_array_equal(lowess(np.arange(6.0), np.zeros(6)), np.zeros(6))
