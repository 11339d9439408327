"""Whatever a user hands over (paths, frames, AnnData, an `Experiment`) as an `Experiment` and what was noticed."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.api.emit import emit
from foldwise.errors import UsageError
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options

if TYPE_CHECKING:
    from foldwise.model.analysis import Message
    from foldwise.model.experiment import Experiment


def read(counts: Any, samples: Any = None, **options: Any) -> Experiment:
    """Read counts and sample sheet.

    Parameters
    ----------
    counts : path, list of paths, DataFrame (pandas, polars, arrow) or AnnData
        Genes x samples or samples x genes; which is which is found by the names in ``samples``. A path may be a file of
        any counting program, a folder or a pattern; a list has a file per sample.
    samples : path or DataFrame, optional
        One row per sample. AnnData brings its own; else ``groups="ctrl=A,B; drug=C,D"`` may take its place.
    **options
        Input settings: ``format``, ``strand``, ``sheet``, ``layer``, ``genome``, ``tx2gene``, ``lengths``, ``gtf``,
        ``genes``, ``intersect``, ``drop_na``, ``duplicates``, ``round``, ``exclude``, ``groups``; and ``method``, which
        decides what values are accepted.

    Returns
    -------
    Experiment

    Raises
    ------
    InputError
        E-COUNT-*, E-NAME-*, E-SHEET-*, E-FILE-*.
    UsageError
        E-USAGE-001 for an unknown option.
    """
    experiment, messages = read_experiment(counts, samples, with_options(AnalysisSpec(), options))
    emit(messages)
    return experiment


def read_experiment(counts: Any, samples: Any, spec: AnalysisSpec) -> tuple[Experiment, tuple[Message, ...]]:
    """Return the experiment and what reading it found; nothing is printed or raised as a warning."""
    from foldwise.io.complete_samples import complete_samples
    from foldwise.io.read import read as read_any
    from foldwise.method import method_class
    from foldwise.model.design import formula_columns
    from foldwise.model.experiment import Experiment
    from foldwise.model.method_facts import AUTO

    no_messages: tuple[Message, ...] = ()
    if isinstance(counts, Experiment):
        if samples is not None:
            raise UsageError("E-USAGE-002", "An Experiment brings its own samples.", "Leave out the sample sheet.")
        experiment, messages = counts, no_messages
    else:
        # A method still to be chosen may be one that needs whole counts
        whole = spec.method.name == AUTO or method_class(spec.method.name).needs_integers
        experiment, messages = read_any(
            counts, samples, settings=spec.input, needs_integers=whole, log_method=not whole
        )
    experiment, named = named_experiment(experiment, spec)
    messages = (*messages, *named)
    if spec.design.formula is None:
        return experiment, messages
    used = formula_columns(spec.design.formula)
    experiment, dropped = complete_samples(experiment, used, spec.input.drop_na)
    return experiment, (*messages, *dropped)


def named_experiment(experiment: Experiment, spec: AnalysisSpec) -> tuple[Experiment, tuple[Message, ...]]:
    """Return the experiment with gene names: its own column, over it the GTF, over that the table of names."""
    from foldwise.annotate.gene_names import own_names, with_names

    genes = own_names(experiment.genes)
    messages: tuple[Message, ...] = ()
    for path, reader in ((spec.input.gtf, "gtf:read_gtf"), (spec.input.genes, "gene_table:read_gene_table")):
        if path is not None:
            module, _, function = reader.partition(":")
            table = getattr(importlib.import_module(f"foldwise.io.{module}"), function)(path)
            genes, said = with_names(genes, table.ids, table.columns, table.source)
            messages += said
    return dataclasses.replace(experiment, genes=genes), messages


def with_paths(spec: AnalysisSpec, counts: Any, samples: Any) -> AnalysisSpec:
    """Return ``spec`` with the paths among ``counts`` and ``samples`` noted, so that a rerun finds them."""
    several = isinstance(counts, (list, tuple)) and all(isinstance(item, (str, Path)) for item in counts)
    named = (str(counts),) if isinstance(counts, (str, Path)) else spec.input.counts
    named = tuple(str(item) for item in counts) if several else named
    sheet = str(samples) if isinstance(samples, (str, Path)) else spec.input.samples
    return dataclasses.replace(spec, input=dataclasses.replace(spec.input, counts=named, samples=sheet))
