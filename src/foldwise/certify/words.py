"""Sentences of a certificate that hang on the design: why it cannot be made, and what it cannot see."""

from __future__ import annotations

from collections.abc import Sequence

from foldwise.certify.labelings import Labelings
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design

BLIND = (
    "The certificate tests calibration under regrouping of these samples. It cannot see a batch that coincides with "
    "the condition."
)
# Fewer samples in a compared group cannot be split.
LEAST = 3


def group_sizes(design: Design, contrast: Contrast) -> tuple[int, int] | None:
    """Return the numbers of samples of target and reference; None where a contrast compares no two levels."""
    factor = design.factor(contrast.variable) if contrast.variable else None
    if factor is None or contrast.target not in factor.levels or contrast.reference not in factor.levels:
        return None
    sizes = factor.sizes()
    return sizes[factor.levels.index(contrast.target)], sizes[factor.levels.index(contrast.reference)]


def impossible(design: Design, contrasts: Sequence[Contrast]) -> str:
    """Return why there can be no certificate, as a sentence; empty where there can."""
    if design.residual_df < 2:
        return (
            f"{design.n_samples} samples and {design.n_coefficients} coefficients leave no degree of freedom for a "
            "fake factor."
        )
    for contrast in contrasts:
        sizes = group_sizes(design, contrast)
        if sizes is not None and min(sizes) < LEAST:
            return f"{contrast.label}: {sizes[0]} v {sizes[1]} samples are too few to be split into null groups."
    return ""


def limits(design: Design, contrasts: Sequence[Contrast], labelings: Labelings, n_runs: int) -> tuple[str, ...]:
    """Return what is always said: what cannot be seen, and how little few samples tell."""
    found = []
    sizes = [pair for contrast in contrasts if (pair := group_sizes(design, contrast)) is not None]
    if sizes and labelings.n_distinct is not None and labelings.n_distinct < n_runs + 1 and labelings.n_distinct < 100:
        least = min(sizes, key=min)
        found.append(
            f"{least[0]} v {least[1]} has only {labelings.n_distinct} fake groupings; no level below "
            f"{100 / (labelings.n_distinct + 1):.2g} % can be certified."
        )
    return (*found, BLIND)
