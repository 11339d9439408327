"""Confidence intervals of the fold changes of a finished analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foldwise.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.model.analysis import Analysis
    from foldwise.model.results import ResultTable


def confidence_intervals(analysis: Analysis, result: ResultTable, level: float) -> pd.DataFrame:
    """Return ``log2_fold_change``, ``low`` and ``high`` of each gene.

    Raises
    ------
    UsageError
        E-USAGE-002 for a level that does not lie between 0 and 1.
    """
    import numpy as np
    import pandas as pd

    from foldwise.stats.confidence import confidence_interval

    if not 0 < level < 1:
        raise UsageError("E-USAGE-002", f"level must lie between 0 and 1; it is {level:g}.", "Usual is 0.95.")
    table, fit = result.table, analysis.fit
    degrees = result.facts.get("df", result.facts.get("df_total"))
    if degrees is None:
        degrees = fit.residual_df if analysis.spec.method.use_t else np.inf
    df = np.asarray(degrees, dtype=np.float64)
    if df.ndim:
        df = fit.spread(df, len(table))
    estimate = table["log2_fold_change"].to_numpy(dtype=np.float64)
    se = table["log2_fold_change_se"].to_numpy(dtype=np.float64)
    low, high = confidence_interval(estimate, se, level, df)
    return pd.DataFrame({"log2_fold_change": estimate, "low": low, "high": high}, index=table.index)
