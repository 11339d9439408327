"""Gene lengths on their way into a method: as offsets where it models counts, in the counts themselves elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foldwise.engine.base import Engine
from foldwise.engine.library_sizes import library_sizes
from foldwise.errors import UsageError
from foldwise.model.experiment import Experiment, dense_counts
from foldwise.model.method_facts import size_factor_rule, takes_length_offsets
from foldwise.model.normalization import SizeFactors
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.length_offsets import RATIO_RULES, length_factors, length_scaled_counts, with_depth

MAX_INT32 = 2**31 - 1


def counts_of_method(spec: AnalysisSpec, experiment: Experiment, *, needs_integers: bool) -> Experiment:
    """Return the experiment with the counts that the method takes; as it is where there are no lengths.

    Methods that take offsets keep the lengths; counts are rounded half to even for those that model whole numbers.
    The others get abundance on the scale of counts and no lengths.

    Raises
    ------
    UsageError
        E-USAGE-002 where the experiment has offsets as well.
    """
    if experiment.lengths is None:
        return experiment
    if experiment.log_offset is not None:
        found = "The experiment has offsets and gene lengths, which both say how long genes are."
        raise UsageError("E-USAGE-002", found, "Leave one of them out (--lengths none).")
    counts = experiment.counts
    counts = dense_counts(counts)
    if takes_length_offsets(spec):
        return replace(experiment, counts=_whole(counts) if needs_integers else counts)
    scaled = length_scaled_counts(counts, experiment.lengths, experiment.abundance)
    return replace(experiment, counts=_whole(scaled) if needs_integers else scaled, lengths=None, abundance=None)


def _whole(counts: np.ndarray) -> np.ndarray:
    if counts.dtype.kind in "iu":
        return counts
    rounded = np.rint(counts)
    return np.ascontiguousarray(rounded, dtype=np.int32 if rounded.max(initial=0.0) <= MAX_INT32 else np.float64)


def before_filter(spec: AnalysisSpec, experiment: Experiment) -> bool:
    """Tell whether depth is measured before genes are left out.

    edgeR's offsets are made of all genes, as its documentation does it; DESeq2's of the genes that are fitted.
    """
    return experiment.lengths is not None and size_factor_rule(spec) not in RATIO_RULES


def length_size_factors(
    spec: AnalysisSpec, experiment: Experiment, engine: Engine, control_genes: np.ndarray | None = None,
    given: SizeFactors | None = None,
) -> SizeFactors:  # fmt: skip
    """Normalization factors of lengths and depth.

    Parameters
    ----------
    spec : AnalysisSpec
    experiment : Experiment
        With lengths.
    engine : Engine
    control_genes : ndarray, optional
    given : SizeFactors, optional
        Depth that is known already.

    Raises
    ------
    UsageError
        E-USAGE-002 for the rule ``iterate``, which knows no offsets.
    """
    lengths, counts = experiment.lengths, experiment.counts
    counts = dense_counts(counts)
    assert lengths is not None  # noqa: S101
    sizes = library_sizes(experiment, engine)
    if given is not None:
        return SizeFactors(given.values, with_depth(lengths, given.values), given.kind, sizes, np.ones(len(sizes)))
    kind = size_factor_rule(spec)
    if kind == "iterate":
        found = "The rule iterate estimates size factors of samples and cannot take gene lengths."
        raise UsageError("E-USAGE-002", found, "Use --size-factors ratio or poscounts, or --lengths none.")
    found_factors = length_factors(counts, lengths, kind, control_genes)
    # Offsets hold the depth, so library sizes stay what was counted
    return SizeFactors(found_factors.depth, found_factors.matrix, kind, sizes, np.ones(len(sizes)))


def of_all_lengths(factors: SizeFactors, experiment: Experiment) -> SizeFactors:
    """Return factors of all genes where those of some were made."""
    if experiment.lengths is None or factors.matrix is None or len(factors.matrix) == experiment.n_genes:
        return factors
    return replace(factors, matrix=with_depth(experiment.lengths, factors.values))
