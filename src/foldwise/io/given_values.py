"""Size factors, control genes and weights that the user brings: matched by name, checked, as arrays."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from foldwise.errors import InputError
from foldwise.io.wording import listed, shown
from foldwise.model.experiment import Experiment
from foldwise.model.normalization import SizeFactors


def given_size_factors(values: Any, experiment: Experiment) -> SizeFactors:
    """Return size factors (or gene by sample normalization factors) as the pipeline takes them.

    Parameters
    ----------
    values : path, Series, dict, sequence of numbers, DataFrame or 2-D array
        One number per sample, by name or in the order of the samples; or one per gene and sample. A file has a column
        of samples and a column ``size_factor`` (or one column of numbers).
    experiment : Experiment

    Raises
    ------
    InputError
        E-NORM-002 for values that are not positive numbers, E-NORM-004 for other names or another shape.
    """
    samples = [str(name) for name in experiment.samples.index]
    if isinstance(values, str | os.PathLike):
        values = _from_file(values)
    if np.ndim(values) == 2:
        matrix = _matrix(values, experiment, "normalization factors")
        _require_positive(matrix.min(axis=0), samples)
        with np.errstate(divide="ignore", invalid="ignore"):
            return SizeFactors(np.exp(np.log(matrix).mean(axis=0)), matrix, "given")
    factors = _vector(values, samples)
    _require_positive(factors, samples)
    return SizeFactors(factors, None, "given")


def given_weights(values: Any, experiment: Experiment) -> np.ndarray:
    """Return observation weights (n_genes, n_samples), at least 0.

    Parameters
    ----------
    values : DataFrame, or array (n_genes, n_samples) or (n_samples,)
    experiment : Experiment

    Raises
    ------
    InputError
        E-NORM-004 for other names or another shape, E-NORM-005 for negative or missing weights.
    """
    samples = [str(name) for name in experiment.samples.index]
    if np.ndim(values) == 2:
        weights = _matrix(values, experiment, "weights")
    else:
        weights = np.ascontiguousarray(np.broadcast_to(_vector(values, samples), (experiment.n_genes, len(samples))))
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        gene, sample = (int(i) for i in np.argwhere(bad)[0])
        place = f"gene {shown(experiment.genes.index[gene])}, sample {shown(samples[sample])}"
        found = f"{int(bad.sum()):,} weights are negative or missing (first: {place}, {weights[gene, sample]:g})."
        raise InputError("E-NORM-005", found, "Give numbers from 0 up; 0 leaves a value out.")
    return weights


def control_gene_mask(names: Any, experiment: Experiment) -> np.ndarray:
    """Return a mask (n_genes,) of the genes in ``names``: ids, or a file with one id per line.

    Raises
    ------
    InputError
        E-FILE-007 for a file that cannot be read, E-NORM-004 for ids that the counts lack.
    """
    wanted = _lines(names) if isinstance(names, str | os.PathLike) else [str(name) for name in names]
    known = {str(gene): i for i, gene in enumerate(experiment.genes.index)}
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        found = f"{len(unknown):,} of {len(wanted):,} control genes are not in the counts: {listed(unknown)}."
        raise InputError(
            "E-NORM-004", found if wanted else "There are no control genes.", "Give gene ids of the table."
        )
    mask = np.zeros(experiment.n_genes, dtype=bool)
    mask[[known[name] for name in wanted]] = True
    return mask


def _from_file(path: str | os.PathLike[str]) -> dict[str, float]:
    from foldwise.io.sample_sheet import read_sheet

    frame = read_sheet(path).frame
    column = "size_factor" if "size_factor" in frame.columns else frame.columns[-1] if len(frame.columns) else None
    if column is None:
        fix = "Write two columns, sample and size_factor."
        raise InputError("E-NORM-004", f"{os.fspath(path)} has no column of size factors.", fix)
    return dict(zip(frame.index, frame[column], strict=True))


def _lines(path: str | os.PathLike[str]) -> list[str]:
    from foldwise.io.table_reader import read_text

    text = read_text(path)
    lines = text.data.decode("utf-8").splitlines()
    return [name for line in lines if (name := line.split("\t")[0].strip()) and name not in ("gene_id", "gene")]


def _vector(values: Any, samples: Sequence[str]) -> np.ndarray:
    """Return one number per sample, by name where there are names."""
    named = values.to_dict() if hasattr(values, "to_dict") else values
    if isinstance(named, dict):
        by_name = {str(name): value for name, value in named.items()}
        _require_same(by_name, samples, "samples")
        items: Iterable[Any] = [by_name[name] for name in samples]
    else:
        items = list(values)
    numbers = np.array([_number(item) for item in items], dtype=np.float64)
    if numbers.shape != (len(samples),):
        found = f"There are {numbers.size} values for {len(samples)} samples."
        raise InputError("E-NORM-004", found, "Give one per sample, in their order or by name.")
    return numbers


def _matrix(values: Any, experiment: Experiment, what: str) -> np.ndarray:
    """Return a (n_genes, n_samples) matrix, by name where there are names."""
    if hasattr(values, "reindex"):
        samples = [str(name) for name in experiment.samples.index]
        genes = [str(name) for name in experiment.genes.index]
        _require_same(values.columns, samples, "samples")
        _require_same(values.index, genes, "genes")
        values = values.set_axis([str(n) for n in values.index], axis=0).set_axis(
            [str(n) for n in values.columns], axis=1
        )
        values = values.loc[genes, samples]
    matrix = np.ascontiguousarray(values, dtype=np.float64)
    shape = (experiment.n_genes, experiment.n_samples)
    if matrix.shape != shape:
        found = f"The {what} have the shape {matrix.shape}, the counts {shape} (genes, samples)."
        raise InputError("E-NORM-004", found, "Give one value per gene and sample.")
    return matrix


def _require_same(given: Iterable[Any], wanted: Sequence[str], what: str) -> None:
    names = {str(name) for name in given}
    missing = [name for name in wanted if name not in names]
    if missing:
        found = f"{len(missing):,} {what} of the counts have no value: {listed(missing)}."
        raise InputError("E-NORM-004", found, "Use the names of the counts.")


def _require_positive(values: np.ndarray, samples: Sequence[str]) -> None:
    bad = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
    if len(bad):
        first = ", ".join(f"{shown(samples[i])} {values[i]:g}" for i in bad[:5])
        found = f"{len(bad)} size factors are not positive numbers: {first}."
        raise InputError("E-NORM-002", found, "Size factors are positive; leave out samples without reads (--exclude).")


def _number(item: Any) -> float:
    try:
        return float(item)
    except (TypeError, ValueError):
        return float("nan")
