"""An analysis with its certificate, and with a safe list beside it where the certificate failed."""

from __future__ import annotations

from dataclasses import replace

from foldwise.certify.certificate import certify
from foldwise.certify.columns import with_columns
from foldwise.certify.null_runs import Settings
from foldwise.certify.safe import safe_list
from foldwise.model.analysis import Analysis


def certified(analysis: Analysis, n: int, settings: Settings | None = None) -> Analysis:
    """Return the analysis with its certificate; no classical number changes.

    Where the verdict is FAIL the tables get the column ``padj_safe``, of the first fallback that does not fail.

    Parameters
    ----------
    analysis : Analysis
    n : int
        At most so many null runs of each kind.
    settings : Settings, optional
        By default from the spec, on one processor.
    """
    settings = settings or Settings(analysis.spec.correction.fdr, analysis.spec.run.seed)
    certificate = certify(analysis, n, settings)
    if certificate.verdict != "FAIL":
        return replace(analysis, certificate=certificate)
    safe, padj = safe_list(analysis, certificate, settings)
    results = analysis.results if not padj else tuple(
        with_columns(result, {"padj_safe": values}) for result, values in zip(analysis.results, padj, strict=True)
    )  # fmt: skip
    return replace(analysis, certificate=replace(certificate, safe=safe), results=results)
