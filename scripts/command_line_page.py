"""Write the list of commands and options in docs/command_line.md from the program itself.

python scripts/command_line_page.py          write it
python scripts/command_line_page.py --check  exit 1 where it is not up to date
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

PAGE = Path(__file__).resolve().parents[1] / "docs" / "command_line.md"
START = "<!-- options: made by scripts/command_line_page.py -->\n"
END = "<!-- end of options -->\n"


def options_text() -> str:
    """Return the list as Markdown."""
    from foldwise.cli.app import COMMANDS, cli

    parts = []
    for name, (_, words) in COMMANDS.items():
        command = cli.get_command(click.Context(cli), name)
        context = click.Context(command, info_name=f"foldwise {name}")
        usage = " ".join(command.collect_usage_pieces(context))
        parts.append(f"### foldwise {name}\n\n{words}\n\n```\nfoldwise {name} {usage}\n```\n")
        rows = [item.get_help_record(context) for item in command.params if isinstance(item, click.Option)]
        shown = [f"| `{_cell(flags)}` | {_words(text)} |" for flags, text in filter(None, rows)]
        if shown:
            parts.append("\n".join(["| option | what it does |", "|---|---|", *shown]) + "\n")
    return "\n".join(parts)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _words(text: str) -> str:
    return _cell(text).replace("*", "\\*")


def page_text(old: str) -> str:
    """Return the page with its list made anew."""
    head, _, rest = old.partition(START)
    return f"{head}{START}\n{options_text()}\n{END}{rest.partition(END)[2]}"


def main() -> int:
    """Write the page, or tell whether it is up to date."""
    old = PAGE.read_text(encoding="utf-8")
    new = page_text(old)
    if "--check" in sys.argv:
        return int(old != new)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
