"""What a run found, in words: by template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foldwise.model.analysis import Analysis
    from foldwise.model.interpretation import Interpretation
    from foldwise.report.gene_set_view import GeneSetTable


def interpretation(analysis: Analysis, gene_sets: Sequence[GeneSetTable] = ()) -> Interpretation:
    """Return the interpretation of an analysis.

    Parameters
    ----------
    analysis : Analysis
    gene_sets : sequence of GeneSetTable
        Finished enrichments of its comparisons.
    """
    from foldwise.report.interpretation.template import interpret

    return interpret(analysis, gene_sets)
