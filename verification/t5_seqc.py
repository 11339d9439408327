"""T5: SEQC reference RNA, brain against universal (4 + 4 libraries): fold changes of TaqMan assays and ERCC spikes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from verification.analysis import METHODS, Called, compare
from verification.reference import table

# A TaqMan assay counts where all four replicates of A and B detected its gene.
DETECTIONS = 4
# Fold changes in log2 that are far enough from zero to ask for the direction.
CLEAR = 1.0


def seqc(methods: Sequence[str] = METHODS) -> pd.DataFrame:
    """Return agreement with both truths, one row per method.

    Normalization of the spikes is by the spikes of equal amount alone (as given size factors): brain holds less
    messenger RNA, which shifts all spikes against the genes.
    """
    samples = table("seqc", "samples.tsv")
    samples = samples[samples["group"].isin(["A", "B"])]
    counts = table("seqc", "counts.tsv.gz")[samples.index]
    spikes = table("seqc", "truth_ercc.tsv.gz")["log2_mix2_over_mix1"].reindex(counts.index).dropna()
    return pd.DataFrame(
        [
            {
                "method": method,
                **_taqman(counts, samples, method),
                **_ercc(counts.loc[spikes.index], samples, spikes, method),
            }
            for method in methods
        ]
    )


def _taqman(counts: pd.DataFrame, samples: pd.DataFrame, method: str) -> dict[str, float]:
    assays = table("seqc", "truth_taqman.tsv.gz")
    assays = assays[(assays["nA"] >= DETECTIONS) & (assays["nB"] >= DETECTIONS)]
    truth = assays[~assays.index.duplicated()]["log2_B_over_A"].reindex(counts.index).to_numpy()
    called = compare(counts.to_numpy(), samples, "~ group", ("group", "B", "A"), method)
    known = np.isfinite(truth) & called.tested
    right = np.sign(called.log2_fold_change) == np.sign(truth)
    clear = known & (np.abs(truth) >= CLEAR)
    found = _agreement(called, truth, known)
    return {
        "taqman_genes": float(known.sum()), "taqman_r": found[0], "taqman_rmse": found[1], "taqman_slope": found[2],
        "taqman_clear": float(clear.sum()),
        "taqman_clear_called_right": float(np.mean((called.hits() & right)[clear])),
        "taqman_clear_called_wrong": float(np.mean((called.hits() & ~right)[clear])),
    }  # fmt: skip


def _ercc(counts: pd.DataFrame, samples: pd.DataFrame, truth: pd.Series, method: str) -> dict[str, float]:
    equal = (truth == 0).to_numpy()
    size = counts[equal].sum(axis=0).to_numpy(dtype=float)
    called = compare(
        counts.to_numpy(),
        samples,
        "~ group",
        ("group", "B", "A"),
        method,
        size_factors=size / np.exp(np.mean(np.log(size))),
    )
    r, rmse, slope = _agreement(called, truth.to_numpy(), called.tested)
    return {
        "ercc_tested": float(called.tested.sum()), "ercc_r": r, "ercc_rmse": rmse, "ercc_slope": slope,
        "ercc_changed_called": float(np.mean(called.hits()[called.tested & ~equal])),
        "ercc_equal_called": float(np.mean(called.hits()[called.tested & equal])),
    }  # fmt: skip


def _agreement(called: Called, truth: np.ndarray, known: np.ndarray) -> tuple[float, float, float]:
    """Return correlation, root mean squared difference (median difference taken out) and slope on the truth."""
    x, y = truth[known], called.log2_fold_change[known]
    apart = (y - x) - np.median(y - x)
    return float(np.corrcoef(x, y)[0, 1]), float(np.sqrt(np.mean(apart**2))), float(np.polyfit(x, y, 1)[0])
