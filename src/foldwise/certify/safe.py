"""What to fall back to where a certificate failed: the first analysis of a fixed ladder that does not fail itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from foldwise.certify.cells import blocks_of
from foldwise.certify.certificate import certify, delivered
from foldwise.certify.null_runs import GRID, NullRuns, Settings, counted, fake_jobs, fakes_for, gathered, null_runs
from foldwise.certify.procedure import Outcome, Procedure, classical, reusable_factors
from foldwise.certify.seeds import FAKE, stream
from foldwise.certify.verdict import judge
from foldwise.certify.words import group_sizes
from foldwise.errors import FoldwiseError
from foldwise.model.analysis import Analysis
from foldwise.model.certificate import Certificate, Safe
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment, dense_counts
from foldwise.model.fit import Status
from foldwise.model.method_facts import GROUP_METHODS
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec, FilterSettings, MethodSettings, NormalizationSettings
from foldwise.stats.multiple_testing import benjamini_hochberg
from foldwise.stats.pooled_null import expression_bins, pooled_pvalues
from foldwise.stats.winsorize import winsorize

# Verdict of a fallback and what it delivers, one outcome per contrast; none where it cannot run.
Judged = tuple[str, tuple[Outcome, ...]]
# Samples per group from which ranks alone can call genes.
LEAST_WILCOXON = 8


@dataclass(frozen=True, eq=False)
class Candidate:
    """One step of the ladder: an analysis like the user's, how it is run, and its name."""

    name: str
    analysis: Analysis
    procedure: Procedure


def safe_list(analysis: Analysis, failed: Certificate, settings: Settings) -> tuple[Safe, tuple[np.ndarray, ...]]:
    """Return the first fallback that does not fail, and its adjusted p-values by contrast, each (n_genes,).

    In turn: counts winsorized at the 95th percentile of each gene; edgeR's quasi-likelihood with a robust prior;
    p-values ranked among those of the null runs; Wilcoxon's test from eight samples per group. Each is judged by null
    runs as the method was.

    Parameters
    ----------
    analysis : Analysis
    failed : Certificate
        With the verdict ``FAIL``.
    settings : Settings
    """
    tried: list[tuple[str, str]] = []
    for name, (verdict, found) in _ladder(analysis, failed.asked, settings):
        tried.append((name, verdict))
        if verdict in ("PASS", "WARN"):
            ids = [result.contrast.id for result in analysis.results]
            n_called = {id: int(each.called(settings.fdr).sum()) for id, each in zip(ids, found, strict=True)}
            total = sum(n_called.values())
            sentence = (
                f"The first fallback that did not fail is {name} ({verdict}): it calls {total:,} "
                f"gene{'' if total == 1 else 's'}; its adjusted p-values are the column padj_safe."
            )
            return Safe(name, sentence, n_called, tuple(tried)), tuple(each.padj for each in found)
    sentence = f"None of the fallbacks passed either ({', '.join(name for name, _ in tried) or 'none could be run'})."
    return Safe("", sentence, {}, tuple(tried)), ()


def winsorized(procedure: Procedure, size_factors: SizeFactors | None) -> Procedure:
    """Return the analysis of counts whose outliers are drawn in first."""

    def run(
        experiment: Experiment, design: Design, contrasts: Sequence[Contrast], seed: np.random.SeedSequence
    ) -> tuple[Outcome, ...]:
        counts = dense_counts(experiment.counts)
        known = size_factors is not None and len(size_factors.values) == experiment.n_samples
        if known and size_factors is not None:
            factors = size_factors.values if size_factors.matrix is None else size_factors.matrix
        else:
            depth = counts.sum(axis=0, dtype=np.float64)
            factors = depth / depth.mean()
        return procedure(replace(experiment, counts=winsorize(counts, factors)), design, contrasts, seed)

    return run


