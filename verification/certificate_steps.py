"""The proofs of the certificate as steps of ``python -m verification``."""

from __future__ import annotations

import argparse

from verification import a1_certificate_rates as a1
from verification import a2_certificate_outliers as a2
from verification import a3_certificate_bounds as a3
from verification import a4_certificate_real as a4
from verification.results import keep


def rates(options: argparse.Namespace) -> None:
    """A1."""
    keep(a1.summary(a1.rates(2 * options.certificates)), "a1_certificate_rates", options.out)


def outliers(options: argparse.Namespace) -> None:
    """A2."""
    keep(a2.summary(a2.rates(options.certificates)), "a2_certificate_outliers", options.out)


def bounds(options: argparse.Namespace) -> None:
    """A3."""
    runs = a3.claims(4 * options.certificates)
    keep(runs, "a3_certificate_bounds_runs", options.out)
    keep(a3.summary(runs), "a3_certificate_bounds", options.out)


def real(options: argparse.Namespace) -> None:
    """A4."""
    keep(a4.verdicts(), "a4_certificate_real", options.out)
    keep(a4.summary_of_cells(a4.cells_and_donors(draws=2 * options.certificates)), "a4_cells_and_donors", options.out)


STEPS = {"A1": rates, "A2": outliers, "A3": bounds, "A4": real}
# Steps that need real data
NEED_DATA = ("A1", "A3", "A4")
