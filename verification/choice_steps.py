"""The proofs of method choice and power as steps of ``python -m verification``."""

from __future__ import annotations

import argparse

from verification import d1_choice as d1
from verification import d2_power as d2
from verification.results import keep


def choice(options: argparse.Namespace) -> None:
    """D1."""
    truth = d1.truths(8 * options.choices)
    keep(truth, "d1_choice_truth", options.out)
    sets = d1.judged(d1.choices(options.choices, options.choice_runs), truth)
    keep(sets, "d1_choice_sets", options.out)
    keep(d1.summary(sets), "d1_choice", options.out)


def power(options: argparse.Namespace) -> None:
    """D2."""
    pilots = d2.predicted(max(options.choices - 1, 1), 10)
    cells = d2.compared(pilots, d2.realized(5 * options.choices))
    keep(cells, "d2_power_pilots", options.out)
    keep(d2.summary(cells), "d2_power", options.out)


STEPS = {"D1": choice, "D2": power}
# Steps that need real data
NEED_DATA = ("D1", "D2")
