"""``run.json``: what a run was and what it left, for machines; its presence marks a finished run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from foldwise.errors import InputError
from foldwise.io.certificate_json import certificate_facts
from foldwise.io.learned_facts import learned_facts
from foldwise.io.staging import COMMIT_MARK
from foldwise.io.write_outputs import file_stems
from foldwise.model.analysis import Analysis
from foldwise.model.flags import Flags
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_paths import map_paths
from foldwise.provenance import file_digest, option_hash

SCHEMA_VERSION = 1


def contrast_facts(analysis: Analysis) -> list[dict[str, Any]]:
    """Return one object per contrast: id, direction in words, numbers of genes."""
    facts = []
    for result, stem in zip(analysis.results, file_stems(analysis.results), strict=True):
        facts.append(
            {
                "id": result.contrast.id,
                "label": result.contrast.label,
                "direction": result.contrast.direction,
                "n_tested": result.n_tested,
                "n_up": result.n_up,
                "n_down": result.n_down,
                "fdr": result.fdr,
                "status": {str(k): int(v) for k, v in sorted(result.table["status"].value_counts().items()) if v},
                "table": f"results/{stem}.tsv",
            }
        )
    return facts


def check_facts(flags: Flags) -> dict[str, Any]:
    """Return what was checked of the samples, and every flag."""
    return {
        "checks": [{"rule": c.rule, "applied": c.applied, "text": c.text} for c in flags.checks],
        "flags": [
            {"sample": f.sample, "rule": f.rule, "level": f.level, "text": f.text, "values": dict(f.values)}
            for f in flags.flags
        ],
    }


def option_facts(spec: AnalysisSpec) -> dict[str, Any]:
    """Return all settings, paths cut to names, without the place of the output."""
    options = dataclasses.asdict(map_paths(spec, lambda path: Path(path).name))
    del options["output"]["directory"]
    return options


def run_facts(
    analysis: Analysis, folder: Path, files: Sequence[str], messages: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return the content of ``run.json``.

    Parameters
    ----------
    analysis : Analysis
    folder : Path
        Where ``files`` lie now.
    files : sequence of str
        Written files, relative to ``folder``.
    messages : sequence of dict
        Warnings and notes, each with ``level``, ``code``, ``msg``.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        **analysis.provenance,
        "options": option_facts(analysis.spec),
        "option_hash": option_hash(analysis.spec),
        "shape": {"genes": analysis.experiment.n_genes, "samples": analysis.experiment.n_samples},
        "design": {
            "formula": analysis.design.formula,
            "design_source": analysis.design.source,
            "coefficients": list(analysis.design.coefficient_names),
        },
        "contrasts": contrast_facts(analysis),
        "sample_checks": None if analysis.flags is None else check_facts(analysis.flags),
        "certificate": certificate_facts(analysis.certificate),
        "learned": learned_facts(analysis.learned),
        "messages": list(messages),
        "files": [{**file_digest(folder / name), "name": name} for name in files],
    }


def write_run_json(path: Path, facts: dict[str, Any]) -> None:
    """Write the object, readable, keys in the order given."""
    path.write_text(json.dumps(facts, indent=1, ensure_ascii=False, default=_plain) + "\n", encoding="utf-8")


def read_run_json(directory: Path) -> dict[str, Any]:
    """Return the object of a finished run.

    Raises
    ------
    InputError
        E-FILE-007: no finished run there, or the file is not ours.
    """
    path = directory / COMMIT_MARK
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(facts, dict) and isinstance(facts.get("files"), list):
            return facts
        reason = "is not a run.json of foldwise"
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    except ValueError:
        reason = "is not JSON"
    fix = "Give the output directory of a finished foldwise run."
    raise InputError("E-FILE-007", f"{path} {reason}: there is no finished run.", fix, where=str(path))


def earlier_files(directory: Path) -> list[str]:
    """Return the files that the run in ``directory`` wrote, or an empty list where there is none."""
    try:
        entries = read_run_json(directory)["files"]
    except InputError:
        return []
    return [entry["name"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("name"), str)]


def _plain(value: Any) -> Any:
    """Return NumPy scalars and arrays as plain values."""
    return value.tolist() if hasattr(value, "tolist") else str(value)
