"""``foldwise explain``: what a message id means and what to do."""

from __future__ import annotations

import click

from foldwise.cli.text import printable
from foldwise.errors import UsageError


@click.command("explain")
@click.argument("code")
def command(code: str) -> None:
    """Explain a message id or title, such as E-DESIGN-004 or E-CONFOUNDED."""
    from foldwise.catalogue import explain

    text = explain(code)
    if text is None:
        shown = printable(code)[:60]
        raise UsageError("E-USAGE-001", f"There is no message '{shown}'.", _hint(code))
    click.echo(text)


def _hint(code: str) -> str:
    from foldwise.catalogue import CATALOGUE
    from foldwise.model.spec_options import nearest

    return f"{nearest(code.upper(), CATALOGUE)} Ids look like E-DESIGN-004.".strip()
