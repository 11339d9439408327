"""Simulated counts for the benchmark: negative binomial, with a trend of the dispersion like that of bulk RNA-seq."""

from __future__ import annotations

from pathlib import Path

import numpy as np

SHEETS = {
    "two-group": ("~ group", lambda j, n: {"group": "AB"[j >= n // 2]}),
    "four-column": ("~ batch + group", lambda j, n: {"batch": "xyz"[j % 3], "group": "AB"[j >= n // 2]}),
}


def write_case(folder: Path, n_genes: int, n_samples: int, design: str, seed: int = 1) -> None:
    """Write counts.int32 (genes x samples), samples.tsv and formula.txt."""
    folder.mkdir(parents=True, exist_ok=True)
    formula, sheet = SHEETS[design]
    rows = [sheet(j, n_samples) for j in range(n_samples)]
    rng = np.random.default_rng(seed)
    mean = np.exp(rng.normal(4.0, 2.0, n_genes))
    alpha = (0.03 + 2.0 / mean) * np.exp(rng.normal(0.0, 0.6, n_genes))
    lfc = rng.normal(0.0, 1.0, n_genes) * (rng.random(n_genes) < 0.2)
    batch = {level: rng.normal(0.0, 0.3, n_genes) for level in "xyz"}
    size = np.exp(rng.normal(0.0, 0.25, n_samples))
    columns = [
        size[j] * mean * np.exp(lfc * (row["group"] == "B") + (batch[row["batch"]] if "batch" in row else 0.0))
        for j, row in enumerate(rows)
    ]
    mu = np.column_stack(columns)
    rate = rng.gamma(1.0 / alpha[:, None], alpha[:, None] * mu)
    rng.poisson(rate).astype(np.int32).tofile(folder / "counts.int32")
    names = list(rows[0])
    lines = ["\t".join(["sample", *names])]
    lines += ["\t".join([f"s{j:03d}", *(row[name] for name in names)]) for j, row in enumerate(rows)]
    (folder / "samples.tsv").write_text("\n".join(lines) + "\n")
    (folder / "formula.txt").write_text(formula + "\n")
