"""docs/command_line.md lists every command, option and exit code of the program, and its config is one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from foldwise.cli.app import COMMANDS, cli
from foldwise.cli.schemas import SCHEMAS
from foldwise.model.spec_toml import from_toml

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_option_of_every_command_is_listed(name):
    section = PAGE.split(f"### foldwise {name}\n")[1].split("\n### ")[0]
    command = cli.get_command(click.Context(cli), name)
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            for flag in option.opts:
                assert flag in section, f"{flag}: run python scripts/command_line_page.py"


def test_the_list_is_the_one_that_the_script_writes():
    done = subprocess.run([sys.executable, str(ROOT / "scripts" / "command_line_page.py"), "--check"], check=False)
    assert done.returncode == 0, "run python scripts/command_line_page.py"


def test_every_exit_code_is_told():
    table = PAGE.split("## Exit codes")[1].split("## ")[0]
    told = {int(number) for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for number in row.split(",")}
    assert told | {5} == set(SCHEMAS["result"]()["properties"]["exit"]["enum"])


def test_the_config_shown_is_one():
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert from_toml(text).method.name == "edger-ql"
