"""Learned parts of a run: whether they are possible, and their columns where they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from foldwise.model.analysis import Analysis
    from foldwise.model.design import Design
    from foldwise.model.experiment import Experiment
    from foldwise.model.spec import AnalysisSpec


def require_learnable(spec: AnalysisSpec, experiment: Experiment, design: Design) -> None:
    """Raise before the fit where learned parts cannot be had.

    Raises
    ------
    DesignError
        E-LEARN-002 where a batch of the sheet is the same as the compared groups.
    UsageError
        E-USAGE-002 for covariates that the table of genes lacks or that are no numbers.
    """
    if spec.learn.covariates:
        from foldwise.learn.gene_covariates import covariate_values

        covariate_values(experiment.genes, spec.learn.covariates)
    if spec.learn.parts not in ("factors", "all"):
        return
    from foldwise.certify.factor_checks import require_separable
    from foldwise.model.contrast import make_contrasts

    require_separable(experiment.samples, design, make_contrasts(design, spec.design.contrasts or [None]))


def learned_as_asked(
    analysis: Analysis,
    negative_controls: Any = None,
    *,
    progress: Callable[..., None] | None = None,
    remember: Callable[..., Any] | None = None,
) -> Analysis:
    """Return the analysis with what ``spec.learn.parts`` asks for; the classical columns stay as they are.

    Parameters
    ----------
    analysis : Analysis
    negative_controls : gene ids, optional
        In place of the file of the settings.
    progress, remember : callable, optional
        As for `foldwise.pipeline.run`.

    Raises
    ------
    InputError
        E-FILE-007, E-NORM-004 for negative controls that cannot be read or that the counts lack.
    UsageError
        E-USAGE-002 for settings that the samples do not allow.
    """
    spec, experiment = analysis.spec, analysis.experiment
    if spec.learn.parts == "none":
        return analysis
    from foldwise.api.certify import runs_asked
    from foldwise.certify.learned import add_learned
    from foldwise.certify.null_runs import Settings
    from foldwise.engine.threads import default_threads

    genes = spec.learn.negative_controls if negative_controls is None else negative_controls
    controls = None
    if genes is not None:
        from foldwise.io.given_values import control_gene_mask

        controls = control_gene_mask(genes, experiment)
    threads = default_threads() if spec.run.threads is None else spec.run.threads
    more: dict[str, Any] = {} if remember is None else {"remember": remember}
    settings = Settings(spec.correction.fdr, spec.run.seed, threads, progress, **more)
    return add_learned(analysis, runs_asked(spec, experiment)[0], settings, controls=controls)
