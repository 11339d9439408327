"""B1: men against women in three studies of lymphoblastoid lines, with and without hidden factors.

Genes of the male-specific Y and genes that escape X inactivation are true; autosomal genes are hardly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from foldwise.certify.hidden_factors import FactorSettings, with_factors
from foldwise.certify.seeds import FAKE, stream
from foldwise.model.contrast import make_contrasts
from foldwise.model.design import make_design
from foldwise.model.experiment import Experiment
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options
from foldwise.stats.cpm import log_cpm
from verification.hidden import VARIANTS, called, chosen, expressed
from verification.reference import table
from verification.t6_sex_genes import MISLABELED

STUDIES = ("pickrell", "Montgomery", "Cheung")
METHODS = ("ols", "limma-voom", "edger-ql", "deseq2")
MOST = 12
# The adjusted factors on counts per million of the whole library, without TMM, which takes out a part of them itself.
PLAIN_DEPTH = "library size"


def study(name: str) -> tuple[Experiment, np.ndarray, np.ndarray]:
    """Return the counts of a study, and masks of its true and its autosomal genes."""
    source = "pickrell" if name == "pickrell" else "hapmap"
    samples = table(source, "samples.tsv")
    if source == "hapmap":
        samples = samples[samples["study"] == name].drop(index=MISLABELED, errors="ignore")
    counts = table(source, "counts.tsv.gz")[samples.index]
    truth = table("hapmap", "truth.tsv.gz").reindex(counts.index)
    genes = pd.DataFrame(index=counts.index)
    experiment = Experiment(np.ascontiguousarray(counts.to_numpy(), dtype=np.int32), samples, genes)
    true = (truth["msY"].eq(True) | truth["XiE"].eq(True)).to_numpy()
    return experiment, true, truth["chr"].astype(str).str.fullmatch(r"\d+").to_numpy()


def by_rank(studies: Sequence[str] = STUDIES, ks: Sequence[int] = tuple(range(MOST + 1))) -> pd.DataFrame:
    """Return true and other calls of least squares, by study, kind and number of factors; ``chosen`` marks ours."""
    rows = []
    for name in studies:
        experiment, true, autosomal = study(name)
        of, design = expressed(experiment, "~ gender")
        choice = chosen(of, design)
        for variant in (*VARIANTS, PLAIN_DEPTH):
            values = of if variant != PLAIN_DEPTH else replace(of, values=log_cpm(of.counts, of.counts.sum(axis=0)))
            kind = "adjusted" if variant == PLAIN_DEPTH else variant
            for k, mask in zip(ks, called(values, design.matrix, ks, kind), strict=True):
                rows.append({
                    "data": name, "samples": experiment.n_samples, "genes": len(of.rows), "variant": variant, "k": k,
                    "chosen": kind == "adjusted" and k == choice.k,
                    "true": int((mask & true[of.rows]).sum()), "true_in_all": int(true[of.rows].sum()),
                    "autosomal": int((mask & autosomal[of.rows]).sum()), "others": int((mask & ~true[of.rows]).sum()),
                })  # fmt: skip
    return pd.DataFrame(rows)


def at_choice(ranks: pd.DataFrame) -> pd.DataFrame:
    """Return the calls of each kind with the number of factors chosen, beside those without factors."""
    rows = []
    for name, of in ranks.groupby("data", sort=False):
        k = int(of.query("variant == 'adjusted' and chosen")["k"].iloc[0])
        for variant, kind in of.groupby("variant", sort=False):
            at = kind.set_index("k")
            rows.append({
                "data": name, "samples": at.loc[k, "samples"], "variant": variant, "k": k,
                "true_without": at.loc[0, "true"], "true": at.loc[k, "true"],
                "ratio": at.loc[k, "true"] / max(at.loc[0, "true"], 1), "autosomal": at.loc[k, "autosomal"],
            })  # fmt: skip
    return pd.DataFrame(rows)


def by_method(ranks: pd.DataFrame, studies: Sequence[str] = STUDIES, methods: Sequence[str] = METHODS) -> pd.DataFrame:
    """Return calls of whole analyses without factors and with the number that was chosen."""
    rows = []
    for name in studies:
        experiment, true, autosomal = study(name)
        design = make_design("~ gender", experiment.samples)
        contrasts = make_contrasts(design, [("gender", "male", "female")])
        k = int(ranks.query("data == @name and variant == 'adjusted' and chosen")["k"].iloc[0])
        for method in methods:
            found = []
            for number in (0, k):
                spec = with_options(AnalysisSpec(), {"method": method})
                (outcome,) = with_factors(spec, FactorSettings(number))(experiment, design, contrasts, stream(1, FAKE))
                found.append(outcome.called(0.05))
            without, learned = found
            rows.append({
                "data": name, "method": method, "k": k, "true_without": int((without & true).sum()),
                "true": int((learned & true).sum()), "ratio": (learned & true).sum() / max((without & true).sum(), 1),
                "autosomal_without": int((without & autosomal).sum()), "autosomal": int((learned & autosomal).sum()),
            })  # fmt: skip
    return pd.DataFrame(rows)
