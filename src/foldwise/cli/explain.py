"""``foldwise explain``: what a message id, a status or a column of the tables means, and what to do."""

from __future__ import annotations

import click

from foldwise.cli.text import layout, printable
from foldwise.errors import UsageError


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Explain a message id or title (E-DESIGN-004, E-CONFOUNDED), a status (low_count) or a column (padj).

    Without CODE all of them are listed.
    """
    click.echo("\n".join(_everything()) if code is None else _text(code))


def _text(code: str) -> str:
    from foldwise.catalogue import explain

    word = code.strip().lower().replace("-", "_")
    text = explain(code) or _statuses().get(word) or _columns().get(word)
    if text is None:
        raise UsageError("E-USAGE-001", f"There is no message, status or column '{printable(code)[:60]}'.", _hint(code))
    return text


def _statuses() -> dict[str, str]:
    from foldwise.model.fit import Status

    return {status.word: f"{status.word}  (status of a gene)\n  {status.sentence}" for status in Status}


def _columns() -> dict[str, str]:
    from foldwise.names import OTHER_QUANTITIES, RESULT_COLUMNS, STYLES

    found = {}
    for item in (*RESULT_COLUMNS, *OTHER_QUANTITIES):
        unit = f", in {item.unit}" if item.unit else ""
        others = [f"{name}: {getattr(item, name)}" for name in STYLES[1:] if getattr(item, name)]
        also = f"\n  {'; '.join(others)}" if others else ""
        found[item.name] = f"{item.name}  (column{unit})\n  {item.meaning.replace('``', '')}{also}"
    return found


def _everything() -> list[str]:
    from foldwise.catalogue import CATALOGUE
    from foldwise.cli.text import titled

    rows = [[titled(entry.id), entry.meaning] for entry in CATALOGUE.values()]
    rows += [[word, "status of a gene"] for word in _statuses()]
    rows += [[name, "column of the tables"] for name in _columns()]
    return layout(rows)


def _hint(code: str) -> str:
    from foldwise.catalogue import CATALOGUE
    from foldwise.model.spec_options import nearest

    titles = [title for entry in CATALOGUE.values() for title in entry.titles]
    words = [*CATALOGUE, *titles, *_statuses(), *_columns()]
    return f"{nearest(code, words)} Ids look like E-DESIGN-004; foldwise explain lists them.".strip()
