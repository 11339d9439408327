"""Tables of any content: both readers agree, every dialect gives the same table, and nothing but sentences escapes."""

from __future__ import annotations

import gzip

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from foldwise.errors import FoldwiseError
from foldwise.io import table_reader
from foldwise.io.read import read
from foldwise.io.table_reader import read_table, read_text
from foldwise.io.write_text import table_bytes
from foldwise.model.spec import InputSettings

QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAME = st.text("abcXYZ019é样 .-_#'\"@=+", min_size=1, max_size=6).map(str.strip).filter(bool)


@st.composite
def experiments(draw) -> tuple[list[str], list[str], np.ndarray]:
    """Unique gene and sample names and counts."""
    samples = draw(st.lists(NAME.map(lambda n: f"s{n}"), min_size=2, max_size=4, unique=True))
    genes = draw(st.lists(NAME.map(lambda n: f"g{n}"), min_size=1, max_size=6, unique=True))
    cell = st.integers(0, 2**33)
    rows = draw(
        st.lists(st.lists(cell, min_size=len(samples), max_size=len(samples)), min_size=len(genes), max_size=len(genes))
    )
    return genes, samples, np.array(rows)


def delimited(genes, samples, values, sep: str, end: str, quote: bool, corner: bool) -> str:
    def shown(name: str) -> str:
        return '"' + name.replace('"', '""') + '"' if quote or sep in name or '"' in name else name

    head = [shown(name) for name in (["gene_id", *samples] if corner else samples)]
    rows = [[shown(gene), *map(str, row)] for gene, row in zip(genes, values.tolist(), strict=True)]
    return end.join(sep.join(row) for row in [head, *rows]) + end


