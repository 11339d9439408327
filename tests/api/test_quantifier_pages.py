"""What the pages on quantifiers and on nf-core show is what the program says."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from foldwise.cli.app import cli
from tests.fixtures.quant_files import put, write_page_files

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"^```console\n\$ foldwise (.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [
    (page, command, shown)
    for page in ("transcript_quantification.md", "nf_core.md")
    for command, shown in BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_page_files(tmp_path_factory.mktemp("pages"))


def call(folder, command):
    before = os.getcwd()  # noqa: PTH109
    os.chdir(folder)
    try:
        return CliRunner().invoke(cli, shlex.split(command), prog_name="foldwise")
    finally:
        os.chdir(before)


@pytest.mark.parametrize(("page", "command", "shown"), BLOCKS, ids=[command for _, command, _ in BLOCKS])
def test_a_page_shows_what_is_said(folder, page, command, shown):
    done = call(folder, command)
    assert done.exit_code == 0, done.stderr
    said = [line.strip() for line in done.stderr.splitlines()]
    missing = [line for line in shown.splitlines() if line.strip() not in said]
    assert not missing, done.stderr


def test_both_pages_have_examples():
    assert {page for page, _, _ in BLOCKS} == {"transcript_quantification.md", "nf_core.md"}


def test_the_files_of_the_page_run(folder):
    text = (DOCS / "nf_core.md").read_text(encoding="utf-8")
    (yaml,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    put(folder / "contrasts.yaml", yaml)
    assert (
        re.search(r"^```\n(id,.*?)^```$", text, re.MULTILINE | re.DOTALL)[1] == (folder / "contrasts.csv").read_text()
    )
    done = call(folder, "check samplesheet.csv --contrasts contrasts.yaml")
    assert done.exit_code == 0
    assert "2 comparisons, one model" in done.stderr
    assert "drug_by_name: condition: treated vs control" in done.stderr
