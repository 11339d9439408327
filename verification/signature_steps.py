"""Steps of the program for signatures."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import pandas as pd

from verification import sg_signature
from verification.results import keep

NEED_DATA = ("SG",)


def _real(options: argparse.Namespace) -> None:
    judged, transfer = sg_signature.sex(options.permutations)
    keep(pd.concat([judged, sg_signature.nivolumab(options.permutations)]), "sg_signatures", options.out)
    keep(transfer, "sg_transfer", options.out)


def _noise(options: argparse.Namespace) -> None:
    keep(sg_signature.noise_summary(sg_signature.noise(options.seeds)), "sg_noise", options.out)


STEPS: dict[str, Callable[[argparse.Namespace], None]] = {"SG": _real, "SGN": _noise}