@QUIET
@given(
    experiments(),
    st.sampled_from(["\t", ",", ";"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.booleans(),
)
def test_m12_every_dialect_gives_the_same_table(tmp_path, data, sep, end, quote, corner, codec, packed):
    genes, samples, values = data
    content = delimited(genes, samples, values, sep, end, quote, corner).encode(codec)
    path = tmp_path / "t.csv"
    path.write_bytes(gzip.compress(content) if packed else content)
    table = read_table(path, frozenset(samples).__contains__)
    assert table.row_names == genes
    assert table.column_names == samples
    np.testing.assert_array_equal(table.values, values)


@QUIET
@given(experiments())
def test_m66_write_read_write(tmp_path, data):
    genes, samples, values = data
    written = table_bytes(["gene_id", *samples], [genes, values])
    path = tmp_path / "t.tsv"
    path.write_bytes(written)
    table = read_table(path, frozenset(samples).__contains__)
    assert table_bytes([table.corner, *table.column_names], [table.row_names, table.values.astype(np.int64)]) == written


@QUIET
@given(experiments(), st.randoms(use_true_random=False), st.booleans())
def test_m3_m19_order_of_the_sheet_and_orientation_do_not_matter(tmp_path, data, random, turned):
    genes, samples, values = data
    assume(not set(genes) & set(samples) and values.sum(axis=0).all())
    if turned:
        content = table_bytes(["sample", *genes], [samples, np.ascontiguousarray(values.T)])
    else:
        content = table_bytes(["gene_id", *samples], [genes, values])
    (tmp_path / "c.tsv").write_bytes(content)
    order = list(samples)
    random.shuffle(order)
    (tmp_path / "s.tsv").write_bytes(table_bytes(["sample", "group"], [order, [f"of {name}" for name in order]]))
    experiment, _ = read(tmp_path / "c.tsv", tmp_path / "s.tsv")
    np.testing.assert_array_equal(experiment.counts, values)
    assert list(experiment.samples.index) == samples
    assert list(experiment.samples["group"]) == [f"of {name}" for name in samples]
    assert list(experiment.genes.index) == genes


CELL = st.one_of(
    st.integers(0, 3000).map(str),
    st.sampled_from(
        ["0.5", "NA", "", "inf", "-1", "1e3", "x", "1,5", " 7", '"8"', "9.", str(2**53 + 1), "1e999", "\0"]
    ),
)


@st.composite
def messy(draw) -> bytes:
    """A table with odd cells, and sometimes bytes that do not belong there."""
    sep = draw(st.sampled_from(["\t", ",", ";", " "]))
    width = draw(st.integers(1, 4))
    name = st.one_of(NAME, st.sampled_from(["", '"a b"', "# x", "1-Mar", '"', "gene_name"]))
    plain = draw(st.booleans())
    cell = st.integers(0, 3000).map(str) if plain else CELL
    lines = [sep.join(draw(st.lists(name, min_size=width, max_size=width + 1)))]
    for _ in range(draw(st.integers(0, 6))):
        lines.append(sep.join([draw(name), *draw(st.lists(cell, min_size=width, max_size=width))]))
    content = (
        draw(st.sampled_from(["\n", "\r\n"])).join(lines).encode(draw(st.sampled_from(["utf-8", "utf-16", "utf-8"])))
    )
    if draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(0, len(content)))
        content = content[:place] + draw(st.binary(max_size=3)) + content[place + draw(st.integers(0, 3)) :]
    return content


@settings(QUIET, max_examples=250)
@given(messy())
def test_any_text_is_read_or_refused_with_a_sentence(tmp_path, content):
    path = tmp_path / "t.tsv"
    path.write_bytes(content)
    for settings_ in (InputSettings(), InputSettings(round=True, drop_na=True, duplicates="suffix", intersect=True)):
        for samples in (None, path):
            try:
                experiment, _ = read(path, samples, settings=settings_)
            except FoldwiseError as error:
                assert error.id[:2] == "E-"
                assert error.exit_code in (2, 3)
                assert str(error).isprintable()
                continue
            assert np.isfinite(experiment.counts).all()
            assert (experiment.counts >= 0).all()
            assert experiment.genes.index.is_unique


@settings(QUIET, max_examples=200)
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_read_or_refused_with_a_sentence(tmp_path, content, packed):
    path = tmp_path / "t.tsv"
    path.write_bytes(gzip.compress(content) if packed else content)
    for call in (lambda: read(path), lambda: read(path, path)):
        try:
            call()
        except FoldwiseError as error:
            assert error.exit_code in (2, 3)


@settings(QUIET, max_examples=250)
@given(messy())
def test_both_readers_give_one_table(tmp_path, content):
    path = tmp_path / "t.tsv"
    path.write_bytes(content)
    try:
        text = read_text(path)
    except FoldwiseError:
        return
    if text.layout.delimiter is None:
        return
    try:
        strict = table_reader._strict(text, None)
    except FoldwiseError as error:
        with pytest.raises(FoldwiseError, match=error.id):
            table_reader._lenient(text, None)
        return
    if strict is None:
        return
    lenient = table_reader._lenient(text, None)
    assert strict.row_names == lenient.row_names
    assert strict.column_names == lenient.column_names
    assert strict.corner == lenient.corner
    assert strict.annotation == lenient.annotation
    assert strict.lines.tolist() == lenient.lines.tolist()
    np.testing.assert_array_equal(strict.values, lenient.values)
    assert not lenient.bad_cells


@pytest.mark.parametrize("fraction", [0.5, 0.9, 0.99])
def test_a_truncated_gzip_never_gives_a_table(tmp_path, fraction):
    rng = np.random.default_rng(2)
    genes, samples = [f"g{i}" for i in range(500)], ["a", "b", "c"]
    packed = gzip.compress(table_bytes(["gene_id", *samples], [genes, rng.integers(0, 9999, (500, 3))]))
    path = tmp_path / "t.tsv.gz"
    path.write_bytes(packed[: int(len(packed) * fraction)])
    with pytest.raises(FoldwiseError, match="E-FILE-003"):
        read_table(path)
