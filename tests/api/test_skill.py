"""What agents are told is true: every command of SKILL.md and llms.txt runs, every word it names exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from foldwise.catalogue import CATALOGUE
from foldwise.cli.app import COMMANDS, cli
from foldwise.cli.schemas import SCHEMAS
from foldwise.method import METHODS
from foldwise.model.fit import Status

TEXTS = {name: files("foldwise").joinpath(name).read_text(encoding="utf-8") for name in ("SKILL.md", "llms.txt")}


def commands(text: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("name", list(TEXTS))
def test_every_command_runs(name, tmp_path):
    lines = commands(TEXTS[name])
    assert len(lines) == 5
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "foldwise"
        done = subprocess.run(
            [sys.executable, "-m", "foldwise", *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (line, done.stderr)
    assert (tmp_path / "out" / "report.html").is_file()


@pytest.mark.parametrize("name", list(TEXTS))
def test_what_it_names_exists(name):
    text = TEXTS[name]
    assert set(re.findall(r"\b[EW]-[A-Z]+-\d{3}\b", text)) <= set(CATALOGUE)
    for command in re.findall(r"`foldwise ([a-z]+)", text):
        assert command in COMMANDS, command
    exits = set(SCHEMAS["result"]()["properties"]["exit"]["enum"])
    told = re.search(r"[Ee]xit codes:? (.*?)(?:\.\n|\n\n|$)", text, re.DOTALL)
    assert told is not None
    assert {int(number) for number in re.findall(r"\b\d{1,3}\b", told.group(1))} <= exits
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    known = {flag for name in COMMANDS for parameter in cli.get_command(None, name).params for flag in parameter.opts}
    assert flags <= known, flags - known


def test_the_skill_says_when_to_use_which_method_and_what_each_status_means():
    text = TEXTS["SKILL.md"]
    assert text.startswith("---\nname: foldwise\ndescription: ")
    for method in ("deseq2", "edger-ql", "limma-voom", "limma-trend", "wilcoxon"):
        assert method in METHODS
        assert f"`{method}`" in text
    for status in Status:
        assert f"`{status.word}`" in text


def test_the_program_prints_them():
    for arguments, name in ((["skill"], "SKILL.md"), (["skill", "--llms"], "llms.txt")):
        assert CliRunner().invoke(cli, arguments, prog_name="foldwise").stdout == TEXTS[name]


def test_links_of_llms_txt_lead_somewhere():
    root = Path(__file__).resolve().parents[2]
    links = re.findall(r"\]\(([^)]+)\)", TEXTS["llms.txt"])
    assert len(links) >= 5
    for link in links:
        assert (root / link).is_file(), link
