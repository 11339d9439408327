"""Power by the number of samples: changes planted into samples of a pilot, fewer of them or drawn repeatedly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from foldwise.certify.labelings import fake_factors
from foldwise.certify.null_runs import fake_design
from foldwise.certify.plasmode import Plasmode, planted_experiment
from foldwise.certify.procedure import Procedure
from foldwise.certify.seeds import POWER, stream
from foldwise.errors import FoldwiseError
from foldwise.learn.effects import MOST_LOG2, Effects, usual_effects
from foldwise.model.contrast import Contrast
from foldwise.model.design import Design, Factor, design_from_matrix
from foldwise.model.experiment import Experiment, dense_counts
from foldwise.model.power import EXPRESSION, PowerPoint
from foldwise.stats.design_algebra import rank
from foldwise.stats.tails import normal_upper

# Samples drawn repeatedly say nothing of what lies far beyond them.
MOST_TIMES = 3
# With fewer planted genes of the size asked for in a run, usual sizes are planted.
LEAST_GENES = 20
# Mean reads of the genes whose power counts: fewer are hardly found at any number of samples.
LEAST_READS = 10.0
# Runs of one n have numbers apart from those of the next.
STRIDE = 10_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Pilot:
    """The data that power is learned from.

    Parameters
    ----------
    experiment : Experiment
    design : Design
    units : tuple of ndarray of int
        Rows of the samples that are drawn together: pairs; single samples where there are none.
    strata : ndarray of int, (n_units,)
        Group of each unit, from which as many are drawn as from the others; all 0 for pairs.
    """

    experiment: Experiment
    design: Design
    units: tuple[np.ndarray, ...]
    strata: np.ndarray

    @property
    def paired(self) -> bool:
        """Whether units are pairs."""
        return len(self.units[0]) > 1

    @property
    def n(self) -> int:
        """Units of the smallest stratum."""
        return int(np.bincount(self.strata).min())


def pilot_of(experiment: Experiment, design: Design, contrast: Contrast) -> Pilot | None:
    """Return what may be drawn from a design; None where the contrast does not compare levels of a factor."""
    tested = next((factor for factor in design.factors if factor.name == contrast.variable), None)
    if tested is None:
        return None
    groups = np.asarray(tested.codes)
    for factor in design.factors:
        if factor.name != tested.name and _blocks(factor, groups, len(tested.levels)):
            codes = np.asarray(factor.codes)
            pairs = tuple(np.flatnonzero(codes == level) for level in range(len(factor.levels)))
            return Pilot(experiment, design, pairs, np.zeros(len(pairs), dtype=np.int64))
    singles = tuple(np.array([row]) for row in range(design.n_samples))
    return Pilot(experiment, design, singles, groups.astype(np.int64))


def sizes_between(pilot: int, low: int, high: int, n_sizes: int = 8) -> tuple[int, ...]:
    """Return at most about ``n_sizes`` numbers of samples between two, evenly by ratio, with the pilot's among them."""
    high = min(high, MOST_TIMES * pilot)
    if high < low:
        return ()
    found = np.round(low * (high / low) ** np.linspace(0.0, 1.0, min(n_sizes, high - low + 1))).astype(int).tolist()
    between = [pilot] if low <= pilot <= high else []
    return tuple(sorted({low, high, *between, *found}))


def power_points(
    pilot: Pilot, procedure: Procedure, plasmode: Plasmode, sizes: Sequence[int], lfc: float, n_runs: int,
    n_threads: int = 1, progress: Progress | None = None,
) -> tuple[PowerPoint, ...]:  # fmt: skip
    """Return false discoveries and power of an analysis at each number of samples.

    Parameters
    ----------
    pilot : Pilot
    procedure : callable
    plasmode : Plasmode
        Its effects, share, FDR and seed are used.
    sizes : sequence of int
        Those that leave no degree of freedom are left out.
    lfc : float
        Least absolute log2 fold change of the genes counted.
    n_runs : int
    n_threads : int
        Runs made side by side; no number depends on it.
    progress : callable, optional
    """
    thirds = expression_thirds(pilot.experiment)
    possible = [n for n in sizes if drawn_design(pilot, n, plasmode.seed, n * STRIDE) is not None]
    jobs = [(n, run) for n in possible for run in range(n_runs)]
    rows: list[tuple[float, np.ndarray]] = []
    with ThreadPoolExecutor(max(1, n_threads)) as pool:
        results = pool.map(lambda job: _one(pilot, procedure, plasmode, job[0], job[1], lfc, thirds), jobs)
        for done, row in enumerate(results, start=1):
            rows.append(row)
            if progress is not None:
                progress("Power", done, len(jobs))
    points = []
    for number, n in enumerate(possible):
        part = rows[number * n_runs : (number + 1) * n_runs]
        kind = "pilot" if n == pilot.n else "subsample" if n < pilot.n else "extrapolation"
        points.append(PowerPoint(n, kind, np.stack([each[1] for each in part]), np.array([each[0] for each in part])))
    return tuple(points)


