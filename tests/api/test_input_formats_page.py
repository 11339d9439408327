"""docs/input_formats.md shows what the commands print: each block is run on the files of `example_files`.

``python -m tests.api.test_input_formats_page`` writes the outputs anew.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from foldwise.cli.app import COMMANDS, cli
from foldwise.io.formats import FORMATS
from tests.api import example_files

PAGE = Path(__file__).resolve().parents[2] / "docs" / "input_formats.md"
BLOCK = re.compile(r"```console\n\$ (foldwise [^\n]*)\n(.*?)```", re.DOTALL)

_ABOUT_THE_STUDY = re.compile(r"(Checks|Design|          (!|comparison|group:|\d residual|\. library))")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("formats")
    example_files.write(path)
    return path


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def printed(command: str, folder: Path) -> str:
    """What a command says on stderr in the folder, its warnings about the study itself left out."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        words = [str(path) for word in shlex.split(command)[1:] for path in _expanded(word)]
        said = CliRunner().invoke(cli, words, env={"COLUMNS": "100"}).stderr
    finally:
        os.chdir(here)
    lines = [re.sub(r" {2,}ok$", "", line.rstrip()) for line in said.splitlines()]
    kept = [
        line for line in lines if not re.match(r"(Checks|Design|          (!|comparison|\d residual|. library))", line)
    ]
    return "\n".join(kept[1:] if kept and kept[0].startswith("foldwise ") else kept) + "\n"


def _expanded(word: str) -> list[Path | str]:
    return sorted(Path().glob(word)) if "*" in word and not word.startswith("'") else [word]


@pytest.mark.parametrize("command", [command for command, _ in blocks()])
def test_the_page_shows_what_is_printed(command, folder):
    shown = dict(blocks())[command]
    expected = printed(command, folder)
    for line in shown.splitlines():
        assert line in expected.splitlines(), (line, expected)
    assert shown.strip()


def test_the_page_names_every_format_and_command():
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in FORMATS if f"`{name}`" not in text] == []
    assert {command.split()[1] for command, _ in blocks()} <= set(COMMANDS)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        example_files.write(Path(name))
        text = PAGE.read_text(encoding="utf-8")
        text = BLOCK.sub(lambda m: f"```console\n$ {m[1]}\n{printed(m[1], Path(name))}```", text)
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
