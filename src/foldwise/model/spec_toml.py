"""`AnalysisSpec` from and to TOML. Unknown keys are errors, with the nearest name and the line."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from foldwise.errors import FoldwiseError, UsageError
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import as_kept, expected_type, nearest, of_type, option_at, type_words, with_options

_HEADER = "Settings of one foldwise analysis. Run it again: foldwise run --config THIS_FILE"


def from_toml(text: str, source: str = "config") -> AnalysisSpec:
    """Return the spec that ``text`` describes; what it leaves out has its default.

    Parameters
    ----------
    text : str
        TOML with the sections of `AnalysisSpec` as tables.
    source : str
        Name of the file, for messages.

    Raises
    ------
    UsageError
        E-CONFIG-001: bad TOML, unknown section or key, wrong type, value out of range.
    """
    import tomllib

    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError("E-CONFIG-001", f"{source} is not TOML: {error}.", "Mend that place.") from None
    spec = AnalysisSpec()
    sections = {name for name, values in dataclasses.asdict(spec).items() if any(option_at(name, k) for k in values)}
    for name, table in tables.items():
        if name not in sections:
            raise _unknown(source, text, None, name, sections)
        if not isinstance(table, dict):
            raise _error(source, text, None, name, f"'{name}' is a section: write [{name}] and its keys below it.")
        for key, value in table.items():
            spec = _set(spec, source, text, name, key, value)
    return spec


def _set(spec: AnalysisSpec, source: str, text: str, section: str, key: str, value: Any) -> AnalysisSpec:
    known = {item.name for item in dataclasses.fields(getattr(spec, section))}
    option = option_at(section, key)
    if key not in known or option is None:
        raise _unknown(source, text, section, key, {name for name in known if option_at(section, name)})
    kind = expected_type(section, key)
    value = as_kept(option.name, tuple(value) if isinstance(value, list) else value)
    if not of_type(value, kind):
        raise _error(source, text, section, key, f"[{section}] {key} must be {type_words(kind)}; it is {value!r}.")
    try:
        return with_options(spec, {option.name: value})
    except FoldwiseError as error:
        raise _error(source, text, section, key, f"[{section}] {key}: {error.found} {error.fix}".strip()) from None


def to_toml(spec: AnalysisSpec) -> str:
    """Return ``spec`` as TOML, every setting that has a value written out."""
    import tomli_w

    tables: dict[str, dict[str, Any]] = {}
    for section, values in dataclasses.asdict(spec).items():
        table = {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
        if any(option_at(section, key) for key in table):
            tables[section] = {k: v for k, v in table.items() if v is not None and option_at(section, k) is not None}
    return f"# {_HEADER}\n{tomli_w.dumps(tables)}"


def _unknown(source: str, text: str, section: str | None, key: str, known: set[str]) -> UsageError:
    what = f"unknown key '{key}' in [{section}]." if section else f"unknown section '{key}'."
    fix = f"{nearest(key, sorted(known))} Possible: {', '.join(sorted(known))}.".strip()
    return _error(source, text, section, key, what, fix)


def _error(source: str, text: str, section: str | None, key: str, found: str, fix: str = "") -> UsageError:
    line = line_of(text, section, key)
    place = f"{source}:{line}" if line else source
    data = {"key": key, "section": section, "line": line}
    return UsageError("E-CONFIG-001", f"{place}: {found}", fix, where=place, data=data)


def line_of(text: str, section: str | None, key: str) -> int | None:
    """Return the line (from 1) on which ``key`` of ``section`` stands, or None where it is not found."""
    current = None
    for number, line in enumerate(text.splitlines(), start=1):
        table = re.match(r"\s*\[\s*\"?([^\]\"]+?)\"?\s*\]", line)
        if table:
            current = table.group(1).strip()
            if section is None and current.split(".")[0] == key:
                return number
        own = rf"\s*[\"']?{re.escape(key)}[\"']?\s*="
        dotted = rf"\s*{re.escape(section or key)}\s*[.=].*{re.escape(key)}"
        if re.match(own if current == section else dotted, line) and current in (section, None):
            return number
    return None
