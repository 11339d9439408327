"""Result tables with further columns; those that are there stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from foldwise.model.results import ResultTable
from foldwise.names import RESULT_COLUMNS


def with_columns(result: ResultTable, added: Mapping[str, np.ndarray]) -> ResultTable:
    """Return the table with more of the canonical columns, each (n_genes,), in their places."""
    whole = {**{str(name): result.table[name] for name in result.table.columns}, **added}
    ordered = {quantity.name: whole[quantity.name] for quantity in RESULT_COLUMNS if quantity.name in whole}
    return replace(result, table=pd.DataFrame(ordered, index=result.table.index, copy=False))
