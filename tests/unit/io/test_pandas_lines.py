"""Text is the same whether pandas keeps it as objects (2) or as its own type (3, or asked for)."""

import numpy as np
import pandas as pd
import pytest

import foldwise as fw
from foldwise.io.sample_sheet import sheet_from_frame
from tests.fixtures import EXACT

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.FoldwiseWarning")  # six shallow samples


@pytest.fixture(scope="module")
def data():
    return fw.simulate(60, 6, seed=4)


def typed(frame, dtype):
    """Return the frame with its text, its index and its column names of a type."""
    frame = frame.copy()
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name].dtype):
            frame[name] = frame[name].astype(dtype)
    frame.index = pd.Index(frame.index, dtype=dtype, name=frame.index.name)
    frame.columns = pd.Index(frame.columns, dtype=dtype)
    return frame


def test_simulated_ids_and_groups_are_objects(data):
    for frame in (data.counts, data.samples, data.truth):
        assert frame.index.dtype == object
    assert data.samples["group"].dtype == object


@pytest.mark.parametrize("dtype", [object, "string"])
def test_results_do_not_depend_on_the_type_of_text(data, dtype):
    expected = fw.de(data.counts, data.samples, design="~ group").table
    found = fw.de(typed(data.counts, dtype), typed(data.samples, dtype), design="~ group").table
    pd.testing.assert_frame_equal(found, expected)
    assert found.to_csv() == expected.to_csv()
    assert found.index.dtype == object
    assert found["status"].dtype == object


def test_gene_names_of_a_result_are_objects(data):
    named = data.counts.copy()
    named.insert(0, "gene_name", [f"N{i}" for i in range(60)])
    assert fw.de(named, data.samples, design="~ group").table["gene_name"].dtype == object


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
@pytest.mark.parametrize("dtype", [object, "string"])
def test_missing_text_of_a_sheet_is_none(dtype, missing):
    frame = pd.DataFrame({"batch": pd.Series(["a", missing, "b"], index=["S1", "S2", "S3"], dtype=dtype)})
    sheet = sheet_from_frame(frame)
    assert list(sheet.frame["batch"]) == ["a", None, "b"]
    assert sheet.frame["batch"].dtype == object
    assert sheet.frame.index.dtype == object


def test_read_only_input_stays_as_it_was(data):
    counts = data.counts.to_numpy().copy()
    counts.flags.writeable = False
    frame = pd.DataFrame(counts, index=data.counts.index, columns=data.counts.columns)
    found = fw.de(frame, data.samples, design="~ group").table
    pd.testing.assert_frame_equal(found, fw.de(data.counts, data.samples, design="~ group").table)
    np.testing.assert_array_equal(counts, data.counts.to_numpy())


def test_fixtures_are_read_to_the_last_bit(tmp_path):
    values = np.random.default_rng(1).standard_normal(2000)
    path = tmp_path / "values.tsv"
    path.write_text("value\n" + "".join(f"{value:.17g}\n" for value in values))
    assert np.array_equal(pd.read_csv(path, sep="\t", **EXACT)["value"].to_numpy(), values)
