"""Results of finished steps, kept while a run goes on, so that a stopped run continues where it was."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from foldwise.errors import FoldwiseWarning
from foldwise.io.value_archive import Damaged, NotPackable, pack, unpack
from foldwise.model.experiment import CSRCounts, Experiment

FOLDER = ".foldwise.checkpoints"
# A step that takes less is computed again faster than a reader would notice.
LEAST_SECONDS = 1.0


class Checkpoints:
    """The checkpoints of one run, beside its results.

    Each is a file whose name holds the step, the key of the run and the SHA-256 of the file: one for another run,
    or one that was cut off, is recognized by its name and computed anew.

    Parameters
    ----------
    directory : Path
        Output directory of the run, which the caller has locked.
    key : str
        What the numbers of the run hang on (`run_key`).
    resume : bool
        Whether checkpoints that are there may be used; else they are removed.
    warn : callable
        Told W-IO-001 where one does not fit.
    """

    def __init__(
        self, directory: Path, key: str, *, resume: bool = False, warn: Callable[[FoldwiseWarning], None]
    ) -> None:
        self.path = directory / FOLDER
        self.key = key[:16]
        self.warn = warn
        self.used: list[str] = []
        if not resume:
            self.remove()

    def __call__(self, step: str, known: Mapping[str, object], compute: Callable[[], Any]) -> Any:
        """Return the result of ``step``: from its checkpoint if there is a good one, else computed, and then kept.

        Parameters
        ----------
        step : str
            Name of the step, letters and digits.
        known : mapping of str to object
            Objects that the result may hold and that the next run has anyway.
        compute : callable
        """
        for path in sorted(self.path.glob(f"{step}.*.npz")):
            found, value = self._read(path, known)
            if found:
                self.used.append(step)
                return value
        start = time.perf_counter()
        value = compute()
        if time.perf_counter() - start >= LEAST_SECONDS:
            self._keep(step, known, value)
        return value

    def remove(self) -> None:
        """Remove all checkpoints: the run is finished, or begins anew."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _read(self, path: Path, known: Mapping[str, object]) -> tuple[bool, Any]:
        step, key, digest = [*path.name.split("."), "", ""][:3]
        reason = "belongs to other inputs, options or versions"
        if key == self.key:
            reason = "is damaged"
            try:
                if _digest(path) == digest:
                    return True, unpack(path, known)
            except (Damaged, OSError):
                pass
        path.unlink(missing_ok=True)
        found = f"The checkpoint of the step '{step}' {reason}; it was computed anew."
        self.warn(FoldwiseWarning("W-IO-001", found, counted=False, data={"step": step}))
        return False, None

    def _keep(self, step: str, known: Mapping[str, object], value: Any) -> None:
        """Write the checkpoint under another name first; a run goes on without one where the disk has no room."""
        part = self.path / f"{step}.part"
        try:
            self.path.mkdir(exist_ok=True)
            pack(part, value, known)
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(self.path / f"{step}.{self.key}.{_digest(part)}.npz")
        except (NotPackable, OSError):
            part.unlink(missing_ok=True)


def run_key(options: str, versions: Mapping[str, str], experiment: Experiment, given: Iterable[Any] = ()) -> str:
    """Return SHA-256 of all that the numbers of a run hang on.

    Parameters
    ----------
    options : str
        Digest of the settings (`foldwise.provenance.option_hash`).
    versions : mapping
    experiment : Experiment
    given : iterable of ndarray or None
        Size factors and masks that came beside the settings.
    """
    digest = hashlib.sha256(f"{options} {sorted(versions.items())}".encode())
    counts = experiment.counts
    parts: list[Any] = [counts.data, counts.indices, counts.indptr] if isinstance(counts, CSRCounts) else [counts]
    for part in (*parts, *experiment.matrices().values(), *given):
        _add_array(digest, part)
    for frame in (experiment.samples, experiment.genes):
        _add_frame(digest, frame)
    return digest.hexdigest()


def _add_array(digest: Any, part: Any) -> None:
    if part is None:
        digest.update(b"none")
        return
    whole = np.ascontiguousarray(part)
    digest.update(f"{whole.dtype.str} {whole.shape}".encode())
    digest.update(whole.view(np.uint8) if whole.size else b"")


def _add_frame(digest: Any, frame: pd.DataFrame) -> None:
    digest.update("\x1f".join(map(str, frame.index)).encode("utf-8", "surrogatepass"))
    for name in frame.columns:
        digest.update(f"\x1e{name} {frame[name].dtype}\x1e".encode("utf-8", "surrogatepass"))
        digest.update("\x1f".join(map(repr, frame[name].tolist())).encode("utf-8", "surrogatepass"))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
