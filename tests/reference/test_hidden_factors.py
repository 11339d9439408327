"""Reduced form of the claim on real data: sex genes of 69 people with hidden factors, and made-up groups of them."""

from __future__ import annotations

import numpy as np
import pytest
from verification.b1_hidden_sex_genes import study
from verification.hidden import called, expressed
from verification.results import kept

from foldwise.certify.labelings import fake_factors
from foldwise.certify.verdict import binomial_quantile

K = 8  # the number chosen, in the kept figure


@pytest.fixture(scope="module")
def people():
    experiment, true, autosomal = study("pickrell")
    of, design = expressed(experiment, "~ gender")
    return of, design, true[of.rows], autosomal[of.rows]


def test_the_number_is_that_of_the_kept_figure():
    assert (
        int(kept("b1_hidden_by_rank").query("data == 'pickrell' and variant == 'adjusted' and chosen")["k"].iloc[0])
        == K
    )


def test_B1_more_sex_genes_and_no_more_others(people):
    of, design, true, autosomal = people
    without, with_factors = called(of, design.matrix, (0, K), "adjusted")
    assert (with_factors & true).sum() >= 28
    assert (with_factors & true).sum() >= 1.45 * (without & true).sum()
    assert (with_factors & autosomal).sum() <= 35


def test_B1_components_of_residuals_call_everything(people):
    """The fault: the same factors without their share along the comparison."""
    of, design, _, autosomal = people
    assert (called(of, design.matrix, (K,), "residual")[0] & autosomal).sum() > 1000


def test_B2_made_up_groups(people):
    of, design, _, _ = people
    hits = {"adjusted": 0, "residual": 0}
    for labels in fake_factors(design, 12, 77).values:
        matrix = np.column_stack([design.matrix, labels.astype(float)])
        for variant in hits:
            hits[variant] += int(called(of, matrix, (K,), variant)[0].any())
    assert hits["adjusted"] <= binomial_quantile(12, 0.05)
    assert hits["residual"] > binomial_quantile(12, 0.05)
