"""Bad-input catalogue, rows B32 to B39: the sample sheet and the matching of names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foldwise.errors import DesignError, UsageError
from foldwise.io.complete_samples import complete_samples
from foldwise.io.read import read
from foldwise.model.columns import sheet_column
from foldwise.model.spec import InputSettings
from tests.border.tables import SAMPLES, checked, counts, genes, same, text


def transposed(values: np.ndarray) -> str:
    return text(values.T, SAMPLES, genes(len(values)), corner="")


def test_b32_transposed_matrix(folder):
    folder.counts(transposed(counts()))
    same(folder.warns("W-SHEET-001", "samples in rows"), counts(), genes())


def test_b32_addresses_of_a_transposed_matrix(folder):
    values = counts().astype(object)
    values[3, 1] = "oops"
    folder.counts(transposed(values))
    folder.fails("E-COUNT-008", "'oops'", "counts.tsv:3", "'gene3'", "'c2'")


def test_b32_a_group_column_in_the_same_file(folder):
    lines = transposed(counts()).splitlines()
    lines[0] = "sample" + lines[0] + "\tgroup"
    lines[1:] = [f"{line}\t{'Control' if i < 2 else 'Treatment'}" for i, line in enumerate(lines[1:])]
    path = folder.counts("\n".join(lines) + "\n")
    experiment, _ = read(path, path)
    same(experiment, counts(), genes())
    assert list(experiment.samples.columns) == ["group"]
    assert list(experiment.samples["group"]) == ["Control", "Control", "Treatment", "Treatment"]


def test_b33_names_match_neither_axis(folder):
    folder.counts(text(counts(), columns=("w", "x", "y", "z"), corner=""))
    folder.fails("E-SHEET-001", "match neither axis", "'c1', 'c2', 't1'", "'w', 'x', 'y'", "'gene0', 'gene1', 'gene2'")


def test_b33_names_match_both_axes(folder):
    folder.counts(text(counts(4), SAMPLES, SAMPLES, corner=""))
    folder.fails("E-SHEET-001", "match both axes", "'c1', 'c2', 't1'")


def test_b33_no_names_at_all(folder):
    folder.counts(text(counts(), corner=""))
    with pytest.raises(Exception) as caught:
        read(folder.table)
    checked(caught.value, "E-SHEET-001", ["--groups", "which are samples cannot be told"])


def test_b33_one_gene_named_like_a_sample_decides_nothing(folder):
    rows = ["c1", *genes()[1:]]
    folder.counts(text(counts(), rows))
    same(folder.silent(), counts(), rows)


def test_b34_sheet_order_differs(folder):
    folder.counts(text(counts()))
    folder.sheet("t2\tdrug\nc1\tctrl\nt1\tdrug\nc2\tctrl\n")
    experiment, messages = folder.read()
    same(experiment, counts(), genes())
    assert list(experiment.samples["group"]) == ["ctrl", "ctrl", "drug", "drug"]
    assert any("4 of 4 sample names found in both (rows re-ordered to match)" in m.text for m in messages)


def test_b35_sample_missing_on_one_side(folder):
    folder.counts(text(counts(), columns=("c1", "c2", "t1", "extra")))
    folder.fails("E-SHEET-002", "1 sample only in counts.tsv ('extra')", "1 sample only in samples.tsv ('t2')")
    error = folder.fails("E-SHEET-002", "--intersect keeps the 3 in both")
    assert error.data["only_sheet"] == ["t2"]


def test_b35_intersect_keeps_the_samples_of_both(folder):
    folder.counts(text(counts(), columns=("c1", "extra", "t1", "t2")))
    experiment, messages = folder.read(intersect=True)
    same(experiment, counts()[:, [0, 2, 3]], genes(), ("c1", "t1", "t2"))
    assert any(
        "Left out by --intersect: 'extra' only in counts.tsv; 'c2' only in samples.tsv" in m.text for m in messages
    )


def test_b35_none_in_common_shows_names_of_each(folder):
    folder.counts(text(counts(), columns=("w", "x", "y", "z")))
    folder.fails("E-SHEET-002", "'w', 'x', 'y'", "'c1', 'c2', 't1'", intersect=True)


@pytest.mark.parametrize(
    "columns",
    [
        ("C1", "C2", "T1", "T2"),
        ("Xc1", "c2", "t1", "t2"),
        ("c1 ", "c2", "t-1", "t.2"),
    ],
)
def test_b36_names_that_differ_in_spelling(folder, columns):
    folder.counts(text(counts(), columns=columns))
    sheet = {"t-1": "t_1", "t.2": "t 2"}
    names = [sheet.get(name, plain) for name, plain in zip(columns, SAMPLES, strict=True)]
    folder.sheet("".join(f"{name}\tx\n" for name in names))
    if columns[0] == "Xc1":
        folder.fails("E-SHEET-002", "only in", "Did you mean 'Xc1' for 'c1'?")
    else:
        folder.fails("E-SHEET-003", "did you mean")


def test_b36_r_puts_an_x_before_digits(folder):
    folder.counts(text(counts(), columns=("X1.a", "X2.a", "X3.a", "X4.a")))
    folder.sheet("1-a\tx\n2-a\tx\n3-a\ty\n4-a\ty\n")
    folder.fails("E-SHEET-003", "'1-a' for 'X1.a'", "4 sample names")


def test_b36_leading_zeros_lost_in_a_spreadsheet(folder):
    folder.counts(text(counts(), columns=("1", "2", "3", "4")))
    folder.sheet("01\tx\n02\tx\n03\ty\n04\ty\n")
    folder.fails("E-SHEET-003", "'01' for '1'")


def test_b37_design_column_misspelt(folder):
    folder.counts(text(counts()))
    with pytest.raises(DesignError) as caught:
        sheet_column(folder.experiment().samples, "grup")
    checked(caught.value, "E-SHEET-004", ["'grup'", "'group'"])


def test_b38_missing_value_in_a_design_column(folder):
    from foldwise.model.columns import require_complete

    folder.counts(text(counts()))
    folder.sheet("c1\tctrl\nc2\tNA\nt1\tdrug\nt2\t\n")
    experiment = folder.experiment()
    same_one, _ = complete_samples(experiment, ["group"], drop_na=False)
    assert same_one is experiment
    with pytest.raises(DesignError) as caught:
        require_complete(experiment.samples["group"], "group")
    checked(caught.value, "E-SHEET-005", ["c2, t2", "--drop-na"])


def test_b38_drop_na_drops_and_lists_the_samples(folder):
    folder.counts(text(counts()))
    folder.sheet("c1\tctrl\nc2\tNA\nt1\tdrug\nt2\t\n")
    experiment, messages = complete_samples(folder.experiment(), ["group"], drop_na=True)
    same(experiment, counts()[:, [0, 2]], genes(), ("c1", "t1"))
    assert experiment.counts.flags.c_contiguous
    assert "2 samples" in messages[0].text
    assert "'c2', 't2'" in messages[0].text


def test_b39_duplicate_rows_for_a_sample(folder):
    folder.counts(text(counts()))
    folder.sheet("c1\tctrl\nc2\tctrl\nc1\tctrl\nt1\tdrug\nt2\tdrug\n")
    folder.fails("E-SHEET-006", "'c1'", "lines 2, 4")


def test_b39_lanes_of_an_nfcore_sheet_merge_if_they_agree(folder):
    folder.counts(text(counts()))
    header = "sample,fastq_1,fastq_2,strandedness,condition\n"
    rows = [f"{name},{name}_{lane}.fq.gz,,auto,{name[0]}" for name in SAMPLES for lane in (1, 2)]
    folder.sheet("\n".join(rows) + "\n", header, "samplesheet.csv")
    experiment, messages = folder.read()
    assert list(experiment.samples.columns) == ["condition"]
    assert any("8 rows (lanes) merged into 4 samples" in message.text for message in messages)
    rows[1] = rows[1][:-1] + "other"
    folder.sheet("\n".join(rows) + "\n", header, "samplesheet.csv")
    folder.fails("E-SHEET-006", "'c1'", "'condition'", "disagree")


def test_a_sheet_of_fetchngs_merges_runs_of_a_sample(folder):
    """Accessions, digests and read numbers are of runs; what is of samples stays."""
    folder.counts(text(counts()))
    header = "sample,fastq_1,fastq_2,strandedness,run_accession,read_count,fastq_md5,fastq_ftp,seq_platform,treatment\n"
    rows = [f"{name},{name}_{n}.fq.gz,,auto,SRR{n}{name},{n}00,ab{n},ftp://{n},ILLUMINA,{name[0]}"
            for name in SAMPLES for n in (1, 2)]  # fmt: skip
    folder.sheet("\n".join(rows) + "\n", header, "samplesheet.csv")
    experiment, messages = folder.read()
    assert list(experiment.samples.columns) == ["treatment"]
    assert any("'run_accession'" in message.text or "(9 in all)" in message.text for message in messages)


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
def test_an_nfcore_sheet_as_workbook_or_parquet(folder, ending):
    folder.counts(text(counts()))
    frame = pd.DataFrame({"sample": SAMPLES, "fastq_1": "a.fq.gz", "strandedness": "auto", "condition": list("ccdd")})
    path = folder.path / f"samplesheet.{ending}"
    if ending == "xlsx":
        frame.to_excel(path, index=False, engine="xlsxwriter")
    else:
        frame.to_parquet(path)
    experiment, _ = read(folder.table, path)
    assert list(experiment.samples.columns) == ["condition"]
    assert list(experiment.samples["condition"]) == list("ccdd")


def test_groups_instead_of_a_sheet(folder):
    folder.counts(text(counts()))
    experiment, _ = read(folder.table, settings=InputSettings(groups="Control=c*; Treatment=t1,t2"))
    same(experiment, counts(), genes())
    assert list(experiment.samples["group"]) == ["Control", "Control", "Treatment", "Treatment"]


def test_groups_decide_the_orientation(folder):
    folder.counts(transposed(counts()))
    experiment, messages = read(folder.table, settings=InputSettings(groups="Control=c*; Treatment=t*"))
    same(experiment, counts(), genes())
    assert "W-SHEET-001" in [message.id for message in messages]


@pytest.mark.parametrize(
    ("groups", "id", "word", "code"),
    [
        ("Control", "E-USAGE-002", "is not NAME=SAMPLE", 2),
        ("a=c1,c2; a=t1", "E-USAGE-002", "twice", 2),
        (" ; ", "E-USAGE-002", "no group", 2),
        ("a=c*; b=t1,c1", "E-SHEET-006", "both", 3),
        ("a=c*; b=t1", "E-SHEET-002", "'t2'", 3),
        ("a=c*; b=z*", "E-SHEET-002", "'z*'", 3),
        ("a=C*; b=T*", "E-SHEET-002", "'C*'", 3),
    ],
)
def test_groups_that_do_not_fit(folder, groups, id, word, code):
    folder.counts(text(counts()))
    with pytest.raises(Exception) as caught:
        read(folder.table, settings=InputSettings(groups=groups))
    checked(caught.value, id, [word], code)


def test_a_sheet_and_groups_contradict(folder):
    folder.counts(text(counts()))
    with pytest.raises(UsageError) as caught:
        folder.read(groups="a=c*; b=t*")
    checked(caught.value, "E-USAGE-002", ["--groups"], 2)


def test_exclude_leaves_samples_out_of_both(folder):
    folder.counts(text(counts()))
    same(folder.experiment(exclude=("c2",)), counts()[:, [0, 2, 3]], genes(), ("c1", "t1", "t2"))
    folder.fails("E-SHEET-002", "'c9'", exclude=("c9",))
