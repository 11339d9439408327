"""A finished run certified in its directory: computed again, judged, and every file that speaks of it written anew."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from foldwise.errors import FoldwiseWarning
    from foldwise.model.analysis import Analysis


@dataclass(frozen=True, eq=False)
class Certified:
    """What became of one run: its analysis with the certificate, its directory, and the files written."""

    analysis: Analysis
    directory: Path
    files: tuple[str, ...]


def certify_directory(
    directory: Path,
    n: int,
    *,
    seed: int | None = None,
    inputs: tuple[str, ...] = (),
    threads: int | None = None,
    progress: Callable[..., None] | None = None,
    warn: Callable[[FoldwiseWarning], None] = lambda warning: None,
) -> tuple[Certified, ...]:
    """Certify the run in a directory, or every model of a contrasts file there.

    Null runs are kept beside the results until all are done, so that a certificate that was stopped goes on.

    Parameters
    ----------
    directory : Path
    n : int
        Null runs of each kind.
    seed : int, optional
        Default: that of the run.
    inputs : tuple of str
        Counts and samples, where they were moved.
    threads : int, optional
        Null runs made side by side; default all processors. Changes no number.
    progress : callable, optional
    warn : callable
        Told W-IO-001 where null runs that were kept do not fit.

    Raises
    ------
    FoldwiseError
        As `foldwise.api.rerun.rerun` and `require_same_tables`.
    UsageError
        E-USAGE-002 for a model of a contrasts file by itself.
    """
    from foldwise.api.rerun import stored_spec
    from foldwise.api.write_models import model_folders, write_together
    from foldwise.io.lock import DirectoryLock

    top = Path(os.path.realpath(directory)).parent.parent
    if (top / "run.json").is_file() and Path(os.path.realpath(directory)) in map(Path.resolve, model_folders(top)):
        found = f"{directory} is one model of a contrasts file."
        raise UsageError("E-USAGE-002", found, f"Give the directory of the whole run: {directory.parent.parent}.")
    folders = model_folders(directory)
    more: dict[str, Any] = {"inputs": inputs, "threads": threads, "progress": progress, "warn": warn}
    with DirectoryLock(directory):
        done = tuple(_certify_one(folder, n, seed, **more) for folder in folders or [directory])
        if folders:
            write_together(stored_spec(directory), [folder.name for folder in folders], directory)
    return done


def _certify_one(
    directory: Path, n: int, seed: int | None, *, inputs: tuple[str, ...], threads: int | None,
    progress: Callable[..., None] | None, warn: Callable[[FoldwiseWarning], None],
) -> Certified:  # fmt: skip
    from foldwise.api.certify import certified
    from foldwise.api.rerun import require_same_tables, rerun
    from foldwise.api.resume import checkpoints
    from foldwise.api.rewrite import replace_certificate

    analysis, facts = rerun(directory, *inputs)
    require_same_tables(directory, analysis)
    learn = dataclasses.replace(analysis.spec.learn, certificate=str(n))
    run = dataclasses.replace(analysis.spec.run, threads=threads or analysis.spec.run.threads)
    run = run if seed is None else dataclasses.replace(run, seed=seed)
    asking = dataclasses.replace(analysis.spec, learn=learn, run=run)
    keeper = checkpoints(directory, asking, analysis.experiment, resume=True, warn=warn)
    judged = certified(dataclasses.replace(analysis, spec=asking), n, progress=progress, remember=keeper)
    whole = dataclasses.replace(judged, spec=analysis.spec)
    files = replace_certificate(whole, directory, facts)
    keeper.remove()
    return Certified(whole, directory, tuple(files))
