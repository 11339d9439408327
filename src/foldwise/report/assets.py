"""Script and style of the page, and the policy that lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

# In the order of their imports; joined into one module.
CORE = ("decode.js", "format.js", "pen.js", "labels.js", "plot.js", "table.js")
SCRIPTS = (*CORE, "bound.js", "gene.js", "section.js", "samples.js", "overlap.js", "app.js")
_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|function|async|class)", re.MULTILINE)
_INDENT = re.compile(r"^[ ]+", re.MULTILINE)


def _read(name: str) -> str:
    return (files("foldwise.report") / "static" / name).read_text(encoding="utf-8")


@cache
def script() -> str:
    """Return the page's script: the files as one module, without comment lines and indents."""
    return joined(SCRIPTS)


def joined(names: Sequence[str]) -> str:
    """Return some of the files as one text, as they travel in the page."""
    text = "".join(_read(name) for name in names)
    for pattern in (_COMMENT, _IMPORT, _EXPORT, _INDENT):
        text = pattern.sub("", text)
    return text


@cache
def style() -> str:
    """Return the page's style sheet."""
    return _INDENT.sub("", _read("report.css"))


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") + "'"


@cache
def content_security_policy() -> str:
    """Return the policy: own script and style by hash, pictures made in the page, and nothing else."""
    return (
        f"default-src 'none'; script-src {_hash(script())}; style-src {_hash(style())}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
