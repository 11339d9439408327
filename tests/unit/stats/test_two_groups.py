from __future__ import annotations

import numpy as np
import pytest

from foldwise.stats.two_groups import two_groups


@pytest.mark.parametrize("share", [0.03, 0.2, 0.5, 0.9])
def test_centers_of_two_groups(share):
    rng = np.random.default_rng(1)
    n = 300
    upper = int(share * n)
    values = np.concatenate([rng.normal(-4, 0.5, n - upper), rng.normal(5, 0.5, upper)])
    found = two_groups(rng.permutation(values), 0.25)
    assert found.low == pytest.approx(values[: n - upper].mean(), abs=1e-6)
    assert found.high == pytest.approx(values[n - upper :].mean(), abs=1e-6)
    assert found.share_high == pytest.approx(upper / n, abs=1e-6)
    assert found.gap == pytest.approx(9, abs=0.4)
    assert 0.4 < found.sd < 0.6


def test_order_does_not_matter_and_equal_values_are_one_group():
    values = np.array([3.0, -2.0, 3.5, -2.5, 3.2])
    assert two_groups(values, 0.1) == two_groups(values[::-1], 0.1)
    same = two_groups(np.full(4, 2.5), 0.1)
    assert (same.low, same.high, same.gap) == (2.5, 2.5, 0.0)
    assert two_groups(np.array([1.0]), 0.1).low == 1.0


def test_against_the_likelihood():
    """The fit is a maximum: moving a center lowers the likelihood."""
    rng = np.random.default_rng(2)
    values = np.concatenate([rng.normal(0, 1, 80), rng.normal(4, 1, 40)])
    found = two_groups(values, 0.01)

    def likelihood(low, high, sd, share):
        parts = [w * np.exp(-0.5 * ((values - m) / sd) ** 2) / sd for w, m in ((1 - share, low), (share, high))]
        return float(np.log(parts[0] + parts[1]).sum())

    best = likelihood(found.low, found.high, found.sd, found.share_high)
    for step in (-0.01, 0.01):
        assert likelihood(found.low + step, found.high, found.sd, found.share_high) < best
        assert likelihood(found.low, found.high + step, found.sd, found.share_high) < best
        assert likelihood(found.low, found.high, found.sd + step, found.share_high) < best
        assert likelihood(found.low, found.high, found.sd, found.share_high + step) < best
