"""What joins the models of a contrasts file: all tables in one folder, an index page, methods, ``run.json``.

Layout of the directory: ``models/<name>/`` is the complete output of each model; ``results/`` holds the tables of all
comparisons, ``report.html`` links to the models' reports.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foldwise.io.staging import Staging
    from foldwise.model.spec import AnalysisSpec

FOLDER = "models"
_FROM_BEST = ("PASS", "WARN", "NONE", "FAIL")


def write_together(spec: AnalysisSpec, names: Sequence[str], directory: Path) -> dict[str, Any]:
    """Write the joint files of finished models; return the content of ``run.json``.

    Parameters
    ----------
    spec : AnalysisSpec
        With the contrasts file.
    names : sequence of str
        Folders of the models below ``models/``.
    directory : Path
        Locked by the caller; files of earlier models are removed.
    """
    from foldwise.io.run_json import earlier_files, read_run_json, write_run_json
    from foldwise.io.staging import COMMIT_MARK, Staging, writing
    from foldwise.model.spec_paths import rebased
    from foldwise.model.spec_toml import to_toml
    from foldwise.provenance import file_digest
    from foldwise.report import write_index

    folders = [f"{FOLDER}/{name}" for name in names]
    models = [(folder, read_run_json(directory / folder)) for folder in folders]
    own = {
        f"{folder}/{entry['name']}" for folder, facts in models for entry in [*facts["files"], {"name": COMMIT_MARK}]
    }
    stale = [name for name in earlier_files(directory) if name not in own]
    with Staging(directory) as staging, writing(directory):
        for folder, facts in models:
            for entry in facts["files"]:
                if entry["name"].startswith("results/"):
                    staging.file(entry["name"]).write_bytes((directory / folder / entry["name"]).read_bytes())
        _join_texts(staging, directory, models)
        staging.file("run.toml").write_text(to_toml(rebased(spec, ".", str(directory))), encoding="utf-8")
        if spec.output.report:
            write_index(models, staging.file("report.html"))
        facts = _facts(spec, models)
        digests = [{**file_digest(staging.path / name), "name": name} for name in staging.names()]
        digests += [{**file_digest(directory / name), "name": name} for name in sorted(own)]
        facts["files"] = digests
        write_run_json(staging.file(COMMIT_MARK), facts)
        staging.commit(stale)
    return facts


def _join_texts(staging: Staging, directory: Path, models: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Write ``methods.md`` with a part per model, and ``citations.bib`` with each work once."""
    parts, works = [], dict[str, str]()
    for folder, facts in models:
        text = (directory / folder / "methods.md").read_text(encoding="utf-8")
        title = f"{facts['design']['formula']} ({folder})"
        parts.append(re.sub(r"\A# Methods", f"# Methods: {title}", text))
        for entry in re.split(r"\n(?=@)", (directory / folder / "citations.bib").read_text(encoding="utf-8")):
            works.setdefault(entry.partition(",")[0], entry.strip("\n"))
    staging.file("methods.md").write_text("\n".join(parts), encoding="utf-8")
    staging.file("citations.bib").write_text("\n\n".join(works.values()) + "\n", encoding="utf-8")


def _facts(spec: AnalysisSpec, models: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    from foldwise.io.formats import source_files
    from foldwise.io.run_json import SCHEMA_VERSION, option_facts
    from foldwise.provenance import input_digests, machine, option_hash, resources, versions

    first = models[0][1]
    return {
        "schema_version": SCHEMA_VERSION,
        "versions": versions(),
        "machine": machine(),
        "inputs": input_digests(source_files(spec)),
        "input_format": first.get("input_format", "table"),
        "method": spec.method.name,
        "seed": spec.run.seed,
        "resources": resources(),
        "options": option_facts(spec),
        "option_hash": option_hash(spec),
        "shape": {"genes": first["shape"]["genes"], "samples": max(facts["shape"]["samples"] for _, facts in models)},
        "design": {"formula": None, "design_source": "contrasts file", "coefficients": []},
        "models": [
            {"folder": folder, "design": facts["design"], "shape": facts["shape"],
             "contrasts": [contrast["id"] for contrast in facts["contrasts"]]}
            for folder, facts in models
        ],
        "contrasts": [contrast for _, facts in models for contrast in facts["contrasts"]],
        "certificate": certificates_of({folder: facts.get("certificate") for folder, facts in models}),
        "messages": [
            {**message, "model": folder} for folder, facts in models for message in facts["messages"]
        ],
    }  # fmt: skip


def certificates_of(models: dict[str, Any]) -> dict[str, Any] | None:
    """Return the worst verdict and each model's certificate (`certificate_facts`); None where no model has one."""
    verdicts = [_FROM_BEST.index(facts["verdict"]) for facts in models.values() if facts is not None]
    return {"verdict": _FROM_BEST[max(verdicts)], "models": models} if verdicts else None


def model_folders(directory: Path) -> list[Path]:
    """Return the folders of the models of a run, or nothing where it is an ordinary one."""
    from foldwise.io.run_json import read_run_json

    return [directory / str(model["folder"]) for model in read_run_json(directory).get("models", [])]


def require_one_model(directory: Path) -> None:
    """Raise E-USAGE-002 where a directory holds several models, each of which is a run of its own."""
    folders = model_folders(directory)
    if folders:
        found = f"{directory} holds {len(folders)} models of a contrasts file; each is a run of its own."
        raise UsageError("E-USAGE-002", found, f"Give one of them, such as {folders[0]}.")
