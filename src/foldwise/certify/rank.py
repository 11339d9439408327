"""How many hidden factors: the number under which planted changes are found best while null runs stay empty.

Made-up labels alone decide; the true ones are not looked at. Least squares stands for the method, so that one
decomposition of a run serves every number of factors.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from foldwise.certify.labelings import Labelings, fake_factors
from foldwise.certify.null_runs import NullRuns, Settings
from foldwise.certify.seeds import FACTORS, PLANT, stream
from foldwise.certify.verdict import ENOUGH, TAIL_CUTS, judge
from foldwise.engine.expression import Expression
from foldwise.learn.factors import Residuals, residuals, with_direction
from foldwise.learn.parallel_analysis import Scree, parallel_analysis
from foldwise.learn.rotation import rotation
from foldwise.learn.surrogate import Surrogate, surrogate
from foldwise.model.design import Design
from foldwise.stats.thinning import plant

# Fewer residual degrees of freedom leave nothing to estimate a factor from.
LEAST_DF = 6
# At most a quarter of the residual degrees of freedom, and never more than this.
MOST = 20
DF_PER_FACTOR = 4
RUNS = 100
# Numbers of factors within this share of the best power are as good.
TIE = 0.01
# Planted changes: a share of the genes, of so many standard errors of a gene of median variance without factors, which
# is where power is neither 0 nor 1; larger than 2^5 leaves hardly a read.
SHARE = 0.1
STANDARD_ERRORS = (2.0, 7.0)
MOST_LOG2 = 5.0


@dataclass(frozen=True)
class Candidate:
    """One number of factors in the runs with made-up labels.

    Parameters
    ----------
    k : int
    verdict : str
        Of the null runs.
    n_any : int
        Null runs in which a gene was called.
    excess : float
        P-values below .001 in null runs, as a multiple of what there should be.
    power, fdp : float
        Mean share of planted changes found, and of false ones among the calls.
    """

    k: int
    verdict: str
    n_any: int
    excess: float
    power: float
    fdp: float


@dataclass(frozen=True, eq=False)
class RankChoice:
    """The number of factors and why.

    Parameters
    ----------
    k : int
    reason : str
        A sentence.
    k_max : int
        Most that were tried.
    scree : Scree or None
        None where nothing could be estimated.
    candidates : tuple of Candidate
    n_runs : int
        Null runs, and as many with planted changes.
    """

    k: int
    reason: str
    k_max: int = 0
    scree: Scree | None = None
    candidates: tuple[Candidate, ...] = ()
    n_runs: int = 0


def choose_rank(
    of: Expression, design: Design, settings: Settings, *, block: np.ndarray | None = None,
    controls: np.ndarray | None = None, n: int = RUNS,
) -> RankChoice:  # fmt: skip
    """Choose the number of hidden factors.

    Parameters
    ----------
    of : Expression
    design : Design
    settings : Settings
        False discovery rate, seed, processors, progress.
    block : ndarray, (n_samples,), optional
        Samples that belong together.
    controls : ndarray of bool, (n_genes,), optional
        Negative controls among all genes.
    n : int
        Null runs, and runs with planted changes.
    """
    df = design.residual_df
    if df < LEAST_DF:
        return RankChoice(0, f"{df} residual degrees of freedom are too few for hidden factors; they need {LEAST_DF}.")
    base = residuals(of.values, rotation(design.matrix, np.eye(design.n_coefficients)[-1]))
    scree = parallel_analysis(base, design.matrix, stream(settings.seed, FACTORS))
    k_max = min(scree.rank, df // DF_PER_FACTOR, MOST)
    if k_max == 0:
        return RankChoice(0, "No factor stands out from what chance gives (parallel analysis).", 0, scree)
    labelings = fake_factors(design, n, settings.seed, block=block)
    if labelings.n_distinct is not None and labelings.n_distinct < ENOUGH:
        reason = (
            f"These samples allow {labelings.n_distinct} fake groupings, fewer than the {ENOUGH} by which a number of "
            "factors can be shown to be safe."
        )
        return RankChoice(0, reason, k_max, scree)
    known = None if controls is None else controls[of.rows]
    runs = _Runs(of, design, base, known, k_max, settings)
    done = runs.all(labelings)
    candidates = tuple(_candidate(k, labelings, done, settings.fdr) for k in range(k_max + 1))
    return _chosen(candidates, k_max, scree, len(labelings))


@dataclass(frozen=True, eq=False)
class _Planted:
    power: np.ndarray
    fdp: np.ndarray


@dataclass(frozen=True, eq=False)
class _Runs:
    """Null runs and runs with planted changes, for all numbers of factors at once."""

    of: Expression
    design: Design
    base: Residuals
    controls: np.ndarray | None
    k_max: int
    settings: Settings

    def all(self, labelings: Labelings) -> list[tuple[Surrogate, _Planted]]:
        """Make a run of each kind for each labeling, in order."""
        done = []
        with ThreadPoolExecutor(max(1, self.settings.n_threads)) as pool:
            for number, found in enumerate(pool.map(lambda b: self.one(labelings, b), range(len(labelings)))):
                done.append(found)
                if self.settings.progress is not None:
                    self.settings.progress("hidden factors", number + 1, len(labelings))
        return done

    def one(self, labelings: Labelings, number: int) -> tuple[Surrogate, _Planted]:
        """Run with one fake factor: as it is, and with changes planted along it."""
        labels = labelings.values[number]
        matrix = np.column_stack([self.design.matrix, labels.astype(np.float64)])
        split = rotation(matrix, np.eye(matrix.shape[1])[-1])
        df, cuts = split.residual_df, np.sort(np.array(TAIL_CUTS))
        direction = split.tested[:, 0]
        known = None if self.controls is None else self.controls[self.base.rows]
        null = surrogate(
            with_direction(self.base, direction), df, self.k_max, level=self.settings.fdr, cuts=cuts,
            direction=direction, controls=known,
        )  # fmt: skip
        values, changed = self._planted(labels, float(split.length[0]), number)
        found = residuals(values, split)
        known = None if self.controls is None else self.controls[found.rows] & ~changed[found.rows]
        called = surrogate(found, df, self.k_max, level=self.settings.fdr, cuts=cuts, controls=known).called
        true = (called & changed[found.rows]).sum(axis=1)
        power = true / max(int(changed.sum()), 1)
        return null, _Planted(power, 1.0 - true / np.maximum(called.sum(axis=1), 1) * (called.sum(axis=1) > 0))

    def _planted(self, labels: np.ndarray, length: float, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Values with planted changes, and the mask of the changed genes."""
        counts = self.of.counts
        random = np.random.default_rng(stream(self.settings.seed, FACTORS, number + 1))
        chosen = random.random(len(counts)) < SHARE
        sign = np.where(random.random(len(counts)) < 0.5, -1.0, 1.0)
        spread = float(np.median(np.sqrt(self.base.squares / self.design.residual_df)))
        size = random.uniform(*STANDARD_ERRORS, len(counts)) * spread / length
        change = (sign * np.minimum(size, MOST_LOG2))[chosen]
        rows = np.flatnonzero(chosen)
        thinned = plant(counts[rows], labels, change, stream(self.settings.seed, PLANT, number))
        values = self.of.values.copy()
        values[rows] = self.of.values_of(thinned, rows)
        return values, chosen


