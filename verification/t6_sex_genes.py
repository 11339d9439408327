"""T6: men against women in lymphoblastoid lines: genes of the male-specific Y and genes that escape X inactivation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from verification.analysis import METHODS, compare
from verification.reference import table

# Labeled female, with the Y expression of a man.
MISLABELED = "NA12892_Montgomery"
# Without covariates; they see one study of 69 lines.
TWO_GROUP_ONLY = ("edger-exact", "t", "wilcoxon")


def sex_genes(methods: Sequence[str] = METHODS) -> pd.DataFrame:
    """Return calls at .05, one row per data set and method: pickrell (~ gender) and hapmap (~ study + gender)."""
    hapmap = table("hapmap", "samples.tsv").drop(index=MISLABELED)
    rows = [_sex("pickrell", table("pickrell", "samples.tsv"), "~ gender", method) for method in methods]
    rows += [_sex("hapmap", hapmap, "~ study + gender", method) for method in methods if method not in TWO_GROUP_ONLY]
    return pd.DataFrame(rows)


def _sex(name: str, samples: pd.DataFrame, design: str, method: str) -> dict[str, object]:
    counts = table(name, "counts.tsv.gz")[samples.index]
    truth = table("hapmap", "truth.tsv.gz").reindex(counts.index)
    called = compare(counts.to_numpy(), samples, design, ("gender", "male", "female"), method)
    male = truth["msY"].eq(True).to_numpy()
    escape = truth["XiE"].eq(True).to_numpy()
    autosomal = truth["chr"].astype(str).str.fullmatch(r"\d+").to_numpy()
    hits, lfc, read = called.hits(), called.log2_fold_change, counts.to_numpy().sum(axis=1) > 0
    return {
        "data": name, "samples": len(samples), "method": method, "tested": int(called.tested.sum()),
        "calls": int(hits.sum()), "msY_read": int((male & read).sum()), "msY_up": int((hits & male & (lfc > 0)).sum()),
        "msY_down": int((hits & male & (lfc < 0)).sum()), "escape_read": int((escape & read).sum()),
        "escape_down": int((hits & escape & (lfc < 0)).sum()), "escape_up": int((hits & escape & (lfc > 0)).sum()),
        "autosomal": int((hits & autosomal).sum()),
        "share_autosomal": float(np.sum(hits & autosomal) / max(hits.sum(), 1)),
    }  # fmt: skip
