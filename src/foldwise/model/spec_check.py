"""Settings that contradict each other are refused: nothing that was asked for is silently left out."""

from __future__ import annotations

from foldwise.errors import UsageError
from foldwise.model.spec import AnalysisSpec, MethodSettings, NormalizationSettings

# Settings that only the negative binomial method has, with the words for them.
_ONLY_DESEQ2 = {
    "test": "the likelihood ratio test",
    "shrink": "shrunken fold changes",
    "alternative": "an alternative other than greaterAbs",
    "engine": "the engine exact",
    "trend": "a trend of the dispersion",
    "use_t": "use_t",
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
    if method.name == "deseq2" and method.transform is not None:
        fix = "Leave --transform out, or use --method ols."
        raise UsageError("E-USAGE-002", "deseq2 fits the counts themselves and takes no transform.", fix)
    if method.name == "ols":
        _require_plain(spec)


def _require_plain(spec: AnalysisSpec) -> None:
    """Raise E-USAGE-002 where a setting of deseq2 is asked of ols."""
    defaults = MethodSettings()
    for name, words in _ONLY_DESEQ2.items():
        if getattr(spec.method, name) != getattr(defaults, name):
            raise UsageError("E-USAGE-002", f"Method ols does not have {words}.", "Use --method deseq2.")
    if spec.correction.lfc > 0:
        raise UsageError("E-USAGE-002", "Method ols does not test against a fold change.", "Use --method deseq2.")
    if spec.normalization != NormalizationSettings():
        fix = "Choose --transform, or use --method deseq2."
        raise UsageError("E-USAGE-002", "Method ols scales by library size and takes no size factors.", fix)
