"""How many samples it takes: ``fw.power`` and ``foldwise power``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foldwise.errors import UsageError
from foldwise.model.method_facts import AUTO
from foldwise.model.power import PowerValues

if TYPE_CHECKING:
    from collections.abc import Callable

    from foldwise.api.design import ResolvedDesign
    from foldwise.model.experiment import Experiment

RUNS = 20
RANGE = "3:20"
# Share of changed genes taken where the data show none; and between what the estimated one is held.
USUAL_SHARE, LEAST_SHARE, MOST_SHARE = 0.1, 0.01, 0.5


@dataclass(frozen=True, eq=False, repr=False)
class PowerCurve(PowerValues):
    """Power against the number of samples per group; nothing in it changes after it is made."""

    def svg(self) -> str:
        """Return the picture as SVG."""
        from foldwise.report.plots_power import power_plot

        return power_plot(self)

    def plot(self, path: str | Path | None = None) -> Picture:
        """Return the picture, which a notebook shows; with a path, write it there too."""
        picture = Picture(self.svg())
        if path is not None:
            picture.save(path)
        return picture

    def __repr__(self) -> str:
        return "\n".join([self.sentence, *lines_of(self), *self.limits])


@dataclass(frozen=True)
class Picture:
    """A picture as SVG."""

    svg: str

    def save(self, path: str | Path) -> Path:
        """Write it to a file; return its path."""
        target = Path(path)
        target.write_text(self.svg, encoding="utf-8")
        return target

    def _repr_svg_(self) -> str:
        return self.svg


def power(
    counts: Any, design: str | None = None, contrast: Any = None, *, samples: Any = None, n: Any = RANGE,
    lfc: float = 1.0, power: float = 0.8, runs: int = RUNS, share: float | None = None, **options: Any,
) -> PowerCurve:  # fmt: skip
    """Learn from a pilot how many samples a comparison needs.

    Changes are planted by binomial thinning into samples drawn from the pilot: some of them below its size, the same
    ones repeatedly above it (marked as extrapolation, at most three times its size). The whole analysis looks for them.
    Power is counted over genes with at least ten reads per sample.

    Parameters
    ----------
    counts : Experiment, path, DataFrame, AnnData
        The pilot, as in `fw.de`; also the directory of a finished run.
    design : str, optional
        Formula; guessed where not given.
    contrast : tuple or str, optional
        The comparison; its variable says what the groups are.
    samples : path or DataFrame, optional
    n : str or sequence of int
        Samples per group (pairs, in a paired design): a range such as ``"3:20"``, of which about eight numbers are
        tried, or the numbers.
    lfc : float
        Genes are counted that change at least so much (absolute log2 fold change).
    power : float
        Share of them that is to be found.
    runs : int
        Runs for each number of samples.
    share : float, optional
        Of the genes that change; default as estimated from the pilot, between 1 and 50 %.
    **options
        As in `fw.de`: ``method``, ``fdr``, ``seed``, ``threads``, ...

    Returns
    -------
    PowerCurve
        ``needed``, ``table``, ``sentence``, ``plot()``.

    Raises
    ------
    UsageError
        E-USAGE-002 for values out of range, a comparison that is not of groups, or a method that takes no design.

    References
    ----------
    Gerard 2020, BMC Bioinformatics 21:206.
    """
    from foldwise.api.choose import asked
    from foldwise.api.design import resolve_design
    from foldwise.api.emit import emit

    spec, experiment = asked(counts, samples, design, contrast, options, method=None)
    resolved = resolve_design(spec, experiment.samples)
    emit(resolved.findings)
    return power_of(resolved, experiment, n=n, lfc=lfc, target=power, runs=runs, share=share)


def power_of(
    resolved: ResolvedDesign, experiment: Experiment, *, n: Any = RANGE, lfc: float = 1.0, target: float = 0.8,
    runs: int = RUNS, share: float | None = None, progress: Callable[..., None] | None = None,
) -> PowerCurve:  # fmt: skip
    """Return the power of a design that is resolved.

    Raises
    ------
    UsageError
        As `power`.
    """
    import numpy as np

    from foldwise.api.choose import planted_effects
    from foldwise.certify.labelings import Labelings
    from foldwise.certify.plasmode import Plasmode
    from foldwise.certify.power import MOST_TIMES, effects_of_size, pilot_of, power_points
    from foldwise.certify.procedure import classical
    from foldwise.engine.threads import ThreadEngine
    from foldwise.learn.effects import eligible_genes

    spec = resolved.spec
    _require(spec.method.name, lfc, target, runs, share)
    pilot = pilot_of(experiment, resolved.design, resolved.contrasts[0])
    if pilot is None:
        found = f"{resolved.contrasts[0].id!r} does not compare groups of samples, of which there could be more."
        raise UsageError("E-USAGE-002", found, "Give a comparison of two levels: --contrast VAR:TARGET:REFERENCE.")
    sizes = _sizes(n, pilot.n)
    counts = experiment.counts if isinstance(experiment.counts, np.ndarray) else experiment.counts.to_dense()
    n_eligible = int(eligible_genes(counts).sum())
    fitted = planted_effects(resolved, experiment)
    planted = _share(fitted.changed) if share is None else share
    effects = effects_of_size(fitted, lfc, planted * n_eligible)
    none = Labelings("fake factor", np.zeros((0, experiment.n_samples), dtype=np.int8), 0)
    plasmode = Plasmode(experiment, resolved.design, none, effects, planted, spec.correction.fdr, spec.run.seed)
    threads = ThreadEngine(spec.run.threads).n_threads
    points = power_points(pilot, classical(spec), plasmode, sizes, lfc, runs, threads, progress)
    if not points:
        found = "No number of samples in the range leaves a degree of freedom beside the design."
        raise UsageError("E-USAGE-002", found, f"Give larger ones, up to {MOST_TIMES} times the {pilot.n} there are.")
    unit = "pairs" if pilot.paired else "samples per group"
    asked_most = max(_numbers(n))
    limits = _limits(planted, share is None, effects.words, asked_most, MOST_TIMES * pilot.n, points)
    facts = {"seed": spec.run.seed, "n_runs": runs, "share": planted, "sizes": effects.words}
    return PowerCurve(spec.method.name, points, spec.correction.fdr, lfc, target, pilot.n, unit, limits, facts)


def lines_of(curve: PowerValues) -> list[str]:
    """Return one line per number of samples, and one with the number needed by expression."""
    rows: list[Any] = curve.table.to_dict("records")
    lines = []
    for point in curve.points:
        by = {row["expression"]: row for row in rows if row["n"] == point.n}
        whole = by["all"]
        thirds = ", ".join(f"{name} {_percent(by[name]['power'])}" for name in ("low", "middle", "high"))
        lines.append(
            f"{point.n:>4} {point.kind:13s} {_percent(whole['power']):>5} found ({_percent(whole['power_low'])} to "
            f"{_percent(whole['power_high'])}); by expression {thirds}; {_percent(whole['false_discoveries'])} false"
        )
    words = ", ".join(f"{name} {n if n is not None else 'more'}" for name, n in curve.needed.items())
    return [*lines, f"for {100 * curve.target:g} %: {words}"]


def _percent(value: float) -> str:
    return "-" if value != value else f"{100 * value:.0f} %"


def _share(changed: float) -> float:
    """Return the estimated share of changed genes, held between what can be planted."""
    if changed != changed:
        return USUAL_SHARE
    return min(max(changed, LEAST_SHARE), MOST_SHARE)


def _numbers(n: Any) -> tuple[int, ...]:
    """Return the numbers of samples asked for: of a range its ends.

    Raises
    ------
    UsageError
        E-USAGE-002.
    """
    fix = "Write a range such as 3:20, or numbers such as 3,6,12."
    try:
        if isinstance(n, str):
            parts = n.replace(",", ":" if ":" in n else ",").split(":" if ":" in n else ",")
            found = tuple(int(part) for part in parts)
        else:
            found = (int(n),) if not isinstance(n, Sequence) else tuple(int(each) for each in n)
    except (TypeError, ValueError):
        raise UsageError("E-USAGE-002", f"n is {n!r}, which is no number of samples.", fix) from None
    if not found or min(found) < 2 or (isinstance(n, str) and ":" in n and (len(found) != 2 or found[1] < found[0])):
        raise UsageError("E-USAGE-002", f"n is {n!r}; it takes 2 samples per group at least.", fix)
    return found


def _sizes(n: Any, pilot: int) -> tuple[int, ...]:
    from foldwise.certify.power import MOST_TIMES, sizes_between

    found = _numbers(n)
    if isinstance(n, str) and ":" in n:
        sizes = sizes_between(pilot, found[0], found[1])
    else:
        sizes = tuple(sorted({each for each in found if each <= MOST_TIMES * pilot}))
    if not sizes:
        most = MOST_TIMES * pilot
        found_ = f"The pilot has {pilot} samples in its smallest group, which says nothing of more than {most}."
        raise UsageError("E-USAGE-002", found_, f"Ask for {most} or fewer.")
    return sizes


def _limits(
    share: float, estimated: bool, sizes: str, asked_most: int, most: int, points: Sequence[Any]
) -> tuple[str, ...]:
    how = "as estimated from these data" if estimated else "as asked for"
    limits = [
        f"Changes were planted in {100 * share:.3g} % of the genes ({how}), {sizes}; genes of fewer than 10 reads per "
        "sample do not count. The comparison itself stays in the model, which costs a degree of freedom.",
    ]
    if any(point.kind == "extrapolation" for point in points):
        limits.append(
            "Numbers beyond your data draw the same samples repeatedly: they assume that further samples are like them."
        )
    if asked_most > most:
        limits.append(f"More than {most}, three times what there is, was not tried.")
    return tuple(limits)


def _require(method: str, lfc: float, target: float, runs: int, share: float | None) -> None:
    from foldwise.model.method_facts import GROUP_METHODS

    if method in GROUP_METHODS or method == AUTO:
        found = f"Power cannot be measured with method {method}, which takes nothing beside the groups."
        if method == AUTO:
            found = "Power is that of one method, and auto is none."
        raise UsageError("E-USAGE-002", found, "Name deseq2, edger-ql, limma-voom or another method for designs.")
    if not 0 <= lfc <= 5:
        raise UsageError("E-USAGE-002", f"lfc must lie between 0 and 5; it is {lfc:g}.", "Usual is 1: twofold.")
    if not 0 < target < 1:
        raise UsageError("E-USAGE-002", f"power must lie between 0 and 1; it is {target:g}.", "Usual is 0.8.")
    if runs < 2:
        raise UsageError("E-USAGE-002", f"runs must be at least 2; it is {runs}.", f"Usual is {RUNS}.")
    if share is not None and not 0 < share <= MOST_SHARE:
        found = f"share must lie above 0 and be at most {MOST_SHARE:g}; it is {share:g}."
        raise UsageError("E-USAGE-002", found, "Leave it out to have it estimated.")


__all__ = ["Picture", "PowerCurve", "lines_of", "power", "power_of"]
