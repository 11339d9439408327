"""Tests against a threshold on likelihood ratios."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.stats.edger_treat import treat_lrt, treat_pvalues
from tests.unit.stats.test_edger_glm import GROUP, simulated

COUNTS = simulated(60)
OFFSET = np.log(COUNTS.sum(axis=0))


def test_a_contrast_equals_its_coefficient_in_another_coding():
    p, roots = treat_lrt(COUNTS, GROUP, OFFSET, 0.2, np.array([0.0, 1.0]), 0.5)
    cells = np.column_stack([1 - GROUP[:, 1], GROUP[:, 1]])
    other, other_roots = treat_lrt(COUNTS, cells, OFFSET, 0.2, np.array([-1.0, 1.0]), 0.5)
    np.testing.assert_allclose(other, p, rtol=1e-6)
    np.testing.assert_allclose(other_roots.log2_fold_change, roots.log2_fold_change, atol=1e-9)
    back, _ = treat_lrt(COUNTS, GROUP, OFFSET, 0.2, np.array([0.0, -1.0]), 0.5)
    np.testing.assert_allclose(back, p, rtol=1e-9)


def test_higher_thresholds_have_larger_p():
    found = [treat_lrt(COUNTS, GROUP, OFFSET, 0.2, np.array([0.0, 1.0]), lfc)[0] for lfc in (0.1, 0.5, 1.0, 2.0)]
    assert (np.diff(np.stack(found), axis=0) > -1e-9).all()
    assert found[-1].max() <= 1.0 + 1e-12


def test_roots_become_p_values():
    lower, upper = np.array([0.0, -3.0]), np.array([0.0, 4.0])
    assert treat_pvalues(lower, upper).tolist()[0] == pytest.approx(1.0)
    assert treat_pvalues(lower, upper, "worst-case")[1] == pytest.approx(1.3816e-3, rel=1e-3)
    with pytest.raises(ValueError, match="neither"):
        treat_pvalues(lower, upper, "middle")
