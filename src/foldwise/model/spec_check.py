"""Settings that contradict each other are refused: nothing that was asked for is silently left out."""

from __future__ import annotations

from foldwise.errors import UsageError
from foldwise.model.method_facts import GROUP_METHODS, METHOD_FACTS, RAW_TRANSFORM, MethodFacts
from foldwise.model.spec import AnalysisSpec, MethodSettings, NormalizationSettings

# Words for the settings that a method may lack.
_WORDS = {
    "test": "a likelihood ratio test against a reduced formula",
    "shrink": "shrunken fold changes",
    "alternative": "an alternative other than greaterAbs",
    "engine": "the engine exact",
    "trend": "the choice of a dispersion trend",
    "use_t": "use_t",
    "cooks": "Cook's distances",
    "replace_outliers": "the replacement of outlier counts",
    "min_replicates_for_replace": "the replacement of outlier counts",
    "transform": "a transform: it models the counts themselves",
    "equal_var": "the choice between Welch's and Student's test (equal_var)",
    "robust": "a robust variance prior",
    "sample_weights": "quality weights of samples",
    "block": "blocks of correlated samples",
    "structural_zeros": "the handling of structural zeros",
    "exact_contrasts": "weights of each gene to take exact standard errors of contrasts from",
    "span": "a trend with a span",
    "adaptive_span": "a trend whose span follows the number of genes",
    "prior_df": "a prior of dispersions whose weight can be set",
    "prior_count": "a prior count",
    "threshold_null": "a null hypothesis between thresholds",
    "profile": "profiles",
    "independent_filtering": "independent filtering",
}


def require_consistent(spec: AnalysisSpec) -> None:
    """Raise E-USAGE-002 where settings do not go together.

    Parameters
    ----------
    spec : AnalysisSpec

    Raises
    ------
    UsageError
    """
    method, design = spec.method, spec.design
    if spec.learn.require_certificate and spec.learn.certificate in ("off", "0"):
        fix = "Leave require_certificate out, or ask for the certificate: auto, or a number of null runs."
        raise UsageError("E-USAGE-002", "A certificate is required and turned off.", fix)
    if method.test == "lrt" and design.reduced is None:
        fix = 'Give it with --reduced, such as --reduced "~ batch".'
        raise UsageError("E-USAGE-002", "The likelihood ratio test needs a reduced formula.", fix)
    if method.test != "lrt" and design.reduced is not None:
        fix = "Add --test lrt, or leave --reduced out."
        raise UsageError("E-USAGE-002", "A reduced formula is given, but the test is not lrt.", fix)
    if method.test == "lrt" and (spec.correction.lfc > 0 or method.alternative != "greaterAbs"):
        fix = "Use the Wald test for a threshold or a direction."
        raise UsageError("E-USAGE-002", "The likelihood ratio test knows no threshold and no direction.", fix)
    if method.test == "lrt" and method.use_t:
        fix = "Leave use_t out, or use the Wald test."
        raise UsageError("E-USAGE-002", "The likelihood ratio test has no t distribution.", fix)
    if spec.correction.lfc == 0 and method.alternative == "lessAbs":
        fix = "Give the bound with --lfc, such as --lfc 1."
        raise UsageError("E-USAGE-002", "lessAbs needs a bound above 0.", fix)
    if spec.correction.lfc == 0 and method.threshold_null != MethodSettings().threshold_null:
        fix = "Give the threshold with --lfc, such as --lfc 1."
        raise UsageError("E-USAGE-002", "threshold_null needs a threshold above 0.", fix)
    if method.adaptive_span and method.span is not None:
        fix = "Leave one of them out."
        raise UsageError("E-USAGE-002", "span sets what adaptive_span is to choose.", fix)
    if spec.learn.parts in ("factors", "all"):
        _require_room_for_factors(spec)
    _require_use_of_weights(spec)
    facts = METHOD_FACTS.get(method.name)
    if facts is not None:  # a plug-in checks its own settings
        _require_taken(spec, facts)


def _require_room_for_factors(spec: AnalysisSpec) -> None:
    """Raise E-USAGE-002 where hidden factors cannot be put into the model."""
    if spec.method.name in GROUP_METHODS:
        having = [name for name in METHOD_FACTS if name not in GROUP_METHODS]
        found = f"Method {spec.method.name} compares groups and can hold no hidden factors beside them."
        raise UsageError("E-USAGE-002", found, f"Leave --learn {spec.learn.parts} out, or use --method {_any(having)}.")
    if spec.method.test == "lrt":
        found = "Hidden factors are estimated for contrasts; the likelihood ratio test compares whole formulas."
        raise UsageError("E-USAGE-002", found, "Use the Wald test, or leave --learn factors out.")


def _require_use_of_weights(spec: AnalysisSpec) -> None:
    """Raise E-USAGE-002 where learned weights and the correction do not go together, or covariates have no use."""
    weights = spec.learn.parts in ("weights", "all")
    if weights and spec.correction.method != "bh":
        found = f"Learned weights are part of the correction bh; the correction here is {spec.correction.method}."
        raise UsageError("E-USAGE-002", found, f"Leave --correction or --learn {spec.learn.parts} out.")
    if spec.learn.covariates and not weights:
        found = f"Covariates ({', '.join(spec.learn.covariates)}) are what learned weights are made of."
        raise UsageError("E-USAGE-002", found, "Add --learn weights, or leave --covariate out.")


def _require_taken(spec: AnalysisSpec, facts: MethodFacts) -> None:
    """Raise E-USAGE-002 where a setting is asked of a method that does not have it."""
    method, defaults, name = spec.method, MethodSettings(), spec.method.name
    for setting, words in _WORDS.items():
        if setting not in facts.settings and getattr(method, setting) != getattr(defaults, setting):
            having = [other for other, its in METHOD_FACTS.items() if setting in its.settings]
            raise UsageError("E-USAGE-002", f"Method {name} does not have {words}.", f"Use --method {_any(having)}.")
    if method.shrink not in facts.shrink:
        words = ", ".join(facts.shrink)
        raise UsageError("E-USAGE-002", f"Method {name} has no shrinkage {method.shrink!r}.", f"Possible: {words}.")
    if method.profile is not None and method.profile not in facts.profiles:
        words = ", ".join(facts.profiles)
        raise UsageError("E-USAGE-002", f"Method {name} has no profile {method.profile!r}.", f"Possible: {words}.")
    if spec.correction.lfc > 0 and not facts.thresholds:
        having = [other for other, its in METHOD_FACTS.items() if its.thresholds]
        fix = f"Use --method {_any(having)}."
        raise UsageError("E-USAGE-002", f"Method {name} does not test against a fold change.", fix)
    if method.transform == RAW_TRANSFORM and spec.normalization != NormalizationSettings():
        found = f"The transform {RAW_TRANSFORM} takes counts as they are and no size factors."
        raise UsageError("E-USAGE-002", found, "Leave --size-factors out, or use --transform log1p or log2-cpm.")


def _any(words: list[str]) -> str:
    return ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else words[0]
