"""An `Analysis` as a page, a paragraph, references and a notebook card; computes nothing that is not in it.

Only drawing geometry (bins of a histogram, principal components for the sample plot) is made here.
"""

from foldwise.report.card import notebook_card
from foldwise.report.citations import citations
from foldwise.report.html import render_report, write_report
from foldwise.report.index_page import write_index
from foldwise.report.interpretation.page import markdown
from foldwise.report.methods_text import methods_text

__all__ = [
    "citations", "markdown", "methods_text", "notebook_card", "render_report", "write_index", "write_report",
]  # fmt: skip
