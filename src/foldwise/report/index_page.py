"""The page that links the reports of several models: who is compared with whom, and how many genes are called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from foldwise.report.assets import content_security_policy, style
from foldwise.report.html import template
from foldwise.report.svg import shorten
from foldwise.report.words import listed, plural


def render_index(models: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """Return the page.

    Parameters
    ----------
    models : sequence of (folder, content of its run.json)
        Folders relative to the page.
    """
    n = sum(len(facts["contrasts"]) for _, facts in models)
    heading = f"{plural(n, 'comparison')} in {plural(len(models), 'model')}"
    return template("models.html.j2").render(
        policy=content_security_policy(),
        style=style(),
        title=f"{heading} · foldwise",
        heading=heading,
        version=str(models[0][1].get("versions", {}).get("foldwise", "")),
        models=[_model(folder, facts) for folder, facts in models],
    )


def write_index(models: Sequence[tuple[str, dict[str, Any]]], path: Path) -> None:
    """Write the page."""
    path.write_bytes(render_index(models).encode("utf-8", "replace"))


def _model(folder: str, facts: dict[str, Any]) -> dict[str, Any]:
    left = [shorten(str(name), 40) for name in facts["options"]["input"]["exclude"]][:12]
    warnings = [message for message in facts["messages"] if message["level"] == "warning"]
    return {
        "formula": shorten(str(facts["design"]["formula"]), 160),
        "samples": plural(int(facts["shape"]["samples"]), "sample") + (f" (without {listed(left)})" if left else ""),
        "report": f"{folder}/report.html",
        "warnings": plural(len(warnings), "warning") if warnings else "no warnings",
        "certificate": (facts.get("certificate") or {}).get("verdict", ""),
        "contrasts": facts["contrasts"],
    }
