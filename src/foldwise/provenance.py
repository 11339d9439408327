"""What made a result: versions, machine, settings and inputs, without a name of user, host or folder."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import platform
import resource
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_paths import map_paths

# Settings that change time, memory or places, never a number.
_NOT_NUMBERS = ("interpret", "output", "run")


def versions() -> dict[str, str]:
    """Return the versions of foldwise, Python and the libraries that numbers come from, loaded yet or not."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    found = {"foldwise": str(sys.modules["foldwise"].__version__), "python": platform.python_version()}
    for name in ("numpy", "pandas", "scipy", "formulaic"):
        # What is loaded says so at once; what a resumed run did not load must be told all the same
        version = getattr(sys.modules.get(name), "__version__", None)
        with contextlib.suppress(PackageNotFoundError):
            found[name] = str(version or installed(name))
    if "anndata" in sys.modules:
        found["anndata"] = installed("anndata")
    return found


def machine() -> dict[str, Any]:
    """Return system, processor kind and the SIMD level in use; nothing that names the computer."""
    return {"system": platform.system(), "machine": platform.machine(), "cpu_flags": _cpu_flags()}


def _cpu_flags() -> list[str]:
    wanted = ("sse4_2", "avx2", "fma", "avx512f", "asimd")
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return []
    line = next((row for row in text.splitlines() if row.startswith(("flags", "Features"))), "")
    present = set(line.split())
    return [flag for flag in wanted if flag in present]


def option_hash(spec: AnalysisSpec) -> str:
    """Return SHA-256 of the settings that decide numbers; file names count without their folders."""
    named = map_paths(spec, lambda path: Path(path).name)
    values = {key: value for key, value in dataclasses.asdict(named).items() if key not in _NOT_NUMBERS}
    values["seed"] = spec.run.seed
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def file_digest(path: Path) -> dict[str, Any]:
    """Return name (without folder), size in bytes and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": digest}


def input_digests(paths: Iterable[str]) -> list[dict[str, Any]]:
    """Return `file_digest` of each file; of a folder, of the files in it, by name."""
    found: list[dict[str, Any]] = []
    for path in map(Path, paths):
        files = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
        found += [file_digest(file) for file in files if file.is_file()]
    return found


def resources() -> dict[str, float]:
    """Return CPU seconds (user and system) and peak memory in MiB of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    return {"cpu_seconds": round(used.ru_utime + used.ru_stime, 3), "peak_memory_mib": round(peak, 1)}


def redacted(text: str) -> str:
    """Return ``text`` with folders, home and user names of this machine taken out."""
    import getpass
    import re
    import socket

    # Our own files keep their place in the package, which a bug report needs.
    text = text.replace(f"{Path(__file__).resolve().parents[1]}/", "")
    for folder in sorted({str(Path.cwd()), str(Path.home())}, key=len, reverse=True):
        if len(folder) > 1:
            text = text.replace(folder, "…")
    text = re.sub(r"(?<![\w.…])/(?:[^\s:'\",()<>]+/)+", "…/", text)
    names = [socket.gethostname()]
    with contextlib.suppress(OSError, KeyError):
        names.append(getpass.getuser())
    for name in names:
        if len(name) > 2:
            text = re.sub(rf"\b{re.escape(name)}\b", "…", text)
    return text
