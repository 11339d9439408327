"""One row of the parity table: a quantity on a data set, how far it is from R, its tolerance, pass or fail."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

R_DIGITS = 5e-15  # R's tables have 15 significant digits
# R against itself is known from three to eight orders of its sample columns, all compared with one of them. Ours is one
# more such draw, compared with the same one: where two draws lie on different sides of it they are twice as far apart.
DRAWS = 2.0


@dataclass(frozen=True)
class Limit:
    """Tolerances of one quantity. ``None`` = not asked.

    Parameters
    ----------
    maximum, q999, median : float or None
        Of the differences over genes.
    loose : tuple of float, optional
        (difference, share): at most this share of the genes may differ by more.
    kind : str
        ``relative``, ``absolute``, or ``looser`` (the smaller of both).
    """

    maximum: float | None = None
    q999: float | None = None
    median: float | None = None
    loose: tuple[float, float] | None = None
    kind: str = "relative"

    def text(self) -> str:
        """The tolerance in words."""
        parts = [f"max {self.maximum:.0e}"] if self.maximum is not None else []
        parts += [f"99.9 % {self.q999:.0e}"] if self.q999 is not None else []
        parts += [f"median {self.median:.0e}"] if self.median is not None else []
        parts += [f"{100 * self.loose[1]:g} % > {self.loose[0]:.0e}"] if self.loose is not None else []
        suffix = {"absolute": " abs", "looser": " abs or rel"}.get(self.kind, "")
        return ", ".join(parts) + suffix


IDENTICAL = Limit(maximum=0.0)


@dataclass(frozen=True)
class Row:
    """A finished comparison; ``note`` says what was left out, and R against itself where that is known."""

    code: str
    quantity: str
    data_set: str
    n: int
    maximum: float
    q999: float
    median: float
    tolerance: str
    passed: bool
    note: str = ""
    worst: list[str] = field(default_factory=list)


def differences(ours: np.ndarray, theirs: np.ndarray, kind: str) -> np.ndarray:
    """Difference per value; infinite where one is missing and the other is not, 0 where both are."""
    ours, theirs = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if ours.shape != theirs.shape:
        raise ValueError(f"shapes {ours.shape} and {theirs.shape}")
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        absolute = np.abs(ours - theirs)
        relative = absolute / np.abs(theirs)
    found = {"absolute": absolute, "relative": relative, "looser": np.fmin(absolute, relative)}[kind]
    found = np.where(ours == theirs, 0.0, found)
    both = np.isnan(ours) & np.isnan(theirs)
    return np.where(both, 0.0, np.where(np.isnan(ours) != np.isnan(theirs), np.inf, found))


def compare(
    code: str,
    quantity: str,
    data_set: str,
    ours: np.ndarray,
    theirs: np.ndarray,
    limit: Limit,
    *,
    excused: np.ndarray | None = None,
    excused_as: str = "unstable in R",
    r_self: tuple[float, float] | None = None,
    slack: np.ndarray | None = None,
    names: np.ndarray | None = None,
    note: str = "",
) -> Row:
    """Compare two arrays whose first axis is genes.

    ``excused`` genes (R itself moves there when its sample columns are permuted) do not count for the maximum; they
    still have to agree on what is missing. ``r_self`` is how far R is from itself then, (99.9 %, maximum over genes):
    where twice that is above the tolerance it takes its place, and no excused gene may be farther from R than twice its
    maximum (see ``DRAWS``).
    ``slack`` (n_genes,) is what the 15 printed digits of R's inputs leave open, beyond the maximum.
    """
    found = differences(ours, theirs, limit.kind)
    per_gene = found.max(axis=1) if found.ndim == 2 else np.atleast_1d(found)
    present = ~np.isnan(np.asarray(theirs, dtype=float))
    used = present.any(axis=1) if present.ndim == 2 else np.atleast_1d(present)
    used = used | np.isinf(per_gene)
    if not used.any():
        return Row(code, quantity, data_set, 0, np.nan, np.nan, np.nan, limit.text(), False, "nothing to compare")
    counted = used if excused is None else used & ~(excused & np.isfinite(per_gene))
    values = per_gene[used]
    stable = per_gene[counted]
    top, high, middle = float(stable.max(initial=0.0)), float(np.quantile(values, 0.999)), float(np.median(values))
    passed = True
    if limit.maximum is not None:
        open_digits = np.zeros(len(per_gene)) if slack is None else slack
        passed &= bool((per_gene[counted] <= limit.maximum + open_digits[counted]).all())
        if slack is not None and top > limit.maximum:
            note = "; ".join(filter(None, [note, "within the printed digits of R's inputs"]))
    if limit.q999 is not None:
        passed &= high <= max(limit.q999, DRAWS * r_self[0] if r_self else 0.0)
    if limit.median is not None:
        passed &= middle <= limit.median
    if limit.loose is not None:
        passed &= float(np.mean(values > limit.loose[0])) <= limit.loose[1]
    left_out = int((used & ~counted).sum())
    if left_out:
        worst_excused = float(per_gene[used & ~counted].max())
        note = "; ".join(filter(None, [f"{left_out} genes {excused_as}: max {worst_excused:.1e}", note]))
        if r_self is not None and limit.maximum is not None:
            passed &= worst_excused <= max(DRAWS * r_self[1], limit.maximum)
    if r_self is not None:
        note = "; ".join(filter(None, [note, f"R against permuted R {r_self[0]:.1e}, max {r_self[1]:.1e}"]))
    worst: list[str] = []
    if not passed:
        order = np.argsort(-np.where(counted, per_gene, -1.0))[:5]
        worst = [f"{names[i] if names is not None else i}: {ours[i]} | {theirs[i]} | {per_gene[i]:.2e}" for i in order]
    return Row(code, quantity, data_set, int(used.sum()), top, high, middle, limit.text(), bool(passed), note, worst)


def same(code: str, quantity: str, data_set: str, ours: np.ndarray, theirs: np.ndarray, note: str = "",
         excused: np.ndarray | None = None, names: np.ndarray | None = None) -> Row:  # fmt: skip
    """Compare flags, sets or whole numbers: the number of values that differ must be 0."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    unequal = ours != theirs
    per_gene = unequal.any(axis=1) if unequal.ndim == 2 else np.atleast_1d(unequal)
    counted = per_gene if excused is None else per_gene & ~excused
    if excused is not None and (per_gene & excused).any():
        note = "; ".join(filter(None, [f"{int((per_gene & excused).sum())} more, unstable in R", note]))
    number = int(counted.sum())
    worst = [str(names[i] if names is not None else i) for i in np.flatnonzero(counted)[:5]]
    return Row(code, quantity, data_set, len(per_gene), number, np.nan, np.nan, "identical", number == 0, note, worst)


def number(
    code: str, quantity: str, data_set: str, ours: float, theirs: float, tolerance: float, note: str = ""
) -> Row:
    """Compare one number of the whole data set (relative)."""
    found = float(differences(np.array([ours]), np.array([theirs]), "relative")[0])
    limit = "identical" if tolerance == 0 else f"{tolerance:.0e}"
    return Row(code, quantity, data_set, 1, found, np.nan, np.nan, limit, found <= tolerance, note,
               [] if found <= tolerance else [f"{ours!r} | {theirs!r}"])  # fmt: skip
