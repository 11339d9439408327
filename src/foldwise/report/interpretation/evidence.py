"""Everything that may be said of one comparison: its table, named numbers of the run, names, and quotable sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from foldwise.io.wording import escaped
from foldwise.model.analysis import Analysis
from foldwise.model.fit import Status
from foldwise.model.results import ResultTable
from foldwise.report.gene_set_view import GeneSetTable
from foldwise.report.interpretation.certificate_facts import certificate_facts
from foldwise.report.words import redact

# Sets with padj below the FDR are significant; no table of sets means that none was tested.
_TWOFOLD = 1.0  # log2


@dataclass(frozen=True, eq=False)
class Evidence:
    """What sentences on one comparison are made from and held against.

    Parameters
    ----------
    table : DataFrame
        Index ``gene_id``, canonical columns.
    fdr : float
    contrast, label, direction : str
        Id of the comparison and its words.
    variable, target, reference : str
        Column and groups; empty where the comparison is not one of two groups.
    method, formula : str
    directional : bool
        Whether the adjusted p-value speaks for the sign of the fold change: not for likelihood ratio and joint tests,
        nor for tests that a change is small.
    facts : mapping of str to float
        Numbers of the run and of the comparison, by name (``n_genes``, ``n_up``, ``median_change``, ...).
    sets : tuple of GeneSetTable
        Enrichments of this comparison.
    verdict : str
        Of the certificate; empty where there is none.
    quotes : tuple of str
        Sentences of the run itself, which may be repeated word by word.
    names : frozenset of str
        Words that are no genes: columns, levels, samples.
    """

    table: pd.DataFrame
    fdr: float
    contrast: str = ""
    label: str = ""
    direction: str = ""
    variable: str = ""
    target: str = ""
    reference: str = ""
    method: str = ""
    formula: str = ""
    directional: bool = True
    facts: Mapping[str, float] = field(default_factory=dict)
    sets: tuple[GeneSetTable, ...] = ()
    verdict: str = ""
    quotes: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()


def evidence_of(analysis: Analysis, result: ResultTable, gene_sets: Sequence[GeneSetTable] = ()) -> Evidence:
    """Return what may be said of one comparison of an analysis.

    Parameters
    ----------
    analysis : Analysis
    result : ResultTable
        One of its comparisons.
    gene_sets : sequence of GeneSetTable
        Finished enrichments, of any comparison.
    """
    contrast, spec = result.contrast, analysis.spec
    verdict, numbers, quotes = certificate_facts(analysis.certificate, contrast.id)
    shape = {"n_genes": analysis.experiment.n_genes, "n_samples": analysis.experiment.n_samples}
    own = tuple(each for each in gene_sets if each.contrast == contrast.id)
    warnings = tuple(escaped(redact(m.text)) for m in analysis.messages if m.level == "warning")
    return Evidence(
        table=result.table,
        fdr=result.fdr,
        contrast=contrast.id,
        label=contrast.label,
        direction=contrast.direction,
        variable=contrast.variable or "",
        target=contrast.target or "",
        reference=contrast.reference or "",
        method=spec.method.name,
        formula=analysis.design.formula or "",
        directional=is_directional(spec.method.test, spec.method.alternative, contrast.direction),
        facts={
            **shape,
            "n_comparisons": len(analysis.results),
            **_group_sizes(analysis, result),
            **table_facts(result.table, result.fdr),
            **set_facts(own, result.fdr),
            **numbers,
        },
        sets=own,
        verdict=verdict,
        quotes=(*warnings, *quotes),
        names=frozenset([*map(str, analysis.experiment.samples.columns), *map(str, analysis.experiment.samples.index)]),
    )


def is_directional(test: str, alternative: str, direction: str) -> bool:
    """Tell whether the adjusted p-value of a test speaks for the sign of the fold change that is shown."""
    return test != "lrt" and alternative != "lessAbs" and not direction.startswith("fold change: ")


def table_facts(table: pd.DataFrame, fdr: float) -> dict[str, float]:
    """Return the named numbers of one result table: genes by call, by why they have no padj, and the spread."""
    change = table["log2_fold_change"].to_numpy(dtype=float)
    padj = table["padj"].to_numpy(dtype=float)
    called = padj < fdr
    status = table["status"].astype(str)[np.isnan(padj)].value_counts()
    counts = {f"n_{s.word}": int(status.get(s.word, 0)) for s in Status if s is not Status.OK}
    size = np.abs(change[called])
    size = size[np.isfinite(size)]
    spread: dict[str, float] = {}
    if size.size:
        spread = {"median_change": float(np.median(size)), "n_twofold": int((size >= _TWOFOLD).sum())}
    return {
        "fdr": fdr,
        "n_tested": int(np.isfinite(padj).sum()),
        "n_called": int(called.sum()),
        "n_up": int((called & (change > 0)).sum()),
        "n_down": int((called & (change < 0)).sum()),
        "n_untested": int(np.isnan(padj).sum()),
        "n_with_reads": len(table) - counts["n_all_zero"],
        **counts,
        **spread,
    }


def set_facts(sets: Sequence[GeneSetTable], fdr: float) -> dict[str, float]:
    """Return how many gene sets were tested and how many are significant; nothing where none was tested."""
    if not sets:
        return {}
    names = {str(name) for each in sets for name in each.table["gene_set"]}
    called = {str(name) for each in sets for name in significant_sets(each, fdr)["gene_set"]}
    return {"n_sets": len(names), "n_sets_called": len(called)}


def significant_sets(sets: GeneSetTable, fdr: float) -> pd.DataFrame:
    """Return the rows of an enrichment whose adjusted p-value is below the FDR, in their order."""
    padj = pd.to_numeric(sets.table["padj"], errors="coerce").to_numpy(dtype=float)
    return sets.table[padj < fdr]


def _group_sizes(analysis: Analysis, result: ResultTable) -> dict[str, Any]:
    factor = next((f for f in analysis.design.factors if f.name == result.contrast.variable), None)
    if factor is None:
        return {}
    sizes = np.bincount(np.asarray(factor.codes), minlength=len(factor.levels)).tolist()
    by_level = dict(zip(map(str, factor.levels), sizes, strict=True))
    pair = {"n_target": result.contrast.target, "n_reference": result.contrast.reference}
    return {name: by_level[level] for name, level in pair.items() if level in by_level}
