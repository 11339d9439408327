"""Confidence intervals of the fold changes of a finished analysis, and calls across its contrasts."""

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
        E-USAGE-002 for a level that does not lie between 0 and 1, and for a method without standard errors.
    """
    import numpy as np
    import pandas as pd

    from foldwise.stats.confidence import confidence_interval

    if not 0 < level < 1:
        raise UsageError("E-USAGE-002", f"level must lie between 0 and 1; it is {level:g}.", "Usual is 0.95.")
    table, fit = result.table, analysis.fit
    if "log2_fold_change_se" not in table:
        found = f"Method {analysis.spec.method.name} has no standard errors, so its fold changes have no intervals."
        raise UsageError("E-USAGE-002", found, "Use limma-voom, limma-trend, deseq2 or ols.")
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


def decisions(analysis: Analysis, mode: str, fdr: float, lfc: float) -> pd.DataFrame:
    """Return -1, 0 or 1 for each gene and contrast (column names are contrast ids); empty where there is no p-value.

    Raises
    ------
    UsageError
        E-USAGE-001 for another mode; E-USAGE-002 where the run has no test of all contrasts at once.
    """
    import numpy as np
    import pandas as pd

    from foldwise import pipeline
    from foldwise.stats.decide_tests import ADJUSTMENTS, MODES, decide_tests

    if mode not in MODES:
        raise UsageError("E-USAGE-001", f"There is no mode {mode!r}.", f"Possible: {', '.join(MODES)}.")
    names = [result.contrast.id for result in analysis.results]

    def column(name: str) -> np.ndarray:
        return np.stack([result.table[name].to_numpy(dtype=np.float64) for result in analysis.results], axis=1)

    change, p = column("log2_fold_change"), column("pvalue")
    asked = analysis.spec.correction.method
    adjustment = asked if asked in ADJUSTMENTS else "bh"
    if mode == "global":
        found = decide_tests(p, change, mode="global", fdr=fdr, lfc=lfc, adjustment=adjustment)
    elif mode != "separate":
        rows = np.arange(len(p)) if analysis.fit.rows is None else analysis.fit.rows
        gene_p = pipeline.joint_test(analysis).pvalue
        joint = pipeline.joint_statistics(analysis) if mode == "nested-f" else None
        called = decide_tests(
            p[rows], change[rows], mode=mode, fdr=fdr, lfc=lfc, adjustment=adjustment, gene_p=gene_p, joint=joint
        )
        found = np.full(p.shape, np.nan)
        found[rows] = called
    else:  # by the correction and the filter of the run
        called = (column("padj") < fdr) & ((np.abs(change) > lfc) | (lfc == 0))
        found = np.where(np.isnan(p), np.nan, np.where(called, np.sign(change), 0.0))
    return pd.DataFrame(found, index=analysis.results[0].table.index, columns=names)
