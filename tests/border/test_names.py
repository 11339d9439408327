"""Bad-input catalogue, rows B20 to B31: gene and sample ids."""

from __future__ import annotations

import numpy as np
import pytest

from foldwise.io.duplicates import suffixed
from foldwise.io.names_checks import date_symbol, without_versions
from tests.border.tables import SAMPLES, Folder, counts, genes, same, text


def with_genes(folder: Folder, *names: str) -> list[str]:
    """A table whose first genes carry these names."""
    rows = [*names, *genes()[len(names) :]]
    folder.counts(text(counts(), rows))
    return rows


def test_b20_duplicate_gene_ids(folder):
    with_genes(folder, "a", "b", "a", "a", "b")
    folder.fails("E-NAME-001", "2 gene ids", "'a', 'b'", "--duplicates", "sum", "first", "suffix")


def test_b20_duplicates_summed(folder):
    with_genes(folder, "a", "b", "a")
    values = counts()
    expected = np.delete(values, 2, axis=0)
    expected[0] = values[0] + values[2]
    same(folder.experiment(duplicates="sum"), expected, ["a", "b", *genes()[3:]])


def test_b20_sum_beyond_int32_is_exact(folder):
    large = 2**31 - 1
    folder.counts(text([[large, 1, 1, 1], [large, 2, 2, 2]], ["a", "a"]))
    experiment = folder.experiment(duplicates="sum")
    assert experiment.counts.dtype == np.float64
    assert experiment.counts[0, 0] == 2 * large


def test_b20_first_of_duplicates(folder):
    with_genes(folder, "a", "b", "a")
    experiment, messages = folder.read(duplicates="first")
    same(experiment, np.delete(counts(), 2, axis=0), ["a", "b", *genes()[3:]])
    assert any("kept at their first row: 'a'" in message.text for message in messages)


def test_b20_annotation_follows_its_gene(folder):
    folder.counts("gene_id\tgene_name\tc1\tc2\tt1\tt2\na\tA1\t1\t2\t3\t4\na\tA2\t5\t6\t7\t8\nb\tB\t9\t9\t9\t9\n")
    experiment = folder.experiment(duplicates="sum")
    assert list(experiment.genes["gene_name"]) == ["A1", "B"]
    np.testing.assert_array_equal(experiment.counts[0], [6, 8, 10, 12])


def test_b21_suffixing_avoids_names_in_use(folder):
    names = ["SNORD113", "SNORD113", "SNORD113-1", "SNORD113-1"]
    expected = ["SNORD113", "SNORD113-2", "SNORD113-1", "SNORD113-1-1"]
    assert suffixed(names) == expected
    with_genes(folder, *names)
    experiment = folder.experiment(duplicates="suffix")
    same(experiment, counts(), [*expected, *genes()[4:]])
    assert experiment.genes.index.is_unique


def test_b22_duplicate_sample_names(folder):
    folder.counts(text(counts(), columns=("c1", "c1", "t1", "t2")))
    folder.fails("E-NAME-002", "'c1'", "more than once")


def test_b23_excel_dates(folder):
    rows = with_genes(folder, "2-Sep", "1-Mar", "2006/09/02", "Dec-01")
    experiment = folder.warns("W-NAME-001", "4 gene ids", "'2-Sep' (was SEPT2 = SEPTIN2?)", "MARCHF1", "DELEC1")
    assert list(experiment.genes.index) == rows


@pytest.mark.parametrize("name", ["2310009E13", "SEPTIN2", "Mar", "1-2", "MARCH1", "DEC1", "9-1-1", "H3-2"])
def test_b23_genes_that_only_resemble_dates(name):
    assert date_symbol(name) is None


def test_b24_rounded_numbers(folder):
    rows = with_genes(folder, "2.31E+13", "2310009E13")
    experiment = folder.warns("W-NAME-002", "'2.31E+13'", "kept as text")
    assert list(experiment.genes.index) == rows


def test_b25_excel_serial_numbers(folder):
    rows = with_genes(folder, "40423")
    experiment = folder.warns("W-NAME-003", "'40423'")
    assert list(experiment.genes.index) == rows


def test_b25_entrez_ids_are_not_serial_numbers(folder):
    rows = [str(40000 + i) for i in range(24)]
    folder.counts(text(counts(), rows))
    assert list(folder.silent().genes.index) == rows


def test_b26_words_that_pandas_takes_for_missing(folder):
    rows = with_genes(folder, "NA", "null", "nan", "TRUE", "None", "1-2", "001", "1e5", "-1")
    assert list(folder.silent().genes.index) == rows


def test_b27_sample_names_that_look_like_numbers(folder):
    names = ("001", "002", "1e3", "010")
    folder.counts(text(counts(), columns=names))
    folder.sheet("".join(f"{name}\t{'ab'[i % 2]}\n" for i, name in enumerate(names)))
    same(folder.silent(), counts(), genes(), names)


def test_b28_versions_are_kept(folder):
    rows = with_genes(folder, "ENSG00000182378.15", "ENSG00000182378.15_PAR_Y", "ENSG00000000003.2")
    assert list(folder.silent().genes.index) == rows


def test_b28_stripping_versions_never_merges_genes():
    names = ["ENSG01.15", "ENSG01.15_PAR_Y", "ENSG02.1"]
    stripped, messages = without_versions(names)
    assert stripped == ["ENSG01.15", "ENSG01.15_PAR_Y", "ENSG02"]
    assert [message.id for message in messages] == ["W-NAME-004"]
    assert "'ENSG01'" in messages[0].text
    assert without_versions(["ENSG01.15", "ENSG02.1"]) == (["ENSG01", "ENSG02"], ())


def test_b29_names_of_any_script(folder):
    names = ("ümlaut", "样本", "نموذج", "😀")
    rows = ["ген", "遺伝子", "جين", "🧬", "β-actin", *genes()[5:]]
    folder.counts(text(counts(), rows, names))
    folder.sheet("".join(f"{name}\t{'ab'[i % 2]}\n" for i, name in enumerate(names)))
    same(folder.silent(), counts(), rows, names)


def test_b30_long_names(folder):
    rows = with_genes(folder, "x" * 10_000)
    assert list(folder.silent().genes.index) == rows
    with_genes(folder, "a", "x" * 10_241)
    error = folder.fails("E-NAME-003", "10,241 bytes", "counts.tsv, line 3")
    assert len(error.found) < 300


def test_b30_nul_in_a_name(folder):
    with_genes(folder, "a\0b")
    folder.fails("E-NAME-003", "NUL", r"a\x00b", "line 2")


def test_b31_empty_gene_id(folder):
    with_genes(folder, "a", "", "b")
    folder.fails("E-NAME-004", "1 gene id is empty", "line 3")


def test_b31_sample_without_a_name(folder):
    folder.counts(text(counts(), columns=("c1", "", "t1", "t2")))
    folder.fails("E-NAME-004", "column 3", "no name")
    assert SAMPLES[1] == "c2"
