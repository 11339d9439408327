"""What tests of gene sets take from a fit: effects of all genes, and what is known of their variances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.errors import UsageError
from foldwise.model.contrast import Contrast
from foldwise.model.fit import Fit, Status
from foldwise.stats.gene_effects import GeneEffects

# Methods with such effects, for messages.
METHODS = "limma-voom, limma-trend, edger-ql, edger-lrt or edger-exact"


@dataclass(frozen=True, eq=False)
class SetModel:
    """Effects of the genes that were fitted.

    Parameters
    ----------
    effects : GeneEffects
    rows : ndarray of int
        Row numbers of these genes among those of the fit.
    trend : bool
        The prior variance follows the mean.
    robust : bool
        Robust prior of the variances.
    unit_variance : bool
        The values are normal deviates, whose variance is 1 whatever the gene.
    """

    effects: GeneEffects
    rows: np.ndarray
    trend: bool = False
    robust: bool = False
    unit_variance: bool = False


def tested_rows(fit: Fit) -> np.ndarray:
    """Row numbers of the genes with numbers that can be rotated."""
    return np.flatnonzero((fit.status == Status.OK) | (fit.status == Status.NOT_CONVERGED))


def require_one_comparison(contrast: Contrast, block: str | None = None, weighted: bool = False) -> None:
    """Raise E-USAGE-002 for what tests of gene sets do not know: joint tests, blocks, observation weights."""
    if contrast.matrix is not None:
        found = f"Tests of gene sets take one comparison; {contrast.id!r} stands for several coefficients."
        raise UsageError("E-USAGE-002", found, "Name the comparisons one by one (--contrast VAR:TARGET:REFERENCE).")
    if block is not None:
        found = f"Tests of gene sets do not know correlated samples (--block {block})."
        raise UsageError(
            "E-USAGE-002", found, f"Put the block into the design (~ {block} + ...) and leave --block out."
        )
    if weighted:
        found = "Tests of gene sets by edgeR's methods do not know observation weights."
        raise UsageError("E-USAGE-002", found, "Leave the weights out.")
