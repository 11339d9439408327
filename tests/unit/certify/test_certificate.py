"""Null runs and the certificate made of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from foldwise import pipeline
from foldwise.certify.certificate import certify, delivered, null_share
from foldwise.certify.certified import certified
from foldwise.certify.null_runs import GRID, NullRuns, Settings, fake_jobs, fakes_for, null_runs
from foldwise.certify.procedure import Outcome, Procedure, classical, reusable_factors
from foldwise.certify.safe import winsorized
from foldwise.certify.scrambles import scrambled_design
from foldwise.certify.seeds import FAKE, stream
from foldwise.engine.threads import ThreadEngine
from foldwise.errors import FoldwiseError
from foldwise.method import METHODS
from foldwise.model.certificate import Certificate
from foldwise.stats.multiple_testing import benjamini_hochberg
from tests.unit.certify.data import analyzed, simulated

ANALYSIS = analyzed(simulated(6, changed=30))


def arrays(certificate: Certificate) -> list[Any]:
    curve = certificate.curve
    assert curve is not None
    return [certificate.discoveries, certificate.n_tested, curve.mean, curve.low, curve.high, curve.sd]


def test_threads_and_chunks_change_nothing(monkeypatch):
    first = certify(ANALYSIS, 30, Settings(seed=3, n_threads=1))
    monkeypatch.setattr("foldwise.certify.null_runs.CHUNK", 7)
    again = certify(ANALYSIS, 30, Settings(seed=3, n_threads=3))
    for mine, theirs in zip(arrays(first), arrays(again), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert repr(first.contrasts) == repr(again.contrasts)
    other = certify(ANALYSIS, 30, Settings(seed=4))
    assert first.curve is not None and other.curve is not None
    assert (first.curve.mean != other.curve.mean).any()


def test_a_stopped_certificate_goes_on_where_it_was():
    kept: dict[str, Any] = {}
    calls: list[str] = []

    def remember(step: str, known: object, compute: Any) -> Any:
        if step not in kept:
            calls.append(step)
            if len(calls) == 3:
                raise KeyboardInterrupt
            kept[step] = compute()
        return kept[step]

    with pytest.raises(KeyboardInterrupt):
        certify(ANALYSIS, 50, Settings(remember=remember))
    assert list(kept) == ["fake0", "fake20"]
    again = certify(ANALYSIS, 50, Settings(remember=remember))
    assert calls[3:] == ["fake40", "scramble0x0", "scramble0x20", "scramble0x40"]  # and not what was done
    whole = certify(ANALYSIS, 50)
    for mine, theirs in zip(arrays(again), arrays(whole), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_progress_is_told():
    told: list[tuple[str, int, int]] = []
    certify(ANALYSIS, 25, Settings(progress=lambda *news: told.append(news)))
    assert told[0] == ("fake", 20, 25) and told[1] == ("fake", 25, 25) and told[-1] == ("scramble0x", 25, 25)


@pytest.mark.parametrize("method", [*METHODS])
def test_m61_the_identity_scramble_gives_the_observed_p_values(method):
    analysis = analyzed(simulated(5, n_genes=120, changed=10), method)
    procedure = classical(analysis.spec, reusable_factors(analysis.spec, analysis.size_factors))
    same = scrambled_design(analysis.design, ("group",), np.arange(10))
    (found,) = procedure(analysis.experiment, same, [analysis.results[0].contrast], stream(1, FAKE))
    (observed,) = delivered(analysis)
    for name in ("pvalue", "padj", "log2_fold_change", "statistic"):
        np.testing.assert_array_equal(getattr(found, name), getattr(observed, name))
    np.testing.assert_array_equal(found.tested, observed.tested)


@pytest.mark.parametrize("method", [*METHODS])
def test_every_method_has_null_runs(method):
    analysis = analyzed(simulated(6, n_genes=150), method)
    made = certify(analysis, 12)
    assert made.verdict in ("WARN", "FAIL")  # twelve runs cannot pass
    assert made.regrouping is not None and made.regrouping.n_runs == 12
    assert made.curve is not None and (np.diff(made.curve.mean) >= 0).all() and made.curve.mean[-1] == 1
    assert not made.facts["failed_runs"]


def test_what_is_counted_in_a_run():
    procedure = classical(ANALYSIS.spec, None)
    labelings = fakes_for("limma-trend", ANALYSIS.design, 3, 1)
    jobs = list(fake_jobs(ANALYSIS.experiment, ANALYSIS.design, labelings))
    runs = null_runs(procedure, jobs, Settings(), component=FAKE, cuts=[0.0123], keep_pvalues=True)
    assert runs.pvalues is not None and len(runs) == 3
    for b, (experiment, design, contrasts) in enumerate(jobs):
        (found,) = procedure(experiment, design, contrasts, stream(1, FAKE, b))
        p = found.pvalue[found.tested]
        assert runs.below_cut(0.0123)[b] == (p <= 0.0123).sum()
        assert runs.n_tested[b, 0] == len(p)
        assert runs.discoveries[b, 0] == (found.padj < 0.05).sum()
        assert runs.simes[b, 0] == pytest.approx(benjamini_hochberg(p).min(), abs=1e-12) or runs.simes[b, 0] > 1
        np.testing.assert_array_equal(runs.pvalues[b, 0], np.where(found.tested, found.pvalue, np.nan))
    assert set(GRID) < set(runs.cuts)


def test_the_delivered_list_is_held_against_the_null_runs():
    made = certify(ANALYSIS, 100)
    (of,) = made.contrasts
    table = ANALYSIS.results[0].table
    called = table["padj"] < 0.05
    assert of.n_called == called.sum() > 20
    assert of.cut == table["pvalue"][called].max()
    assert of.pi0 == null_share(table["pvalue"].dropna().to_numpy())
    assert 0 <= of.fdp <= of.fdp_upper < 0.3
    assert of.bound is not None and of.bound_false is not None and of.bound_false < of.n_called
    assert "variance prior" in of.bound.approximate
    assert of.scrambles is not None and of.scrambles.kind == "scramble"


def test_gene_wise_tests_are_bounded_exactly():
    made = certify(analyzed(simulated(6, changed=20), "ols"), 30)
    assert made.contrasts[0].bound is not None and made.contrasts[0].bound.approximate == ""


def test_few_scrambles_bound_nothing():
    made = certify(analyzed(simulated(3, changed=20)), 100)
    assert made.contrasts[0].bound is None and made.contrasts[0].bound_false is None
    assert "9 fake groupings" in made.limits[0] and "10 %" in made.limits[0]
    assert made.verdict in ("WARN", "FAIL")


@pytest.mark.parametrize("n", [2])
def test_two_samples_per_group_have_no_certificate(n):
    made = certify(analyzed(simulated(n)), 100)
    assert made.verdict == "NONE" and "2 v 2" in made.reasons[0] and made.curve is None


def test_several_contrasts_share_their_null_runs():
    experiment = simulated(6, changed=20)
    samples = pd.DataFrame({"group": list("aaaabbbbcccc")}, index=experiment.samples.index)
    analysis = analyzed(replace(experiment, samples=samples), contrast=["group:b:a", "group:c:a"])
    made = certify(analysis, 20)
    assert [each.id for each in made.contrasts] == ["group_b_vs_a", "group_c_vs_a"]
    assert made.contrasts[0].scrambles is not None and made.contrasts[0].scrambles.n_runs == 20


def test_a_run_that_stops_is_counted_and_left_out():
    inner = classical(ANALYSIS.spec, None)

    def unlucky(experiment: Any, design: Any, contrasts: Any, seed: np.random.SeedSequence) -> tuple[Outcome, ...]:
        if seed.spawn_key == (FAKE, 4):
            raise FoldwiseError("E-FIT-002", "All dispersions are at the floor.")
        return inner(experiment, design, contrasts, seed)

    made = certify(ANALYSIS, 10, procedure=unlucky, bounds=False)
    assert len(made.discoveries) == 9 and made.facts["failed_runs"] == ["All dispersions are at the floor."]


def test_weights_divide_p_values():
    (observed,) = delivered(ANALYSIS)
    weighted = replace(observed, weight=np.full(len(observed.pvalue), 2.0))
    np.testing.assert_array_equal(weighted.weighted_pvalue, observed.pvalue[observed.tested] / 2)


def cheating(procedure: Procedure) -> Procedure:
    """Return an analysis whose p-values are a thousandth of what they should be."""

    def run(experiment: Any, design: Any, contrasts: Any, seed: Any) -> tuple[Outcome, ...]:
        found = procedure(experiment, design, contrasts, seed)
        return tuple(
            replace(each, pvalue=each.pvalue / 1000, padj=benjamini_hochberg(each.pvalue / 1000)) for each in found
        )

    return run


def test_p_values_that_are_too_small_fail():
    made = certify(ANALYSIS, 20, procedure=cheating(classical(ANALYSIS.spec, None)), what="cheating", bounds=False)
    assert made.verdict == "FAIL" and made.p_any == 1.0 and made.method == "cheating"


def test_a_failed_certificate_brings_a_safe_list(monkeypatch):
    import foldwise.certify.certificate as module

    monkeypatch.setattr(module, "classical", lambda spec, factors: cheating(classical(spec, factors)))
    monkeypatch.setattr("foldwise.certify.safe.classical", lambda spec, factors: classical(spec, factors))
    done = certified(ANALYSIS, 100)
    certificate = done.certificate
    assert certificate is not None and certificate.verdict == "FAIL" and certificate.safe is not None
    assert certificate.safe.name == "winsorized" and "padj_safe" in certificate.safe.sentence
    before, after = ANALYSIS.results[0].table, done.results[0].table
    pd.testing.assert_frame_equal(after.drop(columns="padj_safe"), before)
    assert certificate.safe.n_called == {"group_b_vs_a": int((after["padj_safe"] < 0.05).sum())}
    assert list(after.columns).index("padj_safe") == list(after.columns).index("status") - 1


def test_where_nothing_passes_nothing_is_added(monkeypatch):
    import foldwise.certify.certificate as module
    import foldwise.certify.safe as ladder

    monkeypatch.setattr(module, "classical", lambda spec, factors: cheating(classical(spec, factors)))
    monkeypatch.setattr(ladder, "classical", lambda spec, factors: cheating(classical(spec, factors)))
    monkeypatch.setattr(ladder, "_pooled", lambda *given: ("FAIL", ()))
    done = certified(ANALYSIS, 20)
    assert done.certificate is not None and done.certificate.safe is not None
    assert done.certificate.safe.name == "" and "None of the fallbacks" in done.certificate.safe.sentence
    assert [verdict for _, verdict in done.certificate.safe.tried] == ["FAIL"] * 3
    assert done.results is ANALYSIS.results


def test_a_good_analysis_is_left_as_it_is():
    done = certified(ANALYSIS, 100)
    assert done.certificate is not None and done.certificate.verdict in ("PASS", "WARN")
    assert done.results is ANALYSIS.results and done.certificate.safe is None


def test_winsorizing_an_analysis_draws_outliers_in():
    experiment = simulated(6)
    counts = experiment.counts.copy()
    counts[0, 0] = 500_000
    procedure = classical(ANALYSIS.spec, None)
    seen: list[np.ndarray] = []

    def looking(experiment: Any, design: Any, contrasts: Any, seed: Any) -> tuple[Outcome, ...]:
        seen.append(experiment.counts)
        return procedure(experiment, design, contrasts, seed)

    contrast = ANALYSIS.results[0].contrast
    winsorized(looking, None)(replace(experiment, counts=counts), ANALYSIS.design, [contrast], stream(1, FAKE))
    assert seen[0][0, 0] < 400_000 and (seen[0] <= counts).all()


def test_the_lean_call_gives_the_numbers_of_a_run():
    for method in ("deseq2", "edger-ql"):
        analysis = analyzed(simulated(5, changed=10), method)
        tested = pipeline.fit_and_test(
            analysis.spec, analysis.experiment, analysis.design, [analysis.results[0].contrast], ThreadEngine(1)
        )
        table = analysis.results[0].table
        np.testing.assert_array_equal(tested.spread(np.asarray(tested.tests[0].pvalue)), table["pvalue"])
        np.testing.assert_array_equal(tested.spread(np.asarray(tested.tests[0].padj)), table["padj"])


def test_a_likelihood_ratio_test_tests_the_fake_factor_alone():
    analysis = analyzed(simulated(6), "deseq2", test="lrt", reduced="~ 1")
    made = certify(analysis, 10, bounds=False)
    assert made.curve is not None
    at = int(np.searchsorted(made.curve.cuts, 0.05))
    assert 0.005 < made.curve.mean[at] < 0.15  # against ~ 1 the group would come in as well; it has no effect here
    changed = analyzed(simulated(6, changed=400), "deseq2", test="lrt", reduced="~ 1")
    made = certify(changed, 10, bounds=False)
    assert made.curve is not None and made.curve.mean[at] < 0.15  # every gene changes with the group


def test_runs_that_never_end_give_no_verdict():
    def broken(*given: Any) -> tuple[Outcome, ...]:
        raise FoldwiseError("E-FIT-002", "All dispersions are at the floor.")

    made = certify(ANALYSIS, 5, procedure=broken)
    assert made.verdict == "NONE" and "floor" in made.reasons[0]


def test_counts_of_no_runs_are_empty():
    from foldwise.certify.null_runs import gathered

    runs: NullRuns = gathered([{"failed": "x"}], GRID)
    assert len(runs) == 0 and runs.failed == ("x",)


def test_donors_with_several_samples_are_labeled_whole():
    from foldwise.model.spec import QualitySettings

    experiment = simulated(8)
    samples = experiment.samples.assign(donor=[f"d{j // 2}" for j in range(16)])
    analysis = analyzed(replace(experiment, samples=samples))
    donors = replace(analysis, spec=replace(analysis.spec, quality=QualitySettings(donor="donor")))
    alone = replace(analysis, spec=replace(analysis.spec, quality=QualitySettings(donor="group2")))
    (whole, single) = (certify(each, 30, bounds=False).regrouping for each in (donors, alone))
    assert whole is not None and whole.n_distinct == 18  # 4 v 4 donors
    assert single is not None and single.n_distinct == 2450  # 8 v 8 samples
