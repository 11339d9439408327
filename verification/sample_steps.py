"""The proofs of the checks of samples as steps of ``python -m verification``."""

from __future__ import annotations

import argparse

from verification import q1_sex_labels, q2_swapped_donors, q3_bad_replicates, q4_clean_and_faulty
from verification.results import keep


def sexes(options: argparse.Namespace) -> None:
    """Q1."""
    keep(q1_sex_labels.flipped_labels(), "q1_sex_labels", options.out)


def donors(options: argparse.Namespace) -> None:
    """Q2."""
    keep(q2_swapped_donors.swaps(), "q2_swapped_donors", options.out)


def replicates(options: argparse.Namespace) -> None:
    """Q3."""
    keep(q3_bad_replicates.bad_replicates(), "q3_bad_replicates", options.out)
    keep(q3_bad_replicates.real_sets(), "q3_real_sets", options.out)


def clean(options: argparse.Namespace) -> None:
    """Q4."""
    keep(q4_clean_and_faulty.clean(6 * options.runs), "q4_clean", options.out)
    keep(q4_clean_and_faulty.planted(2 * options.runs), "q4_planted", options.out)


STEPS = {"Q1": sexes, "Q2": donors, "Q3": replicates, "Q4": clean}
# Steps that need real data
NEED_DATA = ("Q1", "Q2", "Q3", "Q4")
