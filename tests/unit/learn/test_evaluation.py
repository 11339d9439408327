"""A whole evaluation of tiny data: real and permuted labels are scored alike, and the parts belong together."""

import numpy as np
import pytest

from foldwise.learn import scores
from foldwise.learn.evaluation import Settings, evaluate
from foldwise.learn.nested import Plan

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def done():
    rng = np.random.default_rng(2)
    y = np.tile([0, 1], 12)
    mean = np.exp(rng.normal(5, 1, 60))[:, None] * np.ones(24)
    mean[:4] *= np.where(y, 2.5, 1.0)
    counts = rng.negative_binomial(8, 8 / (8 + mean)).astype(np.int32)
    told = []
    stream = np.random.SeedSequence(5, spawn_key=(9, 0))
    settings = Settings(Plan(2, 3, 3), 2, 1)
    found = evaluate(counts, y, np.arange(24), settings, stream, lambda *words: told.append(words))
    return counts, y, settings, stream, found, told


def test_permutations_are_compared_with_as_many_repeats_of_the_real_labels(done):
    """The AUC of ten repeats varies less than that of two, so their p-value would be wrong."""
    _, y, _, _, found, _ = done
    held = found.genes.held
    assert held.probability.shape == (2, 24) and len(found.permuted) == 2
    first = scores.Held(held.probability[:1], held.fold[:1], held.called[:1])
    assert found.permuted_score == scores.area(first, y)
    assert found.genes.area == scores.area(held, y) > 0.9 > max(found.permuted)


def test_baselines_are_divided_into_the_same_folds(done):
    *_, found, _ = done
    assert (found.technical.held.fold == found.genes.held.fold).all()
    assert (found.random.held.fold == found.genes.held.fold).all()
    assert found.majority_brier == pytest.approx(0.25, abs=0.01)


def test_stability_counts_folds_and_the_model_scores_its_own_samples(done):
    counts, y, _, _, found, _ = done
    assert found.stability.n_fits == 6 and found.stability.chosen.max() <= 6
    assert (found.stability.chosen[:4] >= 3).sum() >= 3
    assert (found.stability.positive <= found.stability.chosen).all()
    from foldwise.learn.expression import new_values

    final = found.final
    eta = final.intercept + (new_values(counts, final.log_means, final.genes) - final.center) @ final.coefficient
    assert scores.plain_area(eta, y) > 0.95 and final.share == 0.5


def test_progress_is_told_in_order_and_the_seed_decides(done):
    counts, y, settings, stream, found, told = done
    assert [words for words in told if words[0] == "permutations"] == [("permutations", 1, 2), ("permutations", 2, 2)]
    again = evaluate(counts, y, np.arange(24), settings, stream)
    assert (again.genes.held.probability == found.genes.held.probability).all()
    assert (again.permuted == found.permuted).all() and again.final.intercept == found.final.intercept
