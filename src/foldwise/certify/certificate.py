"""The certificate: null runs of the user's whole analysis, and what they say of the list that it delivers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from foldwise.certify.cells import blocks_of
from foldwise.certify.labelings import Labelings
from foldwise.certify.null_runs import NullRuns, Settings, fake_jobs, fakes_for, null_runs, scramble_jobs
from foldwise.certify.procedure import Outcome, Procedure, classical, reusable_factors
from foldwise.certify.scrambles import scrambles, variables_of
from foldwise.certify.seeds import FAKE, SCRAMBLE
from foldwise.certify.verdict import TAIL, binomial_quantile, failing_probability, judge
from foldwise.certify.words import impossible, limits
from foldwise.model.analysis import Analysis
from foldwise.model.certificate import Certificate, ContrastCertificate, NullCurve, PostHocBound, Regrouping
from foldwise.model.contrast import Contrast
from foldwise.stats.posthoc import calibrated_scale, false_bound, simes_statistic

# Methods whose p-value of a gene hangs on no other gene, so that scrambles bound them exactly.
GENE_WISE = ("ols", "t", "wilcoxon")
SHARED = "Genes share a variance prior, so the guarantee is approximate."
# Probability that the post hoc bound is violated.
BOUND_LEVEL = 0.05
# P-values of scrambles that are kept for calibration in steps: 400 MB.
KEPT_VALUES = 5e7
# True rates of any discovery whose chance to be found out is stated.
SHARP_AT = (0.10, 0.125, 0.15)


def certify(
    analysis: Analysis, n: int, settings: Settings | None = None, *, procedure: Procedure | None = None,
    outcomes: Sequence[Outcome] | None = None, what: str = "", unsafe: str = "", bounds: bool = True,
) -> Certificate:  # fmt: skip
    """Judge an analysis by null runs of it.

    Parameters
    ----------
    analysis : Analysis
    n : int
        At most so many null runs of each kind: fake factors, and scrambles.
    settings : Settings, optional
        By default from the spec, on one processor.
    procedure : callable, optional
        What is judged; by default the classical analysis of ``analysis.spec``.
    outcomes : sequence of Outcome, optional
        What the procedure delivers under the true labels, one per contrast; by default the tables of ``analysis``.
    what : str
        The procedure in words; by default the method.
    unsafe : str
        A sentence that keeps the verdict from PASS.
    bounds : bool
        Whether to scramble the condition too, for post hoc bounds.

    Returns
    -------
    Certificate
    """
    start = time.process_time()
    spec = analysis.spec
    settings = settings or Settings(spec.correction.fdr, spec.run.seed)
    what = what or spec.method.name
    contrasts = [result.contrast for result in analysis.results]
    reason = impossible(analysis.design, contrasts)
    labelings = None if reason else fakes_for(spec.method.name, analysis.design, n, settings.seed, blocks_of(analysis))
    if labelings is not None and not len(labelings):
        reason = "No fake factor can be told from the design with a degree of freedom left."
    if reason or labelings is None:
        return Certificate("NONE", (reason,), (), what, settings.fdr, settings.seed, n)
    own = procedure is None
    procedure = procedure or classical(spec, reusable_factors(spec, analysis.size_factors))
    found = delivered(analysis) if outcomes is None else tuple(outcomes)
    cuts = [_largest(each, settings.fdr) for each in found]

    # The experiment of an analysis holds the counts that its method takes
    jobs = list(fake_jobs(analysis.experiment, analysis.design, labelings))
    known = [cut for cut in cuts if np.isfinite(cut)]
    runs = null_runs(procedure, jobs, settings, component=FAKE, cuts=known, name="fake")
    if not len(runs):
        reason = f"No null run came to an end: {runs.failed[0]}" if runs.failed else "No null run was made."
        return Certificate("NONE", (reason,), (), what, settings.fdr, settings.seed, n)
    lists = [_list(each, cut, contrast, runs, settings.fdr)
             for each, cut, contrast in zip(found, cuts, contrasts, strict=True)]  # fmt: skip
    bounded = _bounds(analysis, procedure, found, lists, n, settings) if bounds else lists
    judgment = judge(
        runs, settings.fdr, n_distinct=labelings.n_distinct, approximate=labelings.approximate,
        fdp=max((each.fdp for each in lists), default=0.0), unsafe=unsafe,
    )  # fmt: skip
    return Certificate(
        judgment.verdict, judgment.reasons, limits(analysis.design, contrasts, labelings, len(runs)), what,
        settings.fdr, settings.seed, n, _regrouping(labelings, len(runs)), runs.discoveries[:, 0],
        runs.n_tested[:, 0], _curve(runs), tuple(bounded), None,
        {"cpu_seconds": round(time.process_time() - start, 3), "sharpness": sharpness(len(runs), settings.fdr),
         "failed_runs": list(runs.failed), "classical": own},
    )  # fmt: skip


def delivered(analysis: Analysis) -> tuple[Outcome, ...]:
    """Return the numbers of the result tables of an analysis."""
    from foldwise.model.fit import Status

    codes = {status.word: int(status) for status in Status}
    made = []
    for result in analysis.results:
        table = result.table
        missing = np.full(len(table), np.nan)
        columns = {
            name: table[name].to_numpy(dtype=np.float64) if name in table else missing
            for name in ("pvalue", "padj", "statistic", "log2_fold_change", "base_mean")
        }
        status = np.array([codes[word] for word in table["status"]], dtype=np.int8)
        made.append(Outcome(**columns, status=status))
    return tuple(made)


def sharpness(n: int, fdr: float) -> dict[str, float]:
    """Return the probability that ``n`` runs fail an analysis, by its true rate of any discovery."""
    limit = binomial_quantile(n, fdr, 1 - TAIL)
    return {f"{rate:g}": round(failing_probability(n, limit, rate), 4) for rate in SHARP_AT}


def null_share(pvalue: np.ndarray) -> float:
    """Estimated share of genes without a change: those above one half, doubled (Storey 2002)."""
    return 1.0 if not len(pvalue) else float(min(1.0, (pvalue > 0.5).sum() / (0.5 * len(pvalue))))


def _largest(outcome: Outcome, fdr: float) -> float:
    """Largest p-value of a called gene; NaN where none is called."""
    pvalue = _effective(outcome)[outcome.called(fdr)]
    return float(np.nanmax(pvalue)) if np.isfinite(pvalue).any() else float("nan")


def _effective(outcome: Outcome) -> np.ndarray:
    if outcome.weight is None:
        return outcome.pvalue
    return np.asarray(np.minimum(outcome.pvalue / outcome.weight, 1.0))


def _list(outcome: Outcome, cut: float, contrast: Contrast, runs: NullRuns, fdr: float) -> ContrastCertificate:
    """Hold the delivered list against the null runs."""
    pvalue = outcome.weighted_pvalue
    share, n_called = null_share(outcome.pvalue[outcome.tested]), int(outcome.called(fdr).sum())
    if not np.isfinite(cut):
        return ContrastCertificate(contrast.id, n_called, cut, share, 0.0, 0.0, 0.0, 0.0)
    # Null runs may test other numbers of genes. Their mean is what is to be expected: the median leaves out the few
    # groupings that hidden structure makes bad, and stated half of the true proportion on planted changes. The upper
    # bound takes every gene for unchanged.
    below_cut = runs.below_cut(cut) * len(pvalue) / np.maximum(runs.n_tested[:, 0], 1)
    middle, upper = share * float(below_cut.mean()), float(np.quantile(below_cut, 0.95))
    below = max(int((pvalue <= cut).sum()), 1)
    return ContrastCertificate(
        contrast.id, n_called, cut, share, middle, upper, min(middle / below, 1.0), min(upper / below, 1.0)
    )


def _bounds(
    analysis: Analysis, procedure: Procedure, found: Sequence[Outcome], lists: Sequence[ContrastCertificate],
    n: int, settings: Settings,
) -> list[ContrastCertificate]:  # fmt: skip
    """Add post hoc bounds from scrambles, made once for contrasts of the same variables."""
    design, spec = analysis.design, analysis.spec
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, result in enumerate(analysis.results):
        groups.setdefault(variables_of(design, result.contrast), []).append(number)
    bounded = list(lists)
    for part, (variables, numbers) in enumerate(groups.items()):
        if not variables or not set(variables) <= {name for term in design.terms for name in term.variables}:
            continue
        labelings = scrambles(design, variables, n, settings.seed)
        contrasts = [analysis.results[k].contrast for k in numbers]
        jobs = list(scramble_jobs(analysis.experiment, design, labelings, variables, contrasts))
        if not jobs:
            continue
        small = len(jobs) * len(numbers) * analysis.experiment.n_genes <= KEPT_VALUES
        runs = null_runs(procedure, jobs, settings, component=SCRAMBLE, name=f"scramble{part}x", keep_pvalues=small)
        if not len(runs):
            continue
        exact = spec.method.name in GENE_WISE and not labelings.approximate
        why = "" if exact else labelings.approximate or SHARED
        scheme = _regrouping(labelings, len(runs))
        for place, k in enumerate(numbers):
            bounded[k] = replace(_bounded(lists[k], found[k], runs, place, why, settings.fdr), scrambles=scheme)
    return bounded


def _bounded(
    of: ContrastCertificate, outcome: Outcome, runs: NullRuns, place: int, why: str, fdr: float
) -> ContrastCertificate:
    """Add the bound of one contrast; nothing where there are too few scrambles for its confidence."""
    statistics = np.concatenate([[simes_statistic(outcome.weighted_pvalue)], runs.simes[:, place]])
    if len(statistics) * BOUND_LEVEL < 1:
        return of
    n_tested = len(outcome.weighted_pvalue)
    scale = calibrated_scale(statistics, BOUND_LEVEL)
    if runs.pvalues is not None:
        scale = _step_down(_effective(outcome), runs.pvalues[:, place], scale, n_tested)
    called = _effective(outcome)[outcome.called(fdr)]
    bound = PostHocBound(BOUND_LEVEL, scale, n_tested, why)
    return replace(of, bound=bound, bound_false=false_bound(called, scale, n_tested))


def _step_down(observed: np.ndarray, scrambled: np.ndarray, scale: float, n_tested: int) -> float:
    """Calibrate again without the genes that are discoveries beyond doubt, until there are no more of them.

    Their small p-values under labels near the true ones are signal (Blanchard, Neuvial and Roquain 2020, section 4.3).
    """
    kept = np.isfinite(observed)
    while True:
        left = kept & ~(observed < scale / n_tested)
        if left.sum() == kept.sum():
            return scale
        kept = left
        rows = [observed[kept], *(row[kept & np.isfinite(row)] for row in scrambled)]
        scale = max(scale, calibrated_scale(np.array([simes_statistic(row, n_tested) for row in rows]), BOUND_LEVEL))


def _regrouping(labelings: Labelings, n_runs: int) -> Regrouping:
    return Regrouping(labelings.kind, n_runs, labelings.n_distinct, labelings.complete, labelings.approximate)


def _curve(runs: NullRuns) -> NullCurve:
    share = runs.below[:, 0, :] / np.maximum(runs.n_tested[:, :1], 1)
    low, middle, high = (np.quantile(share, q, axis=0) for q in (0.05, 0.5, 0.95))
    sd = share.std(axis=0, ddof=1) if len(share) > 1 else np.zeros(share.shape[1])
    return NullCurve(runs.cuts, share.mean(axis=0), low, middle, high, sd)
