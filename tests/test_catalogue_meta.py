"""Rule R11: messages, rows of the bad-input catalogue and metamorphic relations are complete, both ways.

What belongs to parts that do not exist yet stands in the lists ``LATER_*``; a list that is longer or shorter than the
truth fails, so that each part takes its entries off when it comes.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import foldwise
from foldwise import catalogue, errors
from foldwise.catalogue import CATALOGUE

TESTS = Path(__file__).parent
SOURCE = Path(foldwise.__file__).parent
ID = re.compile(r"[EW]-[A-Z]+-\d{3}")

# Ids that no code raises yet: readers of other formats, single cells, checks of samples, learned parts, annotation.
LATER_IDS = {
    "E-COUNT-011",
    "W-CELL-002",
}
# Rows of the bad-input catalogue that the parts of today cannot meet.
LATER_ROWS = {
    84, 134,
}  # fmt: skip
N_ROWS = 140
# Metamorphic relations of parts to come: out of core, other machines, ranks, replicates and pseudobulk, filters,
# learned parts.
LATER_RELATIONS = {8, 11, 46, 52}
N_RELATIONS = 70


@cache
def trees(folder: Path) -> tuple[tuple[Path, ast.Module], ...]:
    paths = sorted(path for path in folder.rglob("*.py") if path.name not in ("catalogue.py", Path(__file__).name))
    return tuple((path, ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def texts(tree: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


@cache
def raised() -> frozenset[str]:
    """Ids that stand as a whole text in the package."""
    return frozenset(text for _, tree in trees(SOURCE) for text in texts(tree) if ID.fullmatch(text))


@cache
def exercised() -> frozenset[str]:
    """Ids named by a text inside a test function, or by what parametrizes one."""
    found: set[str] = set()
    for _, tree in trees(TESTS):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.update(*(ID.findall(text) for text in texts(node)), ())
    return frozenset(found)


@cache
def numbers(letter: str) -> frozenset[int]:
    """Numbers of rows (b) or relations (m) in the names of test functions."""
    pattern = re.compile(rf"_{letter}0*(\d+)(?=_|$)", re.IGNORECASE)
    names = [
        node.name
        for _, tree in trees(TESTS)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    return frozenset(int(number) for name in names for number in pattern.findall(name))


def test_r11_every_id_raised_is_in_the_catalogue_and_the_rest_is_for_later():
    assert raised() <= set(CATALOGUE), raised() - set(CATALOGUE)
    assert set(CATALOGUE) - raised() == LATER_IDS


def test_r11_every_id_raised_is_met_by_a_test():
    assert raised() - exercised() == set()


def test_r11_ids_are_written_once():
    lines = re.findall(r"^([EW]-[A-Z]+-\d{3}) ", catalogue._TEXT, re.MULTILINE)
    assert len(lines) == len(set(lines)) == len(CATALOGUE)


def test_r11_every_row_and_relation_has_a_test():
    rows, relations = set(range(1, N_ROWS + 1)), set(range(1, N_RELATIONS + 1))
    assert rows - numbers("b") == LATER_ROWS
    assert relations - numbers("m") == LATER_RELATIONS


FAMILY_OF_ERROR = {
    "UsageError": {"USAGE", "CONFIG", "EXTRA", "IO"},
    "OutputError": {"IO", "FILE"},
    "ResourceError": {"MEM", "IO"},
    "InternalError": {"INTERNAL"},
    "FitError": {"FIT", "NORM"},
}


def test_r11_errors_are_raised_as_errors_of_their_family_and_warnings_as_warnings():
    """The class decides the exit code."""
    for path, tree in trees(SOURCE):
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            id, name = node.args[0].value, getattr(node.func, "id", getattr(node.func, "attr", ""))
            if not (isinstance(id, str) and ID.fullmatch(id) and hasattr(errors, name)):
                continue
            where = f"{path.name}:{node.lineno} {name} {id}"
            assert id.startswith("W-") == (name == "FoldwiseWarning"), where
            if name in FAMILY_OF_ERROR:
                assert id.split("-")[1] in FAMILY_OF_ERROR[name], where


@pytest.mark.parametrize("id", sorted(CATALOGUE))
def test_r11_explain_knows_every_id(id):
    from click.testing import CliRunner

    from foldwise.cli.app import cli

    done = CliRunner().invoke(cli, ["explain", id], prog_name="foldwise")
    assert done.exit_code == 0
    assert id in done.output
