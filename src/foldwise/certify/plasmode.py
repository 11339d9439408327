"""Planted changes in the user's own counts between groups of samples that do not differ: runs whose truth is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from foldwise.certify.labelings import Labelings
from foldwise.certify.null_runs import fake_design
from foldwise.certify.procedure import Outcome, Procedure
from foldwise.certify.seeds import CHOICE, PLANT, stream
from foldwise.errors import FoldwiseError
from foldwise.learn.effects import SHARE, Effects, draw_effects, eligible_genes
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment, dense_counts
from foldwise.stats.thinning import plant


@dataclass(frozen=True, eq=False)
class Plasmode:
    """Runs on planted changes: what they are made from.

    Run b regroups the samples by labeling b (again from the first where there are fewer), gives random genes a change
    between the fake groups and asks a whole analysis to find them. What differs between the real groups stays in the
    model.

    Parameters
    ----------
    experiment : Experiment
    design : Design
    labelings : Labelings
    effects : Effects
    share : float
        Of the eligible genes that get a change.
    fdr : float
    seed : int
    """

    experiment: Experiment
    design: Design
    labelings: Labelings
    effects: Effects
    share: float = SHARE
    fdr: float = 0.05
    seed: int = 1

    def planted(self, run: int) -> tuple[Experiment, Design, Contrast, np.ndarray]:
        """Return experiment, design and contrast of a run, and the log2 fold changes planted (n_genes,)."""
        labels = self.labelings.values[run % len(self.labelings)]
        used = np.flatnonzero(labels >= 0)
        whole = len(used) == len(labels)
        experiment = self.experiment if whole else self.experiment.take_samples(used)
        design, contrast = fake_design(self.design, labels)
        made, change = planted_experiment(experiment, labels[used], self, run)
        return made, design, contrast, change

    def rates(self, procedure: Procedure, run: int) -> tuple[float, float]:
        """Return false discovery proportion and power of an analysis in one run."""
        experiment, design, contrast, change = self.planted(run)
        (found,) = procedure(experiment, design, (contrast,), stream(self.seed, CHOICE, run))
        return realized(found, change, self.fdr)


def planted_experiment(
    experiment: Experiment, labels: np.ndarray, settings: Plasmode, run: int
) -> tuple[Experiment, np.ndarray]:
    """Return the experiment with changes planted between samples of label 0 and 1, and these changes (n_genes,)."""
    counts = dense_counts(experiment.counts)
    first, second = stream(settings.seed, PLANT, run).spawn(2)
    change = draw_effects(settings.effects, eligible_genes(counts), first, settings.share)
    return replace(experiment, counts=plant(counts, labels, change, second)), change


def realized(found: Outcome, change: np.ndarray, fdr: float) -> tuple[float, float]:
    """Return false discovery proportion (0 where nothing is called) and power of the calls at ``fdr``."""
    called, changed = found.called(fdr), change != 0
    n_called, n_true = int(called.sum()), int((called & changed).sum())
    return (n_called - n_true) / max(n_called, 1), n_true / max(int(changed.sum()), 1)


def all_rates(
    plasmode: Plasmode, procedures: Mapping[str, Procedure], runs: Sequence[int], n_threads: int = 1,
    done: Callable[[int], None] | None = None,
) -> tuple[dict[str, list[tuple[float, float]]], dict[str, str]]:  # fmt: skip
    """Return the rates of every analysis in every run, in the order of ``runs``, and what stopped the others.

    Runs go side by side; no number depends on how many do. ``done`` is called with the number of runs finished.
    """
    failed: dict[str, str] = {}
    jobs = [(name, run) for run in runs for name in procedures]
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in procedures}
    with ThreadPoolExecutor(max(1, n_threads)) as pool:
        results = pool.map(lambda job: _rates_or_reason(plasmode, procedures[job[0]], job[1]), jobs)
        for count, ((name, _), rates) in enumerate(zip(jobs, results, strict=True), start=1):
            if isinstance(rates, str):
                failed.setdefault(name, rates)
            else:
                found[name].append(rates)
            if done is not None:
                done(count)
    return {name: pairs for name, pairs in found.items() if name not in failed}, failed


def _rates_or_reason(plasmode: Plasmode, procedure: Procedure, run: int) -> tuple[float, float] | str:
    """Return the rates of a run, or why the analysis could not be made: one method's trouble is not the others'."""
    try:
        return plasmode.rates(procedure, run)
    except (FoldwiseError, ValueError, ArithmeticError) as error:
        why = error.found if isinstance(error, FoldwiseError) else f"{error}."
        return f"It stopped in a run on regrouped samples: {why}"
