"""JSON Schemas (2020-12) of what the program writes and reads for machines."""

from __future__ import annotations

import dataclasses
from typing import Any

from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import expected_type, option_at

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_MAYBE_TEXT = {"type": ["string", "null"]}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None, *, closed: bool = True) -> dict[str, Any]:
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": not closed}


def _contrast() -> dict[str, Any]:
    fdr = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
    required = {"id": _TEXT, "n_tested": _COUNT, "n_up": _COUNT, "n_down": _COUNT, "fdr": fdr}
    status = {"type": "object", "additionalProperties": _COUNT}
    return _object(required, {"label": _TEXT, "direction": _TEXT, "status": status, "table": _TEXT})


def result_schema() -> dict[str, Any]:
    """Return the schema of the object that ``--json`` prints on stdout."""
    warning = _object({"code": _TEXT, "msg": _TEXT}, {"data": {"type": "object"}})
    error = _object({"code": _TEXT, "found": _TEXT, "fix": _TEXT, "where": _MAYBE_TEXT})
    required = {
        "ok": {"type": "boolean"},
        "exit": {"type": "integer", "enum": [0, 1, 2, 3, 4, 5, 6, 74, 75, 130, 143]},
        "contrasts": {"type": "array", "items": _contrast()},
        "certificate": {"type": "null"},
        "warnings": {"type": "array", "items": warning},
        "files": {"type": "array", "items": _TEXT},
    }
    optional = {"error": {"anyOf": [error, {"type": "null"}]}, "output": _MAYBE_TEXT}
    optional["signature"] = {"type": "object"}  # of foldwise signature; its schema is "signature"
    return {"$schema": _DIALECT, "title": "foldwise --json result", **_object(required, optional)}


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
        "messages": {"type": "array", "items": message},
        "files": files,
    }
    checks = {"type": ["object", "null"]}
    optional = {"command": _MAYBE_TEXT, "sample_checks": checks}
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


SCHEMAS = {"result": result_schema, "event": event_schema, "run": run_schema, "config": config_schema,
           "signature": signature_schema}  # fmt: skip
