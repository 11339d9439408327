"""Storey's q-values: false discovery rates that count with the share of true null hypotheses."""

from __future__ import annotations

from typing import Any

import numpy as np

from foldwise.stats.qvalue import q_values


def storey(pvalue: np.ndarray, rule: str = "smoother") -> tuple[np.ndarray, dict[str, Any]]:
    """Q-values (n_genes,) and the facts of the step: ``pi0``, and whether it could be estimated (else it is 1)."""
    found = q_values(pvalue, rule)
    return found.q, {"pi0": found.pi0, "pi0_estimable": found.estimable, "pi0_curve": found.curve, "pi0_rule": rule}
