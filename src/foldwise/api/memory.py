"""Whether a run fits into memory, asked before anything large is made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from foldwise.errors import ResourceError, UsageError

if TYPE_CHECKING:
    from foldwise.model.spec import AnalysisSpec

# Peak of whole runs (tables and report included), measured at 5,000 to 60,000 genes and 6 to 200 samples, in bytes: per
# count value, per gene, and the rest.
_PER_VALUE = 72
_PER_GENE = 800
_REST = 110 << 20
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def require_memory(spec: AnalysisSpec, n_genes: int, n_samples: int) -> None:
    """Raise where the run would take more than there is, or more than ``spec.run.memory`` allows.

    Raises
    ------
    ResourceError
        E-MEM-001: needed, available and what to do.
    UsageError
        E-USAGE-002 for a limit that is no size.
    """
    needed = needed_bytes(n_genes, n_samples)
    limit, where = available_bytes(), "available"
    if spec.run.memory is not None:
        allowed = size_in_bytes(spec.run.memory)
        if limit is None or allowed < limit:
            limit, where = allowed, "allowed by --memory"
    if limit is not None and needed > limit:
        found = f"{n_genes:,} genes × {n_samples:,} samples need about {gib(needed)}; {gib(limit)} are {where}."
        fix = "Sum cells to one profile per donor first (pseudobulk), leave samples out, or use a larger machine."
        data = {"needed_bytes": needed, "available_bytes": limit}
        raise ResourceError("E-MEM-001", found, fix, data=data)


def needed_bytes(n_genes: int, n_samples: int) -> int:
    """Return the estimated peak memory of a run."""
    return n_genes * (n_samples * _PER_VALUE + _PER_GENE) + _REST


def needed_seconds(n_genes: int, n_samples: int, n_coefficients: int) -> float:
    """Return the estimated processor seconds of a run with method deseq2, to within a factor of about two."""
    return 1.0 + n_genes * (5e-6 + 7e-8 * n_samples * n_coefficients)


def available_bytes() -> int | None:
    """Return the memory that this process may still take: the least of machine and control group; None if unknown."""
    found = [_meminfo(), _cgroup("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current")]
    known = [value for value in found if value is not None]
    return min(known) if known else None


def size_in_bytes(text: str) -> int:
    """Return the bytes of a size such as ``8G`` or ``500M``.

    Raises
    ------
    UsageError
        E-USAGE-002.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*", text, re.IGNORECASE)
    if match is None:
        raise UsageError("E-USAGE-002", f"memory '{text}' is no size.", "Write a number with K, M, G or T, such as 8G.")
    return int(float(match[1]) * _UNITS[match[2].upper()])


def gib(value: float) -> str:
    """Return bytes in the unit that reads best."""
    return f"{value / (1 << 30):,.1f} GiB" if value >= 1 << 30 else f"{value / (1 << 20):,.0f} MiB"


def _meminfo() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")), None)


def _cgroup(limit: str, used: str) -> int | None:
    try:
        text = Path(limit).read_text(encoding="ascii").strip()
        return None if text == "max" else int(text) - int(Path(used).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
