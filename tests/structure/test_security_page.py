"""docs/security.md claims nothing that no test tries."""

from __future__ import annotations

import re
from pathlib import Path

from tests.test_catalogue_meta import TESTS, trees

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_test_named_exists():
    import ast

    known = {
        node.name
        for _, tree in trees(TESTS)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 35
    assert named <= known, named - known


def test_every_attack_names_a_test():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| attack", "|--"))]
    assert len(rows) > 20
    for row in rows:
        assert "test" in row.rsplit("|", 2)[1], row
