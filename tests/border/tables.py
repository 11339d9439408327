"""Small tables of counts and sheets as files, and the reading of them in one call."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from foldwise.errors import FoldwiseError
from foldwise.io.read import read
from foldwise.model.experiment import Experiment
from foldwise.model.spec import InputSettings

SAMPLES = ("c1", "c2", "t1", "t2")
N_GENES = 24


def counts(n_genes: int = N_GENES, n_samples: int = 4) -> np.ndarray:
    """Counts whose columns differ, with libraries of about 250,000 reads."""
    return np.random.default_rng(7).integers(5_000, 15_000, size=(n_genes, n_samples))


def genes(n_genes: int = N_GENES) -> list[str]:
    return [f"gene{i}" for i in range(n_genes)]


def text(
    values: np.ndarray | Sequence[Sequence[object]],
    rows: Sequence[str] | None = None,
    columns: Sequence[str] = SAMPLES,
    sep: str = "\t",
    end: str = "\n",
    corner: str = "gene_id",
) -> str:
    """A table as text; values may hold any text."""
    rows = genes(len(values)) if rows is None else rows
    lines = [sep.join([corner, *columns])]
    lines += [sep.join([row, *map(str, cells)]) for row, cells in zip(rows, values, strict=True)]
    return end.join(lines) + end


def cells(values: np.ndarray | None = None) -> list[list[str]]:
    """Counts as text, to put odd cells into."""
    return [[str(v) for v in row] for row in (counts() if values is None else values)]


class Folder:
    """A directory with a count table and a sheet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sheet("".join(f"{name}\t{'ctrl' if name[0] == 'c' else 'drug'}\n" for name in SAMPLES))

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def counts(self, content: str | bytes, name: str = "counts.tsv") -> Path:
        self.table = self.file(name, content)
        return self.table

    def gz(self, content: str | bytes, name: str = "counts.tsv.gz") -> Path:
        return self.counts(gzip.compress(content.encode() if isinstance(content, str) else content), name)

    def sheet(self, body: str, header: str = "sample\tgroup\n", name: str = "samples.tsv") -> Path:
        self.samples = self.file(name, header + body)
        return self.samples

    def read(self, needs_integers: bool = True, log_method: bool = False, **settings: object):
        return read(
            self.table,
            self.samples,
            settings=InputSettings(**settings),
            needs_integers=needs_integers,
            log_method=log_method,
        )

    def experiment(self, **settings: object) -> Experiment:
        return self.read(**settings)[0]

    def fails(self, id: str, *words: str, exit_code: int = 3, **settings: object) -> FoldwiseError:
        """Reading raises this id; the sentence holds these words, the fix is not empty."""
        with pytest.raises(FoldwiseError) as caught:
            self.read(**settings)
        return checked(caught.value, id, words, exit_code)

    def warns(self, id: str, *words: str, **settings: object) -> Experiment:
        """Reading gives exactly one warning of this id; its text holds these words."""
        experiment, messages = self.read(**settings)
        found = [message for message in messages if message.level == "warning"]
        assert [message.id for message in found] == [id], [message.text for message in found]
        for word in words:
            assert word in found[0].text, found[0].text
        return experiment

    def silent(self, **settings: object) -> Experiment:
        """Reading gives no warning."""
        experiment, messages = self.read(**settings)
        assert not [message.text for message in messages if message.level == "warning"]
        return experiment


def checked(error: FoldwiseError, id: str, words: Iterable[str] = (), exit_code: int = 3) -> FoldwiseError:
    assert error.id == id, error
    for word in words:
        assert word in f"{error.found} {error.fix}", str(error)
    assert error.fix
    assert error.exit_code == exit_code
    assert str(error).isprintable()
    return error


def same(experiment: Experiment, values: np.ndarray, rows: Sequence[str], columns: Sequence[str] = SAMPLES) -> None:
    """The experiment holds exactly these values and names."""
    np.testing.assert_array_equal(experiment.counts, values)
    assert list(experiment.genes.index) == list(rows)
    assert list(experiment.samples.index) == list(columns)


def sheet_frame(names: Sequence[str] = SAMPLES) -> pd.DataFrame:
    return pd.DataFrame(
        {"group": ["ctrl" if i < len(names) / 2 else "drug" for i in range(len(names))]}, index=list(names)
    )
