"""The one place where the steps are chained: from an experiment and its settings to an analysis."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from foldwise.correct import adjust
from foldwise.engine.base import Engine, Progress
from foldwise.engine.batch_removal import plan_removal, without_batches
from foldwise.engine.findings import of_filter, of_fit, of_lengths, of_removal
from foldwise.engine.lengths import before_filter, counts_of_method, length_size_factors
from foldwise.engine.preparation import normalize, of_all_genes, of_rows, tested_rows, with_library_sizes
from foldwise.engine.result_tables import result_tables
from foldwise.engine.set_model import SetModel
from foldwise.engine.threads import ThreadEngine
from foldwise.errors import UsageError
from foldwise.method import Method, method_class
from foldwise.model.analysis import Analysis, Message
from foldwise.model.contrast import Contrast, make_contrasts
from foldwise.model.design import Design, make_design, reduced_design
from foldwise.model.experiment import Experiment
from foldwise.model.fit import Fit, Test
from foldwise.model.method_facts import METHOD_FACTS, filters_independently, profile_of
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.ash import shrink_ash
from foldwise.stats.decide_tests import Joint

# Rule of the cut of independent filtering for methods that have none of their own
INDEPENDENT_FILTERING_PROFILE = "deseq2-1.44"

# Gives the result of a step: (name, objects that the result may hold, what computes it) -> result
Remember = Callable[[str, Mapping[str, object], Callable[[], Any]], Any]


def _at_once(step: str, known: Mapping[str, object], compute: Callable[[], Any]) -> Any:
    """Compute a step; nothing is remembered."""
    return compute()


def run(
    spec: AnalysisSpec,
    experiment: Experiment,
    design: Design | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
    *,
    size_factors: SizeFactors | None = None,
    control_genes: np.ndarray | None = None,
    remember: Remember = _at_once,
) -> Analysis:
    """Run one analysis.

    Parameters
    ----------
    spec : AnalysisSpec
    experiment : Experiment
    design : Design, optional
        Made from ``spec.design.formula`` where not given.
    engine : Engine, optional
        Default: threads of this process, as many as ``spec.run.threads``.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.
    size_factors : SizeFactors, optional
        Used as they are.
    control_genes : ndarray, optional
        Mask or numbers of the genes that size factors are estimated from.
    remember : callable, optional
        Keeps the results of the long steps, so that a stopped run can go on (`foldwise.io.checkpoints`).

    Returns
    -------
    Analysis

    Raises
    ------
    FoldwiseError
        With the id of the catalogue.
    """
    clock = _Clock()
    engine = engine or ThreadEngine(spec.run.threads, progress=progress)
    with clock("design"):
        design = design or _design(spec, experiment)
        contrasts = make_contrasts(design, spec.design.contrasts or [None])
        reduced = None
        if spec.method.test == "lrt" and spec.design.reduced is not None:
            reduced = reduced_design(design, spec.design.reduced, experiment.samples)
    removal = plan_removal(design, experiment.samples, spec.output.remove_batch)
    method = method_class(spec.method.name).from_spec(spec, reduced)
    _require_joint(spec, contrasts)
    lengths = experiment.lengths
    ready = _prepare(
        spec, experiment, design, method, engine, size_factors, control_genes, clock=clock, remember=remember
    )
    experiment, fitted, rows, size_factors = ready.whole, ready.experiment, ready.rows, ready.size_factors
    known = {"experiment": fitted, "samples": fitted.samples, "genes": fitted.genes, "design": design,
             "size_factors": size_factors, "engine": engine}  # fmt: skip
    with clock("fit"):
        fit = remember("fit", known, lambda: method.fit(fitted, design, size_factors, engine))
        fit = replace(fit, rows=rows)
    with clock("test"):
        tests = [
            remember(
                f"test{number}", {"contrast": contrast}, partial(_test, spec, method, fit, contrast, fitted, engine)
            )
            for number, contrast in enumerate(contrasts)
        ]
        results = result_tables(spec, experiment, fit, tests)
    findings = [*of_lengths(spec, lengths), *of_filter(spec, experiment, rows), *of_fit(spec, fit)]
    if method.has_engines and spec.method.engine == "exact":
        with clock("distance"):
            compute = partial(_distance_from_parity, spec, fitted, fit, tests[0], reduced, engine)
            findings.append(remember("distance", {}, compute))
    with clock("transform"):
        factors = of_all_genes(fit, size_factors if ready.given is None else ready.given, experiment)
        compute = partial(method.stabilized, experiment, replace(fit, size_factors=factors), engine)
        stabilized = remember("transform", {}, compute)
        corrected = None if removal is None else without_batches(removal, stabilized, engine.n_threads)
    findings += of_removal(removal)
    return Analysis(
        spec, experiment, design, factors, fit, results, stabilized,
        tuple(findings), {"stage_seconds": clock.seconds}, corrected,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Tested:
    """Numbers of contrasts without tables and pictures: what null runs need.

    Parameters
    ----------
    fit : Fit
    tests : tuple of Test
        One per contrast; arrays of the genes that were fitted.
    n_genes : int
        Genes of the experiment, fitted or not.
    """

    fit: Fit
    tests: tuple[Test, ...]
    n_genes: int

    def spread(self, values: np.ndarray, fill: Any = np.nan) -> np.ndarray:
        """Return values of the fitted genes as values of all genes."""
        return self.fit.spread(values, self.n_genes, fill)


def fit_and_test(
    spec: AnalysisSpec,
    experiment: Experiment,
    design: Design,
    contrasts: Iterable[Contrast],
    engine: Engine,
    *,
    size_factors: SizeFactors | None = None,
    control_genes: np.ndarray | None = None,
    reduced: Design | None = None,
) -> Tested:
    """Filter, normalize, fit, test and correct as `run` does, with the same numbers, and no more.

    Parameters
    ----------
    spec : AnalysisSpec
        Shrinkage is left out.
    experiment : Experiment
    design : Design
    contrasts : iterable of Contrast
        Of ``design``.
    engine : Engine
    size_factors : SizeFactors, optional
    control_genes : ndarray, optional
    reduced : Design, optional
        Of the likelihood ratio test; made from ``spec.design.reduced`` where not given.
    """
    spec = replace(spec, method=replace(spec.method, shrink="none"))
    if spec.method.test == "lrt" and reduced is None and spec.design.reduced is not None:
        reduced = reduced_design(design, spec.design.reduced, experiment.samples)
    method = method_class(spec.method.name).from_spec(spec, reduced)
    ready = _prepare(spec, experiment, design, method, engine, size_factors, control_genes)
    fit = replace(method.fit(ready.experiment, design, ready.size_factors, engine), rows=ready.rows)
    tests = tuple(_test(spec, method, fit, contrast, ready.experiment, engine) for contrast in contrasts)
    return Tested(fit, tests, experiment.n_genes)


def test_again(analysis: Analysis, engine: Engine | None = None) -> Analysis:
    """Test the contrasts of ``analysis.spec`` on the fit that is there.

    Raises
    ------
    DesignError
        E-CONTRAST-001 to 003.
    """
    spec, experiment, fit = analysis.spec, analysis.experiment, analysis.fit
    engine = engine or ThreadEngine(spec.run.threads)
    method = _method(analysis)
    contrasts = make_contrasts(analysis.design, spec.design.contrasts or [None])
    _require_joint(spec, contrasts)
    fitted = experiment if fit.rows is None else experiment.take(fit.rows)
    tests = [_test(spec, method, fit, contrast, fitted, engine) for contrast in contrasts]
    return replace(analysis, results=result_tables(spec, experiment, fit, tests))


def log2_coefficients(analysis: Analysis) -> np.ndarray:
    """Return the coefficients of a fit on the log2 scale, (n_genes, n_coefficients); NaN for genes not fitted."""
    found = _method(analysis).log2_coefficients(analysis.fit)
    return analysis.fit.spread(found, analysis.experiment.n_genes)


def joint_test(analysis: Analysis) -> Test:
    """Test all contrasts of an analysis at once; values of the genes that were fitted.

    Raises
    ------
    UsageError
        E-USAGE-002 where the method cannot, or a contrast stands for several coefficients itself.
    """
    contrasts = [result.contrast for result in analysis.results]
    several = next((each for each in contrasts if each.matrix is not None), None)
    facts = METHOD_FACTS.get(analysis.spec.method.name)
    if several is not None or (facts is not None and not facts.joint) or analysis.spec.correction.lfc > 0:
        what = f"{several.id!r} stands for several coefficients" if several else "there is no F test of all contrasts"
        found = f"Genes first and contrasts within them cannot be asked of this run: {what}."
        fix = (
            "Name the contrasts one by one, without --lfc, and use edger-ql, edger-lrt, limma-voom, limma-trend or ols."
        )
        raise UsageError("E-USAGE-002", found, fix)
    matrix = np.stack([each.vector for each in contrasts])
    together = replace(contrasts[0], kind="joint", matrix=matrix if len(contrasts) > 1 else None)
    return _method(analysis).test(analysis.fit, together)


def joint_statistics(analysis: Analysis) -> Joint:
    """Return the t of all contrasts and their F test; values of the genes that were fitted."""
    contrasts = [result.contrast for result in analysis.results]
    return _method(analysis).joint_statistics(analysis.fit, contrasts)


def set_model(analysis: Analysis, contrast: Contrast, engine: Engine | None = None) -> SetModel:
    """Return what tests of gene sets take from the fit; its rows are those of the experiment.

    Raises
    ------
    UsageError
        E-USAGE-002 for methods and models without it.
    """
    experiment, fit = analysis.experiment, analysis.fit
    fitted = experiment if fit.rows is None else experiment.take(fit.rows)
    engine = engine or ThreadEngine(analysis.spec.run.threads)
    model = _method(analysis).set_model(fitted, fit, contrast, engine)
    return model if fit.rows is None else replace(model, rows=fit.rows[model.rows])


def _method(analysis: Analysis) -> Method:
    reduced = None
    if analysis.spec.design.reduced is not None:
        reduced = reduced_design(analysis.design, analysis.spec.design.reduced, analysis.experiment.samples)
    return method_class(analysis.spec.method.name).from_spec(analysis.spec, reduced)


@dataclass(frozen=True, eq=False)
class _Prepared:
    """What a method fits: ``whole`` with the counts that it takes, ``experiment`` with the genes that it fits."""

    whole: Experiment
    experiment: Experiment
    rows: np.ndarray | None
    size_factors: SizeFactors | None
    given: SizeFactors | None  # before genes were left out


def _prepare(
    spec: AnalysisSpec, experiment: Experiment, design: Design, method: Method, engine: Engine,
    size_factors: SizeFactors | None, control_genes: np.ndarray | None,
    *, clock: _Clock | None = None, remember: Remember = _at_once,
) -> _Prepared:  # fmt: skip
    """Bring counts onto the method's scale, leave genes out, and measure depth."""
    clock = clock or _Clock()
    lengths = experiment.lengths
    with clock("lengths"):
        experiment = counts_of_method(spec, experiment, needs_integers=method.needs_integers)
        if experiment.lengths is not None and size_factors is not None and size_factors.matrix is None:
            size_factors = length_size_factors(spec, experiment, engine, given=size_factors)
        elif lengths is not None and size_factors is not None and size_factors.library_sizes is None:
            found = "Factors by gene and sample are given beside gene lengths, which make such factors themselves."
            raise UsageError("E-USAGE-002", found, "Leave one of them out (--lengths none).")
        elif before_filter(spec, experiment) and size_factors is None:
            size_factors = length_size_factors(spec, experiment, engine, control_genes)
    with clock("filter"):
        rows, given = tested_rows(spec, experiment, design), size_factors
        fitted = experiment if rows is None else experiment.take(rows)
        if rows is not None:
            size_factors, control_genes = of_rows(size_factors, control_genes, rows)
    with clock("normalize"):
        if method.needs_size_factors:
            if size_factors is None:
                size_factors = remember("size_factors", {}, lambda: normalize(spec, fitted, engine, control_genes))
            size_factors = with_library_sizes(size_factors, fitted, engine)
    return _Prepared(experiment, fitted, rows, size_factors, given)


