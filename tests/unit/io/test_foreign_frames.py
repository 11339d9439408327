"""Frames of polars and arrow, lazy ones too, give what pandas gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow
import pytest

import foldwise as fw
from foldwise.io.foreign_frames import as_pandas, is_frame

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
CONTRAST = ("group", "treated", "control")


class Column:
    def __init__(self, values):
        self.values = values

    def to_list(self):
        return list(self.values)


class LikePolars:
    """What polars' DataFrame offers without pyarrow: ``to_pandas`` fails, columns can be listed."""

    def __init__(self, frame):
        self.frame = frame

    @property
    def columns(self):
        return [str(name) for name in self.frame.columns]

    def __getitem__(self, name):
        return Column(self.frame[name].tolist())

    def to_pandas(self):
        raise ModuleNotFoundError("pyarrow is required for to_pandas")


class LikeLazy:
    """A frame that is computed on demand."""

    def __init__(self, frame):
        self.frame = frame

    def collect(self):
        return LikePolars(self.frame)


class Interchange:
    """A frame of the dataframe interchange protocol."""

    def __init__(self, frame):
        self.frame = frame

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True):
        return self.frame.__dataframe__(allow_copy=allow_copy)


class Stream:
    """A frame of which only the C stream of arrow is known."""

    def __init__(self, frame):
        self.table = pyarrow.Table.from_pandas(frame, preserve_index=False)

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


KINDS = {
    "arrow": lambda frame: pyarrow.Table.from_pandas(frame, preserve_index=False),
    "arrow batches": lambda frame: pyarrow.RecordBatch.from_pandas(frame, preserve_index=False),
    "polars": LikePolars,
    "lazy": LikeLazy,
    "interchange": Interchange,
    "stream": Stream,
    "columns": lambda frame: {name: frame[name].tolist() for name in frame.columns},
}


@pytest.mark.parametrize("kind", KINDS)
def test_m12_every_kind_of_frame_gives_the_same_numbers(kind):
    data = fw.simulate(300, 6, seed=2, share_changed=0.2)
    expected = fw.de(data.counts, data.samples, "~ group", contrast=CONTRAST)
    counts, samples = (KINDS[kind](frame.reset_index()) for frame in (data.counts, data.samples))
    found = fw.de(counts, samples, "~ group", contrast=CONTRAST)
    assert found.table.index.equals(expected.table.index)
    pd.testing.assert_frame_equal(found.table, expected.table, check_exact=True)
    assert isinstance(found.table, pd.DataFrame)


def test_columns_of_arrow_keep_their_meaning():
    table = pyarrow.table({"gene": ["1-2", "001", None], "a": pyarrow.array([1, 2, None], pyarrow.uint32())})
    frame = as_pandas(table)
    assert frame["gene"].tolist() == ["1-2", "001", None]
    assert frame["a"].tolist()[:2] == [1, 2]
    assert np.isnan(frame["a"].tolist()[2])


def test_what_is_no_frame_is_refused():
    assert not is_frame("counts.tsv")
    with pytest.raises(fw.UsageError, match=r"E-USAGE-002.*not int"):
        as_pandas(3)
