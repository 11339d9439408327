"""Write the reference pages of the documentation from the code: nothing in them is kept by hand.

    python scripts/reference_pages.py docs/reference

`docs/conf.py` calls `write` before every build; tests/structure/test_docs.py checks that the pages are complete.
Needs foldwise itself, and no Sphinx.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

import foldwise
from foldwise import accessor, catalogue, errors, names
from foldwise.api.describe import method_uses
from foldwise.cli.app import cli
from foldwise.model.fit import Status
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import option_at

MADE = "<!-- made by scripts/reference_pages.py -->\n"


def pages() -> dict[str, str]:
    """Return every page: name of the file and its Markdown."""
    return {
        "python.md": python_page(),
        "settings.md": settings_page(),
        "messages.md": messages_page(),
        "columns.md": columns_page(),
        "statuses.md": statuses_page(),
    }


def write(folder: Path) -> list[str]:
    """Write the pages that changed into ``folder`` and return the names of all."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for name, text in made.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != MADE + text:
            path.write_text(MADE + text, encoding="utf-8")
    return list(made)


def messages_page() -> str:
    """Every message id with its titles, what it means and what to do."""
    parts = [
        "# Messages\n",
        "Every error and warning has an id that never changes. `E-` stops the run; `W-` is a finding that does not\n"
        "(exit 4 where `--strict` is given). The message itself names the file, sample or gene; `foldwise explain ID`\n"
        "prints what stands here. In brackets: titles that `foldwise explain` takes as well.\n",
    ]
    for family, about in catalogue.FAMILIES.items():
        entries = [entry for entry in catalogue.CATALOGUE.values() if entry.family == family]
        if entries:
            parts.append(f"## {family}: {plain(about)}\n")
            parts += [_message(entry) for entry in entries]
    return "\n".join(parts)


def _message(entry: catalogue.Entry) -> str:
    titles = f" ({', '.join(entry.titles)})" if entry.titles else ""
    return f"### {entry.id}{titles}\n\n{plain(entry.meaning)}\n\n*What to do:* {plain(entry.fix)}\n"


def columns_page() -> str:
    """Columns of the result tables with the words of other programs, and what the statistic is."""
    dialects = names.STYLES[1:]
    every = (*names.RESULT_COLUMNS, *names.OTHER_QUANTITIES)
    parts = [
        "# Columns\n",
        "The columns of a result table in their order. A column that a method or run does not have is absent, not\n"
        "empty.\n",
        table(["column", "unit", "meaning"], [_meaning(item) for item in names.RESULT_COLUMNS]),
        "\n## What `statistic` is\n",
        table(["method", "statistic"], [[code(method), _statistic(method)] for method in method_uses()]),
        "\n## Other quantities\n",
        "Size factors stand in `counts/size_factors.tsv`, dispersions in the report.\n",
        table(["quantity", "unit", "meaning"], [_meaning(item) for item in names.OTHER_QUANTITIES]),
        "\n## What other programs call them\n",
        table(["here", *dialects], [row for row in (_dialects(item, dialects) for item in every) if any(row[1:])]),
        "\n## Styles\n",
        "`--style` (`to_frame(style=)` in Python) writes the columns of another program with its names; the statistic\n"
        "has the name of the test in the styles `edger` and `limma`. Missing values are empty in `canonical` and\n"
        "`scanpy`, `NA` in the others.\n",
        table(["style", "columns"], [[code(style), _style(style)] for style in dialects]),
    ]
    return "\n".join(parts) + "\n"


def _meaning(item: names.Quantity) -> list[str]:
    return [code(item.name), plain(item.unit), plain(item.meaning)]


# edgeR and limma name the column by the test.
_NAMED = {("statistic", "edger"): "F`, `LR", ("statistic", "limma"): "t`, `F"}


def _dialects(item: names.Quantity, dialects: Iterable[str]) -> list[str]:
    words = [_NAMED.get((item.name, dialect)) or getattr(item, dialect) for dialect in dialects]
    return [code(item.name), *(code(word) if word else "" for word in words)]


def _style(style: str) -> str:
    present = [item.name for item in names.RESULT_COLUMNS]
    statistic = _NAMED.get(("statistic", style), "statistic").partition("`")[0]
    return " ".join(code(name) for _, name in names.style_columns(style, present, statistic))


def _statistic(method: str) -> str:
    words = {"z": "z (standard normal)", "t": "t", "F": "F", "LR": "LR (chi-square)", "": "none; the column is absent"}
    found = words[names.statistic_name(method)]
    return f"{found}; with `--test lrt` LR (chi-square)" if method == "deseq2" else found


def statuses_page() -> str:
    """Every status of a gene."""
    rows = [[code(status.word), plain(status.sentence)] for status in Status]
    return "\n".join(
        [
            "# Statuses\n",
            "The column `status` says of every gene why it has, or has not, a p-value. `padj` is missing exactly for\n"
            "`all_zero`, `low_count`, `count_outlier` and `not_estimable`; a gene that is `not_converged` may\n"
            "carry numbers.\n",
            table(["status", "meaning"], rows),
        ]
    )


