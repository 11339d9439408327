"""The tidy table of one contrast."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from foldwise.model.contrast import Contrast


@dataclass(frozen=True, eq=False)
class ResultTable:
    """Results of one contrast for every gene.

    Parameters
    ----------
    contrast : Contrast
    table : DataFrame
        Index ``gene_id``; the canonical columns of `foldwise.names`, in that order; ``status`` as words.
    fdr, lfc_threshold : float
    statistic : str
        What the statistic is: ``z``, ``t``, ``F`` or ``LR``; empty where the test has none.
    facts : dict
        Numbers of the test and the correction (filter threshold, rejection curve, ...).
    """

    contrast: Contrast
    table: pd.DataFrame
    fdr: float = 0.05
    lfc_threshold: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    statistic: str = "statistic"

    @property
    def n_up(self) -> int:
        """Genes called with a positive fold change."""
        return int(((self.table["padj"] < self.fdr) & (self.table["log2_fold_change"] > 0)).sum())

    @property
    def n_down(self) -> int:
        """Genes called with a negative fold change."""
        return int(((self.table["padj"] < self.fdr) & (self.table["log2_fold_change"] < 0)).sum())

    @property
    def n_tested(self) -> int:
        """Genes with an adjusted p-value."""
        return int(self.table["padj"].notna().sum())