def _require_joint(spec: AnalysisSpec, contrasts: Iterable[Contrast]) -> None:
    """Raise E-USAGE-002 where several coefficients are to be tested at once by a method that cannot."""
    facts = METHOD_FACTS.get(spec.method.name)
    joint = next((contrast for contrast in contrasts if contrast.matrix is not None), None)
    if facts is None or joint is None:
        return
    if facts.joint and spec.correction.lfc > 0:
        found = f"A threshold is for one fold change; {joint.id!r} stands for several."
        raise UsageError("E-USAGE-002", found, "Leave --lfc out, or name the comparisons one by one.")
    if facts.joint:
        return
    fix = "Use --test lrt with --reduced." if "test" in facts.settings else "Use --method edger-ql or limma-voom."
    found = f"Method {spec.method.name} tests one comparison at a time; {joint.id!r} stands for several."
    raise UsageError("E-USAGE-002", found, fix)


def _design(spec: AnalysisSpec, experiment: Experiment) -> Design:
    if spec.design.formula is None:
        raise UsageError("E-USAGE-002", "The analysis has no design.", "Give a formula such as ~ condition.")
    references = dict(text.split("=", 1) for text in spec.design.reference)
    return make_design(spec.design.formula, experiment.samples, references)


def _test(
    spec: AnalysisSpec, method: Method, fit: Fit, contrast: Contrast, experiment: Experiment, engine: Engine
) -> Test:
    tested = adjust(
        method.test(fit, contrast), spec.correction.method, fdr=spec.correction.fdr, covariate=fit.base_mean,
        filtering=filters_independently(spec) and spec.correction.method != "ihw",
        profile=profile_of(spec) or INDEPENDENT_FILTERING_PROFILE, seed=spec.run.seed,
    )  # fmt: skip
    shrunk = method.shrink(experiment, fit, tested, engine)
    asked_for_more = spec.method.shrink == "ashr" and "log2_fold_change_shrunk" not in shrunk.columns
    return _shrink_by_error(shrunk, spec.correction.lfc) if asked_for_more else shrunk


