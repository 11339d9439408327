"""Custom content for MultiQC reports: a table of contrasts, and columns for its table of samples."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.certificate import VERDICTS, Certificate
from foldwise.model.experiment import CSRCounts

CONTRASTS, SAMPLES = "multiqc/foldwise_mqc.json", "multiqc/foldwise_samples_mqc.json"


def multiqc_files(analysis: Analysis) -> dict[str, bytes]:
    """Return file name and content of what MultiQC picks up.

    MultiQC puts texts into HTML as they are, so what users named is escaped here.
    """
    return {CONTRASTS: _json(contrast_content(analysis)), SAMPLES: _json(sample_content(analysis))}


def contrast_content(analysis: Analysis) -> dict[str, Any]:
    """Return a table with a row per contrast."""
    fdr = analysis.spec.correction.fdr
    headers = {
        "tested": _column("Tested", "Genes with an adjusted p-value", "{:,.0f}", "Greys"),
        "up": _column("Up", f"Higher in the target at FDR {fdr:g}", "{:,.0f}", "Oranges"),
        "down": _column("Down", f"Lower in the target at FDR {fdr:g}", "{:,.0f}", "Blues"),
        "low_count": _column("Low count", "Too few reads to be tested", "{:,.0f}", "Greys"),
        "verdict": {"title": "Verdict", "description": "What came out, in words", "scale": False},
    }
    if analysis.certificate is not None:
        words = f"Certificate of the false discovery rate: {', '.join(VERDICTS)}"
        headers["certificate"] = {"title": "Certificate", "description": words, "scale": False}
    formula = escape(analysis.design.formula or "given matrix")
    return {
        "id": "foldwise",
        "section_name": "Differential expression (foldwise)",
        "description": f"Method {escape(analysis.spec.method.name)}, design <code>{formula}</code>, "
        f"{analysis.experiment.n_genes:,} genes, {analysis.experiment.n_samples} samples.",
        "plot_type": "table",
        "pconfig": {"id": "foldwise_table", "title": "foldwise: contrasts", "col1_header": "Contrast"},
        "headers": headers,
        "data": {escape(result.contrast.id): _row(result, analysis.certificate) for result in analysis.results},
    }


def sample_content(analysis: Analysis) -> dict[str, Any]:
    """Return size factor and number of detected genes of every sample, for the table at the top."""
    names = [_inert(str(name)) for name in analysis.experiment.samples.index]
    detected = _detected(analysis.experiment.counts)
    factors = np.asarray(analysis.size_factors.values, dtype=float)
    depth = "Depth relative to the other samples; counts are divided by it (foldwise)"
    seen = "Genes with at least one read (foldwise)"
    columns = [
        {"detected_genes": _column("Genes", seen, "{:,.0f}", "Greens")},
        {"size_factor": _column("Size factor", depth, "{:,.2f}", "Purples")},
    ]
    data = {
        name: {"detected_genes": int(detected[i]), "size_factor": float(factors[i])} for i, name in enumerate(names)
    }
    return {"id": "foldwise_samples", "plot_type": "generalstats", "pconfig": columns, "data": data}


def _inert(name: str) -> str:
    """Return a name without markup; ``&`` stays, so that the row is that of the other tools."""
    return escape(name).replace("&amp;", "&")


def _column(title: str, description: str, shown: str, scale: str) -> dict[str, Any]:
    return {"title": title, "description": description, "format": shown, "min": 0, "scale": scale}


def _row(result: Any, certificate: Certificate | None) -> dict[str, Any]:
    contrast = result.contrast
    if result.n_up + result.n_down:
        target = f" in {contrast.target}" if contrast.target else ""
        verdict = f"{result.n_up:,} genes up{target} and {result.n_down:,} down at FDR {100 * result.fdr:g} %"
    else:
        verdict = f"no gene called at FDR {100 * result.fdr:g} %"
    low = int((result.table["status"] == "low_count").sum())
    numbers = {"tested": result.n_tested, "up": result.n_up, "down": result.n_down, "low_count": low}
    judged = {} if certificate is None else {"certificate": certificate.verdict}
    return {**numbers, "verdict": escape(verdict), **judged}


def _detected(counts: Any) -> np.ndarray:
    if isinstance(counts, CSRCounts):
        return np.bincount(counts.indices[counts.data > 0], minlength=counts.shape[1])
    return np.count_nonzero(counts > 0, axis=0)


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")
