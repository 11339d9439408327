"""``foldwise mcp``: the server for agents."""

from __future__ import annotations

import importlib
from pathlib import Path

import click


@click.command("mcp")
@click.option("--root", "roots", multiple=True, required=True, type=click.Path(path_type=Path), metavar="DIR",
              help="Folder that inputs may be read from; repeatable.")  # fmt: skip
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="DIR",
              help="Folder that runs are written into, and nothing else.")  # fmt: skip
def command(roots: tuple[Path, ...], output: Path) -> None:
    """Serve agents over stdin and stdout (Model Context Protocol). Reads below --root, writes below -o, no network."""
    # Loaded by its name, as subcommands are: the faces of foldwise do not import each other
    importlib.import_module("foldwise.mcp.server").serve(list(roots), output)
