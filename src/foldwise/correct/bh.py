"""Corrections that look at the p-values alone: Benjamini-Hochberg, Benjamini-Yekutieli, Holm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foldwise.model.fit import Test
from foldwise.stats.multiple_testing import benjamini_hochberg


def adjust(test: Test) -> Test:
    """Return the test with Benjamini-Hochberg adjusted p-values; a method's own adjustment is kept."""
    if test.padj is not None:
        return test
    return replace(test, padj=np.asarray(benjamini_hochberg(test.pvalue)))
