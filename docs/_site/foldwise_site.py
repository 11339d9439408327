"""Two things that Sphinx lacks here: formulas as MathML, and links that lead out of the documentation.

Sphinx draws formulas by a script from the network; MathML is drawn by the browser. Pages are read in the
repository too, where a link such as ``../verification/results`` leads somewhere; on the site it becomes its path.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform


class OutsideLinks(SphinxTransform):
    """Replace links to files outside of docs/ by their text and path, or by the copy that the site carries."""

    default_priority = 5  # before MyST looks for their targets

    def apply(self, **_: Any) -> None:
        """Walk the links of one page."""
        for kind in (addnodes.download_reference, addnodes.pending_xref):
            for link in list(self.document.findall(kind)):
                path = self._outside(str(link.get("reftarget", "")))
                if path is not None:
                    link.replace_self(self._said(link, path))

    def _outside(self, target: str) -> Path | None:
        """Return the path of a file outside of docs/, below the root of the repository; None for others."""
        source = Path(self.env.srcdir)
        page = source / self.env.docname
        full = Path(os.path.normpath(page.parent / target))
        outside = target.startswith(("/", "../")) and full.is_relative_to(source.parent)
        return full.relative_to(source.parent) if outside and not full.is_relative_to(source) else None

    def _said(self, link: nodes.Element, path: Path) -> list[nodes.Node]:
        carried = {Path(name).with_suffix("").name: Path(name).name for name in self.config.html_extra_path}
        if path.with_suffix("").name in carried:
            uri = "../" * self.env.docname.count("/") + carried[path.with_suffix("").name]
            return [nodes.reference("", "", *(child.deepcopy() for child in link.children), refuri=uri)]
        named = link.astext().removeprefix("../") == str(path)
        words = [] if named else [*(child.deepcopy() for child in link.children), nodes.Text(" in ")]
        return [*words, nodes.literal(text=str(path))]


def mathml(text: str, *, as_block: bool) -> str:
    """Return LaTeX as MathML."""
    text = re.sub(r"\\[td]?frac(\d)(\d)", r"\\frac{\1}{\2}", text)  # docutils reads \frac12 as 12 over what follows
    text = re.sub(r"(\\(?:ln|log|det)(?![A-Za-z])|\\operatorname\{\w+\})\s*(?=[A-Za-z\\])", r"\1\\,", text)
    return latex2mathml.tex2mathml(text, as_block=as_block)


def _inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{mathml(node.astext(), as_block=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register both."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    app.add_transform(OutsideLinks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
