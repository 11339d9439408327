"""An `Analysis` as one HTML file that needs nothing else. The only place that imports jinja2."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.interpretation import Interpretation
from foldwise.model.method_facts import profile_of
from foldwise.model.spec_paths import map_paths
from foldwise.model.spec_toml import to_toml
from foldwise.report.assets import content_security_policy, script, style
from foldwise.report.certificate_view import bound_entry, certificate_view, static_bound
from foldwise.report.citations import citations
from foldwise.report.contrast_view import contrast_view
from foldwise.report.design_view import design_view
from foldwise.report.embed import safe_json
from foldwise.report.flags_view import flags_view
from foldwise.report.gene_set_view import GeneSetTable, GeneSetView, gene_set_views
from foldwise.report.heatmap import heatmap_view
from foldwise.report.interpretation.template import interpret
from foldwise.report.learned_view import learned_view
from foldwise.report.methods_text import methods_paragraph
from foldwise.report.overlap_view import overlap_view
from foldwise.report.payload import WARN_BYTES, build_payload, gene_names
from foldwise.report.plots_samples import legend_key
from foldwise.report.quality import QualityView, quality_view
from foldwise.report.sheet import SheetColumn, sheet_columns
from foldwise.report.svg import PALETTE, SHAPES, shorten
from foldwise.report.trust_view import trust_view
from foldwise.report.verdict import verdict
from foldwise.report.words import listed, plural, redact, short_labels, whole

_MARKS = {"ok": "✓", "warning": "!", "note": "·"}
_MAX_LISTED = 60

# What a statistic is called in the line under the heading.
_TESTS = {"z": "Wald", "LR": "likelihood ratio"}
_TESTS_OF = {"wilcoxon": {"z": "Mann-Whitney U"}, "edger-exact": {"": "exact"}}


def render_report(
    analysis: Analysis,
    *,
    command: str | None = None,
    files: Sequence[object] = (),
    config: str | None = None,
    gene_sets: Sequence[GeneSetTable] = (),
    words: Interpretation | None = None,
) -> str:
    """Return the page.

    Parameters
    ----------
    analysis : Analysis
    command : str, optional
        The command that made it, as typed; absolute paths are cut to names.
    files : sequence
        What the run wrote (paths or names); only names are shown.
    config : str, optional
        Text of ``run.toml``; made from the settings where not given.
    gene_sets : sequence of GeneSetTable
        Finished enrichments, shown as they are.
    words : Interpretation, optional
        The result in words; by template where not given.
    """
    columns = sheet_columns(analysis)
    payload = build_payload(analysis)
    names, places = gene_names(analysis), payload.numbers()
    quality = quality_view(analysis, columns)
    shown = None if quality.colour_column is None else columns[quality.colour_column]
    heatmap = heatmap_view(analysis, names, shown)
    overlaps = overlap_view(analysis.results)
    contrasts = [
        {
            "verdict": verdict(analysis, r, names, places),
            "view": contrast_view(r, names),
            "bound": static_bound(analysis, r),
        }
        for r in analysis.results
    ]
    provenance = analysis.provenance
    versions = provenance.get("versions", {})
    version = str(versions.get("foldwise", ""))
    heading = _heading(analysis)
    entries = zip(payload.manifest["contrasts"], analysis.results, strict=True)
    manifest = payload.manifest | {
        "contrasts": [entry | {"bound": bound_entry(analysis, result)} for entry, result in entries],
        "palette": list(PALETTE),
        "shapes": list(SHAPES),
        "distances": None if quality.distances is None else quality.distances.entry(),
        "heatmap": None if heatmap is None else heatmap.entry(places),
        "sets": [] if overlaps is None else list(overlaps.sets),
    }
    return template().render(
        policy=content_security_policy(),
        style=style(),
        script=script(),
        title=f"{shorten(heading, 100)} · foldwise",
        heading=heading,
        version=version,
        facts=_facts(analysis),
        notes=_notes(payload.notes, payload.n_bytes),
        contrasts=contrasts,
        places=short_labels([result.contrast.label for result in analysis.results]),
        design=design_view(analysis, columns),
        messages=_messages(analysis),
        sample_checks=flags_view(analysis.flags),
        quality={"view": quality, "samples": quality.samples, "legend": _legend(quality, columns)},
        overlaps=overlaps,
        heatmap=heatmap,
        heatmap_legend=_legend(quality, columns) if heatmap is not None else [],
        gene_sets=_gene_sets(analysis, gene_sets, names),
        words=interpret(analysis, gene_sets) if words is None else words,
        certificate=certificate_view(analysis),
        trust=trust_view(analysis),
        learned=learned_view(analysis),
        methods=methods_paragraph(analysis),
        bibtex=citations(analysis),
        command=redact(command or ""),
        config=redact(to_toml(map_paths(analysis.spec, _name)) if config is None else config),
        inputs=[_input(entry) for entry in provenance.get("inputs", [])],
        versions=versions,
        files=[_relative(str(file)) for file in files][:_MAX_LISTED],
        marks=_MARKS,
        manifest=safe_json(manifest),
        blocks=payload.blocks,
    )


def write_report(
    analysis: Analysis,
    path: str | os.PathLike[str],
    *,
    command: str | None = None,
    files: Sequence[object] = (),
    config: str | None = None,
    gene_sets: Sequence[GeneSetTable] = (),
    words: Interpretation | None = None,
) -> int:
    """Write the page at once (temporary file, then rename) and return its size in bytes.

    The arguments are those of `render_report`.
    """
    page = render_report(analysis, command=command, files=files, config=config, gene_sets=gene_sets, words=words)
    data = page.encode("utf-8", "replace")
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return len(data)


def template(name: str = "page.html.j2") -> Any:
    """Return a template of this package; values are escaped."""
    return _environment().get_template(name)


@cache
def _environment() -> Any:
    import jinja2

    folder = str(package_files("foldwise.report") / "templates")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined, auto_reload=False
    )
    environment.filters |= {"shorten": shorten, "whole": whole, "clip_names": _clip_names}
    return environment


def _clip_names(names: Sequence[str]) -> str:
    return listed([shorten(name, 40) for name in names], 24)


def _name(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def _relative(path: str) -> str:
    """Return a path below the output folder as it is, any other cut to its name."""
    return path if not Path(path).is_absolute() and ".." not in path and ":" not in path else _name(path)


def _heading(analysis: Analysis) -> str:
    labels = [shorten(result.contrast.label, 120) for result in analysis.results]
    return labels[0] if len(labels) == 1 else f"{len(labels)} comparisons"


def _facts(analysis: Analysis) -> list[str]:
    """Return the run in a few words, under the heading."""
    experiment, method = analysis.experiment, analysis.spec.method
    facts = [f"{whole(experiment.n_genes)} genes × {plural(experiment.n_samples, 'sample')}"]
    if analysis.design.formula:
        facts.append(f"design {analysis.design.formula}")
    profile = profile_of(analysis.spec)
    numerics = f", profile {profile}" if profile else ""
    names = {**_TESTS, **_TESTS_OF.get(method.name, {})}
    tests = dict.fromkeys(names.get(result.statistic, result.statistic) for result in analysis.results)
    return [*facts, f"method {method.name}{numerics}", *(f"test {name}" for name in tests if name)]


def _notes(notes: tuple[str, ...], n_bytes: int) -> list[str]:
    if n_bytes > WARN_BYTES:
        return [*notes, f"This page holds {n_bytes / 1e6:.0f} MB of data; it may open slowly."]
    return list(notes)


def _messages(analysis: Analysis) -> list[dict[str, str]]:
    order = {"warning": 0, "note": 1, "ok": 2}
    found = sorted(analysis.messages, key=lambda message: order.get(message.level, 0))
    return [
        dataclasses.asdict(dataclasses.replace(m, text=redact(m.text), data={})) | {"mark": _MARKS.get(m.level, "!")}
        for m in found
    ]


def _legend(quality: QualityView, columns: list[SheetColumn]) -> list[tuple[str, str]]:
    if quality.colour_column is None:
        return []
    levels = columns[quality.colour_column].levels[:24]
    return [(level, legend_key(i, i)) for i, level in enumerate(levels)]


def _gene_sets(analysis: Analysis, tables: Sequence[GeneSetTable], names: np.ndarray | None) -> tuple[GeneSetView, ...]:
    labels = {result.contrast.id: result.contrast.label for result in analysis.results}
    known: dict[str, str] = {}
    if names is not None and tables:
        known = {str(i): str(n) for i, n in zip(analysis.experiment.genes.index, names, strict=True) if n}
    return gene_set_views(tables, labels, analysis.spec.correction.fdr, known)


def _input(entry: Any) -> dict[str, str]:
    return {"name": _name(str(entry.get("name", ""))), "sha256": str(entry.get("sha256", ""))}
