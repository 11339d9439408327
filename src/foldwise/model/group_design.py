"""Designs that compare groups of samples and hold nothing else, for the tests that cannot adjust for covariates."""

from __future__ import annotations

from foldwise.errors import UsageError
from foldwise.model.columns import shorten
from foldwise.model.design import Design
from foldwise.stats.group_moments import Groups, one_way_groups


def require_groups(design: Design, method: str) -> Groups:
    """Return the groups of a one-way design: one factor, or all combinations of several (``~ a * b``).

    Raises
    ------
    UsageError
        E-USAGE-002 where the design has covariates or factors that are added up.
    """
    groups = one_way_groups(design.matrix)
    if groups is not None:
        return groups
    variables = [*(factor.name for factor in design.factors), *design.numeric]
    named = f" ({shorten(variables, 8)})" if variables else ""
    raise UsageError(
        "E-USAGE-002",
        f"Method {method} compares groups of samples and cannot adjust for further variables; the design"
        f"{' ' + design.formula if design.formula else ''} has them{named}.",
        "Keep the factor that is compared alone in the design (--design '~ group'), or use a method that fits the "
        "whole design: ols, limma-trend, deseq2.",
        data={"method": method, "variables": variables},
    )
