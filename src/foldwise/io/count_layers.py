"""Which matrix of an AnnData holds the counts: the layer asked for, X or raw.X; said, never guessed beyond that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from foldwise.errors import InputError, UsageError
from foldwise.io.wording import listed, shown


@dataclass(frozen=True, eq=False)
class Choice:
    """The matrix that holds the counts, as an array or a stored item, and the sentence that names it."""

    item: Any
    words: str


def choose_counts(
    x: Any, layers: Mapping[str, Any], raw: Any, layer: str | None, holds_counts: Callable[[Any], bool], source: str
) -> Choice:
    """Return the layer asked for; else X or raw.X, the first that holds whole numbers.

    Parameters
    ----------
    x, raw : matrix or None
    layers : mapping of str to matrix
    layer : str or None
        A layer, ``X`` or ``raw``.
    holds_counts : callable
        Tells whether a matrix holds whole numbers from 0 up.
    source : str
        How messages call the AnnData.

    Raises
    ------
    UsageError
        E-USAGE-002 for a layer that does not exist.
    InputError
        E-CELL-002 where none was asked for and neither X nor raw.X holds whole numbers.
    """
    places = {"X": x, "raw": raw, **layers}
    known = {name: item for name, item in places.items() if item is not None}
    if layer is not None:
        if layer not in known:
            found = f"{source[0].upper()}{source[1:]}" if source.startswith("the ") else source
            raise UsageError("E-USAGE-002", f"{found} has no layer {shown(layer)}.", f"Layers: {listed(known)}.")
        words = {"X": "X", "raw": "raw.X"}.get(layer, f"the layer {shown(layer)}")
        return Choice(known[layer], f"Counts taken from {words}.")
    for item, words in ((x, "X"), (raw, "raw.X")):
        if item is not None and holds_counts(item):
            others = " (X does not)" if words == "raw.X" and x is not None else ""
            return Choice(item, f"Counts taken from {words}, which holds whole numbers{others}.")
    state = "is empty" if x is None else "does not hold whole counts"
    raise no_counts(f"X of {source} {state}", [name for name in layers if holds_counts(layers[name])])


def no_counts(state: str, layers: list[str]) -> InputError:
    """Return E-CELL-002, with the layers that hold whole counts."""
    fix = (
        f"Layers with whole counts: {listed(layers)}. Name one with --layer (layer= in Python)."
        if layers
        else "No layer holds whole counts; keep the raw counts in a layer."
    )
    return InputError("E-CELL-002", f"{state}.", fix, data={"layers": layers})


def are_counts(values: np.ndarray) -> bool:
    """Tell whether all values are whole numbers from 0 up."""
    if values.dtype.kind in "ub":
        return True
    return bool(np.isfinite(values).all() and (values >= 0).all() and (values == np.floor(values)).all())
