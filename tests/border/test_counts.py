"""Bad-input catalogue, rows B1 to B19: the values of the count matrix."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foldwise.errors import FoldwiseError
from foldwise.io.read import from_frames
from foldwise.model.spec import InputSettings
from tests.border.tables import SAMPLES, cells, checked, counts, genes, same, sheet_frame, text


def with_cell(row: int, column: int, value: str) -> str:
    table = cells()
    table[row][column] = value
    return text(table)


def test_b1_fractions_for_an_integer_method(folder):
    folder.counts(with_cell(2, 1, "17.5"))
    folder.fails("E-COUNT-001", "--round", "--lengths", "edger-ql", "counts.tsv:4", "'gene2'", "'c2'", "17.5", "1 %")


def test_b1_rounding_is_half_to_even_and_said(folder):
    folder.counts(text([["0.5", "1.5", "2.5", "99999.5"], ["100000", "100001", "100002", "3"]]))
    experiment, messages = folder.read(round=True)
    np.testing.assert_array_equal(experiment.counts, [[0, 2, 2, 100000], [100000, 100001, 100002, 3]])
    assert experiment.counts.dtype == np.int32
    assert any("4 fractions (50 % of the values) rounded" in message.text for message in messages)


def test_b2_fractions_for_a_method_that_takes_them(folder):
    folder.counts(with_cell(0, 0, "5000.25"))
    experiment = folder.warns("W-COUNT-001", "1 % of the values", "gene0", needs_integers=False)
    assert experiment.counts.dtype == np.float64
    assert experiment.counts[0, 0] == 5000.25


def test_b3_tpm(folder):
    values = counts() / counts().sum(axis=0) * 1e6
    folder.counts(text([[f"{v:.4f}" for v in row] for row in values]))
    folder.fails("E-COUNT-002", "looks like TPM", "sum to 1,000,000")
    folder.fails("E-COUNT-002", "looks like TPM", needs_integers=False)
    folder.fails("E-COUNT-002", "looks like TPM", round=True)


@pytest.mark.parametrize(("name", "transform"), [("exp(x) - 1", np.log1p), ("2^x - 1", lambda x: np.log2(x + 1))])
def test_b4_log_values(folder, name, transform):
    folder.counts(text([[f"{v:.6f}" for v in row] for row in transform(counts())]))
    folder.fails("E-COUNT-003", "looks log-transformed", "largest value", f"{name} gives whole numbers")
    folder.fails("E-COUNT-003", "looks log-transformed", log_method=True, needs_integers=False)


def test_b4_centered_log_values(folder):
    values = np.log2(counts())
    folder.counts(text([[f"{v:.6f}" for v in row] for row in values - values.mean(axis=1, keepdims=True)]))
    folder.fails("E-COUNT-003", "negative values")


def test_b5_log1p_applied_twice(folder):
    folder.counts(text([[f"{v:.9f}" for v in row] for row in np.log1p(np.log1p(counts()))]))
    folder.fails("E-COUNT-003", "taken twice")


def test_b6_raw_counts_for_a_method_on_logs(folder):
    folder.counts(text(counts()))
    experiment, _ = folder.read(needs_integers=False, log_method=True)
    same(experiment, counts(), genes())


@pytest.mark.parametrize("cell", ["", "NA", "NaN", "nan"])
def test_b7_missing_value(folder, cell):
    folder.counts(with_cell(3, 2, cell))
    folder.fails("E-COUNT-004", "--drop-na", "counts.tsv:5", "'gene3'", "'t1'", "1 missing value")


def test_b7_drop_na_drops_and_lists_the_genes(folder):
    folder.counts(with_cell(3, 2, ""))
    experiment, messages = folder.read(drop_na=True)
    same(experiment, np.delete(counts(), 3, axis=0), [g for g in genes() if g != "gene3"])
    assert any("1 gene with missing values left out" in m.text and "'gene3'" in m.text for m in messages)


@pytest.mark.parametrize("cell", ["inf", "Inf", "-Infinity"])
def test_b8_infinite(folder, cell):
    folder.counts(with_cell(0, 3, cell))
    folder.fails("E-COUNT-005", "counts.tsv:2", "'gene0'", "'t2'")


def test_b9_negative(folder):
    folder.counts(with_cell(1, 1, "-7"))
    folder.fails("E-COUNT-006", "-7", "counts.tsv:3", "'gene1'", "'c2'")


def test_b9_first_five_addresses_and_the_total(folder):
    table = cells()
    for row in range(9):
        table[row][0] = f"-{row + 1}"
    folder.counts(text(table))
    error = folder.fails("E-COUNT-006", "9 negative values", "gene4")
    assert "gene5" not in error.found


def test_b10_counts_are_exact_to_2_53(folder):
    large = [2**31 - 1, 2**31, 2**53 - 1, 2**53]
    folder.counts(text([large, [5, 6, 7, 8]]))
    experiment = folder.experiment()
    assert experiment.counts.dtype == np.float64
    assert [int(v) for v in experiment.counts[0]] == large


def test_b10_counts_below_2_31_stay_int32(folder):
    folder.counts(text([[2**31 - 1, 0, 1, 2], [5, 6, 7, 8]]))
    experiment = folder.experiment()
    assert experiment.counts.dtype == np.int32
    assert experiment.counts[0, 0] == 2**31 - 1


@pytest.mark.parametrize("cell", [str(2**53 + 1), "1e20", "123456789012345678901234567890", "1e400"])
def test_b11_counts_above_2_53(folder, cell):
    folder.counts(with_cell(0, 0, cell))
    folder.fails("E-COUNT-007", "2^53", "'gene0'", "'c1'", "counts.tsv:2")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int8, np.int64, np.uint64, np.float32, np.float64, bool])
def test_b12_small_integers_are_upcast(dtype):
    values = np.array([[200, 100, 0, 1], [100, 200, 1, 1]]) % (128 if dtype in (np.int8, bool) else 256)
    if dtype is bool:
        values = values > 1
    frame = pd.DataFrame(values.astype(dtype), index=["a", "b"], columns=list(SAMPLES))
    if dtype is bool:
        frame.iloc[0, 2:] = True
    experiment, _ = from_frames(frame, sheet_frame())
    assert experiment.counts.dtype == np.int32
    np.testing.assert_array_equal(experiment.counts, frame.to_numpy().astype(np.int64))
    if dtype is np.uint8:
        assert int(experiment.counts[:, 0].sum()) == 300


@pytest.mark.parametrize(
    ("cell", "advice"),
    [("1,234", "1234"), ("5 reads", "number alone: 5"), ("-", "Write 0"), ("#N/A", "spreadsheet"), ("x", "number")],
)
def test_b13_text_cells(folder, cell, advice):
    folder.counts(with_cell(4, 0, cell))
    folder.fails("E-COUNT-008", f"'{cell}'", "counts.tsv:6", "'gene4'", "'c1'", advice)


def test_b13_thousands_separators_quoted_in_a_csv(folder):
    table = cells()
    table[0][0] = '"1,234"'
    folder.counts(text(table, sep=","), "counts.csv")
    folder.fails("E-COUNT-008", "'1,234'", "without thousands separators: 1234")


def test_b14_all_zero(folder):
    folder.counts(text(np.zeros((3, 4), dtype=int)))
    folder.fails("E-COUNT-009", "3 genes x 4 samples")


@pytest.mark.parametrize("shape", [(0, 4), (3, 0)])
def test_b14_no_genes_or_no_samples(shape):
    frame = pd.DataFrame(np.zeros(shape, dtype=int), index=genes(shape[0]), columns=list(SAMPLES)[: shape[1]])
    with pytest.raises(FoldwiseError) as caught:
        from_frames(frame, sheet_frame(), settings=InputSettings(intersect=True))
    checked(caught.value, "E-COUNT-009", [f"{shape[0]} rows", f"{shape[1]} columns"])


def test_b15_one_sample_all_zero(folder):
    values = counts()
    values[:, 2] = 0
    folder.counts(text(values))
    folder.fails("E-COUNT-010", "'t1'", "size factor is undefined", "--exclude")
    assert folder.experiment(exclude=("t1",)).n_samples == 3


def test_b18_duplicate_sample_columns(folder):
    values = counts()
    values[:, 3] = values[:, 0]
    folder.counts(text(values))
    folder.warns("W-COUNT-002", "1 pair of samples", "'c1' = 't2'")


def test_b19_depth_ratio(folder):
    values = counts()
    values[:, 1] *= 20
    folder.counts(text(values))
    folder.warns("W-COUNT-003", "Library sizes differ", "'c2'")


def test_b19_small_library(folder):
    values = counts()
    values[:, 3] //= 5
    folder.counts(text(values))
    experiment = folder.warns("W-COUNT-003", "1 library below 100,000 reads", f"'t2' {values[:, 3].sum():,}")
    same(experiment, values, genes())


def test_b19_ordinary_libraries_are_not_mentioned(folder):
    folder.counts(text(counts()))
    folder.silent()
