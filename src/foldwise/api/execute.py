"""From settings and objects to one call of the pipeline, checked before and completed after."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foldwise.errors import UsageError
from foldwise.model.method_facts import RAW_TRANSFORM, profile_of, size_factor_rule
from foldwise.model.spec_check import require_consistent
from foldwise.model.spec_options import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from foldwise.errors import FoldwiseWarning
    from foldwise.model.analysis import Analysis, Message
    from foldwise.model.design import Design
    from foldwise.model.experiment import Experiment
    from foldwise.model.normalization import SizeFactors
    from foldwise.model.spec import AnalysisSpec


@dataclass(frozen=True, eq=False)
class Given:
    """Inputs of an analysis that are objects, not settings; None where they are not given.

    Parameters
    ----------
    size_factors : numbers per sample, or per gene and sample
    control_genes : gene ids
    weights : observation weights, genes x samples
    negative_controls : gene ids
    """

    size_factors: Any = None
    control_genes: Any = None
    weights: Any = None
    negative_controls: Any = None


def execute(
    spec: AnalysisSpec,
    experiment: Experiment,
    design: Design,
    *,
    given: Given | None = None,
    fixed: SizeFactors | None = None,
    progress: Callable[..., None] | None = None,
    remember: Callable[..., Any] | None = None,
) -> Analysis:
    """Run the pipeline.

    Parameters
    ----------
    spec : AnalysisSpec
    experiment : Experiment
    design : Design
    given : Given, optional
    fixed : SizeFactors, optional
        Those of an earlier run of the same experiment; they win over everything else.
    progress : callable, optional
    remember : callable, optional
        Keeps the results of long steps (see `foldwise.pipeline.run`).

    Raises
    ------
    UsageError
        E-USAGE-002 for settings that contradict each other.
    InputError
        E-NORM-002, 004, 005 for size factors, control genes or weights that do not fit.
    ResourceError
        E-MEM-001 where the run would not fit into memory.
    """
    from foldwise import pipeline
    from foldwise.api.memory import require_memory

    given = given or Given()
    require_consistent(spec)
    _require_used(spec, experiment, given, fixed is not None)
    require_memory(spec, experiment.n_genes, experiment.n_samples)
    more: dict[str, Any] = {} if remember is None else {"remember": remember}
    factors = spec.normalization.size_factors if given.size_factors is None else given.size_factors
    if fixed is not None:
        more["size_factors"] = fixed
    elif not (isinstance(factors, str) and factors in OPTIONS["size_factors"].choices):
        from foldwise.io.given_values import given_size_factors

        more["size_factors"] = given_size_factors(factors, experiment)
    genes = spec.normalization.control_genes if given.control_genes is None else given.control_genes
    if genes is not None:
        from foldwise.io.given_values import control_gene_mask

        more["control_genes"] = control_gene_mask(genes, experiment)
    if given.weights is not None:
        from foldwise.io.given_values import given_weights

        weights = given_weights(given.weights, experiment)
        # Weights that are all 1 are none, so that they change no bit.
        experiment = dataclasses.replace(experiment, weights=None if (weights == 1).all() else weights)
    from foldwise.api.learned import learned_as_asked, require_learnable

    require_learnable(spec, experiment, design)
    analysis = pipeline.run(_noting(spec, given), experiment, design, progress=progress, **more)
    return learned_as_asked(analysis, given.negative_controls, progress=progress, remember=remember)


def _require_used(spec: AnalysisSpec, experiment: Experiment, given: Given, fixed: bool) -> None:
    """Raise E-USAGE-002 where an object was given that the method would leave aside."""
    from foldwise.method import method_class

    if spec.method.transform == RAW_TRANSFORM and (given.size_factors is not None or given.control_genes is not None):
        found = f"The transform {RAW_TRANSFORM} takes counts as they are and no size factors."
        raise UsageError("E-USAGE-002", found, "Leave them out, or use the transform log1p or log2-cpm.")
    if not method_class(spec.method.name).needs_size_factors:
        offsets, weights = experiment.log_offset, experiment.weights
        objects = {
            "size factors": given.size_factors, "control genes": given.control_genes, "offsets": offsets,
            "weights": weights if given.weights is None else given.weights,
        }  # fmt: skip
        for words, value in objects.items():
            if value is not None:
                found = f"Method {spec.method.name} scales by library size and takes no {words}."
                raise UsageError("E-USAGE-002", found, f"Leave the {words} out, or use --method deseq2.")
    genes = spec.normalization.control_genes if given.control_genes is None else given.control_genes
    rule = size_factor_rule(spec) if given.size_factors is None else "given"
    if genes is not None and not fixed and (rule not in ("ratio", "poscounts") or experiment.log_offset is not None):
        found = "Control genes choose what the rules ratio and poscounts take medians of; here size factors are "
        found += "offsets." if experiment.log_offset is not None else "given." if rule == "given" else f"by {rule}."
        raise UsageError("E-USAGE-002", found, "Leave the control genes out, or use --size-factors ratio or poscounts.")


def finished(analysis: Analysis, messages: tuple[Message, ...]) -> Analysis:
    """Return the analysis with earlier messages put first and its provenance made whole."""
    from foldwise import provenance
    from foldwise.io.formats import source_files

    spec = analysis.spec
    facts = {
        "versions": provenance.versions(),
        "machine": provenance.machine(),
        "inputs": provenance.input_digests(source_files(spec)),
        "input_format": next((m.data["format"] for m in messages if "format" in m.data), "table"),
        "input_tallies": next((m.data["qc"] for m in messages if m.data.get("qc")), {}),
        "method": spec.method.name,
        "profile": profile_of(spec),
        "seed": spec.run.seed,
    }
    chosen = next((m.data["method_choice"] for m in messages if "method_choice" in m.data), None)
    if chosen is not None:
        facts["method_choice"] = chosen
    whole = {**facts, **analysis.provenance, "resources": provenance.resources()}
    return dataclasses.replace(analysis, messages=(*messages, *analysis.messages), provenance=whole)


def as_messages(findings: Iterable[FoldwiseWarning]) -> tuple[Message, ...]:
    """Return warnings as the messages that an analysis keeps."""
    from foldwise.io.messages import warning

    return tuple(warning(f.id, f.found, f.fix, counted=f.counted, **f.data) for f in findings)


def _noting(spec: AnalysisSpec, given: Given) -> AnalysisSpec:
    """Return the spec saying that size factors came as an object, so that a rerun from config says it lacks them."""
    if given.size_factors is None:
        return spec
    noted = dataclasses.replace(spec.normalization, size_factors="given")
    return dataclasses.replace(spec, normalization=noted)
