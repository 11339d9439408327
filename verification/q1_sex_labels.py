"""Q1: of 69 people, five whose sex is written wrongly are found, and nobody else is accused."""

from __future__ import annotations

import numpy as np
import pandas as pd

from foldwise.model.experiment import Experiment
from foldwise.qc.columns import read_sexes
from foldwise.qc.markers import find_markers
from foldwise.qc.sex import sex_check, signal
from verification.samples import MALE_AFTER_ALL, between, binary, experiment

SETS = {
    "pickrell": ("pickrell", None),
    "hapmap, Pickrell": ("hapmap", "study == 'Pickrell'"),
    "hapmap, Montgomery": ("hapmap", "study == 'Montgomery'"),
    "hapmap, Cheung": ("hapmap", "study == 'Cheung'"),
}
FLIPPED = 5
GOAL = 0.95
OTHER = {"female": "male", "male": "female"}


def flipped_labels(draws: int = 200) -> pd.DataFrame:
    """Return recall and precision over draws of five flipped labels, and the flags without any flip."""
    return pd.DataFrame([_one(name, experiment(*place), draws) for name, place in SETS.items()])


def _one(name: str, data: Experiment, draws: int) -> dict[str, object]:
    samples = [str(sample) for sample in data.samples.index]
    given, _ = read_sexes([str(value) for value in data.samples["gender"]])
    truth = ["male" if sample == MALE_AFTER_ALL else sex for sample, sex in zip(samples, given, strict=True)]
    markers = find_markers(data.genes)
    reads = np.asarray(data.counts).sum(axis=0, dtype=np.float64)
    found = None if markers is None else signal(data.counts, reads, markers)
    if found is None:
        raise ValueError(f"{name} has no genes that tell the sexes apart")

    def accused(sheet: list[str]) -> set[str]:
        flags = sex_check(samples, "gender", sheet, found)[1]
        return {flag.sample for flag in flags if flag.level == "warning"}

    rng = np.random.default_rng([11, len(samples)])
    hits = wrong = 0
    for _ in range(draws):
        mask = binary(rng, len(samples), FLIPPED)
        sheet = [OTHER[sex] if flip else sex for sex, flip in zip(truth, mask, strict=True)]
        flipped = {sample for sample, flip in zip(samples, mask, strict=True) if flip}
        named = accused(sheet)
        hits, wrong = hits + len(named & flipped), wrong + len(named - flipped)
    total, named_in_all = FLIPPED * draws, max(hits + wrong, 1)
    recall, precision = hits / total, hits / named_in_all
    return {
        "data": name, "samples": len(samples), "draws": draws, "recall": recall,
        "recall_interval": between(hits, total), "precision": precision,
        "precision_interval": between(hits, named_in_all),
        "flagged_as_corrected": len(accused(truth)), "flagged_as_given": len(accused(list(given))),
        "verdict": "pass" if min(recall, precision) >= GOAL and len(accused(truth)) <= 1 else "FAIL",
    }  # fmt: skip
