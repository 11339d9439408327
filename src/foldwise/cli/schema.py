"""``foldwise schema``: JSON Schemas of the outputs and of the config."""

from __future__ import annotations

import json

import click

from foldwise.errors import UsageError


@click.command("schema")
@click.argument("name", default="result", metavar="[result|event|run|config|certificate|signature]")
def command(name: str) -> None:
    """Print the JSON Schema of the ``--json`` result, its events, run.json, the config, certificate or signature."""
    from foldwise.cli.schemas import SCHEMAS
    from foldwise.model.spec_options import nearest

    if name not in SCHEMAS:
        fix = f"{nearest(name, SCHEMAS)} Possible: {', '.join(SCHEMAS)}.".strip()
        raise UsageError("E-USAGE-001", f"There is no schema '{name}'.", fix)
    click.echo(json.dumps(SCHEMAS[name](), indent=2))
