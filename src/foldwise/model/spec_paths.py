"""The paths inside an `AnalysisSpec`, written relative to another folder."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable

from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import OPTIONS


def rebased(spec: AnalysisSpec, old_base: str, new_base: str) -> AnalysisSpec:
    """Return ``spec`` with its relative paths, which held in ``old_base``, made to hold in ``new_base``.

    Symbolic links in the two folders are followed first, so that ``..`` means what the system takes it for.
    """
    old, new = os.path.realpath(old_base), os.path.realpath(new_base)

    def move(path: str) -> str:
        return os.path.relpath(os.path.join(old, path), new)  # noqa: PTH118

    return map_paths(spec, move)


def map_paths(spec: AnalysisSpec, change: Callable[[str], str]) -> AnalysisSpec:
    """Return ``spec`` with ``change`` applied to each path in it."""
    inputs, norm, output = spec.input, spec.normalization, spec.output
    words = OPTIONS["size_factors"].choices
    return dataclasses.replace(
        spec,
        input=dataclasses.replace(
            inputs,
            counts=tuple(change(path) for path in inputs.counts),
            samples=None if inputs.samples is None else change(inputs.samples),
            tx2gene=None if inputs.tx2gene is None else change(inputs.tx2gene),
            lengths=inputs.lengths if inputs.lengths in OPTIONS["lengths"].choices else change(inputs.lengths),
            gtf=None if inputs.gtf is None else change(inputs.gtf),
            genes=None if inputs.genes is None else change(inputs.genes),
        ),
        design=dataclasses.replace(
            spec.design,
            contrasts_file=None if spec.design.contrasts_file is None else change(spec.design.contrasts_file),
        ),
        normalization=dataclasses.replace(
            norm,
            size_factors=norm.size_factors if norm.size_factors in words else change(norm.size_factors),
            control_genes=None if norm.control_genes is None else change(norm.control_genes),
        ),
        learn=dataclasses.replace(
            spec.learn,
            negative_controls=None if spec.learn.negative_controls is None else change(spec.learn.negative_controls),
        ),
        output=dataclasses.replace(
            output,
            directory=change(output.directory),
            gene_sets=None if output.gene_sets is None else change(output.gene_sets),
        ),
    )


def input_paths(spec: AnalysisSpec) -> tuple[str, ...]:
    """Return the files that the analysis reads, in a fixed order."""
    inputs = spec.input
    lengths = None if inputs.lengths in OPTIONS["lengths"].choices else inputs.lengths
    files = (inputs.samples, inputs.tx2gene, lengths, inputs.gtf, inputs.genes)
    named = (
        *files,
        spec.design.contrasts_file,
        spec.normalization.control_genes,
        spec.output.gene_sets,
        spec.learn.negative_controls,
    )
    paths = [*inputs.counts, *(path for path in named if path)]
    if spec.normalization.size_factors not in OPTIONS["size_factors"].choices:
        paths.append(spec.normalization.size_factors)
    return tuple(paths)
