"""Settings that are not the defaults, against R (limma 3.54, edgeR 3.40; made by validation/r/method_settings.R)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import foldwise as fw
from foldwise.cli.options import spec_of
from foldwise.engine.threads import ThreadEngine
from foldwise.method import Method, method_class
from foldwise.methods.edger_exact import EdgeRExact
from foldwise.model.contrast import make_contrast
from foldwise.model.design import make_design
from foldwise.model.fit import Status
from foldwise.model.method_facts import METHOD_FACTS
from foldwise.model.spec import AnalysisSpec, MethodSettings
from foldwise.model.spec_options import with_options
from foldwise.model.spec_toml import from_toml, to_toml
from tests.unit.methods.test_limma import SAMPLES, ZERO_GENE, experiment, run

EDGER_3 = {"profile": "edger-3"}
CASES = {
    "span": ("limma-voom", {"span": 0.8}),
    "prior_count_trend": ("limma-trend", {"prior_count": 1.0}),
    "prior_df": ("edger-lrt", {"prior_df": 4.0} | EDGER_3),
    "span_lrt": ("edger-lrt", {"span": 0.9} | EDGER_3),
    "prior_count_lrt": ("edger-lrt", {"prior_count": 2.0} | EDGER_3),
    "worst_case_lrt": ("edger-lrt", {"lfc": 0.5, "threshold_null": "worst-case"} | EDGER_3),
    "worst_case_ql": ("edger-ql", {"lfc": 0.5, "threshold_null": "worst-case"} | EDGER_3),
    "prior_count_ql": ("edger-ql", {"prior_count": 2.0} | EDGER_3),
}
# One setting that no method takes without being told, and a value that is not its default.
SETTINGS = {"span": 0.4, "adaptive_span": True, "prior_df": 12.0, "prior_count": 0.5, "exact_contrasts": True}


@cache
def theirs() -> pd.DataFrame:
    file = Path(__file__).parent / "method_settings.tsv.gz"
    return pd.read_csv(file, sep="\t", index_col=0, float_precision="round_trip")


def made(method: str, options: dict[str, object]) -> Method:
    return method_class(method).from_spec(with_options(AnalysisSpec(), {"method": method, **options}))


def equal(lfc: np.ndarray, p: np.ndarray, name: str, ok: np.ndarray, limit: float) -> None:
    known = theirs()
    np.testing.assert_allclose(lfc[ok], known[f"{name}.lfc"][ok], rtol=limit, atol=limit)
    np.testing.assert_allclose(p[ok], known[f"{name}.p"][ok], rtol=limit)


@pytest.mark.parametrize("name", list(CASES))
def test_p15_p18_settings_equal_r(name: str) -> None:
    method, options = CASES[name]
    _, test = run(made(method, options))
    ok = test.status == Status.OK
    np.testing.assert_array_equal(ok, theirs().index != ZERO_GENE)
    equal(test.log2_fold_change, test.pvalue, name, ok, 1e-8 if method.startswith("limma") else 2e-6)
    _, plain = run(made(method, {k: v for k, v in options.items() if k in ("lfc", "profile")}))
    assert not np.array_equal(plain.pvalue, test.pvalue) or not np.array_equal(
        plain.log2_fold_change, test.log2_fold_change
    )


@pytest.mark.parametrize("structural_zeros", [False, True])
def test_p18_exact_contrasts_equal_another_coding_in_r(structural_zeros: bool) -> None:
    options = {"exact_contrasts": True, "structural_zeros": structural_zeros}
    _, test = run(made("limma-voom", options), formula="~ 0 + group + batch")
    _, coded = run(made("limma-voom", {"structural_zeros": structural_zeros}))
    ok = test.status == Status.OK
    np.testing.assert_allclose(test.pvalue[ok], coded.pvalue[ok], rtol=1e-8)
    if not structural_zeros:
        equal(test.log2_fold_change, test.pvalue, "exact_contrast", ok, 1e-9)


@pytest.mark.parametrize(("name", "settings"), [("exact", {"prior_count": 2.0}), ("exact_prior_df", {"prior_df": 4.0})])
def test_p15_settings_of_the_exact_test_equal_r(name: str, settings: dict[str, float]) -> None:
    data, design = experiment(), make_design("~ group", SAMPLES)
    method = EdgeRExact(legacy=True, **settings)
    test = method.test(method.fit(data, design, None, ThreadEngine(1)), make_contrast(design, "group:b:a"))
    ok = test.status == Status.OK
    equal(test.log2_fold_change, test.pvalue, name, ok, 2e-6)


@pytest.mark.parametrize("method", list(METHOD_FACTS))
@pytest.mark.parametrize("setting", list(SETTINGS))
def test_methods_take_what_they_say_and_refuse_the_rest(method: str, setting: str) -> None:
    counts = pd.DataFrame(experiment().counts, experiment().genes.index, SAMPLES.index).drop(ZERO_GENE)
    options = {"method": method, "contrast": ("group", "b", "a"), setting: SETTINGS[setting]}

    def table(**options: object) -> pd.DataFrame:
        with pytest.warns(fw.FoldwiseWarning):
            return fw.de(counts, SAMPLES, "~ 0 + group", **options).table

    if setting in METHOD_FACTS[method].settings:
        plain = table(**(options | {setting: None}))
        assert not plain.equals(table(**options)) or setting in ("exact_contrasts", "adaptive_span")
        return
    with pytest.raises(fw.UsageError, match="E-USAGE-002"):
        fw.de(counts, SAMPLES, "~ 0 + group", **options)


def test_settings_come_from_the_command_line_and_survive_the_config() -> None:
    given = {"span": 0.4, "prior_df": 12.0, "prior_count": 0.5, "exact_contrasts": True, "threshold_null": "worst-case"}
    spec = spec_of(None, given)
    assert from_toml(to_toml(spec)) == spec
    found = {name: getattr(spec.method, name) for name in given}
    assert found == given
    defaults = MethodSettings()
    assert all(getattr(defaults, name) != value for name, value in given.items())


@pytest.mark.parametrize(
    ("options", "id"),
    [
        ({"method": "limma-voom", "span": 1.5}, "E-USAGE-002"),
        ({"method": "limma-voom", "span": 0.0}, "E-USAGE-002"),
        ({"method": "edger-lrt", "prior_df": -1.0}, "E-USAGE-002"),
        ({"method": "edger-lrt", "prior_count": float("inf")}, "E-USAGE-002"),
        ({"method": "edger-ql", "threshold_null": "worst-case"}, "E-USAGE-002"),
        ({"method": "edger-ql", "threshold_null": "worst"}, "E-USAGE-001"),
        ({"method": "limma-voom", "span": 0.4, "adaptive_span": True}, "E-USAGE-002"),
    ],
)
def test_values_out_of_range_are_refused(options: dict[str, object], id: str) -> None:
    counts = pd.DataFrame(experiment().counts, experiment().genes.index, SAMPLES.index)
    with pytest.raises(fw.UsageError) as caught:
        fw.de(counts, SAMPLES, "~ group", **options)
    assert caught.value.id == id
