"""P-values weighted by a covariate (independent hypothesis weighting)."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise.errors import UsageError
from foldwise.stats.ihw import ihw


def weighted(
    pvalue: np.ndarray, covariate: np.ndarray | None, fdr: float, seed: int
) -> tuple[np.ndarray, dict[str, Any]]:
    """Adjusted p-values (n_genes,) and the facts of the step: weights, strata, folds and their weights.

    Raises
    ------
    UsageError
        E-USAGE-002 without a covariate.
    """
    if covariate is None:
        raise UsageError(
            "E-USAGE-002",
            "Correction ihw weights genes by a covariate, and there is none.",
            "Give one value per gene that does not depend on the comparison, such as the mean count.",
        )
    usable = np.where(np.isfinite(covariate), covariate, np.nan)
    found = ihw(pvalue, usable, fdr, seed=seed)
    facts = {
        "ihw_weight": found.weight, "ihw_group": found.group, "ihw_fold": found.fold,
        "ihw_fold_weights": found.fold_weights, "ihw_regularization": found.regularization,
    }  # fmt: skip
    return found.padj, facts
