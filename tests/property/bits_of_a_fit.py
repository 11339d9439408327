"""Whole fits reduced to digests: run as a program on counts that another process drew.

The counts come from a file because NumPy's random numbers of non-uniform laws go through functions that may differ
between processors. ``python -m tests.property.bits_of_a_fit FILE`` prints one line per fit: name and SHA-256.
"""

from __future__ import annotations

import dataclasses
import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from foldwise import pipeline
from foldwise.engine.threads import ThreadEngine
from foldwise.model.analysis import Analysis
from foldwise.model.experiment import CountMatrix, CSRCounts, Experiment
from foldwise.model.spec import AnalysisSpec
from foldwise.stats.simulate import simulate_counts

N_GENES = 600
SAMPLES = (7, 9, 24)
FORMULAS = {
    "two_group": "~ condition",
    "paired": "~ donor + condition",
    "covariate": "~ age + condition",
    "p7": "~ plate + condition",
}
# Other methods and inputs on one of the designs: formula, reduced formula, settings.
VARIANTS: dict[str, tuple[str, str | None, dict[str, Any]]] = {
    "exact": ("covariate", None, {"engine": "exact"}),
    "lrt": ("covariate", "~ age", {"test": "lrt"}),
    "local_apeglm": ("two_group", None, {"trend": "local", "shrink": "apeglm"}),
    "mean_ashr_t": ("paired", None, {"trend": "mean", "shrink": "ashr", "use_t": True}),
    "normal": ("two_group", None, {"shrink": "normal"}),
    "weights": ("p7", None, {}),
    "offsets": ("covariate", None, {}),
}
# Seven coefficients need more than seven samples.
FITS = (
    *((n, kind) for n in SAMPLES for kind in FORMULAS if not (n == 7 and kind == "p7")),
    *((9, kind) for kind in VARIANTS),
)


def draw(n: int) -> np.ndarray:
    """Counts (600, n): usual genes, and genes without, with one and with few counts, with outliers and huge counts."""
    counts = simulate_counts(N_GENES, n, share_changed=0.2, seed=n).counts
    counts[:5] = 0
    counts[5:10] = 0
    counts[np.arange(5, 10), np.arange(5) % n] = [1, 3, 70, 900, 2**31 - 1]
    counts[10:40] = np.minimum(counts[10:40], 2)
    counts[np.arange(40, 60), np.arange(20) % n] += 60_000
    counts[60:80, : n // 2] = 0
    return np.ascontiguousarray(counts, dtype=np.int32)


def samples(n: int) -> pd.DataFrame:
    """A sheet that serves all formulas."""
    plates = {7: 7, 9: (0, 0, 1, 1, 2, 2, 3, 4, 5), 24: tuple(j // 4 for j in range(24))}[n]
    sheet = {
        "condition": [("control", "treated")[j % 2] for j in range(n)],
        "donor": [f"d{j // 2:02d}" for j in range(n)],
        "age": [float(20 + (j * 7) % 31) + 0.25 * (j % 3) for j in range(n)],
        "plate": [f"p{k}" for k in (range(n) if isinstance(plates, int) else plates)],
    }
    return pd.DataFrame(sheet, index=[f"s{j:02d}" for j in range(n)])


def fit(counts: CountMatrix, kind: str, engine: ThreadEngine | None = None) -> Analysis:
    """Run method deseq2 on one design of `FORMULAS` with default settings, or one of `VARIANTS`."""
    formula, reduced, method = VARIANTS.get(kind, (kind, None, {}))
    spec = AnalysisSpec()
    spec = dataclasses.replace(
        spec,
        design=dataclasses.replace(
            spec.design, formula=FORMULAS[formula], reduced=reduced, contrasts=("condition:treated:control",)
        ),
        method=dataclasses.replace(spec.method, **method),
    )
    n_genes, n = counts.shape
    # Ramps of whole numbers, divided: no function that differs between processors
    ramp = (np.arange(n_genes * n) * 37 % 101).reshape(n_genes, n) / 100.0
    experiment = Experiment(
        counts, samples(n), pd.DataFrame(index=[f"g{i:04d}" for i in range(n_genes)]),
        log_offset=ramp - 0.5 if kind == "offsets" else None,
        weights=0.05 + 0.95 * ramp if kind == "weights" else None,
    )  # fmt: skip
    return pipeline.run(spec, experiment, engine=engine or ThreadEngine(1))


def arrays(analysis: Analysis) -> dict[str, np.ndarray]:
    """Every column of the results and every array of the fit, by name."""
    found = {f"results.{name}": column.to_numpy() for name, column in analysis.results[0].table.items()}
    for owner in (analysis.fit, analysis.fit.dispersions, analysis.size_factors):
        for field in dataclasses.fields(owner):  # type: ignore[arg-type]
            value = getattr(owner, field.name)
            if isinstance(value, np.ndarray):
                found[f"{type(owner).__name__}.{field.name}"] = value
            elif isinstance(value, float):
                found[f"{type(owner).__name__}.{field.name}"] = np.array(value)
    for name, value in analysis.fit.extra.items():
        if isinstance(value, np.ndarray):
            found[f"extra.{name}"] = value
    if analysis.vst is not None:
        found["vst"] = analysis.vst
    return found


def digest(analysis: Analysis) -> str:
    """SHA-256 of all arrays with their names, types and shapes; a missing value counts as one value."""
    total = hashlib.sha256()
    for name, values in sorted(arrays(analysis).items()):
        if values.dtype == object:
            values = np.array([str(v) for v in values], dtype=np.str_)
        elif values.dtype.kind == "f":
            values = np.where(np.isnan(values), np.nan, values)
        total.update(f"{name} {values.dtype.str} {values.shape};".encode())
        total.update(np.ascontiguousarray(values).tobytes())
    return total.hexdigest()


def as_csr(counts: np.ndarray) -> CSRCounts:
    """The same counts in compressed sparse rows."""
    rows, columns = np.nonzero(counts)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(counts)))]).astype(np.int64)
    return CSRCounts(counts[rows, columns], columns.astype(np.int32), indptr, counts.shape)


def main(path: Path) -> None:
    """Print the digests of all fits on the counts of ``path``."""
    with np.load(path) as stored:
        for n, kind in FITS:
            print(n, kind, digest(fit(np.ascontiguousarray(stored[str(n)]), kind)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
