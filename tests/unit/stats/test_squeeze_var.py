"""squeezeVar: vectors of the limma specification (section 3) and limma's own numbers on simulated variances."""

from __future__ import annotations

import csv
import gzip
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from foldwise.stats.fit_f_dist import fit_f_dist
from foldwise.stats.fit_f_dist_robust import fit_f_dist_robust
from foldwise.stats.fit_f_dist_unequal import fit_f_dist_unequal
from foldwise.stats.squeeze_var import squeeze_var

EIGHT = np.array([0.5, 0.9, 1.1, 1.4, 0.2, 2.5, 0.7, 9.0])


def twenty_five(last: float) -> np.ndarray:
    return np.concatenate([EIGHT, 0.8 * EIGHT, 1.2 * EIGHT, [last]])


@cache
def r_table() -> dict[str, np.ndarray]:
    values: dict[str, list[float]] = {}
    with gzip.open(Path(__file__).parent / "r_squeeze_var.tsv.gz", "rt") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            values.setdefault(row["name"], []).append(float(row["value"]))
    return {name: np.array(v) for name, v in values.items()}


def r_case(name: str) -> tuple[np.ndarray, np.ndarray | float, np.ndarray | None]:
    """Variances, df and covariate of a case named "variances fit df covariate [n]"."""
    table, words = r_table(), name.split()
    n = int(words[4]) if len(words) > 4 and words[4].isdigit() else None
    df = 4.0 if words[2] == "equal" else table[words[2]][:n]
    covariate = None if words[3] == "none" else table[words[3]][:n]
    return table[words[0]][:n], df, covariate


CASES = sorted({name.split(":")[0] for name in r_table() if ":" in name})


@pytest.mark.parametrize("name", CASES)
def test_moments_equal_limma(name: str) -> None:
    variances, df, covariate = r_case(name)
    winsor = (0.02, 0.2) if name.endswith("tails") else (0.05, 0.1)
    found = squeeze_var(variances, df, covariate, robust="robust" in name, winsor=winsor, legacy=True)
    for part, ours in (("posterior", found.posterior), ("prior", found.prior), ("df", found.df_prior)):
        theirs = np.broadcast_to(r_table()[f"{name}:{part}"], ours.shape)
        np.testing.assert_array_equal(np.isinf(ours), np.isinf(theirs))
        finite = np.isfinite(theirs)
        np.testing.assert_allclose(ours[finite], theirs[finite], rtol=2e-8 if "robust" in name else 1e-11)


def test_cases_cover_both_kinds_of_prior() -> None:
    assert len(CASES) == 44
    infinite = [name for name in CASES if np.isinf(r_table()[f"{name}:df"]).any()]
    assert 8 <= len(infinite) <= 36


def test_vector_without_covariate() -> None:
    found = fit_f_dist(EIGHT, np.full(8, 4.0))
    np.testing.assert_allclose([found.scale[0], found.df2], [1.10855617505, 4.07708278232], rtol=1e-11)


def test_vector_with_covariate() -> None:
    found = fit_f_dist(EIGHT, np.full(8, 4.0), np.arange(1.0, 9.0))
    expected = [0.888904443399, 0.741512310157, 0.662995758849, 0.68102229303, 4.51161990138]
    np.testing.assert_allclose(found.scale[[0, 1, 2, 3, 7]], expected, rtol=1e-11)
    assert found.df2 == pytest.approx(5.14397865214, rel=1e-11)


def test_vector_robust() -> None:
    found = fit_f_dist_robust(twenty_five(40.0), np.full(25, 4.0))
    assert found is not None
    np.testing.assert_allclose([found.scale[0], found.df2], [1.09030465987, 2.81560943685], rtol=1e-10)
    assert found.df2_shrunk is not None
    np.testing.assert_allclose(found.df2_shrunk[[7, 15, 23]], 2.42631653327, rtol=1e-10)
    assert found.df2_shrunk[24] == pytest.approx(1.40416445397, rel=1e-10)


