"""Reading of real and tutorial tables, annotation, and what is said on the way."""

from __future__ import annotations

import gzip
from importlib import resources

import numpy as np
import pandas as pd
import pytest

import foldwise
from foldwise.io.messages import as_warning
from foldwise.io.read import read
from foldwise.model.spec import InputSettings
from tests.border.tables import Folder, counts, genes, same, text

AIRWAY = resources.files(foldwise) / "data" / "airway"


def test_airway_equals_pandas():
    (table,) = [p for p in AIRWAY.iterdir() if "count" in p.name]
    (sheet,) = [p for p in AIRWAY.iterdir() if "sample" in p.name]
    experiment, messages = read(table, sheet)
    sep = "," if ".csv" in table.name else "\t"
    expected = pd.read_csv(table, sep=sep, index_col=0)
    assert experiment.counts.shape == (64102, 8)
    np.testing.assert_array_equal(experiment.counts, expected.to_numpy())
    assert list(experiment.genes.index) == list(expected.index)
    assert list(experiment.samples.index) == list(expected.columns)
    assert set(experiment.samples["dex"]) == {"trt", "untrt"}
    texts = [message.text for message in messages]
    assert any("64,102 genes × 8 samples, whole numbers" in said for said in texts)
    assert any("cell (4 levels), dex (2 levels)" in said for said in texts)
    assert any("8 of 8 sample names found in both" in said for said in texts)
    assert not [message for message in messages if message.level == "warning"]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("sheet", [False, True])
def test_the_tutorial_table(tmp_path, turned, sheet):
    rng = np.random.default_rng(0)
    names = [f"{group}_{i}" for group in ("Control", "Treatment") for i in range(1, 51)]
    values = rng.negative_binomial(10, 0.01, size=(200, 100))
    frame = pd.DataFrame(values, index=[f"Gene_{i}" for i in range(200)], columns=names)
    path = tmp_path / "counts.csv"
    (frame if turned else frame.T).to_csv(path)
    if sheet:
        (tmp_path / "s.csv").write_text("sample,group\n" + "".join(f"{n},{n.split('_')[0]}\n" for n in names))
        experiment, messages = read(path, tmp_path / "s.csv", needs_integers=False, log_method=True)
    else:
        groups = InputSettings(groups="Control=Control_*; Treatment=Treatment_*")
        experiment, messages = read(path, settings=groups, needs_integers=False, log_method=True)
    same(experiment, values, list(frame.index), names)
    assert experiment.samples["group"].tolist() == ["Control"] * 50 + ["Treatment"] * 50
    assert ("W-SHEET-001" in [message.id for message in messages]) != turned


def test_fractions_of_normalized_tables_are_read_exactly(tmp_path):
    folder = Folder(tmp_path)
    values = counts() * np.random.default_rng(1).uniform(0.3, 1.7, size=4)
    folder.counts(text([[repr(v) for v in row] for row in values.tolist()]))
    experiment, _ = folder.read(needs_integers=False, log_method=True)
    np.testing.assert_array_equal(experiment.counts, values)


def test_annotation_columns(tmp_path):
    folder = Folder(tmp_path)
    lines = [f"g{i}\tname{i}\t{100 + i}\t{i % 23 + 1 if i < 23 else 'X'}\t" + "\t".join(map(str, row)) for i, row in
             enumerate(counts())]  # fmt: skip
    folder.counts("gene_id\tgene_name\tLength\tchromosome\tc1\tc2\tt1\tt2\n" + "\n".join(lines) + "\n")
    experiment, messages = folder.read()
    same(experiment, counts(), [f"g{i}" for i in range(24)])
    assert list(experiment.genes.columns) == ["gene_name", "Length", "chromosome"]
    assert experiment.genes["Length"].dtype == np.int64
    assert experiment.genes["chromosome"].tolist()[-1] == "X"
    assert any("'gene_name', 'Length', 'chromosome' taken as text" in message.text for message in messages)


