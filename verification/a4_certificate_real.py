"""A4: certificates of real data sets, of donors' cells taken for samples, and of their sums by donor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.io

from foldwise.model.spec import QualitySettings
from verification.null_runs import analysis_of, certificate_of, experiment_of, row
from verification.reference import ROOT, table

METHODS = ("deseq2", "edger-ql", "limma-voom", "limma-trend")
SETS = {
    "airway": "~ cell + dex",
    "pasilla": "~ type + condition",
    "bottomly": "~ batch + strain",
    "montgomery": "~ gender",
    "cheung": "~ gender",
    "nivolumab": "~ time",
}
MISLABELED = "NA12892_Montgomery"


def data_of(name: str) -> tuple[np.ndarray, pd.DataFrame]:
    """Return counts of genes that have a read, and the sheet."""
    folder = "hapmap" if name in ("montgomery", "cheung") else name
    samples = table(folder, "samples.tsv").astype(str)
    if folder == "hapmap":
        samples = samples[samples["study"].str.lower().str.startswith(name)].drop(index=MISLABELED, errors="ignore")
    counts = table(folder, "counts.tsv.gz")[samples.index].to_numpy()
    return counts[counts.sum(axis=1) > 0], samples


def verdicts(n: int = 100, methods: Sequence[str] = METHODS, sets: Sequence[str] = tuple(SETS)) -> pd.DataFrame:
    """Return the certificate of each data set and method."""
    rows = []
    for name in sets:
        counts, samples = data_of(name)
        experiment = experiment_of(counts, samples)
        for method in methods:
            analysis = analysis_of(experiment, method, SETS[name])
            made = certificate_of(analysis, min(n, 50) if name == "nivolumab" else n, bounds=name != "nivolumab")
            of = made.contrasts[0]
            rows.append({"data": name, "samples": len(samples), "method": method, "called": of.n_called, "fdp": of.fdp,
                         "fdp_upper": of.fdp_upper, "bound": of.bound_false} | row(made))  # fmt: skip
    return pd.DataFrame(rows)


def cells_and_donors(n: int = 35, n_cells: int = 240, draws: int = 5) -> pd.DataFrame:
    """Return certificates of random halves of eight donors: by cells, and by sums over the cells of a donor."""
    counts, cells = _cells()
    rows: list[dict[str, Any]] = []
    for i in range(draws):
        rng = np.random.default_rng((25, i))
        half = dict(zip(sorted(set(cells["donor"])), rng.permutation([0, 0, 0, 0, 1, 1, 1, 1]), strict=True))
        chosen = np.sort(np.concatenate([
            rng.permutation(np.flatnonzero(cells["donor"] == donor))[: n_cells // 8] for donor in sorted(half)
        ]))  # fmt: skip
        sheet = pd.DataFrame({"group": ["ab"[half[donor]] for donor in cells["donor"].iloc[chosen]],
                              "donor": cells["donor"].iloc[chosen].to_numpy()},
                             index=[f"cell{j}" for j in chosen])  # fmt: skip
        picked = counts[:, chosen]
        experiment = experiment_of(picked[picked.sum(axis=1) > n_cells / 10], sheet)
        # Fake labels go to whole donors, while the test takes each cell for a sample
        analysis = analysis_of(experiment, "limma-trend", filter="none")
        analysis = replace(analysis, spec=replace(analysis.spec, quality=QualitySettings(donor="donor")))
        rows.append({"unit": "cells", "draw": i} | row(certificate_of(analysis, n, i + 1)))
        donors = sorted(half)
        sums = np.stack([counts[:, (cells["donor"] == donor).to_numpy()].sum(axis=1) for donor in donors], axis=1)
        donor_sheet = pd.DataFrame({"group": ["ab"[half[donor]] for donor in donors]}, index=donors)
        summed = analysis_of(experiment_of(sums[sums.sum(axis=1) > 0], donor_sheet), "limma-trend")
        rows.append({"unit": "sums by donor", "draw": i} | row(certificate_of(summed, n, i + 1)))
    return pd.DataFrame(rows)


def _cells() -> tuple[np.ndarray, pd.DataFrame]:
    """Counts (n_genes, n_cells) of the largest cell type of the control cells, and its sheet."""
    folder = ROOT / "kang_ctrl" / "cells"
    cells = pd.read_csv(folder / "cells.tsv.gz", sep="\t")
    matrix = scipy.io.mmread(folder / "matrix.mtx.gz").tocsc()
    largest = cells["cluster"].value_counts().index[0]
    chosen = np.flatnonzero(cells["cluster"] == largest)
    return np.asarray(matrix[:, chosen].todense()), cells.iloc[chosen].reset_index(drop=True)


def summary_of_cells(runs: pd.DataFrame) -> pd.DataFrame:
    """Return verdicts by unit."""
    grouped = runs.groupby("unit", sort=False)
    found = grouped[["null_runs", "p_any", "mean_false", "ratio_05", "ratio_001"]].mean()
    found["failed"] = grouped["verdict"].agg(lambda values: int((values == "FAIL").sum()))
    found.insert(0, "certificates", grouped.size())
    return found.reset_index()
