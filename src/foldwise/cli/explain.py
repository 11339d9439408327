"""``foldwise explain``: what a message id, a status or a column of the tables means, and what to do."""

from __future__ import annotations

import click

from foldwise.cli.text import layout, titled


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Explain a message id or title (E-DESIGN-004, E-CONFOUNDED), a status (low_count) or a column (padj).

    Without CODE all of them are listed.
    """
    from foldwise.api.describe import describe

    click.echo("\n".join(_everything()) if code is None else describe(code))


def _everything() -> list[str]:
    from foldwise.api.describe import columns, statuses
    from foldwise.catalogue import CATALOGUE

    rows = [[titled(entry.id), entry.meaning] for entry in CATALOGUE.values()]
    rows += [[word, "status of a gene"] for word in statuses()]
    rows += [[name, "column of the tables"] for name in columns()]
    return layout(rows)
