"""Arrow and parquet: the only file that imports pyarrow."""

from __future__ import annotations

from typing import Any

import pandas as pd

from foldwise.errors import UsageError


def require_arrow() -> Any:
    """Return the module pyarrow; raises E-EXTRA-001 without it."""
    try:
        import pyarrow
    except ImportError as error:
        raise UsageError("E-EXTRA-001", "Arrow and parquet need pyarrow.", "pip install 'foldwise[parquet]'") from error
    return pyarrow


def arrow_frame(value: Any) -> pd.DataFrame:
    """Return what speaks arrow's C stream protocol as pandas.

    Raises
    ------
    UsageError
        E-EXTRA-001 without pyarrow.
    """
    frame: pd.DataFrame = require_arrow().table(value).to_pandas()
    return frame
