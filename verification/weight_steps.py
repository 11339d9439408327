"""Steps of ``python -m verification`` that measure learned weights."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import pandas as pd

from verification import c1_learned_weights as weights
from verification.results import keep

# Where the list without weights keeps its rate, and where it does not; runs of each, the full form has 200 of all.
NULL_CELLS = {
    ("simulated", "edger-ql"): 200,
    ("bottomly", "edger-ql"): 100,
    ("bottomly", "deseq2"): 60,
    ("pickrell", "edger-ql"): 40,
}


def calls(options: argparse.Namespace) -> None:
    """C1: calls on whole data sets, and whether a held-out donor shows them."""
    keep(weights.counts_of_calls(), "c1_weights_calls", options.out)
    keep(weights.held_out_donors(), "c1_weights_donors", options.out)


def truth(options: argparse.Namespace) -> None:
    """C2: false discoveries and power on planted and simulated changes."""
    keep(weights.summary(weights.thinned(options.draws)), "c2_weights_thinned", options.out)
    keep(weights.summary(weights.simulated(options.draws)), "c2_weights_simulated", options.out)


def null(options: argparse.Namespace) -> None:
    """C3: runs with a fake factor in which a gene is called."""
    parts = []
    for cell, runs in NULL_CELLS.items():
        parts.append(weights.null_calls(runs, [cell]))
        keep(pd.concat(parts, ignore_index=True), "c3_weights_null", options.out)


STEPS: dict[str, Callable[[argparse.Namespace], None]] = {"C1": calls, "C2": truth, "C3": null}
NEED_DATA = ("C1", "C2", "C3")
