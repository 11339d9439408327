"""Results of a step as a file: values of our own types and arrays, never objects that run code when loaded."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

# The types that a file may name. Nothing else is ever made from one.
TYPES = {
    name: f"foldwise.{module}"
    for module, names in {
        "model.fit": ("Fit", "Test"),
        "model.analysis": ("Message",),
        "model.design": ("Design", "Term"),
        "model.columns": ("Factor",),
        "model.contrast": ("Contrast",),
        "model.normalization": ("SizeFactors",),
        "model.dispersion": ("Dispersions",),
        "model.experiment": ("Experiment", "CSRCounts"),
        "engine.quasi_fit": ("QuasiModel",),
        "stats.dispersion_trend": ("ParametricTrend", "MeanTrend"),
        "stats.locfit": ("LocalTrend",),
        "stats.squeeze_var": ("SqueezedVariances",),
        "stats.voom": ("MeanVarianceTrend",),
        "stats.least_squares": ("LinearFit",),
        "stats.group_moments": ("GroupMoments", "Groups"),
    }.items()
    for name in names
}
_TREE = "tree"


class NotPackable(TypeError):
    """A value holds something that is not kept in files."""


class Damaged(ValueError):
    """A file is no archive of ours."""


def pack(path: Path, value: Any, known: Mapping[str, object]) -> None:
    """Write ``value`` to ``path``.

    Parameters
    ----------
    path : Path
    value : object
        Plain values, arrays, tuples, lists, dicts with text keys, and the dataclasses of ``TYPES``.
    known : mapping of str to object
        Objects that the reader has anyway; where ``value`` holds one of them, its name is written in its place.

    Raises
    ------
    NotPackable
        For anything else; nothing is left at ``path``.
    """
    arrays: dict[str, np.ndarray] = {}
    tree = _described(value, {id(item): name for name, item in known.items() if item is not None}, arrays)
    text = np.frombuffer(json.dumps(tree).encode(), dtype=np.uint8)
    with path.open("wb") as file:
        np.savez(file, **{_TREE: text}, **arrays)  # type: ignore[arg-type]  # the stubs take the arrays for a flag


def unpack(path: Path, known: Mapping[str, object]) -> Any:
    """Return what `pack` wrote.

    Raises
    ------
    Damaged
        Where the file is no archive, names other types, or lacks an object of ``known``.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return _made(json.loads(archive[_TREE].tobytes()), known, archive)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
        raise Damaged(str(error)) from None


def _described(value: Any, names: Mapping[int, str], arrays: dict[str, np.ndarray]) -> Any:
    if value is None or (isinstance(value, bool | int | float | str) and type(value).__module__ == "builtins"):
        return value
    if id(value) in names:
        return {"known": names[id(value)]}
    if isinstance(value, np.ndarray | np.generic):
        return _noted(value, arrays)
    if isinstance(value, tuple | list):
        return {type(value).__name__: [_described(item, names, arrays) for item in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: _described(item, names, arrays) for key, item in value.items()}}
    kind = type(value).__name__
    if dataclasses.is_dataclass(value) and TYPES.get(kind) == type(value).__module__:
        fields = {item.name: getattr(value, item.name) for item in dataclasses.fields(value) if item.init}
        return {"type": kind, "fields": {key: _described(item, names, arrays) for key, item in fields.items()}}
    raise NotPackable(f"{type(value).__module__}.{kind}")


def _noted(value: Any, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    if value.dtype.hasobject:
        raise NotPackable("an array of objects")
    name = f"a{len(arrays)}"
    arrays[name] = np.asarray(value)
    return {"scalar" if isinstance(value, np.generic) else "array": name}


def _made(tree: Any, known: Mapping[str, object], arrays: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    (kind, content), *_ = tree.items()
    if kind == "known":
        return known[content]
    if kind == "array":
        return arrays[content]
    if kind == "scalar":
        return arrays[content][()]
    if kind == "dict":
        return {key: _made(item, known, arrays) for key, item in content.items()}
    if kind in ("tuple", "list"):
        items = [_made(item, known, arrays) for item in content]
        return tuple(items) if kind == "tuple" else items
    made = getattr(import_module(TYPES[tree["type"]]), tree["type"])
    return made(**{key: _made(item, known, arrays) for key, item in tree["fields"].items()})
