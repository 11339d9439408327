"""JSON Schemas (2020-12) of what the program writes and reads for machines."""

from __future__ import annotations

import dataclasses
from typing import Any

from foldwise.io.certificate_json import SCHEMA_VERSION, fields_of
from foldwise.model.certificate import VERDICTS
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import expected_type, option_at

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MAYBE_COUNT = {"type": ["integer", "null"], "minimum": 0}
_TEXTS = {"type": "array", "items": _TEXT}
_SHARE = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None, *, closed: bool = True) -> dict[str, Any]:
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": not closed}


def _contrast() -> dict[str, Any]:
    required = {"id": _TEXT, "n_tested": _COUNT, "n_up": _COUNT, "n_down": _COUNT, "fdr": _SHARE}
    status = {"type": "object", "additionalProperties": _COUNT}
    return _object(required, {"label": _TEXT, "direction": _TEXT, "status": status, "table": _TEXT})


def _short_certificate() -> dict[str, Any]:
    """Of `foldwise.io.certificate_json.certificate_facts`."""
    share = {"type": ["number", "null"], "minimum": 0}
    contrast = {"id": _TEXT, "n_called": _COUNT, "fdp": share, "fdp_upper": share, "at_most_false": _MAYBE_COUNT}
    return _object(
        {
            "verdict": {"enum": list(VERDICTS)},
            "reasons": _TEXTS,
            "level": _SHARE,
            "n_runs": _COUNT,
            "n_any": _COUNT,
            "contrasts": {"type": "array", "items": _object(contrast)},
        }
    )


def _certificates_of_models() -> dict[str, Any]:
    """Of a contrasts file with several models: the worst verdict, and each model's certificate by its folder."""
    models = {"type": "object", "additionalProperties": {"anyOf": [_short_certificate(), {"type": "null"}]}}
    return _object({"verdict": {"enum": list(VERDICTS)}, "models": models})


def _any_certificate() -> dict[str, Any]:
    return {"anyOf": [_short_certificate(), _certificates_of_models(), {"type": "null"}]}


def certificate_schema() -> dict[str, Any]:
    """Return the schema of ``certificate.json``, made from the values themselves."""
    whole = _of_type("Certificate")
    whole["properties"]["verdict"] = {"enum": list(VERDICTS)}
    summary = {"schema_version": {"const": SCHEMA_VERSION}, "n_runs": _COUNT, "n_any": _COUNT}
    whole["properties"] = {**summary, **whole["properties"]}
    whole["required"] = [*summary, *whole["required"]]
    return {"$schema": _DIALECT, "title": "foldwise certificate.json", **whole}


def _of_type(name: str) -> dict[str, Any]:
    fields = fields_of(name)
    required = {key: _of_kind(kind) for key, (kind, needed) in fields.items() if needed}
    return _object(required, {key: _of_kind(kind) for key, (kind, needed) in fields.items() if not needed})


def _of_kind(kind: str) -> dict[str, Any]:
    """Return the schema of an annotation of `foldwise.model.certificate`."""
    if kind.endswith(" | None"):
        return {"anyOf": [_of_kind(kind.removesuffix(" | None")), {"type": "null"}]}
    plain = {"str": "string", "int": "integer", "bool": "boolean"}
    if kind in plain:
        return {"type": plain[kind]}
    if kind == "float":
        return {"type": ["number", "null"]}
    if kind == "np.ndarray":
        return {"type": "array", "items": {"type": ["number", "null"]}}
    if kind.startswith("dict"):
        return {"type": "object"}
    if kind == "tuple[str, ...]":
        return _TEXTS
    if kind.startswith("tuple"):
        inner = kind.removeprefix("tuple[").removesuffix(", ...]")
        return {"type": "array", "items": _of_type(inner) if inner[:1].isupper() else {"type": "array"}}
    return _of_type(kind)


def result_schema() -> dict[str, Any]:
    """Return the schema of the object that ``--json`` prints on stdout."""
    warning = _object({"code": _TEXT, "msg": _TEXT}, {"data": {"type": "object"}})
    error = _object({"code": _TEXT, "found": _TEXT, "fix": _TEXT, "where": _MAYBE_TEXT})
    required = {
        "ok": {"type": "boolean"},
        "exit": {"type": "integer", "enum": [0, 1, 2, 3, 4, 5, 6, 74, 75, 130, 143]},
        "contrasts": {"type": "array", "items": _contrast()},
        "certificate": _any_certificate(),
        "warnings": {"type": "array", "items": warning},
        "files": {"type": "array", "items": _TEXT},
    }
    optional = {"error": {"anyOf": [error, {"type": "null"}]}, "output": _MAYBE_TEXT}
    optional["signature"] = {"type": "object"}  # of foldwise signature; its schema is "signature"
    optional |= {"choice": _choice(), "power": _power()}  # of foldwise choose and foldwise power
    optional["scores"] = {"type": "object"}  # of foldwise signature --model
    return {"$schema": _DIALECT, "title": "foldwise --json result", **_object(required, optional)}


def _choice() -> dict[str, Any]:
    """Of `foldwise.model.choice.MethodChoice.as_facts`."""
    share = {"type": ["number", "null"], "minimum": 0}
    rates = dict.fromkeys(("power", "false_discoveries", "false_discoveries_upper"), share)
    score = _object({"method": _TEXT, "n_runs": _COUNT, "verdict": _TEXT}, rates)
    required = {"method": _TEXT, "reason": _TEXT, "learned": {"type": "boolean"}, "limits": _TEXTS,
                "scores": {"type": "array", "items": score}}  # fmt: skip
    return _object(
        required, {"seed": _COUNT, "fdr": _SHARE, "groupings": _MAYBE_COUNT, "share": _SHARE, "sizes": _TEXT}
    )


