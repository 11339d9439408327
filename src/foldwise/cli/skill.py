"""``foldwise skill``: what an agent should know, as it lies in the package."""

from __future__ import annotations

import click


@click.command("skill")
@click.option("--llms", is_flag=True, help="The short text, llms.txt, in place of SKILL.md.")
def command(llms: bool) -> None:
    """Print SKILL.md: which method when, worked commands, how to read a result, what never to claim."""
    from importlib.resources import files

    name = "llms.txt" if llms else "SKILL.md"
    click.echo(files("foldwise").joinpath(name).read_text(encoding="utf-8"), nl=False)
