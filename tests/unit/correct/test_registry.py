from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foldwise.correct import CORRECTIONS, adjust
from foldwise.errors import UsageError
from foldwise.model.contrast import Contrast
from foldwise.model.fit import Status
from foldwise.model.fit import Test as Tested
from foldwise.stats.ihw import ihw
from foldwise.stats.independent_filtering import filtered_padj
from foldwise.stats.multiple_testing import benjamini_hochberg, benjamini_yekutieli, holm
from foldwise.stats.qvalue import q_values

N = 4000
SIMPLE = {"bh": benjamini_hochberg, "by": benjamini_yekutieli, "holm": holm}


@pytest.fixture
def mean() -> np.ndarray:
    return np.exp(np.random.default_rng(0).normal(3, 2, N))


@pytest.fixture
def test(mean: np.ndarray) -> Tested:
    rng = np.random.default_rng(1)
    signal = (rng.random(N) < 0.3) & (mean > 10)
    p = np.where(signal, rng.random(N) ** 9, rng.random(N))
    p[7] = np.nan
    status = np.zeros(N, dtype=np.int8)
    status[7] = Status.ALL_ZERO
    nothing = np.zeros(N)
    return Tested(Contrast("a", "a", "", np.ones(1), "numeric"), nothing, nothing, nothing, p, None, status)


@pytest.mark.parametrize("method", SIMPLE)
def test_simple_corrections(test: Tested, method: str) -> None:
    found = adjust(test, method)
    np.testing.assert_array_equal(found.padj, SIMPLE[method](test.pvalue))
    np.testing.assert_array_equal(found.status, test.status)
    assert test.padj is None
    np.testing.assert_array_equal(adjust(test, "bh").padj, adjust(test).padj)


def test_storey_and_ihw_tell_their_facts(test: Tested, mean: np.ndarray) -> None:
    found = adjust(test, "storey")
    np.testing.assert_array_equal(found.padj, q_values(test.pvalue).q)
    assert 0.5 < found.facts["pi0"] < 1
    weighted = adjust(test, "ihw", fdr=0.1, covariate=mean, seed=3)
    np.testing.assert_array_equal(weighted.padj, ihw(test.pvalue, mean, 0.1, seed=3).padj)
    assert weighted.facts["ihw_weight"].shape == (N,)


@pytest.mark.parametrize("method", [*SIMPLE, "storey"])
def test_filtering_is_an_option_of_every_correction(test: Tested, mean: np.ndarray, method: str) -> None:
    found = adjust(test, method, fdr=0.05, covariate=mean, filtering=True)
    plain = adjust(test, method)
    low = found.status == Status.LOW_COUNT
    np.testing.assert_array_equal(low, (mean < found.facts["filter_threshold"]) & ~np.isnan(test.pvalue))
    np.testing.assert_array_equal(np.isnan(found.padj), low | np.isnan(test.pvalue))
    assert low.sum() > 500
    assert (found.padj < 0.05).sum() > (plain.padj < 0.05).sum()
    if method in SIMPLE:
        kept = np.where(low, np.nan, test.pvalue)
        np.testing.assert_array_equal(found.padj, SIMPLE[method](kept))
    if method == "bh":
        np.testing.assert_array_equal(found.padj, filtered_padj(mean, test.pvalue, 0.05, "deseq2-1.44").padj)


def test_an_own_adjustment_is_kept_by_bh_and_replaced_by_others(test: Tested) -> None:
    low = np.arange(N) % 5 == 0
    own = replace(
        test,
        padj=np.where(low, np.nan, 0.5),
        status=np.where(low & (test.status == 0), Status.LOW_COUNT, test.status).astype(np.int8),
        facts={"filter_threshold": 3.0, "transform": "log1p"},
    )
    assert adjust(own) is own
    found = adjust(own, "holm")
    np.testing.assert_array_equal(found.padj, holm(test.pvalue))
    np.testing.assert_array_equal(found.status, test.status)
    assert found.facts == {"transform": "log1p"}


def test_what_is_missing_is_said(test: Tested) -> None:
    with pytest.raises(UsageError, match="no correction") as caught:
        adjust(test, "fdr")
    assert caught.value.id == "E-USAGE-001"
    assert all(word in caught.value.fix for word in CORRECTIONS)
    for wrong in ({"method": "ihw"}, {"method": "by", "filtering": True}):
        with pytest.raises(UsageError, match="none") as caught:
            adjust(test, **wrong)
        assert caught.value.id == "E-USAGE-002"