def _power() -> dict[str, Any]:
    """Of `foldwise.model.power.PowerValues.as_facts`."""
    share = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
    point = _object({
        "n": _COUNT, "kind": _TEXT, "expression": _TEXT, "n_runs": _COUNT,
        **dict.fromkeys(("power", "power_low", "power_high", "false_discoveries"), share),
    })  # fmt: skip
    return _object({
        "method": _TEXT, "fdr": _SHARE, "lfc": {"type": "number", "minimum": 0}, "target": _SHARE, "pilot": _COUNT,
        "unit": _TEXT, "needed": {"type": "object", "additionalProperties": _MAYBE_COUNT}, "sentence": _TEXT,
        "points": {"type": "array", "items": point}, "limits": _TEXTS, "seed": _COUNT, "n_runs": _COUNT,
        "share": _SHARE, "sizes": _TEXT,
    })  # fmt: skip


def _score() -> dict[str, Any]:
    share = {"type": "number", "minimum": 0, "maximum": 1}
    maybe = {"anyOf": [share, {"type": "null"}]}
    return _object(
        {"name": _TEXT, "auc": share, "low": maybe, "high": maybe, "balanced_accuracy": share, "brier": share}
    )


def signature_schema() -> dict[str, Any]:
    """Return the schema of ``signature.json``; ``signature`` in the answer lacks its optional parts."""
    share = {"type": "number", "minimum": 0, "maximum": 1}
    per_class = {"type": "object", "additionalProperties": _COUNT, "minProperties": 2, "maxProperties": 2}
    message = _object({"level": _TEXT, "code": _TEXT, "msg": _TEXT})
    required = {
        "schema_version": {"const": 1},
        "versions": {"type": "object", "additionalProperties": _TEXT},
        "outcome": _TEXT,
        "classes": {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2},
        "group": _MAYBE_TEXT,
        "persons": per_class,
        "samples": per_class,
        "score": _score(),
        "pvalue": {"anyOf": [share, {"type": "null"}]},
        "permuted_score": share,
        "baselines": {"type": "array", "items": _score()},
        "stable_genes": {"type": "array", "items": _TEXT},
        "model_genes": _COUNT,
        "calibration": {"type": "array", "items": _object({"probability": share, "share": share, "n": _COUNT})},
        "settings": {"type": "object"},
        "messages": {"type": "array", "items": message},
    }
    file = _object({"name": _TEXT, "bytes": _COUNT, "sha256": _TEXT})
    optional = {
        "permuted_auc": {"type": "array", "items": share},
        "inputs": {"type": "array", "items": file},
        "files": {"type": "array", "items": _TEXT},
    }
    return {"$schema": _DIALECT, "title": "foldwise signature.json", **_object(required, optional)}


def event_schema() -> dict[str, Any]:
    """Return the schema of one line that ``--json`` prints on stderr."""
    required = {
        "t": {"type": "number", "minimum": 0, "description": "seconds since the start"},
        "level": {"enum": ["info", "warning", "error", "progress"]},
        "code": {"type": "string", "pattern": "^([EW]-[A-Z]+-[0-9]{3})?$"},
        "msg": _TEXT,
        "data": {"type": "object"},
    }
    return {"$schema": _DIALECT, "title": "foldwise --json event", **_object(required)}


def run_schema() -> dict[str, Any]:
    """Return the schema of ``run.json``."""
    digest = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    file = _object({"name": _TEXT, "bytes": _COUNT, "sha256": digest})
    files = {"type": "array", "items": file}
    message = _object({"level": _TEXT, "code": _TEXT, "msg": _TEXT}, closed=False)
    required = {
        "schema_version": {"const": 1},
        "versions": {"type": "object", "additionalProperties": _TEXT, "required": ["foldwise", "python"]},
        "machine": {"type": "object"},
        "options": {"type": "object"},
        "option_hash": digest,
        "inputs": files,
        "shape": _object({"genes": _COUNT, "samples": _COUNT}),
        "design": {"type": "object"},
        "contrasts": {"type": "array", "items": _contrast()},
        "certificate": _any_certificate(),
        "messages": {"type": "array", "items": message},
        "files": files,
    }
    checks = {"type": ["object", "null"]}
    optional = {"command": _MAYBE_TEXT, "sample_checks": checks, "method_choice": _choice()}
    return {"$schema": _DIALECT, "title": "foldwise run.json", **_object(required, optional, closed=False)}


def config_schema() -> dict[str, Any]:
    """Return the schema of the config file, made from the settings themselves."""
    defaults = AnalysisSpec()
    sections = {}
    for section in (item.name for item in dataclasses.fields(defaults)):
        fields = {}
        for item in dataclasses.fields(getattr(defaults, section)):
            option = option_at(section, item.name)
            if option is not None:
                fields[item.name] = _field(expected_type(section, item.name), option.choices, option.or_file)
        sections[section] = _object({}, fields)
    return {"$schema": _DIALECT, "title": "foldwise config", **_object({}, sections)}


def _field(kind: str, choices: tuple[str, ...], or_file: bool) -> dict[str, Any]:
    if choices and not or_file:
        return {"enum": list(choices)}
    types = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
    if kind.startswith("tuple"):
        return {"type": "array", "items": _TEXT}
    return {"type": types[kind.removesuffix(" | None")]}


SCHEMAS = {
    "result": result_schema,
    "event": event_schema,
    "run": run_schema,
    "config": config_schema,
    "certificate": certificate_schema,
    "signature": signature_schema,
}
