"""Q3: replicates of yeast that their authors set aside are those that lie apart; what is flagged in real sets."""

from __future__ import annotations

import pandas as pd
from scipy.stats import fisher_exact

from foldwise.model.design import make_design
from foldwise.qc.flags import check_samples
from verification.samples import experiment

SETS = {
    "airway": "~ cell + dex", "bottomly": "~ batch + strain", "fission": "~ strain * C(minute)",
    "hapmap": "~ study + gender",
    "kang_ctrl": "~ cluster + donor", "kang_ifnb": "~ donor + cluster + condition", "macrophage": "~ line + condition",
    "nivolumab": "~ time", "pasilla": "~ type + condition", "pickrell": "~ gender", "seqc": "~ group",
}  # fmt: skip
RULES = ("sex", "swap", "duplicate", "outlier", "library size", "genes seen", "composition")


def bad_replicates() -> pd.DataFrame:
    """Return how many replicates of each kind are flagged as outliers, and Fisher's exact p (one-sided)."""
    data = experiment("yeast48")
    flags = check_samples(data, make_design("~ condition", data.samples)).flags
    outlying = data.samples.index.astype(str).isin([flag.sample for flag in flags if flag.rule == "outlier"])
    clean = data.samples["clean"].astype(str).str.upper().to_numpy() == "TRUE"
    table = [[int((outlying & ~clean).sum()), int((~outlying & ~clean).sum())],
             [int((outlying & clean).sum()), int((~outlying & clean).sum())]]  # fmt: skip
    p = float(fisher_exact(table, alternative="greater")[1])
    names = ("set aside by the authors", "kept by the authors")
    return pd.DataFrame(
        {"replicates": names, "number": [sum(row) for row in table], "flagged": [row[0] for row in table],
         "fisher_p": [p, float("nan")], "verdict": ["pass" if p < 0.001 else "FAIL", ""]}
    )  # fmt: skip


def real_sets() -> pd.DataFrame:
    """Return the number of samples that each rule flags in real sets."""
    rows = []
    for name, design in SETS.items():
        data = experiment(name)
        flags = check_samples(data, make_design(design, data.samples)).flags
        warned = [flag for flag in flags if flag.level == "warning"]
        counts = {rule: len({flag.sample for flag in warned if flag.rule == rule}) for rule in RULES}
        rows.append({"data": name, "design": design, "samples": data.n_samples, **counts,
                     "any": len({flag.sample for flag in warned})})  # fmt: skip
    return pd.DataFrame(rows)
