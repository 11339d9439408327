"""Samples without a value in a column of the design: left out under ``--drop-na``, else the design refuses them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from foldwise.io.messages import Messages, note
from foldwise.io.wording import counted, listed
from foldwise.model.columns import missing_mask, sheet_column
from foldwise.model.experiment import Experiment


def complete_samples(experiment: Experiment, variables: Iterable[str], drop_na: bool) -> tuple[Experiment, Messages]:
    """Return the experiment without the samples that lack a value in ``variables``.

    Parameters
    ----------
    experiment : Experiment
    variables : iterable of str
        Columns that the design uses.
    drop_na : bool
        False: the experiment comes back as it is, and building the design raises E-SHEET-005 where values are missing.

    Raises
    ------
    DesignError
        E-SHEET-004 where a column does not exist.
    """
    missing = np.zeros(experiment.n_samples, dtype=bool)
    for name in variables:
        missing |= missing_mask(sheet_column(experiment.samples, name))
    if not drop_na or not missing.any():
        return experiment, ()
    keep = np.flatnonzero(~missing)
    names = list(experiment.samples.index[missing])
    kept = experiment.take_samples(keep)
    text = f"{counted(len(names), 'sample')} without a value in the design left out by --drop-na: {listed(names)}."
    return kept, (note(text, samples=names),)
