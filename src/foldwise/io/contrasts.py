"""Contrasts files of nf-core/differentialabundance, unchanged: CSV, TSV or YAML."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from foldwise.errors import DesignError, InputError, UsageError
from foldwise.io.delimited import ragged, records
from foldwise.io.raw_bytes import read_bytes
from foldwise.io.table_reader import Text, read_text
from foldwise.io.text_encoding import to_utf8
from foldwise.io.wording import escaped, listed, nearest, shown, shown_path
from foldwise.model.contrast_rows import ContrastRow

COMPARISON_COLUMNS = ("id", "variable", "reference", "target")
OPTIONAL_COLUMNS = ("blocking", "exclude_samples_col", "exclude_samples_values")
YAML_KEYS = (
    "id", "comparison", "blocking_factors", "formula", "make_contrasts_str", "exclude_samples_col",
    "exclude_samples_values",
)  # fmt: skip
MAX_YAML_BYTES = 1 << 20  # a thousand contrasts are 100 kB
_EXTENSIONS = (".yaml", ".yml")


def read_contrasts(path: str | os.PathLike[str]) -> tuple[ContrastRow, ...]:
    """Return the comparisons of a file.

    Parameters
    ----------
    path : path-like
        Names ending in ``.yaml`` or ``.yml`` are YAML, all others tables.

    Raises
    ------
    InputError
        E-FILE-* where it cannot be read, E-SAFE-001 for YAML that asks for objects, E-SAFE-002 for YAML that is too
        large.
    DesignError
        E-CONTRAST-004 for what the format does not know, with file and line.
    UsageError
        E-EXTRA-001 where pyyaml is missing.
    """
    name = PurePath(shown_path(path)).name
    rows = tuple(_from_yaml(path, name) if name.lower().endswith(_EXTENSIONS) else _from_table(path, name))
    if not rows:
        raise _unreadable(name, f"{name} holds no contrast.", "Write one row per comparison.")
    return rows


def _unreadable(place: str, found: str, fix: str) -> DesignError:
    return DesignError("E-CONTRAST-004", found, fix, where=place)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


# --- tables ----------------------------------------------------------------------------------------------------------


def _from_table(path: str | os.PathLike[str], name: str) -> Iterable[ContrastRow]:
    text = read_text(path)
    header, lines = _header(text, name)
    for line, fields in lines:
        if len(fields) != len(header):
            raise ragged(name, line, len(fields), len(header))
        cells = dict(zip(header, fields, strict=True))
        place = f"{name}:{line}"
        for column in COMPARISON_COLUMNS:
            if not cells[column]:
                raise _unreadable(place, f"{place} has no {column}.", f"Fill the column {column}.")
        excluding = _excluding(place, cells.get("exclude_samples_col", ""), cells.get("exclude_samples_values", ""))
        yield ContrastRow(
            cells["id"], place, cells["variable"], cells["reference"], cells["target"],
            _parts(cells.get("blocking", "")), exclude_column=excluding[0], exclude_values=excluding[1],
        )  # fmt: skip


def _header(text: Text, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    layout = text.layout
    body = text.data[layout.start :].decode("utf-8")
    lines = list(records(body, layout.delimiter or ",", name, layout.first_line))
    header = [field.strip() for field in lines[0][1]] if lines else []
    known = (*COMPARISON_COLUMNS, *OPTIONAL_COLUMNS)
    extra = [column for column in header if column not in known]
    missing = [column for column in COMPARISON_COLUMNS if column not in header]
    repeated = [column for column in known if header.count(column) > 1]
    if extra or missing or repeated:
        raise _unreadable(f"{name}:{layout.first_line}", *_wrong_header(name, extra, missing, repeated, known))
    return header, lines[1:]


def _wrong_header(
    name: str, extra: list[str], missing: list[str], repeated: list[str], known: tuple[str, ...]
) -> tuple[str, str]:
    fix = f"Columns of a contrasts table: {', '.join(COMPARISON_COLUMNS)}; optional {', '.join(OPTIONAL_COLUMNS)}."
    if missing:
        return f"{name} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}.", fix
    if repeated:
        return f"{name} has the column {repeated[0]!r} more than once.", fix
    near = nearest(extra[0], known)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    formula = "formula" in extra or "make_contrasts_str" in extra
    more = " Formulas stand in the YAML form of the file." if formula else ""
    return f"{name} has unknown columns: {listed(extra)}.", f"{hint}{fix}{more}"


def _excluding(place: str, column: str, values: str | list[str]) -> tuple[str, tuple[str, ...]]:
    found = _parts(values) if isinstance(values, str) else tuple(values)
    if bool(column) != bool(found):
        wrong = "exclude_samples_values" if column else "exclude_samples_col"
        raise _unreadable(place, f"{place} says what to exclude by halves: {wrong} is empty.", "Fill both or neither.")
    return column, found


# --- YAML ------------------------------------------------------------------------------------------------------------


def _from_yaml(path: str | os.PathLike[str], name: str) -> Iterable[ContrastRow]:
    data, _ = to_utf8(read_bytes(path), name)
    if len(data) > MAX_YAML_BYTES:
        found = f"{name} is {len(data):,} bytes long; a contrasts file has at most {MAX_YAML_BYTES:,}."
        raise InputError("E-SAFE-002", found, "Check that the right file was given.", where=name)
    document = _plain(_composed(data.decode("utf-8"), name), name)
    place, top = document
    if not isinstance(top, dict) or set(top) != {"contrasts"} or not isinstance(top["contrasts"][1], list):
        fix = "Write 'contrasts:' and below it a list of '- id: ...'."
        raise _unreadable(place, f"{name} is not a mapping of the one key 'contrasts' to a list.", fix)
    for place, entry in top["contrasts"][1]:
        yield _entry(place, entry)


def _composed(text: str, name: str) -> Any:
    """Return the syntax tree of a YAML document: nothing of it is constructed, so that no tag can do anything."""
    try:
        import yaml
    except ImportError as error:
        fix = "Install it: pip install 'foldwise[yaml]'. A CSV contrasts file needs nothing."
        raise UsageError("E-EXTRA-001", "YAML files need the package pyyaml.", fix) from error
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise _unsafe(
                    f"{name}:{event.start_mark.line + 1}", "anchors and aliases, which can grow without bound"
                )
            if getattr(event, "tag", None):
                place = f"{name}:{event.start_mark.line + 1}"
                raise _unsafe(place, f"the tag {shown(str(event.tag))}, which asks for an object")
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 1}" if mark else name
        problem = escaped(str(getattr(error, "problem", None) or "it cannot be parsed"))
        raise _unreadable(place, f"{place} is not YAML: {problem}.", "Mend that place.") from None
    except RecursionError:
        raise _unsafe(name, "brackets nested too deep") from None


def _unsafe(place: str, what: str) -> InputError:
    return InputError("E-SAFE-001", f"{place} has {what}; it was not loaded.", "Write plain values.", where=place)


Placed = tuple[str, Any]  # place in the file, and a text, list of Placed, or dict of text to Placed


def _plain(node: Any, name: str) -> Placed:
    """Return a syntax tree as texts, lists and mappings; ``no`` and ``001`` stay what was written."""
    if node is None:
        return name, None
    place = f"{name}:{node.start_mark.line + 1}"
    if node.id == "scalar":
        null = node.style is None and node.value in ("", "~", "null", "Null", "NULL")
        return place, "" if null else node.value
    if node.id == "sequence":
        return place, [_plain(item, name) for item in node.value]
    found: dict[str, Placed] = {}
    for key, value in node.value:
        if key.id != "scalar" or key.value in found:
            what = shown(key.value) if key.id == "scalar" else "a key"
            raise _unreadable(
                place, f"{name}:{key.start_mark.line + 1}: {what} stands twice or is no text.", "Mend it."
            )
        found[key.value] = _plain(value, name)
    return place, found


def _entry(place: str, entry: Any) -> ContrastRow:
    if not isinstance(entry, dict):
        raise _unreadable(place, f"{place} is not a mapping such as '- id: ...'.", "Write 'id:' and what it compares.")
    unknown = [key for key in entry if key not in YAML_KEYS]
    if unknown:
        near = nearest(unknown[0], YAML_KEYS)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        fix = f"{hint}Keys of a contrast: {', '.join(YAML_KEYS)}."
        raise _unreadable(place, f"{place} has unknown keys: {listed(unknown)}.", fix)
    id = _word(entry, "id", place)
    column = _word(entry, "exclude_samples_col", place)
    excluding = _excluding(place, column, _words(entry, "exclude_samples_values", place))
    formula, expression = _word(entry, "formula", place), _word(entry, "make_contrasts_str", place)
    compared = _words(entry, "comparison", place)
    if not id:
        raise _unreadable(place, f"{place} has no id.", "Give every contrast an id; it names the files.")
    if bool(formula) != bool(expression) or bool(formula) == bool(compared):
        found = f"{place}, {shown(id)}: give either 'comparison', or 'formula' and 'make_contrasts_str'."
        raise _unreadable(place, found, "comparison: [variable, reference, target]")
    blocking = tuple(_words(entry, "blocking_factors", place))
    if formula:
        if blocking:
            fix = "Write these columns into the formula."
            raise _unreadable(place, f"{place}, {shown(id)}: a formula takes no 'blocking_factors'.", fix)
        return ContrastRow(
            id, place, formula=formula, expression=expression, exclude_column=excluding[0], exclude_values=excluding[1]
        )
    if len(compared) != 3 or not all(compared):
        found = f"{place}, {shown(id)}: 'comparison' has {len(compared)} parts in place of 3."
        raise _unreadable(place, found, "comparison: [variable, reference, target]")
    variable, reference, target = compared
    return ContrastRow(
        id, place, variable, reference, target, blocking, exclude_column=excluding[0], exclude_values=excluding[1]
    )


def _word(entry: Mapping[str, Placed], key: str, place: str) -> str:
    value = entry.get(key, (place, ""))[1]
    if not isinstance(value, str):
        raise _unreadable(place, f"{place}: '{key}' must be one text.", "Write it on one line, in quotes.")
    return value.strip()


def _words(entry: Mapping[str, Placed], key: str, place: str) -> list[str]:
    """Return a list of texts; one text is split at semicolons, as in the tables."""
    value = entry.get(key, (place, ""))[1]
    if isinstance(value, str):
        return list(_parts(value))
    if not isinstance(value, list) or not all(isinstance(item, str) for _, item in value):
        raise _unreadable(place, f"{place}: '{key}' must be a list of texts.", f"{key}: [a, b]")
    return [item for _, item in value]