def _candidate(k: int, labelings: Labelings, done: list[tuple[Surrogate, _Planted]], fdr: float) -> Candidate:
    """Judge one number of factors."""
    null = [run for run, _ in done]
    tested = np.array([[run.called.shape[1]] for run in null], dtype=np.int64)
    discoveries = np.array([[int(run.called[k].sum())] for run in null], dtype=np.int64)
    cuts = np.sort(np.array(TAIL_CUTS))
    below = np.stack([run.below[k][None, :] for run in null])
    runs = NullRuns(cuts, below, tested, discoveries, np.ones(tested.shape))
    judgment = judge(runs, fdr, n_distinct=labelings.n_distinct, approximate=labelings.approximate)
    excess = float(np.mean(runs.below_cut(max(TAIL_CUTS)) / tested[:, 0]) / max(TAIL_CUTS))
    power, fdp = (float(np.mean([getattr(planted, name)[k] for _, planted in done])) for name in ("power", "fdp"))
    return Candidate(k, judgment.verdict, int((discoveries > 0).sum()), excess, power, fdp)


def _chosen(candidates: tuple[Candidate, ...], k_max: int, scree: Scree, n_runs: int) -> RankChoice:
    passing = [each for each in candidates if each.verdict == "PASS"]
    if not passing:
        reason = f"Null runs do not pass with any number of factors from 0 to {k_max}, so none is used."
        return RankChoice(0, reason, k_max, scree, candidates, n_runs)
    best = max(each.power for each in passing)
    chosen = next(each for each in passing if each.power >= (1.0 - TIE) * best)
    without = candidates[0].power
    if chosen.k == 0:
        reason = (
            f"None of 1 to {k_max} factors finds more planted changes by over {TIE:.0%} with null runs that pass "
            f"({without:.1%} without)."
        )
    else:
        reason = (
            f"{chosen.k} hidden factor{'' if chosen.k == 1 else 's'} of at most {k_max}: {chosen.power:.1%} of planted "
            f"changes are found ({without:.1%} without), and {chosen.n_any} of {n_runs} null runs call a gene."
        )
    return RankChoice(chosen.k, reason, k_max, scree, candidates, n_runs)
