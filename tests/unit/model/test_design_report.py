"""A design in sentences, and Cramer's V."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foldwise.model.design import design_from_matrix, make_design
from foldwise.model.design_report import confounding_map, cramers_v, design_report


@pytest.fixture
def samples():
    return pd.DataFrame(
        {
            "cell": ["c1", "c1", "c2", "c2", "c3", "c3", "c4", "c4"],
            "dex": ["untrt", "trt"] * 4,
            "batch": ["x", "x", "x", "y", "y", "y", "y", "y"],
            "age": [3.0, 4, 6, 2, 8, 1, 5, 7],
        },
        index=list("abcdefgh"),
    )


def test_paired_design(samples):
    assert design_report(make_design("~ cell + dex", samples, {"dex": "untrt"}), samples) == [
        "~ cell + dex: 8 samples, 5 coefficients, 3 residual degrees of freedom; full rank.",
        "cell: c1 (2), c2 (2), c3 (2), c4 (2); compared: c2, c3, c4 against c1.",
        "dex: untrt (4), trt (4); compared: trt against untrt.",
        "'cell' is paired with 'dex': each cell once in each dex; compared within cell.",
    ]


def test_unbalanced_design_with_covariate_and_interaction(samples):
    report = design_report(make_design("~ age + batch * dex", samples))
    assert "age: covariate from 1 to 8; one slope per unit." in report
    assert (
        "batch:dex: the effect of one may depend on the other (1 coefficient); 4 of 4 combinations have samples, "
        in (report[-2])
    )
    assert report[-1] == "'batch' and 'dex' overlap in part (Cramer's V 0.26); not confounded."


def test_matrix():
    report = design_report(design_from_matrix(np.array([[1, 0], [1, 0], [1, 1.0]]), ["a", "b"]))
    assert report == [
        "The given matrix: 3 samples, 2 coefficients, 1 residual degree of freedom; full rank.",
        "2 distinct rows of the design among 3 samples.",
    ]


def test_cramers_v(samples):
    assert cramers_v(np.array([[2, 2], [2, 2]])) == 0
    assert cramers_v(np.array([[3, 0], [0, 5]])) == pytest.approx(1)
    assert confounding_map(make_design("~ cell + dex", samples)) == [("cell", "dex", 0.0)]
