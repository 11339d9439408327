"""Run claims and keep their figures: ``python -m verification [--only N1 T1 ...] [--runs 40] [--methods ols t]``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from verification import (
    certificate_steps,
    choice_steps,
    e_narratives,
    figures,
    hidden_steps,
    n1_null_simulations,
    n5_beside_r,
    n5_type_one_error,
    n6_wild_type_splits,
    n7_any_hit,
    reference,
    sample_steps,
    signature_steps,
    t1_yeast_gold,
    t2_thinning,
    t3_outliers,
    t4_covariates,
    t5_seqc,
    t6_sex_genes,
    t7_false_discoveries,
    weight_steps,
)
from verification.analysis import METHODS
from verification.results import FOLDER, keep

# Modules of the learned parts, each with its steps and which of them need real data
LEARNED = (certificate_steps, hidden_steps, choice_steps, weight_steps, sample_steps, signature_steps)
LEARNED_STEPS: dict[str, Callable[[argparse.Namespace], None]] = {
    name: step for module in LEARNED for name, step in module.STEPS.items()
}
NEED_DATA = ("N6", "R", "T1", "T2", "T4", "T5", "T6", *(name for module in LEARNED for name in module.NEED_DATA))


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m verification", description=__doc__)
    parser.add_argument("--only", nargs="+", default=["N1", "T7", "N6", "R", "N5R", "T1", "T2", "T3", "T4", "T5", "T6",
                                                           "E", *LEARNED_STEPS])  # fmt: skip
    parser.add_argument("--runs", type=int, default=34, help="runs per cell of the simulations (six cells per n)")
    parser.add_argument("--splits", type=int, default=60, help="wild-type splits per n")
    parser.add_argument("--r-splits", type=int, default=10, help="splits per n that R also sees")
    parser.add_argument("--draws", type=int, default=30, help="draws of yeast per n")
    parser.add_argument("--certificates", type=int, default=10, help="certificates per cell")
    parser.add_argument("--choices", type=int, default=3, help="data sets per kind for which a method is chosen")
    parser.add_argument("--choice-runs", type=int, default=30, help="runs of the finalists of each choice")
    parser.add_argument("--narratives", type=int, default=200, help="right narratives, and as many wrong ones")
    parser.add_argument("--seeds", type=int, default=50, help="data sets of noise for signatures")
    parser.add_argument("--permutations", type=int, default=200, help="of signatures of real data")
    parser.add_argument("--methods", nargs="+", help="only these; the kept rows of the others stay")
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.chosen = tuple(options.methods or METHODS)
    steps: dict[str, Callable[[argparse.Namespace], None]] = {
        "N1": _null, "T7": _changes, "N6": _splits, "R": _beside_r, "N5R": _null_beside_r, "T1": _yeast,
        "T2": _thinning, "T3": _outliers, "T4": _covariates,
        "T5": _seqc, "T6": _sex, "E": _narratives, **LEARNED_STEPS,
    }  # fmt: skip
    for name in options.only:
        if name in NEED_DATA and not reference.available():
            print(f"{name}: left out, no data in {reference.ROOT}")
            continue
        start = time.process_time()
        steps[name](options)
        print(f"{name}: {time.process_time() - start:.0f} CPU s", flush=True)
    figures.draw_all(options.out)


def _null(options: argparse.Namespace) -> None:
    runs = n1_null_simulations.null_simulations(options.runs, methods=options.chosen)
    cells = n5_type_one_error.type_one_error(runs)
    keep(cells, "n5_type_one_error", options.out, options.methods)
    keep(n5_type_one_error.again(cells, 4 * options.runs), "n5_failed_again", options.out, options.methods)
    keep(n5_type_one_error.by_replicates(runs), "n5_by_replicates", options.out, options.methods)
    keep(n7_any_hit.any_hit(runs), "n7_any_hit", options.out, options.methods)


def _changes(options: argparse.Namespace) -> None:
    runs = t7_false_discoveries.simulated_changes(options.runs, methods=options.chosen)
    keep(t7_false_discoveries.false_discoveries(runs), "t7_simulated", options.out, options.methods)


def _splits(options: argparse.Namespace) -> None:
    runs = n6_wild_type_splits.wild_type_splits(options.splits, (3, 5, 10), options.chosen)
    keep(n6_wild_type_splits.summary(runs), "n6_wild_type_splits", options.out, options.methods)


def _beside_r(options: argparse.Namespace) -> None:
    runs = n6_wild_type_splits.beside_r(options.r_splits, (3, 10))
    keep(runs, "n6_beside_r_splits", options.out)
    keep(n6_wild_type_splits.summary_beside_r(runs), "n6_beside_r", options.out)


def _null_beside_r(options: argparse.Namespace) -> None:
    runs = n5_beside_r.simulations_beside_r(options.runs)
    keep(n5_beside_r.by_cell(runs), "n5_beside_r_cells", options.out)
    keep(n5_beside_r.by_replicates(runs), "n5_beside_r", options.out)
    keep(n5_beside_r.failed_cell(4 * options.runs), "n5_failed_beside_r", options.out)
    keep(n5_beside_r.profiles(4 * options.runs), "n5_profiles", options.out)


def _yeast(options: argparse.Namespace) -> None:
    runs = t1_yeast_gold.yeast_draws(options.draws, methods=options.chosen)
    keep(
        t7_false_discoveries.false_discoveries(runs, ("truth", "method", "n")),
        "t1_yeast_gold",
        options.out,
        options.methods,
    )
    keep(t1_yeast_gold.balance(options.chosen), "t1_balance", options.out, options.methods)


def _thinning(options: argparse.Namespace) -> None:
    parts = [t2_thinning.planted_changes(options.draws, data, options.chosen) for data in t2_thinning.REPLICATES]
    keep(t2_thinning.summary(pd.concat(parts)), "t2_thinning", options.out, options.methods)


def _outliers(options: argparse.Namespace) -> None:
    runs = t3_outliers.simulated_outliers(options.runs)
    keep(t7_false_discoveries.false_discoveries(runs, ("n", "planted", "method")), "t3_outliers", options.out)


def _covariates(options: argparse.Namespace) -> None:
    keep(t4_covariates.summary(t4_covariates.draws(options.draws)), "t4_covariates", options.out)


def _seqc(options: argparse.Namespace) -> None:
    keep(t5_seqc.seqc(options.chosen), "t5_seqc", options.out, options.methods)


def _sex(options: argparse.Namespace) -> None:
    keep(t6_sex_genes.sex_genes(options.chosen), "t6_sex_genes", options.out, options.methods)


def _narratives(options: argparse.Namespace) -> None:
    keep(e_narratives.proof(options.narratives), "e_narratives", options.out)


if __name__ == "__main__":
    main()
