import numpy as np
import pytest

from foldwise.stats.numeric_contrast import numeric_contrast
from tests.fixtures import load

LN2 = np.log(2)


def arguments():
    data = load("three_levels")
    genes = data.table("genes")
    beta = genes[["Intercept", "group_B_vs_A", "group_C_vs_A"]].to_numpy() * LN2
    counts = np.ascontiguousarray(data.counts().to_numpy(dtype=np.float64))
    return data, (counts, data.size_factors(), data.design(), genes["dispersion"].to_numpy(), beta)


@pytest.mark.parametrize(
    ("stem", "contrast"),
    [("numeric", [0, -1, 1]), ("contrast_CvB", [0, -1, 1]), ("contrast_AvC", [0, 0, -1]), ("contrast_BvA", [0, 1, 0])],
)
def test_equals_r(stem: str, contrast: list[int]) -> None:
    data, inputs = arguments()
    stem = f"results_{stem}" if stem.startswith("contrast") else "results_contrast_numeric"
    table = data.table(stem)
    lfc, se = numeric_contrast(*inputs, np.array(contrast, dtype=float))
    np.testing.assert_allclose(se, table["lfcSE"], rtol=1e-10)
    # R sets the change to 0 where both groups have no counts.
    tested = table["log2FoldChange"].to_numpy() != 0
    assert tested.sum() > 100
    np.testing.assert_allclose(lfc[tested], table["log2FoldChange"][tested], atol=1e-12)


def test_m30_scales_with_the_contrast() -> None:
    _, inputs = arguments()
    contrast = np.array([0.0, -1.0, 1.0])
    one, two = numeric_contrast(*inputs, contrast), numeric_contrast(*inputs, -3 * contrast)
    np.testing.assert_allclose(two[0], -3 * one[0], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(two[1], 3 * one[1], rtol=1e-12)


def test_genes_without_fit_stay_missing() -> None:
    _, inputs = arguments()
    alpha = inputs[3].copy()
    alpha[:5] = np.nan
    lfc, se = numeric_contrast(*inputs[:3], alpha, inputs[4], np.array([0.0, 1.0, 0.0]))
    assert np.isnan(lfc[:5]).all()
    assert np.isnan(se[:5]).all()
