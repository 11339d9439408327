"""``foldwise completion``: the script by which a shell completes subcommands, options and their words."""

from __future__ import annotations

import click

from foldwise.errors import UsageError

SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_FOLDWISE_COMPLETE"


@click.command("completion")
@click.argument("shell", metavar="[bash|zsh|fish]")
def command(shell: str) -> None:
    """Print the script that makes SHELL complete foldwise's commands, options and words.

    For bash, add this line to ~/.bashrc: eval "$(foldwise completion bash)"
    """
    from click.shell_completion import ShellComplete, get_completion_class

    from foldwise.cli.app import cli
    from foldwise.model.spec_options import nearest

    maker = get_completion_class(shell) if shell in SHELLS else None
    if maker is None:
        fix = f"{nearest(shell, SHELLS)} Possible: {', '.join(SHELLS)}.".strip()
        raise UsageError("E-USAGE-001", f"There is no completion for the shell '{shell}'.", fix)
    # click's own source() of bash runs bash to ask for its version; the script alone needs no program.
    click.echo(ShellComplete.source(maker(cli, {}, "foldwise", _VARIABLE)))