def settings_page() -> str:
    """Every key of the configuration file with type, default, words and the option of the command line."""
    parts = [
        "# Configuration file\n",
        "`foldwise run --config settings.toml` reads a TOML file of these sections; the command line wins over it,\n"
        "and it wins over the defaults. Every run writes all of its settings to `run.toml`. An unknown key is an\n"
        "error (E-CONFIG-001) that names the nearest one. Keyword arguments in Python are named as the\n"
        "options, with underscores.\n",
    ]
    run = cli.get_command(click.Context(cli), "run")
    flags = {option.name: option.opts for option in run.params} if run is not None else {}
    for section in dataclasses.fields(AnalysisSpec):
        rows = [_setting(section.name, key, flags) for key in dataclasses.fields(getattr(AnalysisSpec(), section.name))]
        parts += [f"## \\[{section.name}\\]\n", table(["key", "type", "default", "values", "option"], rows), ""]
    return "\n".join(parts)


_TYPES = {
    "str": "text",
    "tuple[str, ...]": "list of text",
    "bool": "true, false",
    "float": "number",
    "int": "whole number",
}


def _setting(section: str, key: dataclasses.Field[Any], flags: dict[str, list[str]]) -> list[str]:
    option = option_at(section, key.name)
    default = getattr(getattr(AnalysisSpec(), section), key.name)
    words = list(option.choices) if option is not None else []
    flag = flags.get(option.name if option is not None else key.name, [])
    kind = _TYPES[str(key.type).removesuffix(" | None")]
    shown = (
        ""
        if default is None or default == ()
        else code(repr(default).lower() if isinstance(default, bool) else default)
    )
    return [code(key.name), plain(kind), shown, " ".join(code(word) for word in words), code(flag[-1]) if flag else ""]


CLASSES = ("Results", "FittedModel", "Comparison", "Experiment", "Design", "Contrast", "ResultTable", "Analysis")
FUNCTIONS = ("de", "fit", "check", "compare", "read", "run", "write", "enrich", "demo", "simulate")
ELSEWHERE = {"__version__": "the version", "Status": "statuses.md", "AnalysisSpec": "settings.md"}


def python_page() -> str:
    """Every public name, documented by its docstring."""
    faces = [getattr(foldwise, name) for name in accessor.__all__]
    rest = sorted(set(foldwise.__all__) - set(CLASSES) - set(FUNCTIONS) - set(ELSEWHERE) - set(accessor.__all__))
    exceptions = [name for name in rest if hasattr(errors, name)]
    others = [name for name in rest if name not in exceptions]
    parts = [
        "# Python API\n",
        "`import foldwise as fw`. Everything listed is loaded when it is first used. Examples stand in\n"
        "[Python](../python.md), [Figures](../figures.md) and [AnnData](../anndata.md); keyword options in\n"
        "[Configuration file](settings.md).\n",
        "## Functions\n",
        *(directive("autofunction", f"foldwise.{name}") for name in (*FUNCTIONS, *(n for n in others if _callable(n)))),
        "## Objects\n",
        *(directive("autoclass", f"foldwise.{name}", members=True) for name in CLASSES),
        *(directive("autoclass", f"foldwise.{name}", members=True) for name in others if not _callable(name)),
        "### Gene\n\nWhat `res.gene(name)` returns.\n",
        directive("autoclass", "foldwise.api.gene.Gene", members=True),
        "### DesignCheck\n\nWhat `fw.check` returns.\n",
        directive("autoclass", "foldwise.api.check.DesignCheck", members=True),
        "### AnalysisSpec\n\nAll settings of one analysis, frozen; its keys: [Configuration file](settings.md).\n",
        "### Status\n\nThe [statuses](statuses.md) as whole numbers, with `.word` and `.sentence`.\n",
        "## AnnData\n",
        *(_face(face) for face in faces),
        "## Errors and warnings\n",
        *(directive("autoexception", f"foldwise.{name}") for name in exceptions),
    ]
    return "\n".join(parts)


def _callable(name: str) -> bool:
    return inspect.isfunction(getattr(foldwise, name))


def _face(face: type) -> str:
    methods = [name for name in vars(face) if not name.startswith("_")]
    calls = [directive("automethod", f"foldwise.accessor.{face.__name__}.{name}") for name in methods]
    return "\n".join([f"### fw.{face.__name__}\n", plain(inspect.getdoc(face) or "") + "\n", *calls])


def directive(kind: str, name: str, *, members: bool = False) -> str:
    """Return a Sphinx directive within Markdown."""
    options = "   :members:\n" if members else ""
    return f"```{{eval-rst}}\n.. {kind}:: {name}\n{options}```\n"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table; empty columns are left out."""
    kept = [j for j in range(len(head)) if any(row[j] for row in rows)]
    lines = [[head[j] for j in kept], ["---"] * len(kept), *([row[j] for j in kept] for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def code(word: object) -> str:
    """Return text as code."""
    return f"`{word}`"


def plain(text: str) -> str:
    """Return text in which Markdown's signs mean themselves; what stands in double backticks stays code."""
    pieces = re.split(r"``(.+?)``|`(.+?)`", text)
    found = []
    for i, piece in enumerate(pieces):
        if i % 3 == 0:
            found.append(re.sub(r"([*_<\[\]\\$])", r"\\\1", piece or ""))
        elif piece:
            found.append(code(piece))
    return "".join(found)


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference"))
