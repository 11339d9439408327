import numpy as np
import pytest
from scipy import stats

from foldwise.errors import UsageError
from foldwise.stats.lrt import lrt_statistics
from foldwise.stats.wald import wald_statistics

LFC = np.array([-3.0, -1.2, -0.4, 0.0, 0.7, 1.6, 5.0])
SE = np.array([0.5, 0.3, 0.4, 0.2, 0.6, 0.9, 1.1])


def test_p8_plain_wald() -> None:
    statistic, p = wald_statistics(LFC, SE)
    np.testing.assert_array_equal(statistic, LFC / SE)
    np.testing.assert_allclose(p, 2 * stats.norm.sf(np.abs(LFC / SE)), rtol=1e-13)


def test_p12_greater_abs_before_1_44() -> None:
    statistic, p = wald_statistics(LFC, SE, 1.0)
    z = (np.abs(LFC) - 1) / SE
    np.testing.assert_allclose(p, np.minimum(1, 2 * stats.norm.sf(z)), rtol=1e-13)
    np.testing.assert_array_equal(statistic, np.sign(LFC) * np.maximum(z, 0))
    newer = wald_statistics(LFC, SE, 1.0, "greaterAbs2014", profile="deseq2-1.44")
    np.testing.assert_array_equal(newer[1], p)


def test_p12_greater_abs_from_1_44() -> None:
    statistic, p = wald_statistics(LFC, SE, 1.0, profile="deseq2-1.44")
    both = stats.norm.sf((np.abs(LFC) - 1) / SE) + stats.norm.sf((np.abs(LFC) + 1) / SE)
    np.testing.assert_allclose(p, both, rtol=1e-13)
    np.testing.assert_array_equal(statistic, LFC / SE)


def test_p12_less_abs() -> None:
    statistic, p = wald_statistics(LFC, SE, 1.0, "lessAbs")
    np.testing.assert_allclose(p, np.maximum(stats.norm.sf((1 - LFC) / SE), stats.norm.sf((LFC + 1) / SE)), rtol=1e-13)
    expected = np.minimum(np.maximum((1 - LFC) / SE, 0), np.maximum((LFC + 1) / SE, 0))
    np.testing.assert_allclose(statistic, expected, rtol=1e-15)


def test_p12_one_sided() -> None:
    statistic, p = wald_statistics(LFC, SE, 1.0, "greater")
    np.testing.assert_allclose(p, stats.norm.sf((LFC - 1) / SE), rtol=1e-13)
    np.testing.assert_array_equal(statistic, np.maximum((LFC - 1) / SE, 0))
    statistic, p = wald_statistics(LFC, SE, 1.0, "less")
    np.testing.assert_allclose(p, stats.norm.sf((-1 - LFC) / SE), rtol=1e-13)
    np.testing.assert_array_equal(statistic, np.minimum((LFC + 1) / SE, 0))


def test_m37_m38_sides_mirror() -> None:
    up, down = wald_statistics(LFC, SE, 0.3, "greater")[1], wald_statistics(-LFC, SE, 0.3, "less")[1]
    np.testing.assert_array_equal(up, down)
    total = wald_statistics(LFC, SE, 0.0, "greater")[1] + wald_statistics(LFC, SE, 0.0, "less")[1]
    np.testing.assert_allclose(total, 1, rtol=1e-15)


def test_m39_thresholds_are_monotone() -> None:
    for low, high in [(0.1, 0.2), (1, 2)]:
        assert (wald_statistics(LFC, SE, low)[1] <= wald_statistics(LFC, SE, high)[1]).all()
        assert (wald_statistics(LFC, SE, low, "lessAbs")[1] >= wald_statistics(LFC, SE, high, "lessAbs")[1]).all()


def test_m27_reversal() -> None:
    forward, backward = wald_statistics(LFC, SE, 0.5), wald_statistics(-LFC, SE, 0.5)
    np.testing.assert_array_equal(forward[0], -backward[0])
    np.testing.assert_array_equal(forward[1], backward[1])


@pytest.mark.parametrize("alternative", ["greaterAbs", "lessAbs", "greater", "less"])
def test_t_distribution(alternative: str) -> None:
    df = np.array([3.0, 3, 3, 3, 8.5, 8.5, 8.5])
    _, p = wald_statistics(LFC, SE, 0.5, alternative, df=df)
    upper = {
        "greaterAbs": np.minimum(1, 2 * stats.t.sf((np.abs(LFC) - 0.5) / SE, df)),
        "lessAbs": np.maximum(stats.t.sf((0.5 - LFC) / SE, df), stats.t.sf((LFC + 0.5) / SE, df)),
        "greater": stats.t.sf((LFC - 0.5) / SE, df),
        "less": stats.t.sf((-0.5 - LFC) / SE, df),
    }
    np.testing.assert_allclose(p, upper[alternative], rtol=1e-12)


def test_degrees_of_freedom_that_are_not_positive_give_no_p() -> None:
    _, p = wald_statistics(LFC[:2], SE[:2], df=np.array([0.0, 4.0]))
    assert np.isnan(p[0])
    assert p[1] == pytest.approx(2 * stats.t.sf(4.0, 4), rel=1e-13)


def test_missing_values_stay_missing() -> None:
    statistic, p = wald_statistics(np.array([np.nan, 1.0]), np.array([np.nan, 0.0]))
    assert np.isnan(statistic[0])
    assert np.isnan(p[0])
    assert p[1] == 0


@pytest.mark.parametrize(("threshold", "alternative"), [(-1.0, "greaterAbs"), (0.0, "lessAbs"), (1.0, "bigger")])
def test_b124_impossible_tests_are_refused(threshold: float, alternative: str) -> None:
    with pytest.raises(UsageError) as caught:
        wald_statistics(LFC, SE, threshold, alternative)
    assert caught.value.id == "E-USAGE-002"


def test_likelihood_ratio() -> None:
    statistic, p = lrt_statistics(np.array([-10.0, -10.0, -10.0]), np.array([-14.0, -10.0, -9.999]), 2)
    np.testing.assert_allclose(statistic, [8, 0, -0.002], atol=1e-12)
    np.testing.assert_allclose(p, [np.exp(-4), 1, 1], rtol=1e-15)
