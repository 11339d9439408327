"""Calls across contrasts against limma's decideTests (made by ``validation/r/decide_tests.R``)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import foldwise as fw
from tests.unit.methods.test_limma import SAMPLES, ZERO_GENE, experiment

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
SHEET = SAMPLES.assign(part=list("pppqqqrrrr"))
CONTRASTS = ["part:q:p", "part:r:p", "part:r:q"]
MODES = {"separate": "separate", "global": "global", "hierarchical": "hierarchical", "nested-f": "nestedF"}


@cache
def analyzed(method: str = "limma-voom", correction: str = "bh", design: str = "~ 0 + part") -> fw.Results:
    counts = pd.DataFrame(experiment().counts, experiment().genes.index, SHEET.index).drop(ZERO_GENE)
    return fw.de(counts, SHEET, design, contrast=CONTRASTS, method=method, correction=correction, filter="none",
                 size_factors="none")  # fmt: skip


@pytest.mark.parametrize("mode", list(MODES))
@pytest.mark.parametrize("fdr", [0.05, 0.2])
@pytest.mark.parametrize("correction", ["bh", "holm"])
def test_p18_decisions_equal_limma(mode: str, fdr: float, correction: str) -> None:
    known = pd.read_csv(Path(__file__).parent / "decide_tests.tsv.gz", sep="\t", index_col=0)
    adjust = {"bh": "BH", "holm": "holm"}[correction]
    columns = [f"{MODES[mode]}.{fdr:g}.{adjust}.{name}" for name in ("qp", "rp", "rq")]
    found = analyzed(correction=correction).decisions(mode, fdr=fdr)
    assert list(found.columns) == ["part_q_vs_p", "part_r_vs_p", "part_r_vs_q"]
    np.testing.assert_array_equal(found.loc[known.index].to_numpy(), known[columns].to_numpy())


@pytest.mark.parametrize("method", ["edger-ql", "edger-lrt", "ols", "limma-trend"])
def test_genes_first_for_every_method_with_a_joint_test(method: str) -> None:
    results = analyzed(method, design="~ part")
    found = results.decisions("hierarchical", fdr=0.2)
    by_gene = fw.de(results.analysis.experiment, None, "~ part", contrast="part", method=method, filter="none",
                    size_factors="none").table  # fmt: skip
    called = (found.fillna(0) != 0).any(axis=1)
    assert called.any()
    assert (by_gene["padj"][called] < 0.2).all()


def test_what_has_no_joint_test_is_refused() -> None:
    for results, mode in ((analyzed("deseq2"), "hierarchical"), (analyzed("edger-ql"), "nested-f"),
                          (analyzed("t"), "nested-f")):  # fmt: skip
        with pytest.raises(fw.UsageError, match="E-USAGE-002"):
            results.decisions(mode)
    with pytest.raises(fw.UsageError, match="E-USAGE-001"):
        analyzed().decisions("nested")


def test_one_contrast_is_its_own_family() -> None:
    counts = pd.DataFrame(experiment().counts, experiment().genes.index, SHEET.index).drop(ZERO_GENE)
    results = fw.de(counts, SHEET, "~ group", contrast="group:b:a", method="limma-voom", filter="none")
    one, other = results.decisions(), results.decisions("nested-f")
    pd.testing.assert_frame_equal(one, other)
