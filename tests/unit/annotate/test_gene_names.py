"""Names beside ids: which ids fit, what is said, and what never changes."""

from __future__ import annotations

import pandas as pd
import pytest

from foldwise.annotate.gene_names import own_names, with_names
from foldwise.errors import InputError


def genes(*ids: str) -> pd.DataFrame:
    return pd.DataFrame(index=pd.Index(list(ids), dtype=object, name="gene_id"))


def table(*ids: str) -> tuple[dict, dict]:
    return {"gene_id": {name: i for i, name in enumerate(ids)}}, {"gene_name": [f"N{i}" for i in range(len(ids))]}


def test_names_by_exact_id():
    found, said = with_names(genes("b", "a", "x", "c"), *table("a", "b", "c"), "f.gtf")
    assert found["gene_name"].tolist() == ["N1", "N0", "", "N2"]
    assert said[0].text == "f.gtf names 3 of 4 genes (by gene_id)."
    assert len(said) == 1


@pytest.mark.parametrize(("ours", "theirs"), [("", ".7"), (".2", ""), (".2", ".7"), (".2", ".7_PAR_Y")])
def test_versions_are_left_out_only_where_nothing_matches(ours, theirs):
    found, said = with_names(genes(f"E1{ours}", f"E2{ours}"), *table(f"E1{theirs}", f"E2{theirs}"), "f")
    assert found["gene_name"].tolist() == ["N0", "N1"]
    assert list(found.index) == [f"E1{ours}", f"E2{ours}"]
    assert "versions of ids (such as .5) left out" in said[0].text


def test_one_exact_match_keeps_versions():
    found, said = with_names(genes("E1", "E2.1"), *table("E1", "E2.3"), "f")
    assert found["gene_name"].tolist() == ["N0", ""]
    assert "versions" not in said[0].text
    assert [message.id for message in said] == ["", "W-ANNOT-001"]
    assert "Only 50 % of the genes are in f." in said[1].text


def test_genes_that_share_an_id_without_version_have_no_name():
    ids = {"gene_id": {"E1.1": 0, "E1.2": 1, "E2.1": 2, "E3.1": 3, "E3.1_PAR_Y": 4}}
    found, _ = with_names(genes("E1.9", "E2.9", "E3.9"), ids, {"gene_name": ["A", "B", "C", "D", "D"]}, "f")
    assert found["gene_name"].tolist() == ["", "C", "D"]


def test_the_kind_of_id_that_knows_most_genes_is_taken():
    ids = {"gene_id": {"TP53": 0}, "locus_tag": {"L1": 0, "L2": 1}}
    found, said = with_names(genes("L1", "L2"), ids, {"gene_name": ["A", "B"]}, "f")
    assert found["gene_name"].tolist() == ["A", "B"]
    assert "by locus_tag" in said[0].text


def test_b125_e_annot_001_other_ids_are_refused():
    with pytest.raises(InputError) as caught:
        with_names(genes("TP53", "MYC", "A", "B", "C", "D"), *table("ENSG1", "ENSG2", "TP53"), "f.gtf")
    assert caught.value.id == "E-ANNOT-001"
    assert "17 % of the genes are in f.gtf" in caught.value.found
    assert "'TP53', 'MYC'" in caught.value.found
    assert "'ENSG1', 'ENSG2' as gene_id" in caught.value.found


@pytest.mark.parametrize("title", ["Symbol", "GENE_NAME", "external_gene_name"])
def test_a_column_of_names_is_found_in_any_case(title):
    frame = genes("a", "b").assign(**{title: [7, None]})
    assert own_names(frame)["gene_name"].tolist() == ["7.0", ""]
    assert own_names(genes("a")).columns.empty


def test_columns_that_are_empty_are_not_added():
    found, _ = with_names(genes("a"), {"id": {"a": 0}}, {"gene_name": ["A"], "gene_type": [""]}, "f")
    assert list(found.columns) == ["gene_name"]
