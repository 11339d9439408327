"""The gate of learned weights: covariates that depend on the test are seen, those that do not are let through."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.learn.weight_gate import flatness, gain


def null_and_changed(n=8000, seed=1):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n) + np.where(rng.random(n) < 0.2, rng.normal(0, 3, n), 0)
    from math import erfc

    p = np.array([erfc(abs(value) / np.sqrt(2)) for value in z])
    return z, p, rng


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_covariate_made_of_the_statistic_is_seen(noise):
    z, p, rng = null_and_changed()
    found = flatness(p, {"size": np.abs(z) + noise * rng.random(len(z))})
    assert not found.flat
    assert found.covariate == "size"
    assert found.share > 0.65


def test_independent_covariates_pass_and_are_counted():
    z, p, rng = null_and_changed()
    visible = np.where(np.abs(z) > 3, 1.0, 0.0) + rng.random(len(z))  # high where genes change, flat where they do not
    found = flatness(p, {"noise": rng.random(len(z)), "visible": visible, "constant": np.ones(len(z))})
    assert found.flat
    assert set(found.histograms) == {"noise", "visible"}
    assert found.histograms["noise"].shape == (10, 5)
    assert found.histograms["noise"].sum() == np.sum(p > 0.5)


def test_piles_near_one_do_no_harm():
    z, p, rng = null_and_changed()
    reads = rng.random(len(z))
    assert flatness(np.where(reads < 0.4, 0.97, p), {"mean": reads}).flat


def test_gain():
    assert gain(102, 100) == pytest.approx(0.02)
    assert gain(0, 0) == 0
    assert gain(3, 0) == float("inf")
