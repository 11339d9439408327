"""The model of a signature as JSON with a hash over its content, and back, strictly.

Nothing in the file is run or trusted: size, keys, types, lengths, ranges and the hash are checked before a number is
used (E-LEARN-001).
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from typing import Any, NoReturn

import numpy as np

from foldwise.errors import InputError
from foldwise.io.wording import shown_path
from foldwise.model.signature import SignatureModel

FORMAT = "foldwise signature model"
VERSION = 1
# A model of 60,000 reference genes takes 3 MB.
MAX_BYTES = 64 << 20
_MAX_SIZE = 1e6  # of any number of the model, in absolute value
_KEYS = {
    "format": str, "version": int, "outcome": str, "classes": list, "intercept": float, "threshold": float,
    "panel": dict, "reference": dict, "trained_on": dict, "sha256": str,
}  # fmt: skip
_PARTS: dict[str, dict[str, type]] = {
    "panel": {"genes": str, "centers": float, "coefficients": float},
    "reference": {"genes": str, "log_means": float},
    "trained_on": {"samples": int, "persons": int},
}


def model_text(model: SignatureModel) -> str:
    """Return the file of a model."""
    body: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "outcome": model.outcome,
        "classes": list(model.classes),
        "intercept": float(model.intercept),
        "threshold": float(model.threshold),
        "panel": {
            "genes": list(model.genes),
            "centers": [float(value) for value in model.centers],
            "coefficients": [float(value) for value in model.coefficients],
        },
        "reference": {
            "genes": list(model.reference_genes),
            "log_means": [float(value) for value in model.reference],
        },
        "trained_on": {"samples": int(model.n_samples), "persons": int(model.n_persons)},
    }
    body["sha256"] = _digest(body)
    return json.dumps(body, ensure_ascii=True, allow_nan=False, indent=None, separators=(",", ":")) + "\n"


def read_model(path: str | os.PathLike[str]) -> SignatureModel:
    """Read a model.

    Raises
    ------
    InputError
        E-FILE-007 for what is no regular readable file; E-LEARN-001 for another version, a wrong hash, and whatever
        `model_text` does not write.
    """
    from foldwise.io.raw_bytes import first_bytes

    name = shown_path(path)
    data = first_bytes(path, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        _refuse(name, f"is larger than {MAX_BYTES >> 20} MB")
    try:
        body = json.loads(data.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        _refuse(name, "is not the JSON that foldwise writes")
    return _model(name, body)


def _model(name: str, body: Any) -> SignatureModel:
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        _refuse(name, "is not a signature model of foldwise")
    if body.get("version") != VERSION or isinstance(body["version"], bool):
        _refuse(name, f"has version {str(body.get('version'))[:20]!r}; this foldwise reads version {VERSION}")
    _require_keys(name, "it", body, _KEYS)
    if not _are_names(body["classes"]) or len(body["classes"]) != 2:
        _refuse(name, "does not name two classes")
    if not _are_names([body["outcome"]]):
        _refuse(name, "does not name the outcome")
    for part, kinds in _PARTS.items():
        _require_part(name, part, body[part], kinds)
    digest = body.pop("sha256")
    if digest != _digest(body):
        _refuse(name, "does not have the hash of its content: it was changed")
    if not 0.0 < body["threshold"] < 1.0 or not abs(body["intercept"]) <= _MAX_SIZE:
        _refuse(name, "has a threshold or an intercept out of range")
    panel, reference, trained = body["panel"], body["reference"], body["trained_on"]
    if not reference["genes"]:
        _refuse(name, "has no reference genes")
    if min(trained.values()) < 1:
        _refuse(name, "was trained on no samples")
    return SignatureModel(
        body["outcome"], (body["classes"][0], body["classes"][1]), tuple(panel["genes"]), np.array(panel["centers"]),
        np.array(panel["coefficients"]), body["intercept"], body["threshold"], tuple(reference["genes"]),
        np.array(reference["log_means"]), trained["samples"], trained["persons"],
    )  # fmt: skip


def _require_keys(name: str, what: str, found: dict[str, Any], kinds: dict[str, type]) -> None:
    if set(found) != set(kinds):
        odd = sorted(set(found) ^ set(kinds))[0]
        _refuse(name, f"has a key too many or too few: {odd[:40]!r}")
    for key, kind in kinds.items():
        if type(found[key]) is not kind:
            _refuse(name, f"holds a value of the wrong type at {key!r}")


def _require_part(name: str, part: str, found: dict[str, Any], kinds: dict[str, type]) -> None:
    """Check a part: lists of one length, of numbers that are finite and of ids that occur once; or counts."""
    single = part == "trained_on"
    _require_keys(name, part, found, dict.fromkeys(kinds, int if single else list))
    if single:
        return
    if len({len(values) for values in found.values()}) != 1:
        _refuse(name, f"has lists of different lengths at {part!r}")
    for key, kind in kinds.items():
        values = found[key]
        if kind is str and not _are_names(values):
            _refuse(name, f"names a gene twice, or by no text, at {part!r}")
        if kind is float and not all(type(value) is float for value in values):
            _refuse(name, f"holds a value of the wrong type at {key!r}")
        if kind is float and not all(math.isfinite(value) and abs(value) <= _MAX_SIZE for value in values):
            _refuse(name, f"holds a number out of range at {key!r}")


def _are_names(values: list[Any]) -> bool:
    """Whether all are texts, each once, none empty, and of characters that can be written."""
    if not all(type(value) is str and value and value.isprintable() for value in values):
        return False
    return len(set(values)) == len(values)


def _digest(body: dict[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=True)
    return hashlib.sha256(text.encode("ascii", "replace")).hexdigest()


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _refuse(name: str, what: str) -> NoReturn:
    fix = "Make it again with foldwise signature, or give the file as it was written."
    raise InputError("E-LEARN-001", f"{name} {what}.", fix, where=name)