def test_a_numeric_column_that_is_no_sample_is_not_guessed_away(tmp_path):
    folder = Folder(tmp_path)
    folder.counts(text(np.column_stack([counts(), counts()[:, 0]]), columns=("c1", "c2", "t1", "t2", "gc")))
    folder.fails("E-SHEET-002", "1 sample only in counts.tsv ('gc')", "--intersect keeps the 4 in both")


def test_a_column_of_numbers_with_one_bad_cell_is_not_taken_as_text(tmp_path):
    folder = Folder(tmp_path)
    table = counts().astype(object)
    table[7][3] = "oops"
    folder.counts(text(table.T, ("c1", "c2", "t1", "t2"), genes(), corner="sample"))
    folder.fails("E-COUNT-008", "'oops'", "gene 'gene7', sample 't2'")


def test_sheet_types(tmp_path):
    folder = Folder(tmp_path)
    folder.counts(text(counts()))
    folder.sheet(
        "5,c1,1,001,1.5,yes,NA\n6,c2,2,002,2,no,a\n7,t1,3,003,NA,yes,a\n8,t2,4,004,3e2,no,b\n",
        "lane,Sample,batch,plate,age,smoker,site\n",
        "s.csv",
    )
    samples = folder.experiment().samples
    assert list(samples.columns) == ["lane", "batch", "plate", "age", "smoker", "site"]
    assert samples["batch"].dtype == np.int64
    assert samples["plate"].tolist() == ["001", "002", "003", "004"]
    assert samples["age"].tolist()[3] == 300.0
    assert np.isnan(samples["age"].iloc[2])
    assert samples["smoker"].tolist() == ["yes", "no", "yes", "no"]


def test_a_sheet_with_r_row_names_and_trailing_delimiters(tmp_path):
    folder = Folder(tmp_path)
    folder.counts(text(counts()))
    folder.sheet('"c1" "a"\n"c2" "a b"\n"t1" "c"\n"t2" "c"\n', '"group"\n', "s.txt")
    assert folder.experiment().samples["group"].tolist() == ["a", "a b", "c", "c"]
    folder.sheet("c1,a,,\nc2,a,,\nt1,b,,\nt2,b,,\n", "sample,group,,\n", "s.csv")
    assert list(folder.experiment().samples.columns) == ["group"]


def test_a_sheet_with_a_repeated_or_unnamed_column(tmp_path):
    folder = Folder(tmp_path)
    folder.counts(text(counts()))
    folder.sheet("c1,a,b\nc2,a,b\nt1,b,a\nt2,b,a\n", "sample,group,group\n", "s.csv")
    folder.fails("E-NAME-002", "'group'")
    folder.sheet("c1,a,b\nc2,a,b\nt1,b,a\nt2,b,a\n", "sample,group,\n", "s.csv")
    folder.fails("E-NAME-004", "column 3")


def test_no_message_holds_a_folder(tmp_path):
    folder = Folder(tmp_path)
    folder.counts(gzip.compress(text(counts()).encode("utf-16")), "counts.tsv.gz")
    _, messages = folder.read()
    assert not [message for message in messages if str(tmp_path) in f"{message.text} {message.data}"]


def test_messages_become_warnings(tmp_path):
    folder = Folder(tmp_path)
    folder.counts(text(counts().T, ("c1", "c2", "t1", "t2"), genes()))
    _, messages = folder.read()
    (found,) = [as_warning(message) for message in messages if message.level == "warning"]
    assert found.id == "W-SHEET-001"
    assert found.counted
    assert "samples in rows" in found.found


def test_samples_without_a_sheet_where_the_title_says_that_rows_are_genes(tmp_path):
    folder = Folder(tmp_path)
    folder.counts(text(counts()))
    experiment, _ = read(folder.table)
    same(experiment, counts(), genes())
    assert list(experiment.samples.columns) == []
