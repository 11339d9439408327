"""N5 and N7 beside R: R's own methods on the null simulations of N1, and the cell that failed with fresh counts."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
import pandas as pd

from verification.analysis import two_groups
from verification.beside_r import IN_R, side_by_side
from verification.n5_type_one_error import BOUND
from verification.n7_any_hit import bound
from verification.rates import ABUNDANCE, null_rates, standard_error
from verification.simulate import DEPTHS, DISPERSIONS, FLAT, draw

REPLICATES = (3, 5, 10)
CELL = ["n", "dispersion", "depth"]
# The cell of N5 that lies above its gate also with fresh counts, and the numbers of these counts.
FAILED = (5, "usual", "shallow")
FIRST_FRESH = 1000


def simulations_beside_r(
    runs: int, replicates: Sequence[int] = REPLICATES, methods: Sequence[str] = tuple(IN_R), first: int = 0,
    cells: Iterable[tuple[str, str]] | None = None, n_genes: int = 2000,
) -> pd.DataFrame:  # fmt: skip
    """Return one row per method and run: rates of foldwise and R on the same counts (those of N1)."""
    parts = []
    for n, (depth, dispersion) in product(replicates, cells or list(product(DEPTHS, DISPERSIONS))):
        seed = zlib.crc32(f"{n} {depth} {dispersion}".encode())
        draws = [draw(n_genes, n, depth, dispersion, (seed, run)) for run in range(first, first + runs)]
        order = np.argsort(draws[0].group, kind="stable")
        counts = pd.DataFrame(np.hstack([each.counts[:, order] for each in draws]), [f"g{i}" for i in range(n_genes)])
        splits = {f"r{k}": np.arange(2 * n) + 2 * n * k for k in range(runs)}
        parts.append(side_by_side(counts, splits, methods).assign(n=n, depth=depth, dispersion=dispersion))
    return pd.concat(parts, ignore_index=True)


def by_cell(runs: pd.DataFrame) -> pd.DataFrame:
    """Return means per method and cell, with the difference of the fractions."""
    return _summary(runs, ["method", *CELL])


def by_replicates(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the same pooled over depth and dispersion."""
    return _summary(runs, ["method", "n"])


def _summary(runs: pd.DataFrame, cell: list[str]) -> pd.DataFrame:
    rows = []
    for key, group in runs.groupby(cell, sort=False):
        apart = (group["below_05_foldwise"] - group["below_05_r"]).abs().max()
        rows.append(
            {**dict(zip(cell, key, strict=True)), "runs": len(group),
             "below_05_foldwise": group["below_05_foldwise"].mean(), "below_05_r": group["below_05_r"].mean(),
             "standard_error_r": standard_error(group["below_05_r"].to_numpy()),
             "largest_difference": apart, "any_hit_foldwise": (group["hits_foldwise"] > 0).mean(),
             "any_hit_r": (group["hits_r"] > 0).mean(), "bound_any_hit": bound(len(group)),
             "calls_different": group["calls_different"].sum(),
             "median_relative_p": group["median_relative_p"].median(),
             "largest_relative_p": group["largest_relative_p"].max(),
             "r_in_gate": BOUND[0] <= group["below_05_r"].mean() <= BOUND[1]}
        )  # fmt: skip
    return pd.DataFrame(rows)


def profiles(runs: int) -> pd.DataFrame:
    """Return the failed cell by the rules of edgeR 4 and 3, as it is and with one dispersion at all counts."""
    n, dispersion, depth = FAILED
    rows = []
    for word in (dispersion, *FLAT):
        seed = zlib.crc32(f"{n} {depth} {word}".encode())
        for profile in ("edger-4.5", "edger-3"):
            each = []
            for run in range(FIRST_FRESH, FIRST_FRESH + runs):
                data = draw(2000, n, depth, word, (seed, run))
                each.append(null_rates(two_groups(data.counts, data.group, "edger-ql", profile=profile)))
            found = pd.DataFrame(each)
            names = ("below_05", *(f"below_05_{third}" for third in ABUNDANCE), "ratio_001")
            rows.append({"method": "edger-ql", "profile": profile, "n": n, "dispersion": word, "depth": depth,
                         "runs": runs, **{name: found[name].mean() for name in names},
                         "standard_error": standard_error(found["below_05"].to_numpy())})  # fmt: skip
    return pd.DataFrame(rows)


def failed_cell(runs: int) -> pd.DataFrame:
    """Return the failed cell with fresh counts, by R's edgeR 3.40 and by foldwise with the same version's rules."""
    n, dispersion, depth = FAILED
    found = simulations_beside_r(runs, (n,), ("edger-ql",), FIRST_FRESH, [(depth, dispersion)])
    return by_cell(found)
