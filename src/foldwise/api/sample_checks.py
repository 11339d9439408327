"""``fw.qc_flags`` and the checks of samples within a run: the same function of the same data."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foldwise.api.design import ResolvedDesign
    from foldwise.model.analysis import Analysis, Message
    from foldwise.model.design import Design
    from foldwise.model.experiment import Experiment
    from foldwise.model.flags import Flags


def qc_flags(
    counts: Any,
    samples: Any = None,
    design: str | Design | None = None,
    *,
    sex: str | None = None,
    donor: str | None = None,
    **options: Any,
) -> Flags:
    """Check the samples: sex, swapped donors, duplicates, outliers, depth and composition.

    Nothing is removed, weighted or relabeled.

    Parameters
    ----------
    counts : Experiment, path, DataFrame or AnnData
    samples : path or DataFrame, optional
        For counts that bring none.
    design : str or Design, optional
        What is known to differ between samples, such as ``"~ cell + dex"``; it is taken out first. Without it samples
        are compared with their common mean.
    sex : str, optional
        Column of the sheet with words such as female and male; looked for by its name where not given.
    donor : str, optional
        Column of the sheet that names the person, animal or cell line; looked for by its name where not given.
    **options
        Of reading, as in `foldwise.de`.

    Returns
    -------
    Flags
        ``table`` holds one row per flag, ``measured`` the numbers of every sample, ``checks`` what was compared.

    Raises
    ------
    FoldwiseError
        E-SHEET-004 where a column does not exist; those of reading and of formulas.

    Examples
    --------
    >>> flags = fw.qc_flags("counts.tsv", "samples.tsv", "~ cell + dex", donor="cell")  # doctest: +SKIP
    >>> flags.table  # doctest: +SKIP
    """
    from foldwise.api.analyze import python_spec
    from foldwise.api.coerce import read_experiment, with_paths
    from foldwise.api.emit import emit
    from foldwise.model.design import make_design
    from foldwise.qc.flags import check_samples

    given = design if isinstance(design, str) else None
    spec, _ = python_spec(given, None, {**options, "sex": sex, "donor": donor})
    experiment, messages = read_experiment(counts, samples, with_paths(spec, counts, samples))
    emit(messages)
    known = make_design(design, experiment.samples) if isinstance(design, str) else design
    found = check_samples(experiment, known, sex=spec.quality.sex, donor=spec.quality.donor)
    emit(found.warnings)
    return found


def checked_samples(resolved: ResolvedDesign, experiment: Experiment) -> Flags:
    """Return the checks of a run; the column that limma takes as block names the donor where nothing else does."""
    from foldwise.qc.flags import check_samples

    settings = resolved.spec.quality
    block = resolved.spec.method.block
    return check_samples(experiment, resolved.design, sex=settings.sex, donor=settings.donor, block=block)


def with_flags(analysis: Analysis, flags: Flags) -> Analysis:
    """Return the analysis with the checks of its samples, their messages put first."""
    return dataclasses.replace(analysis, flags=flags, messages=(*flag_messages(flags), *analysis.messages))


def flag_messages(flags: Flags) -> tuple[Message, ...]:
    """Return the checks as the messages that an analysis keeps: what was checked, then the warnings."""
    from foldwise.api.execute import as_messages
    from foldwise.model.analysis import Message

    summary = Message("note", "", flags.summary, {"checked": [check.rule for check in flags.checks if check.applied]})
    return (summary, *as_messages(flags.warnings))
