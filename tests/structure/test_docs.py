"""The documentation: every page is on the site, every link leads somewhere, the reference pages leave nothing out."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
from pathlib import Path

import click
import pytest

import foldwise
from foldwise.accessor import __all__ as faces
from foldwise.catalogue import CATALOGUE
from foldwise.cli.app import COMMANDS, cli
from foldwise.model.fit import Status
from foldwise.model.spec import AnalysisSpec
from foldwise.names import OTHER_QUANTITIES, RESULT_COLUMNS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
TEXTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *PAGES]
LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# Options of the program itself and of benchmarks/run.py.
OTHERS_OPTIONS = {"--help", "--version", "--install"}


@pytest.fixture(scope="module")
def reference():
    """Pages that the generator makes: name and text."""
    place = importlib.util.spec_from_file_location("reference_pages", ROOT / "scripts" / "reference_pages.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module.pages()


def in_toctree() -> list[str]:
    lines = [line for block in TOCTREE.findall((DOCS / "index.md").read_text("utf-8")) for line in block.splitlines()]
    return [re.sub(r".*<(.+)>$", r"\1", line.strip()) for line in lines if line.strip() and not line.startswith(":")]


def anchors(text: str) -> set[str]:
    """Anchors of the headings, by the rule of GitHub and MyST."""
    titles = re.findall(r"^#{1,4} (.+)$", FENCE.sub("", text), re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).replace("`", "").lower() for title in titles]
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in plain}


def test_every_page_is_on_the_site(reference):
    listed = in_toctree()
    assert len(listed) == len(set(listed)), "a page stands twice in docs/index.md"
    expected = {page.stem for page in PAGES} - {"index"} | {f"reference/{name[:-3]}" for name in reference}
    assert set(listed) == expected, "docs/index.md: add the page to a toctree and to the list above it"


def test_every_page_is_listed_in_words():
    links = set(LINK.findall((DOCS / "index.md").read_text("utf-8")))
    assert {page.name for page in PAGES} - {"index.md"} <= links


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = FENCE.sub("", page.read_text("utf-8"))
    broken = []
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        found = target.exists() and target.is_relative_to(ROOT)
        if not found or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            broken.append(link)
    assert not broken


def test_every_message_is_in_the_reference(reference):
    headings = re.findall(r"^### (\S+)", reference["messages.md"], re.MULTILINE)
    assert headings == sorted(headings, key=list(CATALOGUE).index)
    assert set(headings) == set(CATALOGUE)
    assert reference["messages.md"].count("*What to do:*") == len(CATALOGUE)


def test_every_column_and_status_is_in_the_reference(reference):
    for item in (*RESULT_COLUMNS, *OTHER_QUANTITIES):
        assert f"| `{item.name}` |" in reference["columns.md"]
        for word in (item.deseq2, item.edger, item.limma, item.scanpy):
            assert word is None or word == "statistic" or f"`{word}`" in reference["columns.md"]
    assert all(f"| `{status.word}` |" in reference["statuses.md"] for status in Status)


def test_every_public_name_is_in_the_reference(reference):
    text = reference["python.md"]
    documented = set(re.findall(r":: foldwise\.(\w+)$", text, re.MULTILINE))
    assert documented | {"__version__", "AnalysisSpec", "Status"} | set(faces) == set(foldwise.__all__)
    for face in faces:
        for name in vars(getattr(foldwise, face)):
            assert name.startswith("_") or f":: foldwise.accessor.{face}.{name}\n" in text


def test_every_setting_is_in_the_reference(reference):
    for section in dataclasses.fields(AnalysisSpec):
        table = reference["settings.md"].split(f"\n## \\[{section.name}\\]\n")[1].split("\n## ")[0]
        keys = dataclasses.fields(getattr(AnalysisSpec(), section.name))
        assert [f"`{key.name}`" for key in keys] == re.findall(r"^\| (`\w+`) \|", table, re.MULTILINE)


def test_every_option_named_exists():
    context = click.Context(cli)
    known = {flag for name in COMMANDS for option in cli.get_command(context, name).params for flag in option.opts}
    named = {
        (page.name, flag)
        for page in TEXTS
        for flag in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", page.read_text("utf-8"))
    }
    assert {(page, flag) for page, flag in named if flag not in known | OTHERS_OPTIONS} == set()
