"""A stopped run continued: what is kept on the way, and whether a directory holds this very run already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from foldwise.errors import FoldwiseWarning
    from foldwise.io.checkpoints import Checkpoints
    from foldwise.model.experiment import Experiment
    from foldwise.model.spec import AnalysisSpec


def was_stopped(directory: Path) -> bool:
    """Tell whether ``directory`` shows the traces of a run that was stopped (ask before locking it)."""
    if not directory.is_dir():
        return False
    # With a contrasts file each model has a folder of its own, and is finished by itself
    begun = any(directory.glob("models/*/run.json")) and not (directory / "run.json").exists()
    return begun or any(directory.glob(".foldwise.*")) or any(directory.glob("models/*/.foldwise.*"))


def checkpoints(
    directory: Path,
    spec: AnalysisSpec,
    experiment: Experiment,
    *,
    resume: bool,
    warn: Callable[[FoldwiseWarning], None],
) -> Checkpoints:
    """Return the checkpoints of a run of ``spec`` on ``experiment`` into ``directory``."""
    from foldwise.io.checkpoints import Checkpoints, run_key
    from foldwise.provenance import option_hash, versions

    others = [Path(name).read_bytes() for name in _number_files(spec)]
    given = [memoryview(content).cast("B") for content in others]
    return Checkpoints(directory, run_key(option_hash(spec), versions(), experiment, given), resume=resume, warn=warn)


def finished_run(directory: Path, spec: AnalysisSpec) -> dict[str, Any] | None:
    """Return the content of ``run.json`` where ``directory`` holds the finished run of ``spec``, each file intact.

    Parameters
    ----------
    directory : Path
    spec : AnalysisSpec
        With formula and contrasts as they were resolved.

    Raises
    ------
    UsageError
        E-IO-003 where it holds the finished run of other settings, inputs or version.
    """
    import foldwise
    from foldwise.io.formats import source_files
    from foldwise.io.run_json import option_facts, read_run_json
    from foldwise.provenance import file_digest, input_digests

    try:
        facts = read_run_json(directory)
    except InputError:
        return None
    wanted = json.loads(json.dumps(option_facts(spec)))
    inputs = [entry["sha256"] for entry in input_digests(source_files(spec))]
    same = facts.get("options") == wanted and [entry.get("sha256") for entry in facts.get("inputs", [])] == inputs
    if not same or facts.get("versions", {}).get("foldwise") != foldwise.__version__:
        found = f"{directory} holds the finished run of other settings, inputs or version."
        raise UsageError("E-IO-003", found, "Add --force to replace it, or give another directory with -o.")
    paths = [(directory / entry["name"], entry["sha256"]) for entry in facts["files"]]
    intact = all(path.is_file() and file_digest(path)["sha256"] == digest for path, digest in paths)
    return facts if intact else None


def _number_files(spec: AnalysisSpec) -> list[str]:
    """Return the files beside counts and samples whose content decides numbers."""
    from foldwise.model.spec_options import OPTIONS

    norm = spec.normalization
    files = [path for path in (norm.control_genes, spec.learn.negative_controls) if path]
    return files if norm.size_factors in OPTIONS["size_factors"].choices else [*files, norm.size_factors]
