"""``fw.de``, ``fw.fit`` and ``fw.run``: the analysis from Python, the same steps as the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foldwise.api.coerce import read_experiment, with_paths
from foldwise.api.emit import emit
from foldwise.api.execute import Given, as_messages, execute, finished
from foldwise.api.sample_checks import checked_samples, with_flags
from foldwise.errors import UsageError
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from foldwise.api.fitted import FittedModel
    from foldwise.api.results import Results
    from foldwise.model.analysis import Analysis, Message
    from foldwise.model.experiment import Experiment


def de(counts: Any, samples: Any = None, design: str | None = None, *, contrast: Any = None, **options: Any) -> Results:
    """Test every gene for differential expression.

    Parameters
    ----------
    counts : path, list of paths, DataFrame (pandas, polars, arrow), AnnData or Experiment
        Read counts; samples and genes are told apart by the names in ``samples``.
    samples : path or DataFrame, optional
        One row per sample; left out for AnnData and `Experiment`.
    design : str, optional
        Formula such as ``"~ cell + dex"``; guessed from the sample sheet when not given.
    contrast : tuple, str, sequence of numbers, or list of these, optional
        ``("dex", "trt", "untrt")`` is variable, target, reference. Default: every level of the last factor
        against its reference.
    **options
        Any option of the command line, with underscores: ``method``, ``fdr``, ``lfc``, ``shrink``, ``test``,
        ``reduced``, ``reference``, ``threads``, ... ``size_factors`` also takes numbers per sample (or per gene and
        sample), ``control_genes`` gene ids, ``weights`` observation weights (genes x samples).

        ``certificate=100`` (or ``certify=100``, or ``"auto"``) judges the false discovery rate by null runs of the
        whole analysis, see `certify`; from Python that is off unless asked for.

        ``contrasts`` is the path of a contrasts file of nf-core/differentialabundance, in place of ``design`` and
        ``contrast``.

    Returns
    -------
    Results
        Of the first contrast; the others are in its ``contrasts``, by id.

    Raises
    ------
    FoldwiseError
        With ``id``, ``found`` and ``fix``. Findings that do not stop the run are `FoldwiseWarning`.

    Examples
    --------
    >>> res = fw.de("counts.tsv", "samples.tsv", "~ cell + dex", contrast=("dex", "trt", "untrt"))  # doctest: +SKIP
    >>> res.table.loc["ENSG00000152583", "log2_fold_change"]  # doctest: +SKIP
    """
    from foldwise.api.results import Results

    if options.get("contrasts") is not None:
        first, *others = _analyze_models(counts, samples, design, contrast, options)
        return Results(first, others=tuple(others))
    return Results(_analyze(counts, samples, design, contrast, options))


def fit(counts: Any, design: str | None = None, *, samples: Any = None, **options: Any) -> FittedModel:
    """Fit the model once, to test many contrasts.

    Parameters
    ----------
    counts : Experiment, path, DataFrame or AnnData
    design : str, optional
        Formula; guessed from the sample sheet when not given.
    samples : path or DataFrame, optional
        For counts that bring none.
    **options
        As in `de`.

    Returns
    -------
    FittedModel
        With ``contrast``, ``contrasts``, ``lrt`` and ``coefficients``. With ``certificate=N`` each of these tests is
        certified by itself.
    """
    from foldwise.api.fitted import FittedModel

    return FittedModel(_analyze(counts, samples, design, None, options, certify=False))


def run(
    spec: AnalysisSpec,
    experiment: Experiment,
    *,
    given: Given | None = None,
    messages: tuple[Message, ...] = (),
    progress: Callable[..., None] | None = None,
) -> Analysis:
    """Run one analysis from its settings.

    A certificate is made where the settings ask for a number of null runs; ``auto``, the default, means none here
    and 100 on the command line.

    Parameters
    ----------
    spec : AnalysisSpec
    experiment : Experiment
    given : Given, optional
        Size factors, control genes and weights that are objects rather than settings.
    messages : tuple of Message
        What reading found; kept in the analysis.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.

    Returns
    -------
    Analysis
        Its spec has the formula and contrasts that were used.
    """
    from foldwise.api.certify import certified_as_asked

    analysis = analyzed(spec, experiment, given=given, messages=messages, progress=progress)
    return analysis if spec.learn.certificate == "auto" else certified_as_asked(analysis)


def analyzed(
    spec: AnalysisSpec,
    experiment: Experiment,
    *,
    given: Given | None = None,
    messages: tuple[Message, ...] = (),
    progress: Callable[..., None] | None = None,
) -> Analysis:
    """Run one analysis as `run`, without a certificate."""
    from foldwise.api.choose import with_method
    from foldwise.api.design import resolve_design

    if spec.design.contrasts_file is not None:
        return _only_model(spec, experiment, given, messages)
    resolved = resolve_design(spec, experiment.samples)
    emit(resolved.findings)
    flags = checked_samples(resolved, experiment)
    resolved, chosen = with_method(resolved, experiment, given, progress)
    analysis = execute(resolved.spec, experiment, resolved.design, given=given, progress=progress)
    analysis = with_flags(analysis, flags)
    emit(analysis.messages)
    return finished(analysis, (*messages, *chosen, *as_messages(resolved.findings)))


def _only_model(
    spec: AnalysisSpec, experiment: Experiment, given: Given | None, messages: tuple[Message, ...]
) -> Analysis:
    """Return the analysis of a contrasts file that asks for one model."""
    from foldwise.api.models import groups, run_models

    n = len(groups(spec, experiment.samples))
    if n > 1:
        found = f"The contrasts file asks for {n} models, and one analysis holds one."
        raise UsageError("E-USAGE-002", found, "Use foldwise.de(..., contrasts=FILE): its .contrasts hold them all.")
    return run_models(spec, experiment, given=given, messages=messages)[0]


def _analyze_models(
    counts: Any, samples: Any, design: str | None, contrast: Any, options: dict[str, Any]
) -> tuple[Analysis, ...]:
    from foldwise.api.certify import certified_as_asked
    from foldwise.api.models import run_models

    spec, given = python_spec(design, contrast, options)
    spec = with_paths(spec, counts, samples)
    experiment, messages = read_experiment(counts, samples, spec)
    emit(messages)
    return tuple(certified_as_asked(one) for one in run_models(spec, experiment, given=given, messages=messages))


def _analyze(
    counts: Any, samples: Any, design: str | None, contrast: Any, options: dict[str, Any], *, certify: bool = True
) -> Analysis:
    from foldwise.api.certify import certified_as_asked

    spec, given = python_spec(design, contrast, options)
    spec = with_paths(spec, counts, samples)
    experiment, messages = read_experiment(counts, samples, spec)
    emit(messages)
    analysis = analyzed(spec, experiment, given=given, messages=messages)
    return certified_as_asked(analysis) if certify else analysis


def python_spec(design: str | None, contrast: Any, options: dict[str, Any]) -> tuple[AnalysisSpec, Given]:
    """Return the settings of a Python call, and what of it are objects; ``None`` stands for the default.

    A certificate is made where it is asked for, or where something is learned.
    """
    import os

    plain = {name: value for name, value in options.items() if value is not None}
    if "certify" in plain:
        plain["certificate"] = plain.pop("certify")
    if plain.get("learn", "none") == "none":  # what is learned needs null runs to be judged by
        plain = {"certificate": "off"} | plain
    if isinstance(plain.get("certificate"), bool):
        plain["certificate"] = "auto" if plain["certificate"] else "off"
    objects = {name: plain.pop(name) for name in ("weights",) if name in plain}
    for name, value in plain.items():
        if isinstance(value, os.PathLike):
            plain[name] = str(value)
    if "strand" in plain:
        plain["strand"] = str(plain["strand"])
    for name in ("size_factors", "control_genes", "negative_controls"):
        if name in plain and not isinstance(plain[name], str):
            objects[name] = plain.pop(name)
    if isinstance(plain.get("reference"), dict):
        plain["reference"] = tuple(f"{name}={level}" for name, level in plain["reference"].items())
    for name in ("reference", "exclude", "remove_batch"):
        if isinstance(plain.get(name), str):
            plain[name] = (plain[name],)
    if design is not None:
        plain["design"] = design
    if contrast is not None:
        plain["contrast"] = contrast_texts(contrast)
    return with_options(AnalysisSpec(), plain), Given(**objects)


def contrast_texts(contrast: Any) -> tuple[str, ...]:
    """Return one or several contrasts in the form that the spec keeps.

    A text, a triple of texts and a vector of numbers are one contrast; a list or dict of these are several. A list
    of three plain words is a triple too, as R and PyDESeq2 write it.
    """
    if isinstance(contrast, dict):
        contrast = list(contrast.values())
    if isinstance(contrast, list) and contrast and not _is_number(contrast[0]) and not _is_triple(contrast):
        return tuple(contrast_text(item) for item in contrast)
    return (contrast_text(contrast),)


def contrast_text(contrast: Any) -> str:
    """Return one contrast as text: ``dex:trt:untrt``, ``B - A`` or ``[0, 1, -1]``."""
    if isinstance(contrast, str):
        return contrast
    items = list(contrast)
    if len(items) == 3 and isinstance(items[0], str):
        return ":".join(str(item) for item in items)
    return "[" + ", ".join(repr(float(item)) for item in items) + "]"


def _is_triple(items: list[Any]) -> bool:
    marks = (":", " - ", " + ", "_vs_")
    return len(items) == 3 and all(isinstance(item, str) and not any(mark in item for mark in marks) for item in items)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or hasattr(value, "dtype")
