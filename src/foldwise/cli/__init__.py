"""The command line: ``foldwise SUBCOMMAND``. Nothing heavy is imported before a subcommand needs it."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the entry point of the ``foldwise`` program."""
    from foldwise.cli.app import cli

    cli(prog_name="foldwise")