def _shrink_by_error(test: Test, threshold: float) -> Test:
    """Add shrunken fold changes from estimate and standard error alone (adaptive shrinkage, Stephens 2017)."""
    lfc, se = test.log2_fold_change, test.log2_fold_change_se
    if se is None:
        return test
    usable = np.isfinite(lfc) & np.isfinite(se) & (se > 0)
    columns = {name: np.full(len(lfc), np.nan) for name in ("log2_fold_change_shrunk", "s_value")}
    if not usable.any():
        return replace(test, columns={**test.columns, **columns})
    found = shrink_ash(lfc[usable], se[usable], threshold=threshold)
    columns["log2_fold_change_shrunk"][usable] = found.lfc
    columns["s_value"][usable] = found.s_value
    return replace(test, columns={**test.columns, **columns}, facts={**test.facts, "shrinkage_prior": found.prior})


def _distance_from_parity(
    spec: AnalysisSpec, experiment: Experiment, fit: Fit, test: Test, reduced: Design | None, engine: Engine
) -> Message:
    """How far the optimum lies from where R stops: both are fitted, and the first contrast is compared."""
    replay = replace(spec, method=replace(spec.method, engine="parity"))
    method = method_class(spec.method.name).from_spec(replay, reduced)
    again = method.fit(experiment, fit.design, fit.size_factors, engine)
    other = _test(replay, method, again, test.contrast, experiment, engine)
    apart = np.abs(test.log2_fold_change - other.log2_fold_change)
    apart = apart[np.isfinite(apart)]
    median, largest = (float(np.median(apart)), float(apart.max())) if len(apart) else (0.0, 0.0)
    mine, theirs = (np.asarray(t.padj) < spec.correction.fdr for t in (test, other))
    n = int((mine != theirs).sum())
    return Message(
        "note", "",
        f"Engine exact: log2 fold changes lie a median of {median:.1e} and at most {largest:.1e} from R's stopping "
        f"points; {n} call{'' if n == 1 else 's'} at FDR {spec.correction.fdr:g} differ{'s' if n == 1 else ''}.",
        {"median": median, "max": largest, "calls_different": n},
    )  # fmt: skip


class _Clock:
    """Wall seconds of each stage, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - start, 6)
