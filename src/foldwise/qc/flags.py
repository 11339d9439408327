"""All checks of the samples of one experiment. They flag; they never remove, weigh or relabel a sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foldwise.model.columns import shorten
from foldwise.model.design import Design
from foldwise.model.experiment import Experiment
from foldwise.model.flags import Check, DonorMatches, Flag, Flags, SexScores
from foldwise.qc import columns
from foldwise.qc.composition import composition_check, top_share
from foldwise.qc.depth import complexity_check, depth_check
from foldwise.qc.duplicates import duplicate_check
from foldwise.qc.expression import Expression, expression, residuals
from foldwise.qc.markers import find_markers
from foldwise.qc.outliers import outlier_check
from foldwise.qc.sex import sex_check, signal
from foldwise.qc.swaps import donor_check
from foldwise.qc.wording import warnings_of


def check_samples(
    experiment: Experiment,
    design: Design | None = None,
    *,
    sex: str | None = None,
    donor: str | None = None,
    block: str | None = None,
) -> Flags:
    """Check the samples of an experiment.

    Parameters
    ----------
    experiment : Experiment
    design : Design, optional
        What is known to differ between samples; without it they are compared with their common mean.
    sex, donor : str, optional
        Columns of the sheet; looked for by their names where not given.
    block : str, optional
        Column that names the donor where no other is given or found.

    Returns
    -------
    Flags

    Raises
    ------
    DesignError
        E-SHEET-004 where a column given does not exist.
    """
    samples = tuple(map(str, experiment.samples.index))
    sex_name = columns.sex_column(experiment.samples, sex)
    donor_name = columns.donor_column(experiment.samples, donor, design) or block
    used = expression(experiment.counts)
    scores, sexes = _sex(experiment, samples, sex_name, used)
    matches, donors = _donors(experiment, samples, donor_name, design, used)
    parts = [sexes, donors, duplicate_check(samples, used)]
    matrix = np.ones((len(samples), 1)) if design is None else design.matrix
    outliers, far, distances = outlier_check(samples, used.log2_cpm, _full_rank(matrix), used.noise)
    swapped = {flag.sample for flag in donors[1]}  # under another donor's label they lie apart, and that is told
    far = tuple(flag for flag in far if flag.sample not in swapped)
    share = top_share(used.counts, used.reads)
    parts += [
        (outliers, far),
        depth_check(samples, used.reads),
        complexity_check(samples, used.genes_seen),
        composition_check(samples, share, used.counts, _names(experiment, used)),
    ]
    numbers = {"reads": used.reads, "genes_seen": used.genes_seen, "top_share": share}
    if distances is not None:
        numbers |= {"distance": distances.distance, "scatter_ratio": distances.ratio}
    if scores is not None:
        numbers["sex_score"] = scores.score
    if matches is not None:
        numbers |= {"correlation_own": matches.own, "correlation_stranger": matches.stranger}
    flags = tuple(flag for _, found in parts for flag in found)
    checks = tuple(check for check, _ in parts)
    return Flags(samples, flags, checks, numbers, warnings_of(flags, len(samples)), scores, matches)


def _sex(
    experiment: Experiment, samples: Sequence[str], column: str | None, used: Expression
) -> tuple[SexScores | None, tuple[Check, tuple[Flag, ...]]]:
    if column is None:
        return None, (Check("sex", False, "no column of the sheet is named sex or gender (--sex COLUMN)"), ())
    values = columns.texts(experiment.samples, column)
    sheet, strange = columns.read_sexes(values)
    if not any(sheet):
        what = f"{shorten([repr(word) for word in strange])}" if strange else "nothing"
        return None, (Check("sex", False, f"column {column!r} holds {what}, no words such as female and male"), ())
    markers = find_markers(experiment.genes)
    if markers is None:
        text = "no gene of the Y chromosome is in the table (Ensembl ids or symbols of human or mouse)"
        return None, (Check("sex", False, text), ())
    found = signal(experiment.counts, used.reads, markers) if (used.reads > 0).all() else None
    if found is None:
        return None, (Check("sex", False, "XIST and genes of the Y chromosome have hardly a read"), ())
    check, flags, scores = sex_check(samples, column, sheet, found)
    return scores, (check, flags)


def _donors(
    experiment: Experiment, samples: Sequence[str], column: str | None, design: Design | None, used: Expression
) -> tuple[DonorMatches | None, tuple[Check, tuple[Flag, ...]]]:
    if column is None:
        text = "no column of the sheet is named donor, patient, subject or individual (--donor COLUMN)"
        return None, (Check("swap", False, text), ())
    left, _ = residuals(used.log2_cpm, without_donor(design, column, len(samples)))
    check, flags, matches = donor_check(samples, column, columns.texts(experiment.samples, column), left)
    return matches, (check, flags)


def without_donor(design: Design | None, column: str, n_samples: int) -> np.ndarray:
    """Return the columns (n_samples, p) of the design that do not name the donor; the mean where there are none."""
    mean = np.ones((n_samples, 1))
    if design is None or not design.terms:
        return mean
    names = {name for name, of in design.columns_used.items() if of == column} | {column}
    kept = sorted({k for term in design.terms if not names & set(term.variables) for k in term.columns})
    varying = [k for k in kept if np.ptp(design.matrix[:, k]) > 0]
    return _full_rank(np.column_stack([mean, design.matrix[:, varying]]))


def _full_rank(matrix: np.ndarray) -> np.ndarray:
    from foldwise.stats.design_algebra import rank

    number, pivot = rank(matrix)
    return np.ascontiguousarray(matrix[:, sorted(pivot[:number])])


def _names(experiment: Experiment, used: Expression) -> list[str]:
    """Return the names of the genes used, ids where they have none."""
    ids = [str(name) for name in experiment.genes.index[used.rows]]
    if "gene_name" not in experiment.genes.columns:
        return ids
    given = experiment.genes["gene_name"].to_numpy(dtype=object)[used.rows]
    return [str(name) if isinstance(name, str) and name else id for name, id in zip(given, ids, strict=True)]
