"""The card that a notebook shows for a result: verdict, checks, top genes, volcano; no script, at most 40 kB."""

from __future__ import annotations

from html import escape

from foldwise.model.analysis import Analysis
from foldwise.model.results import ResultTable
from foldwise.report.certificate_words import terminal_line
from foldwise.report.contrast_view import call_layers, top_rows, volcano
from foldwise.report.payload import gene_names
from foldwise.report.svg import shorten
from foldwise.report.verdict import verdict
from foldwise.report.words import whole

MAX_BYTES = 40_000
_MARKS = {"ok": "✓", "warning": "!", "note": "·"}
_CELL = "padding:2px 10px 2px 0;text-align:"


def notebook_card(analysis: Analysis, number: int = 0) -> str:
    """Return HTML of the contrast of that number."""
    result = analysis.results[number]
    layer = call_layers(result)
    for size in ((420, 300), (300, 220), None):
        picture = "" if size is None else volcano(result, layer, size).svg
        card = _card(analysis, result, picture)
        if len(card.encode("utf-8")) <= MAX_BYTES:
            break
    return card


def _card(analysis: Analysis, result: ResultTable, picture: str) -> str:
    found = verdict(analysis, result)
    head = (
        f"<b>{_text(found.label, 120)}</b> <span>({_text(found.direction, 80)})</span><br>"
        f"<b>{whole(found.n_called)}</b> genes at FDR {found.fdr}: ▲ {whole(found.n_up)} {_text(found.up_word, 40)}, "
        f"▼ {whole(found.n_down)} {_text(found.down_word, 40)}, of {whole(found.n_tested)} tested"
    )
    checks = [m for m in analysis.messages if m.level == "warning"][:5] or analysis.messages[:3]
    made = analysis.certificate
    judged = "" if made is None else f"<div>Certificate {_text(terminal_line(made), 300)}</div>"
    lines = judged + "".join(f"<div>{_MARKS.get(m.level, '!')} {_text(m.text, 240)}</div>" for m in checks)
    header, rows = top_rows(result, gene_names(analysis), 10)
    n_text = len(header) - sum(1 for _ in header[1:] if _ != "name")
    titles = "".join(_td("th", name, k < n_text) for k, name in enumerate(header))
    cells = "".join("<tr>" + "".join(_td("td", c, k < n_text) for k, c in enumerate(row)) + "</tr>" for row in rows)
    table = f'<table style="font-size:13px"><thead><tr>{titles}</tr></thead>{cells}</table>'
    # A ground of its own: notebooks may be dark, and the picture is drawn for white.
    style = "font-family:system-ui,sans-serif;font-size:13px;max-width:980px;background:#fff;color:#1b1f24;padding:8px"
    flex = "display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start;margin-top:8px"
    body = f'<div style="{flex}">{picture}<div>{table}</div></div>'
    return f'<div style="{style}"><div>{head}</div>{lines}{body}</div>'


def _td(tag: str, value: str, is_text: bool) -> str:
    return f'<{tag} style="{_CELL}{"left" if is_text else "right"}">{_text(value, 30)}</{tag}>'


def _text(value: str, limit: int) -> str:
    return escape(shorten(value, limit), quote=True)
