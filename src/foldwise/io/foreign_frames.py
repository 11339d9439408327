"""Data frames of other libraries (polars, arrow, anything that speaks one of their protocols) as pandas."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import pandas as pd

from foldwise.errors import UsageError

# What a data frame of some library has: pandas' own, arrow's C stream, the interchange protocol, polars' lazy frames.
_SIGNS = ("to_pandas", "__dataframe__", "__arrow_c_stream__", "collect")


def is_frame(value: object) -> bool:
    """Tell whether ``value`` is, or turns into, a data frame."""
    return isinstance(value, pd.DataFrame) or any(hasattr(value, name) for name in _SIGNS)


def as_pandas(value: Any) -> pd.DataFrame:
    """Return a data frame of any library, or a mapping of columns, as pandas.

    Raises
    ------
    UsageError
        E-USAGE-002 where it is none.
    """
    if isinstance(value, pd.DataFrame):
        return value
    if isinstance(value, pd.Series):
        return value.to_frame()
    if isinstance(value, dict):
        return pd.DataFrame(value)
    if hasattr(value, "collect") and not hasattr(value, "to_pandas"):
        value = value.collect()
    if hasattr(value, "to_pandas"):
        try:
            frame = value.to_pandas()
            return frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(frame)
        except ImportError:  # polars asks pyarrow for it; the columns can be had without
            return pd.DataFrame({name: value[name].to_list() for name in value.columns})
    if hasattr(value, "__dataframe__"):
        with warnings.catch_warnings():  # pandas 3 announces the end of the protocol; it is the last resort here
            warnings.simplefilter("ignore", DeprecationWarning)
            return pd.api.interchange.from_dataframe(value)
    if hasattr(value, "__arrow_c_stream__"):
        from foldwise.io.parquet import arrow_frame

        return arrow_frame(value)
    raise UsageError(
        "E-USAGE-002",
        f"A table was expected, not {type(value).__name__}.",
        "Give a path, a pandas, polars or arrow data frame, or an AnnData.",
    )


def index_is_default(index: pd.Index[Any]) -> bool:
    """Tell whether an index is 0, 1, 2, ... as pandas makes it when none is given."""
    return isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1 and index.name is None


def plain_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose text columns hold plain objects, missing cells as None, whichever type pandas gave them."""
    columns = [frame.iloc[:, i] for i in range(frame.shape[1])]
    plain = {
        i: pd.Series(
            [None if missing else cell for cell, missing in zip(column, column.isna(), strict=True)],
            index=frame.index,
            dtype=object,
        )
        if column.dtype == object or isinstance(column.dtype, pd.StringDtype)
        else column
        for i, column in enumerate(columns)
    }
    result = pd.DataFrame(plain, index=frame.index)
    result.columns = frame.columns
    return result


def text_labels(values: Iterable[Any]) -> list[str]:
    """Return labels as text; missing ones become empty, so that they are found."""
    return [value if type(value) is str else "" if pd.isna(value) else str(value) for value in values]
