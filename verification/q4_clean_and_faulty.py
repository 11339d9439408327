"""Q4: simulated and real clean data are left alone, and planted faults are found."""

from __future__ import annotations

import numpy as np
import pandas as pd

from foldwise.model.design import make_design
from foldwise.model.experiment import Experiment
from foldwise.model.flags import Flag
from foldwise.qc.flags import check_samples
from verification.samples import between, experiment
from verification.simulate import DEPTHS, DISPERSIONS, draw

GOAL = 0.05
SIZES = (3, 5, 10, 30)
N_GENES = 3000
FAULTS = (
    "copy",
    "half of the reads of another",
    "3 % of the reads",
    "one gene takes half of the reads",
    "scattered genes",
)
RULE_OF_FAULT = dict(zip(FAULTS, ("duplicate", "duplicate", "library size", "composition", "outlier"), strict=True))
_SCATTER = 1.0  # natural log, standard deviation: every gene of the faulty sample is off by a factor of about e


def clean(runs: int = 200) -> pd.DataFrame:
    """Return the share of clean data sets with any flag: simulations, then halves of real ones."""
    rows = []
    for n in SIZES:
        flagged = [
            bool(_flags(simulated(n, depth, kind, run))) for depth, kind in _cells() for run in range(_each(runs))
        ]
        rows.append(_row("simulated", n, len(flagged), int(sum(flagged))))
    for name, query, column in (("yeast48", "clean == True", "condition"), ("pickrell", None, "gender")):
        whole = experiment(name, query)
        for n in (3, 5, 10):
            flagged = [bool(_flags(_part(whole, column, n, run), column)) for run in range(max(runs // 4, 2))]
            row = _row(f"{name}, samples chosen at random", n, len(flagged), int(sum(flagged)))
            rows.append(row | {"verdict": "no goal"})
    return pd.DataFrame(rows)


def planted(runs: int = 50) -> pd.DataFrame:
    """Return how often a fault planted into one sample of a simulation is found, and how often others are accused."""
    rows = []
    for n in SIZES:
        for fault in FAULTS:
            found = others = 0
            for run in range(runs):
                rng = np.random.default_rng([14, n, FAULTS.index(fault), run])
                data, faulty = with_fault(simulated(n, "deep", "usual", 10_000 + run), fault, rng)
                flags = _flags(data)
                named = {flag.sample for flag in flags if flag.rule == RULE_OF_FAULT[fault]}
                found += faulty <= named
                others += bool({flag.sample for flag in flags} - faulty)
            rows.append({"fault": fault, "n": n, "runs": runs, "found": found / runs, "interval": between(found, runs),
                         "others_accused": others / runs})  # fmt: skip
    return pd.DataFrame(rows)


def simulated(n: int, depth: str, dispersion: str, run: int) -> Experiment:
    """Return clean counts of two groups of n."""
    drawn = draw(N_GENES, n, depth, dispersion, (13, n, list(DEPTHS).index(depth), run), share_changed=0.1)
    samples = pd.DataFrame({"group": [f"g{k}" for k in drawn.group]}, index=[f"s{k}" for k in range(2 * n)])
    counts = np.ascontiguousarray(drawn.counts, dtype=np.int32)
    return Experiment(counts, samples, pd.DataFrame(index=[f"gene{k}" for k in range(N_GENES)]))


def with_fault(data: Experiment, fault: str, rng: np.random.Generator) -> tuple[Experiment, set[str]]:
    """Return the experiment with a fault in one sample, and the samples that the rule should name."""
    i, j = rng.choice(data.n_samples, 2, replace=False)
    counts = data.counts.copy()
    own = counts[:, i].astype(np.int64)
    concerned = {i}
    if fault in FAULTS[:2]:
        counts[:, i] = counts[:, j] if fault == "copy" else rng.binomial(counts[:, j], 0.5)
        concerned = {i, j}
    elif fault == "3 % of the reads":
        counts[:, i] = rng.binomial(own, 0.03)
    elif fault == "one gene takes half of the reads":
        counts[int(rng.integers(len(own))), i] = own.sum()
    else:
        rate = own * np.exp(rng.normal(0.0, _SCATTER, len(own)))
        counts[:, i] = rng.poisson(rate * own.sum() / rate.sum())
    changed = Experiment(counts, data.samples, data.genes)
    return changed, {str(data.samples.index[k]) for k in concerned}


def _flags(data: Experiment, column: str = "group") -> list[Flag]:
    found = check_samples(data, make_design(f"~ {column}", data.samples)).flags
    return [flag for flag in found if flag.level == "warning"]


def _cells() -> list[tuple[str, str]]:
    """Return depths and dispersions; Poisson counts are technical replicates, and the rule of duplicates says so."""
    return [(depth, kind) for depth in DEPTHS for kind in DISPERSIONS if kind != "poisson"]


def _each(runs: int) -> int:
    return max(round(runs / len(_cells())), 1)


def _part(whole: Experiment, column: str, n: int, run: int) -> Experiment:
    rng = np.random.default_rng([15, n, run])
    groups = [np.flatnonzero(whole.samples[column] == level) for level in sorted(set(whole.samples[column]))]
    return whole.take_samples(np.sort(np.concatenate([rng.choice(group, n, replace=False) for group in groups])))


def _row(data: str, n: int, runs: int, flagged: int) -> dict[str, object]:
    verdict = "pass" if flagged / runs <= GOAL else "FAIL"
    return {"data": data, "n": n, "runs": runs, "flagged": flagged / runs, "interval": between(flagged, runs),
            "verdict": verdict}  # fmt: skip
