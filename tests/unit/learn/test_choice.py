"""The rules of the choice, on made-up scores: each rule has a case that a wrong rule would decide otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.learn.choice import by_rule, decide, heavy_tailed, log_residuals, scored, survivors, with_verdicts

ALPHA = 0.05


def score(method, fdp, tpr, n=100, spread=0.01):
    noise = np.tile([-spread, spread], n // 2)
    return scored(method, fdp + noise, np.full(n, tpr))


def test_the_most_powerful_safe_candidate_is_chosen():
    found, why = decide([score("deseq2", 0.03, 0.4), score("edger-ql", 0.03, 0.5), score("t", 0.2, 0.9)], ALPHA)
    assert found == "edger-ql" and "50.0 %" in why


def test_within_a_point_the_default_wins_and_beyond_it_does_not():
    assert decide([score("deseq2", 0.04, 0.491), score("limma-voom", 0.04, 0.5)], ALPHA)[0] == "deseq2"
    assert decide([score("deseq2", 0.04, 0.489), score("limma-voom", 0.04, 0.5)], ALPHA)[0] == "limma-voom"


def test_the_upper_limit_counts_not_the_mean():
    shaky = score("deseq2", 0.048, 0.6, spread=0.03)
    assert shaky.mean_fdp < ALPHA < shaky.fdp_upper
    assert decide([shaky, score("edger-ql", 0.04, 0.5)], ALPHA)[0] == "edger-ql"


def test_where_none_is_safe_the_nearest_is_taken_and_said():
    found, why = decide([score("deseq2", 0.2, 0.9), score("edger-ql", 0.08, 0.5)], ALPHA)
    assert found == "edger-ql" and "no candidate" in why


def test_candidates_given_up_early_are_not_chosen():
    early = score("limma-trend", 0.01, 0.99, n=10)
    found, _ = decide([score("deseq2", 0.03, 0.4), early], ALPHA)
    assert found == "deseq2"
    told = {each.method: each.verdict for each in with_verdicts([score("deseq2", 0.03, 0.4), early], "deseq2", ALPHA)}
    assert told["deseq2"] == "chosen" and told["limma-trend"].startswith("given up after 10 runs: others find more")


def test_half_goes_on_and_so_do_the_close_and_the_default_while_it_may_be_right():
    field = [
        score("deseq2", 0.051, 0.3, n=10, spread=0.03),
        score("edger-ql", 0.02, 0.5, n=10),
        score("limma-voom", 0.02, 0.55, n=10),
        score("limma-trend", 0.02, 0.54, n=10),
        score("ols", 0.02, 0.4, n=10),
        score("t", 0.3, 0.9, n=10),
    ]
    assert survivors(field, ALPHA) == ("deseq2", "edger-ql", "limma-voom", "limma-trend")
    wrong = [score("deseq2", 0.3, 0.9, n=10), *field[1:]]
    assert survivors(wrong, ALPHA) == ("edger-ql", "limma-voom", "limma-trend")
    near = [*field[:3], score("a", 0.02, 0.535, n=10), score("b", 0.02, 0.535, n=10), score("c", 0.02, 0.535, n=10)]
    assert survivors(near, ALPHA) == ("deseq2", "limma-voom", "a", "b", "c")


def test_a_more_powerful_candidate_goes_on_while_it_may_be_right():
    safe = [score("limma-voom", 0.03, 0.5, n=10), score("limma-trend", 0.03, 0.5, n=10)]
    maybe, wrong = score("edger-ql", 0.055, 0.55, n=10, spread=0.03), score("t", 0.3, 0.9, n=10)
    assert survivors([*safe, maybe, wrong], ALPHA) == ("limma-voom", "limma-trend", "edger-ql")


def test_one_run_is_never_safe():
    assert scored("deseq2", [0.0], [0.5]).fdp_upper == np.inf


@pytest.mark.parametrize(
    ("n", "heavy", "method"),
    [(3, False, "edger-ql"), (4, True, "edger-ql"), (5, True, "deseq2"), (8, True, "limma-voom"), (8, False, "deseq2")],
)
def test_rules_for_few_groupings(n, heavy, method):
    assert by_rule(n, heavy_tails=heavy)[0] == method


def test_heavy_tails_are_seen_and_normal_ones_are_not():
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1, (2000, 16))
    assert not heavy_tailed(values)
    values[rng.random(values.shape) < 0.01] *= 12
    assert heavy_tailed(values)
    assert not heavy_tailed(np.zeros((5, 4)))
    assert not heavy_tailed(np.zeros((0, 4)))


def test_residuals_are_logs_without_the_groups():
    rng = np.random.default_rng(1)
    group = np.repeat([0, 1], 10)
    counts = rng.poisson(500 * np.where(group, 3.0, 1.0), (300, 20))
    counts[0] = 1  # too few reads
    left = log_residuals(counts, np.column_stack([np.ones(20), group]))
    assert left.shape == (299, 20)
    np.testing.assert_allclose(left[:, :10].mean(axis=1), 0, atol=1e-9)
    np.testing.assert_allclose(left[:, 10:].mean(axis=1), 0, atol=1e-9)
    assert not heavy_tailed(left)
    counts[rng.random(counts.shape) < 0.01] *= 50
    assert heavy_tailed(log_residuals(counts, np.column_stack([np.ones(20), group])))
