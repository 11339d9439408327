"""Runs of a whole analysis on regrouped samples, where nothing can be found, and what is counted in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from foldwise.certify.labelings import Labelings, fake_factors
from foldwise.certify.procedure import FAKE_NAME, Outcome, Procedure, coefficient_contrast
from foldwise.certify.scrambles import scrambled_design
from foldwise.certify.seeds import FAKE, SCRAMBLE, stream
from foldwise.engine.base import Progress
from foldwise.errors import FoldwiseError
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design, append_columns, make_design
from foldwise.model.experiment import Experiment
from foldwise.model.method_facts import GROUP_METHODS
from foldwise.stats.posthoc import simes_statistic

# Cuts of the curve of type I errors: eight per decade from one in a million to 1, and those of the verdict.
GRID = np.unique(np.concatenate([np.power(10.0, np.arange(-48, 1) / 8), [0.05, 0.01, 0.001, 0.0001]]))
# Runs between two checkpoints.
CHUNK = 20

Remember = Callable[[str, Mapping[str, object], Callable[[], Any]], Any]
# Experiment, design and contrasts of one null run
Job = tuple[Experiment, Design, Sequence[Contrast]]


def at_once(step: str, known: Mapping[str, object], compute: Callable[[], Any]) -> Any:
    """Compute; nothing is remembered."""
    return compute()


@dataclass(frozen=True, eq=False)
class NullRuns:
    """What was counted in each null run, for each contrast.

    Parameters
    ----------
    cuts : ndarray, (n_cuts,)
        Ascending.
    below : ndarray of int, (n_runs, n_contrasts, n_cuts)
        Tested genes with a p-value at most the cut.
    n_tested, discoveries : ndarray of int, (n_runs, n_contrasts)
        Genes tested, and genes called: all of these are false.
    simes : ndarray, (n_runs, n_contrasts)
        Smallest ``m p_(k) / k``.
    pvalues : ndarray, (n_runs, n_contrasts, n_genes), or None
        Where they were asked for.
    failed : tuple of str
        What stopped runs that are not here.
    """

    cuts: np.ndarray
    below: np.ndarray
    n_tested: np.ndarray
    discoveries: np.ndarray
    simes: np.ndarray
    pvalues: np.ndarray | None = None
    failed: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.n_tested)

    def below_cut(self, cut: float, contrast: int = 0) -> np.ndarray:
        """Tested genes at most ``cut``, one of `cuts`, in each run; (n_runs,)."""
        return np.asarray(self.below[:, contrast, int(np.searchsorted(self.cuts, cut))])


@dataclass(frozen=True)
class Settings:
    """How null runs are made: false discovery rate, seed, processors, and who is told.

    Parameters
    ----------
    fdr : float
    seed : int
    n_threads : int
        Runs made side by side; no number depends on it.
    progress : callable, optional
        Called as ``progress(stage, done, total)``.
    remember : callable
        Keeps chunks of runs, so that a stopped certificate goes on.
    """

    fdr: float = 0.05
    seed: int = 1
    n_threads: int = 1
    progress: Progress | None = None
    remember: Remember = at_once

    def apart(self, name: str) -> Settings:
        """Return settings that keep the chunks of another analysis apart, by its name."""
        word = "".join(letter for letter in name if letter.isalnum())
        return replace(self, remember=partial(_named, self.remember, word))


def _named(remember: Remember, word: str, step: str, known: Mapping[str, object], compute: Callable[[], Any]) -> Any:
    return remember(f"{word}_{step}", known, compute)


def fakes_for(method: str, design: Design, n: int, seed: int, block: np.ndarray | None = None) -> Labelings:
    """Return fake factors that the method can test: beside the design, or within one condition for tests of groups."""
    if method not in GROUP_METHODS:
        return fake_factors(design, n, seed, block=block)
    from foldwise.certify.within_groups import within_groups

    return within_groups(design, n, seed)


def fake_design(design: Design, labels: np.ndarray) -> tuple[Design, Contrast]:
    """Return the design with a fake factor at its end, and the contrast that tests it.

    Where samples are left out (label -1) the design is that of two groups of the others alone.
    """
    used = labels >= 0
    if used.all():
        longer = append_columns(design, labels[:, None].astype(np.float64), [FAKE_NAME])
        return longer, coefficient_contrast(longer, longer.n_coefficients - 1, FAKE_NAME)
    sheet = pd.DataFrame({"fake": np.where(labels[used] == 1, "b", "a")})
    alone = make_design("~ fake", sheet)
    return alone, coefficient_contrast(alone, 1, FAKE_NAME)


def fake_jobs(experiment: Experiment, design: Design, labelings: Labelings) -> Iterator[Job]:
    """Return experiment, design and contrast of each fake factor."""
    for labels in labelings.values:
        longer, contrast = fake_design(design, labels)
        used = labels >= 0
        yield experiment if used.all() else experiment.take_samples(np.flatnonzero(used)), longer, (contrast,)


def scramble_jobs(
    experiment: Experiment, design: Design, labelings: Labelings, variables: tuple[str, ...],
    contrasts: Sequence[Contrast],
) -> Iterator[Job]:  # fmt: skip
    """Return experiment, design and contrasts of each scramble."""
    for rows in labelings.values:
        yield experiment, scrambled_design(design, variables, rows), contrasts


def null_runs(
    procedure: Procedure, jobs: Sequence[Job], settings: Settings, *, component: int, cuts: Sequence[float] = (),
    name: str = "null", keep_pvalues: bool = False,
) -> NullRuns:  # fmt: skip
    """Run an analysis on each job and count.

    Parameters
    ----------
    procedure : callable
        See `Procedure`.
    jobs : sequence of Job
    settings : Settings
    component : int
        Of `foldwise.certify.seeds`: run b gets its stream number b.
    cuts : sequence of float
        Cuts beside those of the curve.
    name : str
        Of progress and checkpoints.
    keep_pvalues : bool

    Returns
    -------
    NullRuns
        In the order of the jobs.
    """
    every = np.unique(np.concatenate([GRID, np.asarray(cuts, dtype=np.float64)]))

    def one(number: int) -> dict[str, Any]:
        experiment, design, contrasts = jobs[number]
        try:
            found = procedure(experiment, design, contrasts, stream(settings.seed, component, number))
        except FoldwiseError as error:
            return {"failed": error.found}
        return counted(found, every, settings.fdr, keep_pvalues)

    rows: list[dict[str, Any]] = []
    # One processor needs no thread beside this one
    with ThreadPoolExecutor(settings.n_threads) if settings.n_threads > 1 else nullcontext() as pool:
        for start in range(0, len(jobs), CHUNK):
            chunk = range(start, min(start + CHUNK, len(jobs)))
            rows += settings.remember(f"{name}{start}", {}, partial(_of_chunk, pool, one, chunk))
            if settings.progress is not None:
                settings.progress(name, len(rows), len(jobs))
    return gathered(rows, every)


def _of_chunk(
    pool: ThreadPoolExecutor | None, one: Callable[[int], dict[str, Any]], chunk: range
) -> list[dict[str, Any]]:
    return [one(number) for number in chunk] if pool is None else list(pool.map(one, chunk))


def counted(found: Sequence[Outcome], cuts: np.ndarray, fdr: float, keep_pvalues: bool = False) -> dict[str, Any]:
    """Return what is kept of one run: arrays whose first axis is the contrasts."""
    tested = [np.sort(outcome.weighted_pvalue) for outcome in found]
    row = {
        "below": np.array([np.searchsorted(p, cuts, side="right") for p in tested], dtype=np.int64),
        "n_tested": np.array([len(p) for p in tested], dtype=np.int64),
        "discoveries": np.array([int(outcome.called(fdr).sum()) for outcome in found], dtype=np.int64),
        "simes": np.array([simes_statistic(p) for p in tested]),
    }
    if keep_pvalues:
        row["pvalues"] = np.array([_spread(each) for each in found])
    return row


def _spread(outcome: Outcome) -> np.ndarray:
    """P-values, weighted where there are weights, of all genes; NaN where not tested."""
    every = np.full(len(outcome.pvalue), np.nan)
    every[outcome.tested] = outcome.weighted_pvalue
    return every


def gathered(rows: Sequence[Mapping[str, Any]], cuts: np.ndarray) -> NullRuns:
    """Join the runs that were not stopped."""
    done = [row for row in rows if "failed" not in row]
    failed = tuple(str(row["failed"]) for row in rows if "failed" in row)
    if not done:
        none = np.zeros((0, 1), dtype=np.int64)
        return NullRuns(cuts, np.zeros((0, 1, len(cuts)), dtype=np.int64), none, none, none.astype(float), None, failed)
    joined = {name: np.stack([row[name] for row in done]) for name in done[0]}
    return NullRuns(cuts, joined["below"], joined["n_tested"], joined["discoveries"], joined["simes"],
                    joined.get("pvalues"), failed)  # fmt: skip


__all__ = [
    "FAKE", "GRID", "SCRAMBLE", "NullRuns", "Settings", "fake_design", "fake_jobs", "fakes_for", "null_runs",
    "scramble_jobs",
]  # fmt: skip
