"""One side of the benchmark is one fresh process: import, then the clock, then the fit, then one JSON line."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

WARM_UP_GENES = 300


def cpu_seconds() -> float:
    """User and system seconds of this process and of the children it waited for."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def load(folder: Path) -> tuple[np.ndarray, pd.DataFrame, str]:
    """Return counts (n_genes, n_samples) int32, the sample sheet and the formula of a simulated case."""
    samples = pd.read_csv(folder / "samples.tsv", sep="\t", index_col=0, dtype=str)
    counts = np.fromfile(folder / "counts.int32", dtype=np.int32).reshape(-1, len(samples))
    return counts, samples, (folder / "formula.txt").read_text().strip()


def measure(fit: Callable[[np.ndarray], tuple[Any, Any, Any]], counts: np.ndarray, version: str, output: str) -> None:
    """Time ``fit(counts)``, which returns log2 fold change, p and adjusted p of all genes; save them, print the times.

    Every side first fits a few genes, so that what happens only once in a process is not counted against it.
    """
    imported = cpu_seconds()
    fit(counts[:WARM_UP_GENES])
    warm = cpu_seconds()
    wall = time.perf_counter()
    lfc, pvalue, padj = fit(counts)
    facts: dict[str, Any] = {
        "version": version,
        "import_cpu": imported,
        "first_call_cpu": warm - imported,
        "cpu": cpu_seconds() - warm,
        "wall": time.perf_counter() - wall,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    np.column_stack([np.asarray(column, dtype=np.float64) for column in (lfc, pvalue, padj)]).tofile(output)
    sys.stdout.write("\n" + json.dumps(facts) + "\n")
