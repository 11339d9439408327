"""``certificate.json``: a certificate for machines, read back only where every field is what it should be."""

from __future__ import annotations

import dataclasses
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from foldwise.errors import InputError
from foldwise.model.certificate import (
    VERDICTS,
    Certificate,
    ContrastCertificate,
    NullCurve,
    PostHocBound,
    Regrouping,
    Safe,
)

FILE = "certificate.json"
SCHEMA_VERSION = 1
# A certificate of 10,000 runs has some 200 kB; what is larger is not ours.
_MAX_BYTES = 16_000_000
_TYPES = {kind.__name__: kind for kind in (Certificate, ContrastCertificate, NullCurve, PostHocBound, Regrouping, Safe)}


class _Wrong(ValueError):
    """A value is not what its field asks for; the text says where."""


def certificate_object(certificate: Certificate) -> dict[str, Any]:
    """Return a certificate as plain values: its fields, and before them what a reader looks for first.

    Missing numbers are None.
    """
    summary = {"schema_version": SCHEMA_VERSION, "n_runs": len(certificate.discoveries), "n_any": certificate.n_any}
    fields: dict[str, Any] = _plain(certificate)
    # Time is no part of the result: the same seed gives the same bytes
    fields["facts"].pop("cpu_seconds", None)
    return {**summary, **fields}


def certificate_bytes(certificate: Certificate) -> bytes:
    """Return the file."""
    text = json.dumps(certificate_object(certificate), indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8", "replace")


def certificate_facts(certificate: Certificate | None) -> dict[str, Any] | None:
    """Return what ``run.json`` and the JSON answers say of a certificate; None where there is none."""
    if certificate is None:
        return None
    contrasts = [
        {
            "id": item.id,
            "n_called": item.n_called,
            "fdp": _number(item.fdp),
            "fdp_upper": _number(item.fdp_upper),
            "at_most_false": item.bound_false,
        }
        for item in certificate.contrasts
    ]
    return {
        "verdict": certificate.verdict,
        "reasons": list(certificate.reasons),
        "level": certificate.level,
        "n_runs": len(certificate.discoveries),
        "n_any": certificate.n_any,
        "contrasts": contrasts,
    }


def read_certificate(directory: Path) -> Certificate | None:
    """Return the certificate in a run's directory, or None where there is none.

    Raises
    ------
    InputError
        E-FILE-007 where the file is not a certificate of this version.
    """
    path = directory / FILE
    if not path.is_file():
        return None
    fix = "Make it again: foldwise certify DIR."
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise _Wrong(f"it has more than {_MAX_BYTES:,} bytes")
        return certificate_of(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError("E-FILE-007", f"{path} cannot be read: {error.strerror}.", fix, where=str(path)) from None
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, _Wrong) else "it is not JSON"
        found = f"{path} is not a certificate of this version: {reason}."
        raise InputError("E-FILE-007", found, fix, where=str(path)) from None


def certificate_of(content: Any) -> Certificate:
    """Return the certificate that the content of the file describes.

    Raises
    ------
    ValueError
        Where a field lacks, is too many, or has another type or a value out of range.
    """
    if not isinstance(content, dict):
        raise _Wrong("it is no object")
    content = dict(content)
    version = content.pop("schema_version", None)
    if version != SCHEMA_VERSION:
        raise _Wrong(f"schema_version is {str(version)[:20]!r}, not {SCHEMA_VERSION}")
    counted = (content.pop("n_runs", None), content.pop("n_any", None))
    found: Certificate = _read("Certificate", content, "certificate")
    _require_sound(found)
    if counted != (len(found.discoveries), found.n_any):
        raise _Wrong("n_runs and n_any are not those of discoveries")
    return found


def _require_sound(found: Certificate) -> None:
    if found.verdict not in VERDICTS:
        raise _Wrong(f"verdict is none of {', '.join(VERDICTS)}")
    if not 0 < found.level < 1:
        raise _Wrong("level is not between 0 and 1")
    if len(found.discoveries) != len(found.n_tested):
        raise _Wrong("discoveries and n_tested have different lengths")
    if found.discoveries.dtype.kind != "i" or found.n_tested.dtype.kind != "i":
        raise _Wrong("discoveries and n_tested are not whole numbers")
    if (found.discoveries < 0).any() or (found.n_tested < found.discoveries).any():
        raise _Wrong("discoveries do not lie between 0 and n_tested")
    curve = found.curve
    if curve is not None and len({len(getattr(curve, f.name)) for f in dataclasses.fields(curve)}) != 1:
        raise _Wrong("the arrays of curve have different lengths")
    for item in found.contrasts:
        bound = item.bound
        if item.n_called < 0 or (bound is not None and not (bound.scale >= 0 and bound.n_tested >= 0)):
            raise _Wrong(f"a number of contrast {item.id[:40]!r} is negative")


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _plain(value: Any) -> Any:
    """Return a value of the model as JSON takes it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return _number(value) if isinstance(value, float) else value


@cache
def fields_of(name: str) -> dict[str, tuple[str, bool]]:
    """Return annotation and whether it is required of each field of one of our types."""
    return {item.name: (str(item.type), _required(item)) for item in dataclasses.fields(_TYPES[name])}


def _required(item: dataclasses.Field[Any]) -> bool:
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING


def _read(kind: str, value: Any, where: str) -> Any:
    """Return ``value`` as what the annotation ``kind`` says."""
    if kind.endswith(" | None"):
        return None if value is None else _read(kind.removesuffix(" | None"), value, where)
    if kind in _TYPES:
        return _read_fields(kind, value, where)
    if kind == "float":
        return math.nan if value is None else float(_typed(value, (int, float), where))
    if kind in ("str", "int", "bool"):
        return _typed(value, {"str": str, "int": int, "bool": bool}[kind], where)
    if kind == "np.ndarray":
        items = [_read("float", item, where) for item in _typed(value, list, where)]
        whole = all(isinstance(item, int) for item in value)
        return np.array(value if whole else items, dtype=np.int64 if whole else np.float64)
    outer, _, inner = kind.removesuffix("]").partition("[")
    if outer == "dict":
        inner = inner.removeprefix("str, ")
        return {key: _read(inner, item, f"{where}.{key[:20]}") for key, item in _typed(value, dict, where).items()}
    if outer == "tuple" and inner.endswith(", ..."):
        items = _typed(value, list, where)
        return tuple(_read(inner.removesuffix(", ..."), item, f"{where}[{k}]") for k, item in enumerate(items))
    if outer == "tuple":
        kinds, items = inner.split(", "), _typed(value, list, where)
        if len(items) != len(kinds):
            raise _Wrong(f"{where} has {len(items)} parts in place of {len(kinds)}")
        return tuple(_read(each, item, where) for each, item in zip(kinds, items, strict=True))
    return value  # Any: JSON holds plain values only


def _read_fields(name: str, value: Any, where: str) -> Any:
    known = fields_of(name)
    given = _typed(value, dict, where)
    lacking = [key for key, (_, required) in known.items() if required and key not in given]
    foreign = [key for key in given if key not in known]
    if lacking or foreign:
        what = f"lacks {lacking[0]}" if lacking else f"has an unknown field {foreign[0][:40]!r}"
        raise _Wrong(f"{where} {what}")
    return _TYPES[name](**{key: _read(known[key][0], item, f"{where}.{key}") for key, item in given.items()})


def _typed(value: Any, kind: Any, where: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _Wrong(f"{where} has another type than it should")
    return value
