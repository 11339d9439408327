"""Tests of gene sets on the fit of an analysis (camera, fry, roast) or on one number per gene (camera-pr)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from foldwise.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.annotate.gene_sets import GeneSets
    from foldwise.model.analysis import Analysis
    from foldwise.model.results import ResultTable

CORRELATION = 0.01


def require_test(test: str, correlation: float | None) -> None:
    """Raise E-USAGE-001 for an unknown test, E-USAGE-002 for a correlation that is none or not used."""
    from foldwise.annotate.set_tests import TESTS
    from foldwise.model.spec_options import nearest

    if test not in TESTS:
        fix = f"{nearest(test, TESTS)} Possible: {', '.join(TESTS)}.".strip()
        raise UsageError("E-USAGE-001", f"There is no test of gene sets {test!r}.", fix)
    if correlation == CORRELATION:
        return
    if not test.startswith("camera"):
        raise UsageError("E-USAGE-002", f"{test} takes no correlation.", "It is a setting of camera.")
    if correlation is None and test == "camera-pr":
        fix = "Give a number, or use camera, which has the residuals."
        raise UsageError("E-USAGE-002", "camera-pr cannot estimate the correlation: it has one number per gene.", fix)
    if correlation is not None and not -1 < correlation < 1:
        found = f"correlation must lie between -1 and 1; it is {correlation:g}."
        raise UsageError("E-USAGE-002", found, "Usual is 0.01; estimate takes it from the residuals.")


def fit_table(
    analysis: Analysis, result: ResultTable, sets: GeneSets, test: str, *, correlation: float | None, seed: int
) -> tuple[pd.DataFrame, list[str]]:
    """Return the table of camera, fry or roast, and the names of the genes they saw."""
    from foldwise.annotate.set_tests import sets_by_fit
    from foldwise.pipeline import set_model

    model = set_model(analysis, result.contrast)
    members, names = members_of(sets, result.table.iloc[model.rows])
    return sets_by_fit(test, model, members, correlation=correlation, seed=seed), names


def ranking_table(
    table: pd.DataFrame, statistic: str, sets: GeneSets, correlation: float | None
) -> tuple[pd.DataFrame, list[str]]:
    """Return the table of camera-pr on a result in canonical columns, and the names of the genes it saw."""
    import numpy as np

    from foldwise.annotate.set_tests import sets_by_ranking
    from foldwise.io.write_outputs import table_score

    score = table_score(table, statistic)
    known = np.isfinite(score)
    members, names = members_of(sets, table[known])
    return sets_by_ranking(score[known], members, correlation=float(correlation or 0.0)), names


def members_of(sets: GeneSets, table: pd.DataFrame) -> tuple[dict[str, list[int]], list[str]]:
    """Row numbers of the genes of each set, and the names that matched; sets of no gene or of all are left out."""
    from foldwise.annotate.gene_sets import match_genes
    from foldwise.api.enrich import kinds_of_names

    _, names = match_genes(sets, kinds_of_names(table))
    inside = sets.within(names)
    rows = _first_rows(names)
    found = {name: [rows[gene] for gene in genes] for name, genes in inside.genes.items()}
    return {name: genes for name, genes in found.items() if 0 < len(genes) < len(names)}, names


def _first_rows(names: Sequence[str]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for number, name in enumerate(names):
        if name:
            rows.setdefault(name, number)
    return rows
