"""The catalogue of messages: complete, and found by id and by title."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import foldwise
from foldwise.catalogue import CATALOGUE, FAMILIES, explain, find, title

ID = re.compile(r"[EW]-[A-Z]+-\d{3}")


def ids_in_the_code() -> set[str]:
    """Ids that stand as whole strings in the package, the catalogue's own file aside."""
    found: set[str] = set()
    for path in Path(foldwise.__file__).parent.rglob("*.py"):
        if path.name != "catalogue.py":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
            found |= {text for text in texts if ID.fullmatch(text)}
    return found


def test_every_id_that_the_code_uses_is_explained():
    used = ids_in_the_code()
    assert len(used) > 40
    assert used <= set(CATALOGUE), used - set(CATALOGUE)


def test_every_entry_has_words():
    for id, entry in CATALOGUE.items():
        assert ID.fullmatch(id)
        assert entry.family in FAMILIES
        assert entry.meaning.endswith((".", "?"))
        assert entry.fix.endswith((".", "..."))


def test_every_family_is_used_and_numbers_have_no_gaps():
    assert {entry.family for entry in CATALOGUE.values()} == set(FAMILIES)
    for kind in "EW":
        for family in FAMILIES:
            numbers = sorted(int(id[-3:]) for id in CATALOGUE if id.startswith(f"{kind}-{family}-"))
            assert numbers == list(range(1, len(numbers) + 1))


def test_ids_titles_and_spellings_are_found():
    assert [entry.id for entry in find("e-sheet-002")] == ["E-SHEET-002"]
    assert [entry.id for entry in find("E-SAMPLES")] == ["E-SHEET-002", "E-SHEET-003"]
    assert [entry.id for entry in find("LEARN-003")] == ["E-LEARN-003", "W-LEARN-003"]
    assert find("E-NOTHING-001") == ()
    assert title("E-DESIGN-004") == "E-CONFOUNDED"
    assert title("E-DESIGN-003") == "E-DESIGN-003"


def test_explanations_hold_meaning_and_remedy():
    text = explain("E-CONFOUNDED")
    assert text is not None
    assert "E-DESIGN-004" in text
    assert "rank, replicates, levels" in text
    assert explain("nonsense") is None


def test_titles_named_in_the_documents():
    titles = {word for entry in CATALOGUE.values() for word in entry.titles}
    assert {
        "E-CONFOUNDED", "E-NESTED", "E-NO-REPLICATES", "E-SAMPLES", "E-ORIENTATION", "E-COLUMN", "E-SAMPLE-ROWS",
        "E-NOT-COUNTS", "E-FRACTIONS", "E-NOT-ESTIMABLE", "E-LENGTHS", "E-STRAND", "E-EXON-COUNTS", "E-DESIGN",
        "W-REFERENCE", "W-SINGLE-REPLICATE", "W-FEW-REPLICATES", "W-LIBRARY-SIZE", "W-ZERO-LENGTH",
        "W-NUMERIC-FACTOR", "W-PSEUDOREPLICATION", "E-HIDDEN-CONFOUNDED", "W-HIDDEN-GLOBAL", "W-WEIGHTS-OFF",
        "E-SIG-N",
    } <= titles  # fmt: skip
