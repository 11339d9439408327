"""Normalization factors, filter, counts per million: edgeR's printed values on a small table, and plain properties."""

from __future__ import annotations

from decimal import Context, Decimal

import numpy as np
import pytest

from foldwise.stats.cpm import add_prior_count, cpm, log_cpm
from foldwise.stats.filter_by_expr import filter_by_expr, smallest_group
from foldwise.stats.log2_nearest import log2_nearest
from foldwise.stats.norm_factors import norm_factors

# edgeR specification, section 2: 6 genes x 3 samples
COUNTS = np.array([[10, 20, 30, 40, 0, 5], [12, 18, 33, 80, 2, 5], [8, 25, 0, 35, 1, 0]], dtype=float).T
FACTORS = {
    "tmm": (0.958857562767474, 0.74512753471057, 1.39963659746238),
    "tmmwsp": (1.05676293557327, 0.821209786128683, 1.15230729490558),
    "rle": (0.958200852706917, 0.848586794047654, 1.2298359334024),
    "upper-quartile": (1.05364519093662, 0.784486737615538, 1.20981789710311),
    "none": (1.0, 1.0, 1.0),
}
SIZES = 1e6 * np.array([1.0, 1.2, 0.9, 1.1, 1.0, 1.3])
ROW = np.array([[5.0, 0.0, 12.0, 7.0, 3.0, 30.0]])


@pytest.mark.parametrize("kind", FACTORS)
def test_factors_are_those_of_edger(kind):
    assert norm_factors(COUNTS, kind) == pytest.approx(FACTORS[kind], rel=2e-14)


@pytest.mark.parametrize("kind", FACTORS)
def test_factors_follow_permuted_samples(kind):
    rng = np.random.default_rng(3)
    counts = rng.poisson(rng.gamma(1.0, 50.0, (300, 1)) * rng.uniform(0.5, 2.0, (300, 5))).astype(float)
    order = np.array([3, 0, 4, 1, 2])
    whole, permuted = norm_factors(counts, kind), norm_factors(counts[:, order], kind)
    assert permuted == pytest.approx(whole[order], rel=1e-13)
    assert np.prod(whole) == pytest.approx(1.0, rel=1e-12)


def test_one_sample_and_empty_tables_have_factors_of_one():
    assert norm_factors(COUNTS[:, :1]).tolist() == [1.0]
    assert norm_factors(np.zeros((4, 3))).tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(ValueError, match="not one of"):
        norm_factors(COUNTS, "median")


def test_copies_of_a_sample_have_equal_factors():
    counts = np.repeat(COUNTS[:, :1], 3, axis=1)
    for kind in ("tmm", "tmmwsp"):
        assert norm_factors(counts, kind).tolist() == [1.0, 1.0, 1.0]


def test_csr_gives_the_same_factors():
    rows, columns = np.nonzero(COUNTS)
    indptr = np.concatenate(([0], np.cumsum((COUNTS > 0).sum(axis=1)))).astype(np.int64)
    csr = (COUNTS[rows, columns], columns.astype(np.int32), indptr, 3)
    assert norm_factors(csr).tolist() == norm_factors(COUNTS).tolist()
    assert filter_by_expr(csr).tolist() == filter_by_expr(COUNTS).tolist()


def test_log_cpm_is_that_of_edger():
    expected = [2.77528838596114, 0.884517455715901, 3.92404581990254, 3.0373400294675, 2.27683487849466,
                4.63940495787937]  # fmt: skip
    assert log_cpm(ROW, SIZES)[0] == pytest.approx(expected, abs=1e-13)
    adjusted, _ = add_prior_count(ROW, SIZES, 0.125)
    assert adjusted[0, :3] == pytest.approx([5.11538461538461, 0.138461538461538, 12.1038461538462], rel=1e-13)
    assert cpm(ROW, SIZES)[0, 0] == 5.0
    assert np.isnan(log_cpm(ROW, SIZES, 0.0)[0, 1])


def test_prior_counts_and_sizes_per_gene():
    two = np.vstack([ROW, ROW])
    both = log_cpm(two, np.vstack([SIZES, 2 * SIZES]), np.array([2.0, 0.5]))
    assert both[0].tolist() == log_cpm(ROW, SIZES, 2.0)[0].tolist()
    assert both[1].tolist() == log_cpm(ROW, 2 * SIZES, 0.5)[0].tolist()


def test_smallest_group_is_the_same_from_labels_and_from_the_design():
    group = np.array([0, 0, 0, 1, 1, 1, 1])
    design = np.column_stack([np.ones(7), group])
    assert smallest_group(7, None, group) == 3
    assert smallest_group(7, design, None) == pytest.approx(3, rel=1e-14)
    assert smallest_group(7, np.column_stack([group == 0, group == 1]).astype(float), None) == pytest.approx(3)
    assert smallest_group(7, None, None) == 7


def test_filter_counts_samples_and_totals():
    sizes = np.full(4, 1e6)
    counts = np.array([[10, 10, 0, 0], [9, 9, 9, 9], [14, 0, 0, 0], [10, 4, 0, 0], [11, 11, 11, 11]], dtype=float)
    group = np.array([0, 0, 1, 1])
    assert filter_by_expr(counts, sizes, group=group).tolist() == [True, False, False, False, True]
    assert filter_by_expr(counts, sizes, group=np.array([0, 1, 1, 1])).tolist() == [True, False, False, False, True]


def test_large_groups_need_seven_tenths_of_the_rest():
    sizes = np.full(40, 1e6)
    counts = np.zeros((2, 40))
    counts[0, :17] = 10  # 10 + 0.7 * (20 - 10)
    counts[1, :16] = 10
    assert filter_by_expr(counts, sizes, group=np.repeat([0, 1], 20)).tolist() == [True, False]


def test_log2_is_the_nearest_double():
    assert log2_nearest(2.0 ** np.arange(-40, 41)).tolist() == list(range(-40, 41))
    ratios = np.random.default_rng(5).integers(1, 200, (2, 2000)).astype(float)
    x = ratios[0] / ratios[1]
    exact = Context(prec=50)
    expected = [float(exact.divide(exact.ln(Decimal(v)), exact.ln(Decimal(2)))) for v in x.tolist()]
    assert log2_nearest(x).tolist() == expected
