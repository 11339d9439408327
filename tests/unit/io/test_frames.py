"""Data frames, arrays and AnnData become the same experiment as the file would."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from foldwise.errors import FoldwiseError, InputError, UsageError
from foldwise.io.read import from_frames, read
from foldwise.model.spec import InputSettings
from tests.border.tables import SAMPLES, checked, counts, genes, same, sheet_frame, text


def frame(values: np.ndarray | None = None) -> pd.DataFrame:
    values = counts() if values is None else values
    return pd.DataFrame(values, index=genes(len(values)), columns=list(SAMPLES))


def test_genes_by_samples_and_samples_by_genes():
    same(from_frames(frame(), sheet_frame())[0], counts(), genes())
    experiment, messages = from_frames(frame().T, sheet_frame())
    same(experiment, counts(), genes())
    assert experiment.counts.flags.c_contiguous
    assert "W-SHEET-001" in [message.id for message in messages]


def test_frames_are_not_changed_and_not_shared():
    given, sheet = frame(), sheet_frame()
    experiment, _ = from_frames(given, sheet)
    experiment.counts[0, 0] = -1
    experiment.samples.iloc[0, 0] = "changed"
    pd.testing.assert_frame_equal(given, frame())
    pd.testing.assert_frame_equal(sheet, sheet_frame())


def test_ids_in_the_first_column_where_the_index_is_the_default():
    given = frame().rename_axis("gene_id").reset_index()
    sheet = sheet_frame().rename_axis("sample").reset_index()[["group", "sample"]]
    experiment, _ = from_frames(given, sheet)
    same(experiment, counts(), genes())
    assert list(experiment.samples.columns) == ["group"]


def test_rows_without_names_are_refused():
    with pytest.raises(InputError) as caught:
        from_frames(pd.DataFrame(counts().astype(float), columns=list(SAMPLES)), sheet_frame())
    checked(caught.value, "E-NAME-004", ["index"])


def test_names_lost_by_pandas_are_found():
    given = frame()
    given.index = ["gene0", np.nan, *genes()[2:]]
    with pytest.raises(InputError) as caught:
        from_frames(given, sheet_frame())
    checked(caught.value, "E-NAME-004", ["row 2"])


def test_column_types_and_annotation():
    given = frame().astype(object)
    given["c1"] = given["c1"].astype("Int64")
    given["c2"] = given["c2"].astype(float)
    given["t1"] = given["t1"].astype(str)
    given.insert(0, "gene_name", [f"G{i}" for i in range(len(given))])
    given.insert(1, "Length", 100)
    given["chromosome"] = ["X"] * len(given)
    experiment, _ = from_frames(given, sheet_frame())
    same(experiment, counts(), genes())
    assert list(experiment.genes.columns) == ["gene_name", "Length", "chromosome"]
    assert experiment.genes["Length"].tolist() == [100] * len(given)


@pytest.mark.parametrize("value", [pd.NA, None, np.nan])
def test_missing_values_in_object_columns(value):
    given = frame().astype(object)
    given.iloc[1, 2] = value
    with pytest.raises(InputError) as caught:
        from_frames(given, sheet_frame())
    checked(caught.value, "E-COUNT-004", ["the count table, gene 'gene1', sample 't1'"])
    experiment, _ = from_frames(given, sheet_frame(), settings=InputSettings(drop_na=True))
    same(experiment, np.delete(counts(), 1, axis=0), [g for g in genes() if g != "gene1"])


def test_missing_values_in_nullable_columns():
    given = frame().astype("Int64")
    given.iloc[3, 0] = pd.NA
    with pytest.raises(InputError, match="E-COUNT-004"):
        from_frames(given, sheet_frame())


def test_text_in_a_sample_column():
    given = frame().astype(object)
    given.iloc[2, 1] = "5 reads"
    with pytest.raises(InputError) as caught:
        from_frames(given, sheet_frame())
    checked(caught.value, "E-COUNT-008", ["'5 reads'", "gene 'gene2', sample 'c2'"])


@pytest.mark.parametrize("value", [2**53 + 1, -1])
def test_integers_out_of_range(value):
    given = frame().astype(np.int64)
    given.iloc[0, 0] = value
    with pytest.raises(InputError) as caught:
        from_frames(given, sheet_frame())
    checked(caught.value, "E-COUNT-007" if value > 0 else "E-COUNT-006", ["gene 'gene0', sample 'c1'"])


def test_categories_of_a_sheet_keep_their_order():
    sheet = sheet_frame()
    sheet["group"] = pd.Categorical(sheet["group"], ["drug", "ctrl", "unused"])
    experiment, _ = from_frames(frame(), sheet)
    assert list(experiment.samples["group"].cat.categories) == ["drug", "ctrl", "unused"]


def test_sheet_as_a_mapping_or_a_file(tmp_path):
    expected = from_frames(frame(), sheet_frame())[0]
    mapping = {"sample": list(SAMPLES), "group": list(sheet_frame()["group"])}
    (tmp_path / "s.csv").write_text("sample,group\n" + "".join(f"{s},{g}\n" for s, g in sheet_frame()["group"].items()))
    for sheet in (mapping, tmp_path / "s.csv", str(tmp_path / "s.csv")):
        experiment, _ = from_frames(frame(), sheet)
        pd.testing.assert_frame_equal(experiment.samples, expected.samples)


def test_groups_for_a_frame():
    experiment, _ = from_frames(frame(), settings=InputSettings(groups="a=c*;b=t*"))
    assert list(experiment.samples["group"]) == ["a", "a", "b", "b"]


def test_arrays_with_names():
    experiment, _ = from_frames(counts(), gene_names=genes(), sample_names=list(SAMPLES))
    same(experiment, counts(), genes())
    experiment, _ = from_frames(counts(), sheet_frame(), gene_names=genes(), sample_names=list(SAMPLES))
    assert list(experiment.samples["group"]) == list(sheet_frame()["group"])


@pytest.mark.parametrize(
    ("values", "names", "id"),
    [
        (counts(), None, "E-SHEET-001"),
        (counts().T, (genes(), SAMPLES), "E-SHEET-001"),
        (counts()[0], (genes(), SAMPLES), "E-COUNT-008"),
        (counts().astype(complex), (genes(), SAMPLES), "E-COUNT-008"),
        (counts().astype(object), (genes(), SAMPLES), "E-COUNT-008"),
    ],
)
def test_arrays_that_do_not_fit(values, names, id):
    gene_names, sample_names = names or (None, None)
    with pytest.raises(InputError) as caught:
        from_frames(values, sheet_frame(), gene_names=gene_names, sample_names=sample_names)
    checked(caught.value, id)


class Interchange:
    """A frame of another library that offers the interchange protocol only."""

    def __init__(self, inner: pd.DataFrame) -> None:
        self.inner = inner

    def __dataframe__(self, *args: object, **kwargs: object) -> object:
        return self.inner.__dataframe__()


class Convertible:
    """A frame with ``to_pandas``, as polars and arrow have it."""

    def __init__(self, inner: pd.DataFrame, works: bool = True) -> None:
        self.inner, self.works = inner, works
        self.columns = list(inner.columns)

    def to_pandas(self) -> pd.DataFrame:
        if not self.works:
            raise ModuleNotFoundError("pyarrow is required")
        return self.inner

    def __getitem__(self, name: str) -> object:
        class Column:
            to_list = staticmethod(self.inner[name].tolist)

        return Column


def test_frames_of_other_libraries():
    given = frame().rename_axis("gene_id").reset_index()
    for other in (Interchange(given), Convertible(given), Convertible(given, works=False)):
        same(from_frames(other, sheet_frame())[0], counts(), genes())
        same(read(other, sheet_frame())[0], counts(), genes())


@pytest.mark.parametrize("value", [5, None, object(), [5, 6], []])
def test_what_is_no_table(value):
    with pytest.raises(UsageError) as caught:
        read(value, sheet_frame())
    checked(caught.value, "E-USAGE-002", exit_code=2)


def test_file_and_frame_give_the_same_experiment(tmp_path):
    (tmp_path / "c.tsv").write_text(text(counts()))
    from_file, _ = read(tmp_path / "c.tsv", sheet_frame())
    from_frame, _ = read(frame(), sheet_frame())
    assert from_file.counts.tobytes() == from_frame.counts.tobytes()
    pd.testing.assert_frame_equal(from_file.samples, from_frame.samples)
    assert list(from_file.genes.index) == list(from_frame.genes.index)


def anndata_of(values: np.ndarray, **layers: np.ndarray):
    anndata = pytest.importorskip("anndata")
    adata = anndata.AnnData(
        X=values.T.copy(), obs=sheet_frame(), var=pd.DataFrame({"symbol": [f"S{g}" for g in genes()]}, index=genes())
    )
    for name, layer in layers.items():
        adata.layers[name] = layer.T
    return adata


@pytest.mark.parametrize("kind", ["dense", "csr", "csc", "float32", "int64"])
def test_m6_anndata_of_any_storage(kind):
    from scipy import sparse

    adata = anndata_of(counts())
    if kind in ("csr", "csc"):
        adata.X = getattr(sparse, f"{kind}_matrix")(adata.X)
    elif kind != "dense":
        adata.X = adata.X.astype(kind)
    experiment, messages = read(adata)
    same(experiment, counts(), genes())
    assert experiment.counts.dtype == np.int32
    assert experiment.counts.flags.c_contiguous
    assert list(experiment.samples["group"]) == list(sheet_frame()["group"])
    assert list(experiment.genes["symbol"]) == [f"S{g}" for g in genes()]
    assert "Counts taken from X" in messages[0].text
    assert not [message for message in messages if message.level == "warning"]


def test_b85_layers_of_an_anndata():
    adata = anndata_of(np.log1p(counts()), counts=counts(), logs=np.log1p(counts()))
    with pytest.raises(InputError) as caught:
        read(adata)
    error = checked(caught.value, "E-CELL-002", ["does not hold whole counts", "'counts'"])
    assert error.data["layers"] == ["counts"]
    experiment, messages = read(adata, settings=InputSettings(layer="counts"))
    same(experiment, counts(), genes())
    assert "the layer 'counts'" in messages[0].text
    with pytest.raises(UsageError) as caught:
        read(adata, settings=InputSettings(layer="count"))
    checked(caught.value, "E-USAGE-002", ["'counts', 'logs'"], 2)


def test_b85_raw_is_used_where_x_holds_no_counts_and_it_is_said():
    adata = anndata_of(counts())
    adata.raw = adata.copy()
    adata = adata[:, 2:].copy()
    adata.X = np.log1p(adata.X)
    experiment, messages = read(adata)
    same(experiment, counts(), genes())
    assert "Counts taken from raw.X, which holds whole numbers (X does not)" in messages[0].text
    same(read(adata, settings=InputSettings(layer="raw"))[0], counts(), genes())


def test_anndata_with_a_sheet_of_its_own():
    sheet = sheet_frame().iloc[::-1].rename(columns={"group": "arm"})
    experiment, _ = read(anndata_of(counts()), sheet)
    same(experiment, counts(), genes())
    assert list(experiment.samples["arm"]) == list(sheet["arm"][::-1])
    with pytest.raises(InputError, match="E-SHEET-002"):
        read(anndata_of(counts()), sheet.iloc[:3])


def test_anndata_without_annotation():
    anndata = pytest.importorskip("anndata")
    adata = anndata.AnnData(X=counts().T, obs=pd.DataFrame(index=list(SAMPLES)), var=pd.DataFrame(index=genes()))
    experiment, _ = read(adata)
    same(experiment, counts(), genes())
    with pytest.raises(FoldwiseError, match="E-COUNT-004"):
        values = counts().T.astype(float)
        values[0, 0] = np.nan
        read(anndata.AnnData(X=values, obs=adata.obs, var=adata.var), settings=InputSettings(layer="X"))