def _ladder(analysis: Analysis, n: int, settings: Settings) -> Iterator[tuple[str, Judged]]:
    """Judge one fallback after the other, as long as the next is asked for."""
    spec, factors = analysis.spec, analysis.size_factors
    own = classical(spec, reusable_factors(spec, factors))
    yield "winsorized", _judged(Candidate("winsorized", analysis, winsorized(own, factors)), n, settings)
    if (spec.method.name, spec.method.robust) != ("edger-ql", True):
        yield "edger-ql robust", _other(analysis, "edger-ql", n, settings)
    yield "pooled permutation", _pooled(analysis, own, n, settings)
    sizes = [group_sizes(analysis.design, result.contrast) for result in analysis.results]
    if spec.method.name != "wilcoxon" and all(pair is not None and min(pair) >= LEAST_WILCOXON for pair in sizes):
        yield "wilcoxon", _other(analysis, "wilcoxon", n, settings)


def _other(analysis: Analysis, method: str, n: int, settings: Settings) -> Judged:
    """Judge another method with its own defaults on the same data, design and threshold."""
    spec = analysis.spec
    given = analysis.size_factors if analysis.size_factors.kind == "given" else None
    other: AnalysisSpec = replace(
        spec, method=MethodSettings(name=method, robust=method == "edger-ql"), filter=FilterSettings(),
        normalization=NormalizationSettings(),
        correction=replace(spec.correction, lfc=0.0 if method in GROUP_METHODS else spec.correction.lfc),
    )  # fmt: skip
    return _judged(Candidate(method, replace(analysis, spec=other), classical(other, given)), n, settings)


def _judged(candidate: Candidate, n: int, settings: Settings) -> Judged:
    """Run a candidate on the true labels and on fake factors; a candidate that cannot run has the verdict NONE."""
    analysis, contrasts = candidate.analysis, [result.contrast for result in candidate.analysis.results]
    settings = settings.apart(candidate.name)
    try:
        found = candidate.procedure(analysis.experiment, analysis.design, contrasts, stream(settings.seed, FAKE))
        made = certify(
            analysis, n, settings, procedure=candidate.procedure, outcomes=found, what=candidate.name, bounds=False
        )
    except FoldwiseError:
        return "NONE", ()
    return made.verdict, found


def _pooled(analysis: Analysis, own: Procedure, n: int, settings: Settings) -> Judged:
    """Rank p-values among those of the null runs; each null run is judged against the others."""
    labelings = fakes_for(analysis.spec.method.name, analysis.design, n, settings.seed, blocks_of(analysis))
    jobs = list(fake_jobs(analysis.experiment, analysis.design, labelings))
    runs = null_runs(own, jobs, settings, component=FAKE, name="pooled", keep_pvalues=True)
    if runs.pvalues is None or len(runs) < 2:
        return "NONE", ()
    null = runs.pvalues[:, 0]
    observed = delivered(analysis)
    bins = expression_bins(observed[0].base_mean)
    ranked = [pooled_pvalues(row, np.delete(null, b, axis=0), bins) for b, row in enumerate(null)]
    again: NullRuns = gathered([counted((_corrected(row),), GRID, settings.fdr) for row in ranked], GRID)
    verdict = judge(again, settings.fdr, n_distinct=labelings.n_distinct, approximate=labelings.approximate).verdict
    found = tuple(
        _corrected(pooled_pvalues(np.where(each.tested, each.pvalue, np.nan), null, bins), each) for each in observed
    )
    return verdict, found


def _corrected(pvalue: np.ndarray, like: Outcome | None = None) -> Outcome:
    """Return p-values with their Benjamini-Hochberg adjustment as an outcome."""
    padj = benjamini_hochberg(pvalue)
    if like is not None:
        return replace(like, pvalue=pvalue, padj=padj)
    missing = np.full(len(pvalue), np.nan)
    status = np.where(np.isfinite(pvalue), int(Status.OK), int(Status.LOW_COUNT)).astype(np.int8)
    return Outcome(pvalue, padj, missing, missing, missing, status)
