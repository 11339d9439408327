"""``fw.certify`` and what a run does with a certificate: when it is made, what is said of it, how it ends."""

from __future__ import annotations

import dataclasses
import time
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from foldwise.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from foldwise.api.fitted import FittedModel
    from foldwise.api.results import Results
    from foldwise.model.analysis import Analysis, Message
    from foldwise.model.certificate import Certificate
    from foldwise.model.experiment import Experiment
    from foldwise.model.spec import AnalysisSpec

# What auto means: so many null runs of each kind, where genes x samples allow it within about a minute.
AUTO_RUNS = 100
AUTO_CELLS = 2_000_000


def certify(
    analysis: Analysis | Results | FittedModel,
    n: int = 200,
    *,
    seed: int | None = None,
    progress: Callable[..., None] | None = None,
) -> Certificate:
    """Judge the false discovery rate of an analysis by null runs of all of it.

    Two kinds of null runs are made on the same samples: up to ``n`` with a made-up factor, balanced within the cells
    of the design and tested in place of the real one, and up to ``n`` with the tested condition exchanged among
    samples. Each repeats the whole analysis: filter, normalization, dispersions, test, correction.

    Parameters
    ----------
    analysis : Analysis, Results or FittedModel
        What ``fw.run``, ``fw.de`` or ``fw.fit`` return.
    n : int
        Null runs of each kind, where the samples allow so many different ones.
    seed : int, optional
        Default: that of the analysis.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Returns
    -------
    Certificate
        ``verdict`` PASS, WARN, FAIL or NONE, with its reasons, the null runs and what they say of each list.

    Raises
    ------
    UsageError
        E-USAGE-002 for a number of runs that is none.

    References
    ----------
    Blanchard G, Neuvial P, Roquain E (2020). Post hoc confidence bounds on false positives using reference families.
    Ann Stat 48:1281-1303.

    Examples
    --------
    >>> found = fw.certify(res, n=200)  # doctest: +SKIP
    >>> found.verdict, found.n_any  # doctest: +SKIP
    """
    from foldwise.model.analysis import Analysis
    from foldwise.model.spec_options import OPTIONS, check_value

    check_value(OPTIONS["certificate"], str(n))
    if str(n) in ("0", "auto", "off"):
        raise UsageError("E-USAGE-002", f"n must be a number of null runs, at least 1; it is {n!r}.")
    whole = analysis if isinstance(analysis, Analysis) else analysis.analysis
    judged = _judged(whole, n, whole.spec.run.seed if seed is None else seed, progress, None)
    return cast("Certificate", judged.certificate)


def _judged(
    analysis: Analysis, n: int, seed: int, progress: Callable[..., None] | None, remember: Callable[..., Any] | None
) -> Analysis:
    """Return the analysis with its certificate and, where that failed, with ``padj_safe`` in its tables."""
    from foldwise.certify.certified import certified as judge
    from foldwise.certify.null_runs import Settings, at_once
    from foldwise.engine.threads import default_threads

    spec = analysis.spec
    threads = spec.run.threads or default_threads()
    told = None if progress is None else partial(_in_words, progress)
    return judge(analysis, n, Settings(spec.correction.fdr, seed, threads, told, remember or at_once))


def _in_words(progress: Callable[..., None], stage: str, done: int, total: int) -> None:
    progress("null runs" if stage == "fake" else "scrambles", done, total)


def runs_asked(spec: AnalysisSpec, experiment: Experiment) -> tuple[int, str]:
    """Return how many null runs of each kind are to be made, and why none where ``auto`` means none.

    Parameters
    ----------
    spec : AnalysisSpec
    experiment : Experiment
    """
    asked = spec.learn.certificate
    if asked == "off":
        return 0, ""
    if asked != "auto":
        return int(asked), ""
    cells = experiment.n_genes * experiment.n_samples
    if cells <= AUTO_CELLS or spec.learn.require_certificate:
        return AUTO_RUNS, ""
    return 0, f"not certified: {cells:,} counts are more than the {AUTO_CELLS:,} for which it is made by itself"


def certified_as_asked(analysis: Analysis) -> Analysis:
    """Return the analysis of a Python call, certified where that was asked for, which it is not by itself."""
    from foldwise.api.emit import emit

    n, _ = runs_asked(analysis.spec, analysis.experiment)
    if not n:
        return analysis
    whole = certified(analysis, n)
    emit(whole.messages[len(analysis.messages) :])
    return whole


def certified(
    analysis: Analysis,
    n: int,
    *,
    progress: Callable[..., None] | None = None,
    remember: Callable[..., Any] | None = None,
) -> Analysis:
    """Return the analysis with its certificate, a message on it, and the time that it took.

    Parameters
    ----------
    analysis : Analysis
    n : int
        Null runs of each kind.
    progress, remember : callable, optional
        As for `foldwise.api.execute.execute`.
    """
    start = time.perf_counter()
    judged = _judged(analysis, n, analysis.spec.run.seed, progress, remember)
    return with_certificate(judged, judged.certificate, seconds=time.perf_counter() - start)


def again(analysis: Analysis, made: Certificate) -> Analysis:
    """Return the analysis judged once more as ``made`` was: same number of null runs, same seed."""
    return _judged(analysis, made.asked, made.seed, None, None)


def with_certificate(
    analysis: Analysis, found: Certificate | None, *, asked: bool | None = None, seconds: float | None = None
) -> Analysis:
    """Return the analysis with a certificate that was made, in place of one that it has.

    Parameters
    ----------
    analysis : Analysis
    found : Certificate
    asked : bool, optional
        Whether somebody asked for it; by default what the settings say.
    seconds : float, optional
        Time that it took.
    """
    stages = dict(analysis.provenance.get("stage_seconds", {}))
    if seconds is not None:
        stages["certificate"] = seconds
    others = tuple(item for item in analysis.messages if not item.data.get("verdict"))
    said = message_of(found, asked=analysis.spec.learn.certificate != "auto" if asked is None else asked)
    return dataclasses.replace(
        analysis,
        certificate=found,
        messages=(*others, *([said] if said is not None else [])),
        provenance={**analysis.provenance, "stage_seconds": stages} if stages else analysis.provenance,
    )


def message_of(found: Certificate | None, *, asked: bool) -> Message | None:
    """Return the warning of a verdict, or None for PASS and where there is none.

    Where nobody asked for the certificate, what it says of too few samples is advice that ``--strict`` does not count.
    """
    from foldwise.io.messages import warning
    from foldwise.report.certificate_words import only_few_samples

    if found is None:
        return None
    reasons = " ".join(found.reasons)
    if found.verdict == "NONE":
        return warning("W-LEARN-001", f"No certificate: {reasons}", "The results stand.", counted=asked, verdict="NONE")
    if found.verdict == "FAIL":
        fix = "padj stays as it is; read it with caution, or take another method."
        if found.safe is not None:
            fix = f"padj stays as it is. {found.safe.sentence}"
        return warning("W-LEARN-002", f"The certificate failed: {reasons}", fix, verdict="FAIL")
    if found.verdict == "WARN":
        counted = asked or not only_few_samples(found)
        return warning("W-LEARN-005", f"The certificate warns: {reasons}", counted=counted, verdict="WARN")
    return None
