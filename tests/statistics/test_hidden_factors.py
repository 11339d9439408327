"""Reduced forms of the claims on hidden factors, each with the fault it guards against planted."""

from __future__ import annotations

import numpy as np
import pytest
from verification import b3_hidden_batch as b3
from verification import b4_hidden_noise as b4
from verification.b2_hidden_null import summary
from verification.figures import by_rank
from verification.hidden import VARIANTS, called, expressed
from verification.null_runs import two_groups_of

from foldwise.certify.labelings import fake_factors
from foldwise.certify.null_runs import Settings
from foldwise.certify.rank import choose_rank


def hidden(seed: int = 1, n: int = 24, n_genes: int = 800):
    """Counts of two groups without any difference, two hidden factors on every gene."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(2, n))
    log_mean = rng.normal(5.0, 1.0, n_genes)[:, None] + 0.4 * rng.normal(size=(n_genes, 2)) @ factors
    return two_groups_of(rng.poisson(rng.gamma(10.0, np.exp(log_mean) / 10.0)), np.arange(n) % 2)


@pytest.fixture(scope="module")
def null():
    import pandas as pd

    of, design = expressed(hidden(), "~ group")
    rows = []
    for number, labels in enumerate(fake_factors(design, 60, 7).values):
        matrix = np.column_stack([design.matrix, labels.astype(float)])
        for variant in VARIANTS:
            calls = int(called(of, matrix, (2,), variant)[0].sum())
            rows.append({"people": 24, "part": 0, "run": number, "variant": variant, "k": 2, "calls": calls})
    return summary(pd.DataFrame(rows)).set_index("variant")


def test_B2_null_runs_rarely_call_a_gene(null):
    assert null.loc["adjusted", "verdict"] == "pass", null.to_string()
    assert null.loc["raw", "verdict"] == "pass", null.to_string()


def test_B2_fails_with_components_of_residuals(null):
    """The fault: factors without their share along what is tested."""
    assert null.loc["residual", "verdict"] == "FAIL"
    assert null.loc["residual", "p_any"] > 0.5


def test_B3_an_unrecorded_batch():
    table = b3.summary(b3.runs(2, (0.5,))).set_index("way")
    assert table.loc["hidden factors", "verdict"] == "pass", table.to_string()
    assert table.loc["none", "fdp"] > 0.3  # without factors the same check would fail
    assert table.loc["hidden factors", "k"] == "1"


def test_B4_nothing_hidden_nothing_found():
    table = b4.summary(b4.noise(6, (10,), 500))
    assert (table["verdict"] == "pass").all(), table.to_string()


def test_B4_fails_where_something_is_hidden():
    of, design = expressed(hidden(), "~ group")
    choice = choose_rank(of, design, Settings(0.05, 1))
    assert choice.k == 2
    assert choice.scree is not None
    assert choice.scree.rank == 2


def test_R1_the_choice_hangs_on_the_seed_and_not_on_threads():
    of, design = expressed(hidden(n_genes=300), "~ group")
    one, two = (choose_rank(of, design, Settings(0.05, 1, n_threads=threads), n=20) for threads in (1, 3))
    assert one.candidates == two.candidates
    assert one.reason == two.reason
    assert choose_rank(of, design, Settings(0.05, 2), n=20).candidates != one.candidates


def test_too_few_groupings_or_degrees_of_freedom_choose_none():
    small, design = expressed(hidden(n=6, n_genes=300), "~ group")
    assert "4 residual degrees of freedom" in choose_rank(small, design, Settings(0.05, 1)).reason
    small, design = expressed(hidden(n=8, n_genes=300), "~ group")
    few = choose_rank(small, design, Settings(0.05, 1))
    assert few.k == 0
    assert "18 fake groupings" in few.reason or "No factor stands out" in few.reason


def test_the_picture_names_what_it_shows():
    import pandas as pd

    rows = [
        {"data": "x", "samples": 9, "variant": variant, "k": k, "true": 5, "autosomal": 3, "chosen": k == 1}
        for variant in VARIANTS
        for k in (0, 1, 2)
    ]
    picture = by_rank(pd.DataFrame(rows))
    assert "of residuals (wrong)" in picture
    assert picture.count("stroke-dasharray") == 3