def test_vector_unequal_df() -> None:
    df = np.tile([4.0, 3, 4, 2, 4], 5)
    plain = fit_f_dist_unequal(twenty_five(400.0), df)
    assert plain is not None
    np.testing.assert_allclose([plain.scale[0], plain.df2], [1.04668500705, 2.0005897229], rtol=1e-10)
    robust = fit_f_dist_unequal(twenty_five(400.0), df, robust=True)
    assert robust is not None
    np.testing.assert_allclose([robust.scale[0], robust.df2], [1.043857207, 3.33608331115], rtol=1e-9)
    assert robust.df2_shrunk is not None
    np.testing.assert_allclose(robust.df2_shrunk[23:], [3.33608331115, 0.598676946612], rtol=1e-9)


def test_equal_df_choose_moments_and_unequal_df_likelihood() -> None:
    table = r_table()
    for df, legacy in ((np.full(60, 4.0), True), (table["few"], False)):
        by_default = squeeze_var(table["s2"], df)
        np.testing.assert_array_equal(by_default.posterior, squeeze_var(table["s2"], df, legacy=legacy).posterior)
        other = squeeze_var(table["s2"], df, legacy=not legacy)
        assert not np.array_equal(by_default.posterior, other.posterior)


def test_df_without_genes_do_not_count_as_unequal() -> None:
    df = np.where(np.arange(60) % 10 == 0, 0.0, 4.0)
    found = squeeze_var(r_table()["s2"], df)
    np.testing.assert_array_equal(found.posterior[df == 0], found.prior[df == 0])
    np.testing.assert_array_equal(found.posterior, squeeze_var(r_table()["s2"], df, legacy=True).posterior)


@pytest.mark.parametrize("robust", [False, True])
def test_likelihood_with_a_covariate_follows_the_trend(robust: bool) -> None:
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 10, 4000)
    df = rng.choice([2.5, 4.0, 7.0], 4000)
    true = 0.2 + 2 / (1 + x)
    variances = true * rng.chisquare(df) / df * 8 / rng.chisquare(8, 4000)
    found = squeeze_var(variances, df, x, robust=robust, legacy=False)
    assert np.median(found.df_prior) == pytest.approx(8, rel=0.15)
    inner = (x > 1) & (x < 9)
    assert np.max(np.abs(found.prior[inner] / true[inner] - 1)) < 0.2
    order = rng.permutation(4000)
    again = squeeze_var(variances[order], df[order], x[order], robust=robust, legacy=False)
    np.testing.assert_allclose(again.posterior, found.posterior[order], rtol=1e-9)


def test_outliers_are_squeezed_less_by_the_robust_likelihood() -> None:
    rng = np.random.default_rng(2)
    df = rng.choice([3.0, 4.0], 500)
    variances = rng.chisquare(df) / df
    variances[7] = 1e4
    found = squeeze_var(variances, df, robust=True, legacy=False)
    plain = squeeze_var(variances, df, legacy=False)
    assert found.df_prior[7] < 0.2
    assert np.sum(found.df_prior < 0.5 * np.median(found.df_prior)) == 1
    assert found.posterior[7] > 0.9e4 > plain.posterior[7]
    assert np.median(found.df_prior) > 2 * plain.df_prior[0]


def test_fewer_than_three_genes_are_not_squeezed() -> None:
    found = squeeze_var(np.array([1.0, 2.0]), 4)
    np.testing.assert_array_equal(found.posterior, [1.0, 2.0])
    np.testing.assert_array_equal(found.df_prior, 0.0)


def test_nothing_to_learn_from_gives_no_prior() -> None:
    for legacy in (True, False):
        found = squeeze_var(np.zeros(5), np.full(5, 3.0), robust=True, legacy=legacy)
        np.testing.assert_array_equal(found.df_prior, 0.0)
        np.testing.assert_array_equal(found.posterior, 0.0)


def test_input_is_left_as_it_was() -> None:
    variances, df = EIGHT.copy(), np.array([0.0, 4, 4, 4, 4, 4, 4, 4])
    squeeze_var(variances, df)
    np.testing.assert_array_equal(variances, EIGHT)
