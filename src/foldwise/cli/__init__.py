"""The command line: ``foldwise SUBCOMMAND``. Nothing heavy is imported before a subcommand needs it."""

from __future__ import annotations

import os


def main() -> None:
    """Run the command line; the entry point of the ``foldwise`` program."""
    # No step of an analysis spreads a BLAS call over threads, so those that BLAS would start at import are idle ones.
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from foldwise.cli.app import cli

    cli(prog_name="foldwise")
