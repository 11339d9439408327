"""What each method of ours takes and what it uses where nothing is asked for: the table behind checks and defaults."""

from __future__ import annotations

from dataclasses import dataclass, replace

from foldwise.model.spec import AnalysisSpec


@dataclass(frozen=True)
class MethodFacts:
    """Defaults and settings of one method.

    Parameters
    ----------
    settings : frozenset of str
        Fields of `foldwise.model.spec.MethodSettings` that the method uses, beside ``name``.
    size_factors : str
        Rule that ``auto`` means (``none`` for the transform ``log1p-raw``, which knows no depth).
    filter : str
        Filter that ``auto`` means: ``none`` or ``expression``.
    profiles : tuple of str
        Versions of R's package whose rules it knows, the default first.
    shrink : tuple of str
        Kinds of shrunken fold changes.
    thresholds : bool
        Whether it tests against a fold change (``--lfc``).
    filters_independently : bool
        Whether independent filtering is part of the method unless it is turned off.
    joint : bool
        Whether it tests several coefficients at once.
    length_offsets : bool
        Whether it takes gene lengths as offsets; else counts are put on the scale of equal lengths first.
    """

    settings: frozenset[str] = frozenset()
    size_factors: str = "ratio"
    filter: str = "none"
    profiles: tuple[str, ...] = ()
    shrink: tuple[str, ...] = ("none", "ashr")
    thresholds: bool = False
    filters_independently: bool = False
    joint: bool = False
    length_offsets: bool = False


_DESEQ2 = frozenset(
    {"engine", "profile", "test", "trend", "shrink", "alternative", "use_t", "cooks", "replace_outliers",
     "min_replicates_for_replace", "independent_filtering"}
)  # fmt: skip
_PLAIN = frozenset({"independent_filtering"})
_ANY = _PLAIN | {"shrink"}
_EDGER = MethodFacts(
    _PLAIN | {"robust", "profile", "prior_count", "threshold_null"},
    "tmm",
    "expression",
    ("edger-4.5", "edger-3"),
    ("none",),
    thresholds=True,
    joint=True,
    length_offsets=True,
)
# Name that asks for a method to be chosen; it is replaced before anything is fitted.
AUTO = "auto"
# The transform that takes counts as they are: neither size factors nor depth enter it.
RAW_TRANSFORM = "log1p-raw"
_LIMMA = MethodFacts(
    _ANY | {"robust", "block", "profile", "sample_weights"},
    "tmm",
    "expression",
    ("limma-3.63",),
    thresholds=True,
    joint=True,
)

METHOD_FACTS: dict[str, MethodFacts] = {
    "deseq2": MethodFacts(
        _DESEQ2, "ratio", "none", ("deseq2-1.38", "deseq2-1.44"), ("none", "apeglm", "ashr", "normal"),
        thresholds=True, filters_independently=True, length_offsets=True,
    ),
    "edger-ql": _EDGER,
    "edger-lrt": replace(_EDGER, settings=_EDGER.settings | {"trend", "span", "prior_df"}),
    "edger-exact": MethodFacts(
        _PLAIN | {"robust", "profile", "prior_count", "span", "prior_df"}, "tmm", "expression", _EDGER.profiles,
        ("none",),
    ),
    "limma-voom": replace(
        _LIMMA, settings=_LIMMA.settings | {"structural_zeros", "span", "adaptive_span", "exact_contrasts"}
    ),
    "limma-trend": replace(_LIMMA, settings=_LIMMA.settings | {"prior_count"}),
    "ols": MethodFacts(_ANY | {"transform"}, "tmm", joint=True),
    "t": MethodFacts(_ANY | {"transform", "equal_var"}, "tmm"),
    "wilcoxon": MethodFacts(_PLAIN | {"transform"}, "tmm", shrink=("none",)),
}  # fmt: skip


# Methods that compare groups and cannot hold anything beside the factor that they test.
GROUP_METHODS = ("t", "wilcoxon", "edger-exact")


def profile_of(spec: AnalysisSpec) -> str | None:
    """Return the profile asked for, or the method's own; None where it has none."""
    facts = METHOD_FACTS.get(spec.method.name)
    return spec.method.profile or (facts.profiles[0] if facts is not None and facts.profiles else None)


def size_factor_rule(spec: AnalysisSpec) -> str:
    """Return the rule for size factors that the settings mean."""
    rule = spec.normalization.size_factors
    if rule != "auto":
        return rule
    if spec.method.transform == RAW_TRANSFORM:
        return "none"
    return METHOD_FACTS.get(spec.method.name, MethodFacts()).size_factors


def takes_length_offsets(spec: AnalysisSpec) -> bool:
    """Return whether the method takes gene lengths as offsets."""
    return METHOD_FACTS.get(spec.method.name, MethodFacts()).length_offsets


def filter_rule(spec: AnalysisSpec) -> str:
    """Return the filter that the settings mean: ``none`` or ``expression``."""
    if spec.filter.rule != "auto":
        return spec.filter.rule
    return METHOD_FACTS.get(spec.method.name, MethodFacts()).filter


def filters_independently(spec: AnalysisSpec) -> bool:
    """Return whether genes of low mean are left out of the correction."""
    asked = spec.method.independent_filtering
    return METHOD_FACTS.get(spec.method.name, MethodFacts()).filters_independently if asked is None else asked
