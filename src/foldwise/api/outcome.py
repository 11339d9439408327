"""Which two classes a signature tells apart, whose samples they are, and whether there are enough persons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from foldwise.errors import DesignError, InputError, UsageError
from foldwise.io.messages import Messages, note, warning
from foldwise.model.columns import (
    declared_levels,
    level_text,
    missing_mask,
    require_complete,
    sheet_column,
    shorten,
    unknown_level,
    word_set,
)
from foldwise.model.guess_design import control_level, name_words

if TYPE_CHECKING:
    import pandas as pd

    from foldwise.model.experiment import Experiment

LEAST_PERSONS = 10
ENOUGH_PERSONS = 20
# Words of columns that say where and when a library was made.
_BATCH_WORDS = word_set(
    "batch run lane plate center centre site study date day flowcell facility platform instrument sequencer operator "
    "technician kit pool prep chip hospital lab laboratory"
)
_PERSON_WORDS = word_set("donor patient subject individual participant person pair animal mouse")


@dataclass(frozen=True, eq=False)
class Outcome:
    """Classes and persons of the samples that are used.

    Parameters
    ----------
    column : str
    classes : tuple of str
        Reference, and the class whose probability is given.
    experiment : Experiment
        The samples of these classes.
    y : ndarray of int, (n_samples,)
        0 and 1.
    persons : list of str
        Name of the person of each sample; the sample itself without ``group``.
    group : str or None
    messages : tuple of Message
    """

    column: str
    classes: tuple[str, str]
    experiment: Experiment
    y: np.ndarray
    persons: list[str]
    group: str | None
    messages: Messages


def resolve_outcome(experiment: Experiment, outcome: str, group: str | None, batch: str | None, drop: bool) -> Outcome:
    """Return classes and persons.

    Parameters
    ----------
    experiment : Experiment
    outcome : str
        A column with two values, or COLUMN:CLASS:REFERENCE.
    group : str, optional
        Column that names persons.
    batch : str, optional
        Column that must not tell the outcome; columns with such names are looked at anyway.
    drop : bool
        Leave out samples without an outcome.

    Raises
    ------
    DesignError
        E-SHEET-004, E-SHEET-005, E-CONTRAST-001, E-CONTRAST-003, E-DESIGN-001.
    InputError
        E-LEARN-003: too few persons in a class, or the outcome is the batch.
    UsageError
        E-USAGE-002: more than two classes.
    """
    name, wanted = _parts(experiment.samples, outcome)
    experiment, told = _with_outcome(experiment, name, drop)
    levels = declared_levels(sheet_column(experiment.samples, name))
    used = [level_text(value) for value in sheet_column(experiment.samples, name)]
    levels = [level for level in levels if level in set(used)]
    classes = _classes(name, levels, wanted)
    keep = np.flatnonzero([value in classes for value in used])
    if len(keep) < experiment.n_samples:
        told += (note(f"{experiment.n_samples - len(keep)} samples of other values of {name!r} are left out."),)
    experiment = experiment.take_samples(keep)
    y = np.array([int(used[row] == classes[1]) for row in keep], dtype=np.int64)
    persons = _persons(experiment.samples, group)
    found = Outcome(name, classes, experiment, y, persons, group, told)
    _require_persons(found)
    _refuse_batch(found, batch)
    return Outcome(name, classes, experiment, y, persons, group, (*told, *_unused_persons(found), *_few(found)))


def persons_of(found: Outcome) -> tuple[int, int]:
    """Return the number of persons with a sample of either class."""
    pairs = set(zip(found.persons, found.y.tolist(), strict=True))
    return sum(label == 0 for _, label in pairs), sum(label == 1 for _, label in pairs)


def _parts(samples: pd.DataFrame, outcome: str) -> tuple[str, tuple[str, str] | None]:
    """Split COLUMN:CLASS:REFERENCE, unless a column has that very name."""
    if outcome in [str(column) for column in samples.columns] or ":" not in outcome:
        return outcome, None
    parts = outcome.split(":")
    if len(parts) != 3 or not all(parts):
        fix = "Write COLUMN, or COLUMN:CLASS:REFERENCE."
        raise UsageError("E-USAGE-002", f"outcome {outcome[:80]!r} is not understood.", fix)
    if parts[1] == parts[2]:
        raise DesignError("E-CONTRAST-003", f"{parts[1]!r} is compared with itself.", "Name two different classes.")
    return parts[0], (parts[2], parts[1])


def _with_outcome(experiment: Experiment, name: str, drop: bool) -> tuple[Experiment, Messages]:
    column = sheet_column(experiment.samples, name)
    missing = missing_mask(column)
    if not missing.any():
        return experiment, ()
    if not drop:
        require_complete(column, name)
    text = f"{int(missing.sum())} samples without a value of {name!r} are left out."
    return experiment.take_samples(np.flatnonzero(~missing)), (note(text),)


def _classes(name: str, levels: list[str], wanted: tuple[str, str] | None) -> tuple[str, str]:
    if wanted is not None:
        for level in wanted:
            if level not in levels:
                raise unknown_level(name, level, levels)
        return wanted
    if len(levels) < 2:
        found = f"{name!r} has {'one value' if levels else 'no value'} only: {shorten(levels)}."
        raise DesignError("E-DESIGN-001", found, "A signature tells two classes apart.")
    if len(levels) > 2:
        found = f"{name!r} has {len(levels)} values ({shorten(levels)}), and a signature tells two classes apart."
        fix = f"Name them: --outcome {name}:{levels[1]}:{levels[0]}"
        raise UsageError("E-USAGE-002", found, fix)
    reference = control_level(levels) or levels[0]
    return reference, levels[1] if levels[0] == reference else levels[0]


def _persons(samples: pd.DataFrame, group: str | None) -> list[str]:
    if group is None:
        return [str(name) for name in samples.index]
    column = sheet_column(samples, group)
    require_complete(column, group)
    return [level_text(value) for value in column]


def _require_persons(found: Outcome) -> None:
    numbers = persons_of(found)
    if min(numbers) >= LEAST_PERSONS:
        return
    who = "samples" if found.group is None else f"different {found.group}"
    counted = " and ".join(f"{n} of {name!r}" for n, name in zip(numbers, found.classes, strict=True))
    raise InputError(
        "E-LEARN-003",
        f"There are {counted} ({who}); below {LEAST_PERSONS} of a class no estimate of a signature means anything.",
        "Collect more persons. Which genes differ can be tested with fewer: foldwise run.",
        data={"persons": dict(zip(found.classes, numbers, strict=True)), "least": LEAST_PERSONS},
    )


def _refuse_batch(found: Outcome, batch: str | None) -> None:
    """Raise where a column of batches tells the class of every sample."""
    samples = found.experiment.samples
    named = [batch] if batch is not None else []
    likely = [str(name) for name in samples.columns if name_words(str(name)) & _BATCH_WORDS]
    for name in dict.fromkeys([*named, *likely]):
        if name in (found.column, found.group):
            continue
        column = sheet_column(samples, name)
        if name != batch and missing_mask(column).any():
            continue
        require_complete(column, name)
        values = [level_text(value) for value in column]
        pairs = set(zip(values, found.y.tolist(), strict=True))
        # A column that is different in nearly every sample tells the class without being a batch of samples.
        if len(pairs) == len(set(values)) and 2 <= len(set(values)) <= len(values) // 2:
            raise InputError(
                "E-LEARN-003",
                f"Each value of {name!r} holds one class of {found.column!r} only: a signature of the outcome could as "
                "well be one of the batch, and no analysis can tell.",
                "Use samples whose classes were processed together.",
                where=f"column {name[:80]}",
                data={"column": name, "outcome": found.column},
            )


def _unused_persons(found: Outcome) -> Messages:
    """W-DESIGN-005 where a column seems to name persons with several samples, and nobody said so."""
    if found.group is not None:
        return ()
    samples = found.experiment.samples
    for name in map(str, samples.columns):
        if name == found.column or not name_words(name) & _PERSON_WORDS:
            continue
        values = [level_text(value) for value in sheet_column(samples, name)]
        if 1 < len(set(values)) < len(values):
            text = f"{len(values)} samples come from {len(set(values))} values of {name!r}, and are taken one by one."
            fix = f"If these are persons, add --group {name}: else a person is trained on and tested with."
            return (warning("W-DESIGN-005", text, fix, column=name),)
    return ()


def _few(found: Outcome) -> Messages:
    numbers = persons_of(found)
    if min(numbers) >= ENOUGH_PERSONS:
        return ()
    counted = " and ".join(f"{n} of {name!r}" for n, name in zip(numbers, found.classes, strict=True))
    text = f"There are {counted}: below {ENOUGH_PERSONS} persons per class the interval is too wide to use."
    return (warning("W-LEARN-006", text, "Take it as a hint and validate it in new persons.", persons=list(numbers)),)
