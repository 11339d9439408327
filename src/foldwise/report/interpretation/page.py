"""An interpretation as ``interpretation.md``."""

from __future__ import annotations

import re

from foldwise.model.interpretation import Interpretation

# What Markdown would make tags, links, pictures or emphasis of.
_MARKED = re.compile(r"([\\`*_\[\]<>|#~])")
_ENTITY = re.compile(r"&(?=[#\w])")


def markdown(interpretation: Interpretation) -> str:
    """Return the text; names in it stay text."""
    lines = ["# In words", ""]
    for section in interpretation.sections:
        lines += [f"## {_plain(section.title)}", ""]
        lines += [f"- {_plain(sentence.text)}" for sentence in section.sentences]
        lines.append("")
    lines += [_plain(interpretation.note), ""]
    return "\n".join(lines)


def _plain(text: str) -> str:
    return _MARKED.sub(r"\\\1", _ENTITY.sub("&amp;", " ".join(text.split())))
