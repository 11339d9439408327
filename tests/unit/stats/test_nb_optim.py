import numpy as np

from foldwise.stats.elementary import LN2
from foldwise.stats.nb_optim import fallback_start, least_squares_start, nb_optim_fallback
from tests.fixtures import load


def test_start_inside_the_box_is_kept_and_outside_replaced() -> None:
    counts = np.array([[10.0, 20, 30, 40], [10, 20, 30, 40], [10, 20, 30, 40]])
    design = np.column_stack([np.ones(4), [0, 0, 1, 1.0]])
    beta = np.array([[3.0, 1.0], [3.0, 31.0], [np.nan, 1.0]])
    start = fallback_start(counts, np.ones(4), design, beta)
    np.testing.assert_allclose(start[0], beta[0] / LN2, rtol=1e-15)
    # Natural logs taken as log2 numbers, as R does.
    expected = np.linalg.lstsq(design, np.log(counts[0] + 0.1), rcond=None)[0]
    np.testing.assert_allclose(start[1], expected, rtol=1e-12)
    np.testing.assert_array_equal(start[1], start[2])


def test_start_of_dependent_columns() -> None:
    counts = np.array([[10.0, 20, 30, 40]])
    expanded = np.array([[1.0, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 1]])
    np.testing.assert_allclose(least_squares_start(counts, np.ones(4), expanded), [[np.log(25), 0, 0]], rtol=1e-15)
    without = np.array([[1.0, 0, 2], [1, 0, 2], [0, 1, 0], [0, 1, 0]])
    np.testing.assert_array_equal(least_squares_start(counts, np.ones(4), without), np.ones((1, 3)))


def fallback_genes():
    data = load("fallback")
    genes = data.table("genes")
    rows = np.flatnonzero(genes["betaIter"].to_numpy() == 100)
    names = [c for c in genes.columns if (c == "Intercept" or "_vs_" in c) and not c.startswith("SE_")]
    counts = np.ascontiguousarray(data.counts().to_numpy(dtype=np.float64)[rows])
    inputs = (counts, data.size_factors(), np.ascontiguousarray(data.design()))
    return inputs, genes.iloc[rows], names


def test_p9_fallback_genes_equal_r() -> None:
    inputs, genes, names = fallback_genes()
    p = len(names)
    assert len(genes) > 20
    alpha = genes["dispersion"].to_numpy()
    # All of them stopped because a coefficient ran away: the optimizer starts from the least squares.
    beta = np.full((len(genes), p), np.nan)
    ridge = np.full(p, 1e-6) / LN2**2
    fit = nb_optim_fallback(*inputs, alpha, beta, ridge)
    assert fit.converged.all()
    # In flat regions the path hangs on the last bits: how far does it move when the dispersion changes by one?
    moves = np.zeros(len(genes))
    rng = np.random.default_rng(0)
    for _ in range(16):
        other = nb_optim_fallback(*inputs, alpha * (1 + 1e-15 * rng.choice([-1, 1], len(alpha))), beta, ridge)
        moves = np.maximum(moves, np.abs(other.beta - fit.beta).max(axis=1) / LN2)
    difference = np.abs(fit.beta / LN2 - genes[names].to_numpy()).max(axis=1)
    assert (difference <= 30 * moves + 1e-7).all()
    stable = moves < 1e-5
    assert stable.sum() >= 24
    assert difference[stable].max() < 1e-5
    diagonal = [i * (i + 1) // 2 + i for i in range(p)]
    errors = np.sqrt(fit.covariance[:, diagonal]) / LN2
    np.testing.assert_allclose(errors[stable], genes[["SE_" + n for n in names]].to_numpy()[stable], rtol=1e-6)
    np.testing.assert_allclose(-2 * fit.log_likelihood, genes["deviance"], rtol=1e-7)
