import numpy as np
import pytest

from foldwise.errors import DesignError
from foldwise.stats.design_algebra import (
    Dependency,
    b_spline,
    cubic_regression_spline,
    dependent_columns,
    design_cells,
    full_q,
    householder_qr,
    least_squares,
    natural_spline,
    polynomial,
    projection,
    rank,
    upper_inverse,
)
from tests.unit.stats.r_values import r_value

GROUP = np.array([0.0, 0, 0, 1, 1, 1])
BATCH = np.array([0.0, 1, 0, 1, 0, 1])
ONE = np.ones(6)


def test_qr_gives_the_matrix_back() -> None:
    x = np.random.default_rng(1).standard_normal((9, 4))
    q, r = householder_qr(x)
    np.testing.assert_allclose(q @ r, x, atol=1e-14)
    np.testing.assert_allclose(q.T @ q, np.eye(4), atol=1e-15)
    np.testing.assert_array_equal(r, np.triu(r))
    np.testing.assert_allclose(upper_inverse(r) @ r, np.eye(4), atol=1e-14)
    everything = full_q(x)
    np.testing.assert_allclose(everything.T @ everything, np.eye(9), atol=1e-14)
    np.testing.assert_allclose(everything[:, 4:].T @ x, 0, atol=1e-14)


def test_qr_of_one_column_of_ones_and_of_a_square_matrix() -> None:
    q, r = householder_qr(np.ones((4, 1)))
    np.testing.assert_allclose(np.abs(q), 0.5, atol=1e-15)
    assert abs(r[0, 0]) == pytest.approx(2, rel=1e-15)
    x = np.array([[2.0, 1.0], [1.0, 3.0]])
    q, r = householder_qr(x)
    np.testing.assert_allclose(q @ r, x, atol=1e-15)


def test_least_squares_equals_lstsq() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((12, 5)), rng.standard_normal(12)
    np.testing.assert_allclose(least_squares(x, y), np.linalg.lstsq(x, y)[0], rtol=1e-12)
    np.testing.assert_allclose(projection(x), np.linalg.pinv(x), atol=1e-14)


def test_rank_moves_dependent_columns_to_the_end() -> None:
    x = np.column_stack([ONE, GROUP, 1 - GROUP, BATCH, np.zeros(6), GROUP * BATCH])
    n, pivot = rank(x)
    assert n == 4
    np.testing.assert_array_equal(pivot, [0, 1, 3, 5, 2, 4])


def test_rank_tolerance_is_relative() -> None:
    x = np.column_stack([ONE, 1e-12 * GROUP])
    assert rank(x)[0] == 2
    assert rank(np.column_stack([ONE, ONE + 1e-9 * GROUP]))[0] == 1
    assert rank(np.column_stack([ONE, ONE + 1e-5 * GROUP]))[0] == 2
    assert rank(np.eye(2, 3))[0] == 2


def test_b43_dependent_columns_name_their_combination() -> None:
    x = np.column_stack([ONE, GROUP, BATCH, 1 - GROUP, 0.3 * BATCH + GROUP, np.zeros(6)])
    found = dependent_columns(x)
    assert found[0] == Dependency(3, ((0, 1.0), (1, -1.0)))
    assert found[1].column == 4
    assert dict(found[1].combination) == pytest.approx({1: 1.0, 2: 0.3})
    assert found[2] == Dependency(5, ())
    assert dependent_columns(x[:, :3]) == []


def test_cells_are_rows_that_print_alike() -> None:
    x = np.column_stack([ONE, np.array([0.1 + 0.2, 0.3, 0.3 + 1e-13, -0.0, 0.0, 0.3])])
    cells, sizes = design_cells(x)
    np.testing.assert_array_equal(cells, [0, 0, 1, 2, 2, 0])
    np.testing.assert_array_equal(sizes, [3, 1, 2])


BASES = {
    "poly4": lambda x: polynomial(x, 4),
    "bs_df6": lambda x: b_spline(x, df=6),
    "bs_default": lambda x: b_spline(x),
    "bs_knots_degree2_intercept": lambda x: b_spline(x, knots=[4, 8], degree=2, intercept=True),
    "ns_df4": lambda x: natural_spline(x, df=4),
    "ns_df1": lambda x: natural_spline(x, df=1),
    "ns_df4_intercept": lambda x: natural_spline(x, df=4, intercept=True),
}


@pytest.mark.parametrize("name", BASES)
def test_bases_equal_r(name: str) -> None:
    x = r_value("x")
    np.testing.assert_allclose(BASES[name](x), r_value(name, rows=len(x)), rtol=0, atol=3e-15)


def test_raw_polynomial_is_powers() -> None:
    x = np.array([-1.0, 2.0, 3.0])
    np.testing.assert_array_equal(polynomial(x, 2, raw=True), [[-1, 1], [2, 4], [3, 9]])


@pytest.mark.parametrize(("df", "center"), [(5, False), (3, False), (4, True)])
def test_cubic_regression_spline_equals_formulaic(df: int, center: bool) -> None:
    formulaic = pytest.importorskip("formulaic")
    pandas = pytest.importorskip("pandas")
    x = r_value("x")
    term = f"0 + cr(x, df={df}" + (", constraints='center')" if center else ")")
    theirs = np.asarray(formulaic.model_matrix(term, pandas.DataFrame({"x": x})))
    np.testing.assert_allclose(cubic_regression_spline(x, df=df, center=center), theirs, rtol=0, atol=1e-14)


def test_centered_cubic_regression_spline_leaves_room_for_the_intercept() -> None:
    x = r_value("x")
    basis = cubic_regression_spline(x, df=4, center=True)
    np.testing.assert_allclose(basis.mean(axis=0), 0, atol=1e-15)
    assert rank(np.column_stack([np.ones(len(x)), basis]))[0] == 5
    np.testing.assert_allclose(cubic_regression_spline(x, df=4).sum(axis=1), 1, atol=1e-14)


@pytest.mark.parametrize(
    "basis",
    [
        lambda: polynomial(np.array([1.0, 1, 2, 2]), 2),
        lambda: b_spline(np.arange(5.0), df=2),
        lambda: b_spline(np.arange(4.0), df=12),
        lambda: natural_spline(np.arange(5.0), knots=[7.0]),
        lambda: b_spline(np.ones(4)),
    ],
)
def test_b69_impossible_bases_are_refused(basis: object) -> None:
    with pytest.raises(DesignError) as caught:
        basis()  # type: ignore[operator]
    assert caught.value.id == "E-FORMULA-007"
