"""Q2: every exchange of two samples between two donors of a paired experiment: is it found, is anyone else accused."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pandas as pd

from foldwise.errors import DesignError
from foldwise.model.design import Design, make_design
from foldwise.model.experiment import Experiment
from foldwise.qc.flags import check_samples
from verification.samples import between, experiment

SETS = {"airway": ("cell", "dex"), "macrophage": ("line", "condition")}
GOAL = 0.95
KINDS = {"donor": "the donor is exchanged", "row": "the whole row, another condition too"}


def swaps() -> pd.DataFrame:
    """Return, per set and kind of exchange, how many are found."""
    return pd.DataFrame([row for name, columns in SETS.items() for row in _rows(name, *columns)])


def _rows(name: str, donor: str, condition: str) -> list[dict[str, object]]:
    data = experiment(name)
    clean = _flagged(data, donor, condition)
    rows = []
    for kind, words in KINDS.items():
        pairs = [
            (i, j)
            for i, j in combinations(range(data.n_samples), 2)
            if data.samples[donor].iloc[i] != data.samples[donor].iloc[j]
            and (kind == "donor" or data.samples[condition].iloc[i] != data.samples[condition].iloc[j])
        ]
        columns = (donor,) if kind == "donor" else (donor, condition)
        found = both = strangers = 0
        for i, j in pairs:
            swapped = exchanged(data, columns, i, j)
            named = _flagged(swapped, donor, condition)
            pair = {str(data.samples.index[i]), str(data.samples.index[j])}
            concerned = swapped.samples[donor].isin({data.samples[donor].iloc[k] for k in (i, j)})
            found, both = found + bool(named & pair), both + (pair <= named)
            strangers += bool(named - set(swapped.samples.index[concerned].astype(str)))
        verdict = "pass" if found / len(pairs) >= GOAL and not strangers else "FAIL"
        rows.append(
            {"data": name, "exchanged": words, "exchanges": len(pairs), "found": found / len(pairs),
             "found_interval": between(found, len(pairs)), "both_named": both / len(pairs),
             "others_accused": strangers / len(pairs), "flagged_clean": len(clean),
             "verdict": verdict if kind == "donor" else "no goal"}
        )  # fmt: skip
    return rows


def exchanged(data: Experiment, columns: tuple[str, ...], i: int, j: int) -> Experiment:
    """Return the experiment with the values of some columns exchanged between two samples."""
    samples = data.samples.copy()
    for column in columns:
        values = samples[column].tolist()
        values[i], values[j] = values[j], values[i]
        samples[column] = values
    return replace(data, samples=samples)


def _flagged(data: Experiment, donor: str, condition: str) -> set[str]:
    design: Design | None
    try:
        design = make_design(f"~ {donor} + {condition}", data.samples)
    except DesignError:
        design = None
    flags = check_samples(data, design, donor=donor).flags
    return {flag.sample for flag in flags if flag.rule == "swap"}
