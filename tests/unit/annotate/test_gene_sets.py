from __future__ import annotations

import pytest

from foldwise.annotate import gene_sets
from foldwise.annotate.gene_sets import GeneSets, match_genes, overlap_warning, parse_gmt
from foldwise.errors import InputError

GMT = "# comment\nA\tfirst\tg1\tg2\tg2\t\tg3\r\n\nB\thttp://x\tg3\tg9\nempty\tnone\t\n"


def test_sets_are_read_as_they_are() -> None:
    found = parse_gmt("\ufeff" + GMT, "x.gmt")
    assert found.genes == {"A": ("g1", "g2", "g3"), "B": ("g3", "g9"), "empty": ()}
    assert found.descriptions["B"] == "http://x"
    assert found.all_genes() == {"g1", "g2", "g3", "g9"}
    assert found.within(["g3", "g1"]).genes == {"A": ("g1", "g3"), "B": ("g3",)}


@pytest.mark.parametrize(
    ("text", "id", "word"),
    [
        ("A\tx\n", "E-FILE-002", "line 1"),
        ("A g1 g2\n", "E-FILE-002", "tabs"),
        ("A\tx\tg1\nA\ty\tg2\n", "E-NAME-002", "'A'"),
        ("\tx\tg1\n", "E-NAME-004", "line 1"),
        ("A\tx\tg\x001\n", "E-NAME-003", "line 1"),
        ("A\tx\t" + "g" * 20_000 + "\n", "E-NAME-003", "too long"),
        ("", "E-FILE-006", "no gene set"),
        ("A\tx\t\n# only\n", "E-FILE-006", "no gene set"),
    ],
)
def test_broken_files_are_refused(text: str, id: str, word: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_gmt(text, "x.gmt")
    assert caught.value.id == id
    assert word in f"{caught.value.found} {caught.value.fix}" or word in str(caught.value.where)


def test_more_sets_than_there_can_be_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gene_sets, "MAX_SETS", 3)
    with pytest.raises(InputError) as caught:
        parse_gmt("".join(f"s{k}\tx\tg1\n" for k in range(4)))
    assert caught.value.id == "E-SAFE-002"


def test_hostile_names_are_data() -> None:
    names = ["=cmd|'/c calc'!A0", "<script>alert(1)</script>", "../../etc/passwd", "$(rm -rf ~)", "{{7*7}}"]
    found = parse_gmt("".join(f"{name}\t{name}\t{name}\n" for name in names))
    assert list(found.genes) == names


def sets(*genes: str) -> GeneSets:
    return GeneSets({"a": genes}, {}, "x.gmt")


def test_b125_names_of_another_kind_are_refused_with_both() -> None:
    ensembl, symbols = [f"ENSG{k:05d}" for k in range(10)], tuple(f"TP{k}" for k in range(10))
    with pytest.raises(InputError) as caught:
        match_genes(sets(*symbols), {"gene_id": ensembl})
    assert caught.value.id == "E-ANNOT-001"
    assert all(word in caught.value.found for word in ("0 %", "TP0", "ENSG00000", "x.gmt"))
    kind, names = match_genes(sets(*symbols), {"gene_id": ensembl, "gene_name": list(symbols)})
    assert (kind, names) == ("gene_name", list(symbols))


def test_b125_some_of_the_names_give_a_warning() -> None:
    half = overlap_warning(sets("g1", "g2", "g3", "g4"), ["g1", "g2", "x", "y", "z"])
    assert half is not None
    assert half.id == "W-ANNOT-001"
    assert "50 %" in half.found
    assert overlap_warning(sets("g1", "g2"), ["g1", "g2", "x", "y", "z"]) is None
    assert overlap_warning(sets(*(f"g{k}" for k in range(100))), ["g1", "g2"]) is None  # few genes, all in a set
