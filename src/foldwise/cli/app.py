"""The program: its subcommands, imported only when called, and its one way out."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from foldwise.cli.guard import Interrupted, guarded
from foldwise.cli.session import Session

# name: (module, what it does). Help is written from here, so that it imports no subcommand.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("foldwise.cli.run", "Read counts, check, fit, test, write tables and report."),
    "check": ("foldwise.cli.check", "Check a sample sheet and design, also before sequencing."),
    "demo": ("foldwise.cli.demo", "Run on the bundled airway counts (no network)."),
    "simulate": ("foldwise.cli.simulate", "Write simulated counts whose true changes are known."),
    "compare": ("foldwise.cli.compare", "Run several methods and compare what they call."),
    "choose": ("foldwise.cli.choose", "Choose a method by changes planted into your counts."),
    "power": ("foldwise.cli.power", "Say how many samples per group a comparison needs."),
    "enrich": ("foldwise.cli.enrich", "Test gene sets on the results of a run (GMT file, no network)."),
    "signature": ("foldwise.cli.signature", "Learn genes that predict an outcome, judge them; score new samples."),
    "report": ("foldwise.cli.report", "Build the report of a finished run again."),
    "certify": ("foldwise.cli.certify", "Judge the false discovery rate of a run by null runs of all of it."),
    "verify": ("foldwise.cli.verify", "Check a run's files and compute it again."),
    "convert": ("foldwise.cli.convert", "Write counts of any format as csv, tsv, parquet, h5ad or xlsx."),
    "explain": ("foldwise.cli.explain", "Explain a message id, a status or a column."),
    "doctor": ("foldwise.cli.doctor", "Show versions, machine and what is installed."),
    "schema": ("foldwise.cli.schema", "Print the JSON Schema of an output."),
    "mcp": ("foldwise.cli.agent_server", "Serve agents by the Model Context Protocol (stdin and stdout, no network)."),
    "skill": ("foldwise.cli.skill", "Print what an agent should know (SKILL.md)."),
    "completion": ("foldwise.cli.completion", "Print the script that completes commands in bash, zsh or fish."),
}


class Program(click.Group):
    """Group of lazily imported subcommands; every end of it is an exit code of the catalogue."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return a subcommand."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of subcommands from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; an interrupt passes click by, which would write an empty line for it."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted from None

    def main(  # type: ignore[override]  # one signature for both of its overloads
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run, report any error as a sentence, and exit with its code."""
        arguments = list(sys.argv[1:] if args is None else args)
        session = Session(arguments)
        extra.update(standalone_mode=False, obj=session)
        call = super().main
        with session.listening():
            code = guarded(session, lambda: call(arguments, prog_name or "foldwise", **extra))
        sys.exit(code)


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        import foldwise

        click.echo(f"foldwise {foldwise.__version__}")
        ctx.exit()


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="First steps: foldwise demo, then foldwise run COUNTS SAMPLES.",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def cli() -> None:
    """Differential expression from a count table: one command, one report."""
