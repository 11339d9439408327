"""foldwise: differential expression from a count table, with DESeq2's numbers and a report.

The names below are all that a user needs; each is loaded when it is first used,
so that ``import foldwise`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_WHERE = {
    "de": "foldwise.api.analyze",
    "fit": "foldwise.api.analyze",
    "run": "foldwise.api.analyze",
    "certify": "foldwise.api.certify",
    "check": "foldwise.api.check",
    "qc_flags": "foldwise.api.sample_checks",
    "read": "foldwise.api.coerce",
    "write": "foldwise.api.write",
    "demo": "foldwise.api.demo",
    "simulate": "foldwise.api.simulate",
    "enrich": "foldwise.api.enrich",
    "signature": "foldwise.api.signature",
    "read_signature": "foldwise.api.signature",
    "Signature": "foldwise.api.signature",
    "compare": "foldwise.api.compare",
    "Comparison": "foldwise.api.compare",
    "choose_method": "foldwise.api.choose",
    "MethodChoice": "foldwise.model.choice",
    "power": "foldwise.api.power",
    "PowerCurve": "foldwise.api.power",
    "Results": "foldwise.api.results",
    "FittedModel": "foldwise.api.fitted",
    "Experiment": "foldwise.model.experiment",
    "Design": "foldwise.model.design",
    "Certificate": "foldwise.model.certificate",
    "Contrast": "foldwise.model.contrast",
    "ResultTable": "foldwise.model.results",
    "Status": "foldwise.model.fit",
    "Analysis": "foldwise.model.analysis",
    "AnalysisSpec": "foldwise.model.spec",
    "tl": "foldwise.accessor",
    "pl": "foldwise.accessor",
    "pp": "foldwise.accessor",
    "get": "foldwise.accessor",
    "FoldwiseError": "foldwise.errors",
    "FoldwiseWarning": "foldwise.errors",
    "InputError": "foldwise.errors",
    "DesignError": "foldwise.errors",
    "UsageError": "foldwise.errors",
}

__all__ = [
    "Analysis",
    "AnalysisSpec",
    "Certificate",
    "Comparison",
    "Contrast",
    "Design",
    "DesignError",
    "Experiment",
    "FittedModel",
    "FoldwiseError",
    "FoldwiseWarning",
    "InputError",
    "MethodChoice",
    "PowerCurve",
    "ResultTable",
    "Results",
    "Signature",
    "Status",
    "UsageError",
    "__version__",
    "certify",
    "check",
    "choose_method",
    "compare",
    "de",
    "demo",
    "enrich",
    "fit",
    "get",
    "pl",
    "power",
    "pp",
    "qc_flags",
    "read",
    "read_signature",
    "run",
    "signature",
    "simulate",
    "tl",
    "write",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    where = _WHERE.get(name)
    if where is None:
        raise AttributeError(f"module 'foldwise' has no attribute '{name}'")
    value = getattr(importlib.import_module(where), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
