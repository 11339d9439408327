"""The proofs of hidden factors as steps of ``python -m verification``."""

from __future__ import annotations

import argparse

from verification import b1_hidden_sex_genes as b1
from verification import b2_hidden_null as b2
from verification import b3_hidden_batch as b3
from verification import b4_hidden_noise as b4
from verification.results import keep


def sex_genes(options: argparse.Namespace) -> None:
    """B1."""
    ranks = b1.by_rank()
    keep(ranks, "b1_hidden_by_rank", options.out)
    keep(b1.at_choice(ranks), "b1_hidden_chosen", options.out)
    keep(b1.by_method(ranks), "b1_hidden_sex_genes", options.out)


def null(options: argparse.Namespace) -> None:
    """B2."""
    keep(b2.summary(b2.null_runs(n=20 * options.certificates)), "b2_hidden_null", options.out)


def batch(options: argparse.Namespace) -> None:
    """B3."""
    keep(b3.summary(b3.runs(2 * options.certificates)), "b3_hidden_batch", options.out)


def noise(options: argparse.Namespace) -> None:
    """B4."""
    keep(b4.summary(b4.noise(10 * options.certificates)), "b4_hidden_noise", options.out)


STEPS = {"B1": sex_genes, "B2": null, "B3": batch, "B4": noise}
# Steps that need real data
NEED_DATA = ("B1", "B2")
