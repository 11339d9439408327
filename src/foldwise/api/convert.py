"""Counts of any format written in another one: what ``foldwise convert`` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.errors import UsageError
from foldwise.io.wording import shown_path
from foldwise.model.spec import AnalysisSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foldwise.io.write_matrix import Matrix
    from foldwise.model.analysis import Message


@dataclass(frozen=True, eq=False)
class Converted:
    """What was written.

    Parameters
    ----------
    path : Path
    n_genes, n_columns : int
    unit : str
        ``sample`` or ``cell``: what the columns are.
    lost : tuple of str
        What the format could not keep, in words.
    messages : tuple of Message
        What reading found.
    """

    path: Path
    n_genes: int
    n_columns: int
    unit: str
    lost: tuple[str, ...]
    messages: tuple[Message, ...]


def convert(
    counts: Sequence[str], out: str | Path, spec: AnalysisSpec | None = None, *, force: bool = False
) -> Converted:
    """Read counts and write them as the ending of ``out`` says: csv, tsv, txt (with .gz), parquet, h5ad or xlsx.

    Parameters
    ----------
    counts : sequence of path
        Anything that a run reads.
    out : path
    spec : AnalysisSpec, optional
        Its input settings apply: format, sheet, layer, samples, gtf, ...
    force : bool
        Replace an existing file.

    Raises
    ------
    UsageError
        E-USAGE-002 for another ending, E-IO-003 where ``out`` exists, E-IO-004 where it is an input, E-EXTRA-001.
    InputError
        Of reading.
    OutputError
        E-IO-001; an earlier file is untouched.
    """
    from foldwise.io.read import read_matrix
    from foldwise.io.write_matrix import ending, write_matrix

    spec, target = spec or AnalysisSpec(), Path(out)
    ending(target)
    _require_free(target, counts, spec, force)
    found, messages = read_matrix(tuple(counts), settings=spec.input)
    matrix, unit, named = _matrix(found, spec)
    lost = write_matrix(target, matrix)
    n_genes, n_columns = matrix.values.shape
    return Converted(target, n_genes, n_columns, unit, tuple(lost), (*messages, *named))


def _require_free(target: Path, counts: Sequence[str], spec: AnalysisSpec, force: bool) -> None:
    own = target.resolve()
    for name in (*counts, *filter(None, (spec.input.samples, spec.input.gtf, spec.input.genes, spec.input.tx2gene))):
        if Path(name).resolve() == own:
            raise UsageError("E-IO-004", f"{shown_path(target)} is read and would be written.", "Give another name.")
    if target.is_dir():
        raise UsageError("E-IO-003", f"{shown_path(target)} is a directory.", "Give the name of a file.")
    if target.exists() and not force:
        raise UsageError(
            "E-IO-003", f"{shown_path(target)} exists.", "Add --force to replace it, or give another name."
        )


def _matrix(found: Any, spec: AnalysisSpec) -> tuple[Matrix, str, tuple[Message, ...]]:
    """Return what is to be written, what its columns are, and what naming the genes said."""
    import pandas as pd

    from foldwise.api.coerce import named_experiment
    from foldwise.io.table import Table
    from foldwise.io.write_matrix import Matrix
    from foldwise.model.experiment import Experiment

    if isinstance(found, Table):
        genes = pd.DataFrame(found.annotation, index=pd.Index(found.row_names, dtype=object, name="gene_id"))
        index = pd.Index(found.column_names, dtype=object, name="cell")
        cells = pd.DataFrame(index=index) if found.samples is None else found.samples.set_axis(index)
        whole = Experiment(found.values, cells, genes)
        unit = "cell"
    else:
        whole, unit = found, "sample"
    whole, said = named_experiment(whole, spec)
    counts = whole.counts.to_dense() if hasattr(whole.counts, "to_dense") else whole.counts
    return Matrix(counts, whole.genes, whole.samples, getattr(whole, "lengths", None)), unit, said
