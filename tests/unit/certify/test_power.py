"""Power by the number of samples: which samples are drawn, what is counted, and what the answer says."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from foldwise.certify.labelings import Labelings
from foldwise.certify.plasmode import Plasmode
from foldwise.certify.power import (
    drawn_design,
    effects_of_size,
    expression_thirds,
    independent_columns,
    pilot_of,
    power_points,
    sizes_between,
)
from foldwise.certify.procedure import classical
from foldwise.learn.effects import Effects, usual_effects
from foldwise.model.contrast import make_contrasts
from foldwise.model.design import make_design
from foldwise.model.experiment import Experiment
from foldwise.model.power import PowerPoint, PowerValues, smallest
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options
from foldwise.report.plots_power import power_plot
from foldwise.stats.simulate import simulate_counts


def experiment(sheet, n_genes=200):
    drawn = simulate_counts(n_genes, len(sheet), share_changed=0.0, seed=1)
    return Experiment(drawn.counts, sheet, pd.DataFrame(index=[f"g{i}" for i in range(n_genes)]))


def groups(n=6, **more):
    names = [f"s{j}" for j in range(2 * n)]
    return pd.DataFrame({"group": list("ab") * n, **more}, index=names)


def pilot(sheet, formula="~ group"):
    design = make_design(formula, sheet)
    return pilot_of(experiment(sheet), design, make_contrasts(design, ("group:b:a",))[0])


def curve(powers, kinds=("subsample", "pilot", "extrapolation"), sizes=(3, 6, 12), **more):
    points = tuple(
        PowerPoint(n, kind, np.tile([value, value / 2, value, value], (5, 1)), np.full(5, 0.03))
        for n, kind, value in zip(sizes, kinds, powers, strict=True)
    )
    return PowerValues("deseq2", points, 0.05, 1.0, 0.8, 6, "samples per group", **more)


def test_fewer_samples_are_a_part_and_more_are_repeated():
    source = pilot(groups())
    rows, design, labels = drawn_design(source, 4, 1, 7)
    group = source.strata[rows]
    assert len(set(rows)) == 8 and np.bincount(group).tolist() == [4, 4]
    assert [labels[group == g].sum() for g in (0, 1)] == [2, 2] and design.n_coefficients == 2
    rows, _, _ = drawn_design(source, 15, 1, 7)
    times = np.bincount(rows, minlength=12)
    # 15 per group stand for themselves where samples are new; repeated, 13 have the spread of 15 (11 of 12 df lost)
    assert len(rows) == 26 and set(times) <= {2, 3}
    assert len(drawn_design(source, 6, 1, 7)[0]) == 12


def test_runs_draw_anew_and_the_number_decides():
    source = pilot(groups())
    first, again, other = (drawn_design(source, 3, 1, number) for number in (5, 5, 6))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[2], again[2])
    assert not np.array_equal(first[0], other[0]) or not np.array_equal(first[2], other[2])


def test_pairs_are_drawn_whole():
    sheet = groups(5, donor=[f"d{j // 2}" for j in range(10)])
    source = pilot(sheet, "~ donor + group")
    assert source.paired and source.n == 5
    rows, _, labels = drawn_design(source, 4, 1, 3)
    donors = sheet["donor"].to_numpy()[rows]
    assert sorted(np.unique(donors, return_counts=True)[1]) == [2, 2, 2, 2]
    for donor in set(donors):
        assert sorted(labels[donors == donor]) == [0, 1]


def test_batches_are_no_pairs_and_lost_levels_leave_the_design():
    sheet = groups(6, batch=list("xxxxyyyyzzzz"))
    source = pilot(sheet, "~ batch + group")
    assert not source.paired and source.n == 6
    for number in range(20):
        found = drawn_design(source, 3, 1, number)
        assert found is not None and np.linalg.matrix_rank(found[1].matrix) == found[1].n_coefficients
    assert independent_columns(np.array([[1.0, 1, 0], [1, 1, 0], [1, 1, 1]])) == [0, 2]


def test_numbers_of_samples():
    assert sizes_between(6, 3, 20) == (3, 4, 5, 6, 8, 11, 14, 18)
    assert sizes_between(3, 3, 20)[-1] == 9 and sizes_between(2, 8, 20) == ()
    assert sizes_between(10, 3, 5) == (3, 4, 5)


def test_a_number_is_not_a_group():
    sheet = pd.DataFrame({"dose": np.arange(8.0)}, index=[f"s{j}" for j in range(8)])
    design = make_design("~ dose", sheet)
    assert pilot_of(experiment(sheet), design, make_contrasts(design, ("dose",))[0]) is None


def test_expression_thirds_leave_out_genes_of_few_reads():
    sheet = groups(2)
    counts = np.repeat(np.array([0, 3, 20, 40, 80, 160, 320, 640])[:, None], 4, axis=1)
    data = Experiment(counts, sheet, pd.DataFrame(index=[f"g{i}" for i in range(8)]))
    assert expression_thirds(data).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_usual_sizes_where_the_data_hold_too_few_large_ones():
    small = Effects(np.array([0.2]), np.array([1.0]), True, 0.1)
    assert not effects_of_size(small, 1.0, 1000).estimated
    assert effects_of_size(small, 0.25, 1000) is small


def test_power_rises_and_no_thread_changes_it():
    sheet = groups(6)
    source = pilot(sheet)
    empty = Labelings("fake factor", np.zeros((0, 12), dtype=np.int8), 0)
    plasmode = Plasmode(source.experiment, source.design, empty, usual_effects(), 0.2)
    fast = classical(with_options(AnalysisSpec(), {"method": "limma-trend"}))
    one = power_points(source, fast, plasmode, (3, 12), 1.0, 6)
    two = power_points(source, fast, plasmode, (3, 12), 1.0, 6, n_threads=3)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.power, b.power)
        np.testing.assert_array_equal(a.fdp, b.fdp)
    assert [point.kind for point in one] == ["subsample", "extrapolation"]
    assert np.nanmean(one[1].power[:, 0]) > np.nanmean(one[0].power[:, 0]) + 0.1


@pytest.mark.parametrize(
    ("powers", "needed"),
    [((0.5, 0.7, 0.9), 9), ((0.85, 0.9, 0.95), 3), ((0.5, 0.6, 0.7), None), ((0.5, 0.8, 0.7), 6)],
)
def test_the_number_needed_lies_between_those_tried(powers, needed):
    assert smallest(np.array([3, 6, 12]), np.array(powers), 0.8) == needed


def test_the_answer_in_words():
    assert "about 9 samples per group, an extrapolation beyond your data." in curve((0.5, 0.7, 0.9)).sentence
    assert "about 5 samples per group." in curve((0.5, 0.95, 0.95)).sentence
    assert "more than 12 samples per group; these find 70 %" in curve((0.5, 0.6, 0.7)).sentence
    assert curve((0.5, 0.7, 0.9)).needed["low"] is None


def test_the_picture_is_whole_and_says_what_it_shows():
    missing = curve((0.5, 0.7, float("nan")))
    for found in (curve((0.5, 0.7, 0.9)), curve((0.5, 0.6, 0.7)), missing, curve((0.4,), ("pilot",), (6,))):
        root = ET.fromstring(power_plot(found))  # noqa: S314  # our own text
        assert root.get("role") == "img" and found.sentence in root.get("aria-label")
        texts = ["".join(each.itertext()) for each in root.iter() if each.tag.endswith("}text")]
        assert {"all genes", "low expression", "samples per group"} <= set(texts)
        assert all(
            "nan" not in str(value) for each in root.iter() for value in each.attrib.values() if value != found.sentence
        )
