"""Trends and transformations against R's on simulated counts (``validation/r/vst_and_trends.R``)."""

import gzip
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from foldwise.stats.dispersion_trend import fit_trend
from foldwise.stats.size_factors import ratio
from foldwise.stats.vst import vst_local, vst_mean, vst_parametric

TREND_TOLERANCE = {"parametric": 1e-12, "local": 1e-7, "mean": 1e-14}
VST_TOLERANCE = {"parametric": 1e-11, "local": 1e-7, "mean": 1e-12}


@cache
def table() -> dict[str, np.ndarray]:
    with gzip.open(Path(__file__).parent / "r_vst_and_trends.tsv.gz", "rt") as lines:
        names = next(lines).split()
        values = np.array([[float(field) for field in line.split()] for line in lines])
    return dict(zip(names, values.T, strict=True))


def columns(prefix: str) -> np.ndarray:
    return np.column_stack([table()[f"{prefix}_{j}"] for j in range(1, 7)])


def test_p1_size_factors_equal_r() -> None:
    np.testing.assert_allclose(ratio(np.ascontiguousarray(columns("count"))), columns("size_factor")[0], rtol=1e-14)


@pytest.mark.parametrize("kind", TREND_TOLERANCE)
def test_p5_trend_equals_r(kind: str) -> None:
    some = table()["base_mean"] > 0
    means, genewise = table()["base_mean"][some], table()["genewise"][some]
    fitted = fit_trend(means, genewise, kind).predict(means)
    np.testing.assert_allclose(fitted, table()[f"trend_{kind}"][some], rtol=TREND_TOLERANCE[kind])


@pytest.mark.parametrize("kind", VST_TOLERANCE)
def test_vst_equals_r(kind: str) -> None:
    some = table()["base_mean"] > 0
    trend = fit_trend(table()["base_mean"][some], table()["genewise"][some], kind)
    sizes = columns("size_factor")[0]
    normalized = columns("count") / sizes
    if kind == "local":
        ours = vst_local(normalized, trend.predict, float(np.mean(1 / sizes)))
    else:
        ours = {"parametric": vst_parametric, "mean": vst_mean}[kind](normalized, *trend.coefficients.values())
    np.testing.assert_allclose(ours, columns(f"vst_{kind}"), rtol=0, atol=VST_TOLERANCE[kind])