def drawn_design(pilot: Pilot, n: int, seed: int, number: int) -> tuple[np.ndarray, Design, np.ndarray] | None:
    """Return rows, design and fake groups of n units per stratum; None where nothing could be tested.

    Above the pilot, units are drawn repeatedly. Their spread about the fitted means is then too small, by the degrees
    of freedom that the means took; so many fewer are drawn that what is found is that of n.
    """
    rng = np.random.default_rng(stream(seed, POWER, number))
    units = [
        _drawn(np.flatnonzero(pilot.strata == stratum), _resampled(pilot, n), rng)
        for stratum in np.unique(pilot.strata)
    ]
    rows = np.sort(np.concatenate([pilot.units[unit] for part in units for unit in part]))
    matrix = pilot.design.matrix[rows]
    columns = independent_columns(matrix)
    if len(rows) - len(columns) < 2:
        return None
    names = [pilot.design.coefficient_names[column] for column in columns]
    try:
        design = design_from_matrix(matrix[:, columns], names)
        labelings = fake_factors(design, 1, int(stream(seed, POWER, number).generate_state(2)[1]))
    except FoldwiseError:
        return None
    return (rows, design, labelings.values[0]) if len(labelings) else None


def expression_thirds(experiment: Experiment) -> np.ndarray:
    """Return the third of mean counts (1 low, 2 middle, 3 high) of each gene, 0 below `LEAST_READS` reads."""
    counts = dense_counts(experiment.counts)
    totals = np.sum(counts, axis=0, dtype=np.float64)
    mean = np.mean(counts / np.maximum(totals, 1.0), axis=1)
    eligible = np.flatnonzero(np.mean(counts, axis=1) >= LEAST_READS)
    thirds = np.zeros(len(mean), dtype=np.int64)
    order = eligible[np.argsort(mean[eligible], kind="stable")]
    thirds[order] = 1 + (3 * np.arange(len(order))) // max(len(order), 1)
    return thirds


def effects_of_size(effects: Effects, lfc: float, n_genes: float) -> Effects:
    """Return the effects, or the usual ones where fewer than `LEAST_GENES` of ``n_genes`` would reach ``lfc``."""
    tail = normal_upper(lfc / effects.sd)
    shown = normal_upper(0.25 / effects.sd)
    share = float(np.sum(effects.weight * tail) / np.sum(effects.weight * shown))
    enough = lfc < MOST_LOG2 and share * n_genes >= LEAST_GENES
    return effects if enough or not effects.estimated else usual_effects()


def independent_columns(matrix: np.ndarray) -> list[int]:
    """Return the numbers of columns, from the first on, that are no sums of those before."""
    number, columns = rank(np.ascontiguousarray(matrix, dtype=np.float64))
    return [int(column) for column in columns[:number]]


def _one(
    pilot: Pilot, procedure: Procedure, plasmode: Plasmode, n: int, run: int, lfc: float, thirds: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return false discovery proportion and power by expression of one run."""
    number = n * STRIDE + run
    drawn = drawn_design(pilot, n, plasmode.seed, number)
    if drawn is None:
        return np.nan, np.full(len(EXPRESSION), np.nan)
    rows, design, labels = drawn
    part = pilot.experiment.take_samples(rows)
    names = [f"s{number}" for number in range(len(rows))]
    part = replace(part, samples=part.samples.set_axis(names, axis=0))
    longer, contrast = fake_design(design, labels)
    made, change = planted_experiment(part, labels, plasmode, number)
    (found,) = procedure(made, longer, (contrast,), stream(plasmode.seed, POWER, number))
    called = found.called(plasmode.fdr)
    false = float((called & (change == 0)).sum()) / max(int(called.sum()), 1)
    counted = (np.abs(change) >= lfc) & (thirds > 0)
    power = [_share(called, counted)] + [_share(called, counted & (thirds == third)) for third in (1, 2, 3)]
    return false, np.array(power)


def _share(called: np.ndarray, of: np.ndarray) -> float:
    return float((called & of).sum()) / int(of.sum()) if of.any() else float("nan")


def _drawn(units: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw n units: without repetition while there are enough, else each about equally often."""
    whole, rest = divmod(n, len(units))
    return np.concatenate([np.repeat(units, whole), rng.permutation(units)[:rest]])


def _resampled(pilot: Pilot, n: int) -> int:
    """Units drawn to stand for n beyond the pilot."""
    if n <= pilot.n:
        return n
    p = pilot.design.n_coefficients
    had, has = pilot.design.n_samples, pilot.design.n_samples * n / pilot.n
    return max(round(n * (had - p) / had * has / (has - p)), pilot.n)


def _blocks(factor: Factor, groups: np.ndarray, n_groups: int) -> bool:
    """Tell whether every level of a factor has one sample of each group."""
    codes = np.asarray(factor.codes)
    if len(codes) != len(factor.levels) * n_groups:
        return False
    return len(np.unique(np.column_stack([codes, groups]), axis=0)) == len(codes)
