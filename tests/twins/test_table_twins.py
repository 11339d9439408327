"""The reader and the formatter of tables against their Python twins."""

from __future__ import annotations

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import example, given, settings

from foldwise import _kernels
from tests.twins.format_rows import format_rows
from tests.twins.read_counts import read_counts

NUMBERS = st.one_of(
    st.integers(0, 2**33).map(str),
    st.integers(0, 99).map(str),
    st.floats(0, 1e6).map(repr),
    st.sampled_from(["0.0", "5.", ".5", "-3", "1e3", "1E+2", "007", "12345678", "1234567890123456789.5", "4e-320"]),
)
ODD = st.sampled_from(
    [
        *["", "NA", "inf", "nan", "+5", "1,5", "5 ", " 5", "1e", "-", "--1", "1.2.3", str(2**53), str(2**53 + 1)],
        *["1e20", "9" * 18, "9" * 19, "1e-400", "0x10", "1_000", "٣", '"5"', "1\r", "\0"],
    ]
)
NAMES = st.one_of(
    st.text("abé .-#'", max_size=4), st.sampled_from(['"q"', '"a,b"', '"a\tb"', 'a"b', '"a""b"', '"a', "\xa0", ""])
)


@st.composite
def tables(draw) -> tuple[bytes, str]:
    """A table of mostly plain cells."""
    delimiter = draw(st.sampled_from("\t,;"))
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    width = draw(st.integers(1, 4))
    cell = st.one_of(NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, ODD) if draw(st.booleans()) else NUMBERS
    short = draw(st.booleans())
    lines = [[draw(NAMES) for _ in range(width + (not short))]]
    for _ in range(draw(st.integers(0, 5))):
        n = width if draw(st.integers(0, 30)) else width + draw(st.sampled_from([-1, 1]))
        lines.append([draw(NAMES), *(draw(cell) for _ in range(n))])
    text = end.join(delimiter.join(fields) for fields in lines)
    return (text + draw(st.sampled_from(["", end, end + end]))).encode(), delimiter


def agree(data: bytes, delimiter: str, text_columns: list[int], point: bool) -> None:
    kernel = _kernels.read_counts(data, delimiter, 0, text_columns, point)
    twin = read_counts(data, delimiter, 0, text_columns, point)
    assert (kernel["defect"] is None) == (twin["defect"] is None), (data, kernel["defect"], twin["defect"])
    if kernel["defect"] is not None:
        if twin["defect"][2] == "row" and kernel["defect"][0]:
            assert kernel["defect"][0] == twin["defect"][0], (data, kernel["defect"], twin["defect"])
        return
    for key in ("header", "ids", "text"):
        assert kernel[key] == twin[key]
    assert kernel["counts"].dtype == twin["counts"].dtype
    np.testing.assert_array_equal(kernel["counts"], twin["counts"])


@settings(max_examples=300, deadline=None)
@given(tables(), st.booleans())
@example((b"g\ta\nx\t1\n\n\nfoo\t2", "\t"), True)
@example((b"g\ta\nx\t-0\n", "\t"), True)
@example((b"g\ta\nx\t1\n\n\r", "\t"), True)
def test_reader_equals_its_twin(table, point):
    agree(*table, [], point)


@settings(max_examples=300, deadline=None)
@given(tables(), st.sampled_from([[1], [2], [1, 2], [3]]))
def test_reader_with_text_columns_equals_its_twin(table, text_columns):
    agree(*table, text_columns, True)


@settings(max_examples=300, deadline=None)
@given(
    tables(), st.integers(0, 10**6), st.sampled_from([b"\n", b"\t", b",", b'"', b"\r", b"\0", b"9", b"\xff", b"", b"-"])
)
def test_reader_equals_its_twin_after_a_mutation(table, place, piece):
    data, delimiter = table
    place %= len(data) + 1
    agree(data[:place] + piece + data[place + 1 :], delimiter, [], True)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from("\t,;"))
def test_reader_survives_any_bytes(data, delimiter):
    agree(data, delimiter, [], True)


def test_every_prefix_of_a_table():
    data = b'"g",a,b\nx,1,2.5\r\n"y",12345678,3e2\nz,2147483648,0'
    for end in range(len(data) + 1):
        agree(data[:end], ",", [], True)


@pytest.mark.parametrize("width", [1, 2, 3, 9, 200])
def test_reader_of_large_tables(width):
    rng = np.random.default_rng(width)
    values = (10 ** rng.uniform(0, 9.3, size=(300, width))).astype(np.int64)
    lines = ["\t".join([f"g{i}", *map(str, row)]) for i, row in enumerate(values.tolist())]
    data = "\n".join(["\t".join(["id", *(f"s{j}" for j in range(width))]), *lines]).encode()
    parsed = _kernels.read_counts(data, "\t")
    np.testing.assert_array_equal(parsed["counts"], values)
    assert parsed["ids"] == [f"g{i}" for i in range(300)]


def test_reader_takes_any_buffer_and_an_offset():
    data = b"# comment\ng\ta\nx\t5\n"
    for buffer in (data, memoryview(data), bytearray(data), np.frombuffer(data, dtype=np.uint8)):
        assert _kernels.read_counts(buffer, "\t", 10)["counts"].tolist() == [[5]]
    with pytest.raises(ValueError, match="start"):
        _kernels.read_counts(data, "\t", 999)
    with pytest.raises(ValueError, match="delimiter"):
        _kernels.read_counts(data, "\n")
    with pytest.raises(BufferError):
        _kernels.read_counts(memoryview(data)[::2], "\t")


def test_reader_tells_line_field_and_kind_of_the_first_defect():
    assert _kernels.read_counts(b"g\ta\tb\nx\t1\t2\ny\t3\tq\n", "\t")["defect"] == (3, 3, "not a number")
    assert _kernels.read_counts(b"g\ta\tb\nx\t1\t2\ny\t3\n", "\t")["defect"] == (3, 2, "ragged")
    assert _kernels.read_counts(b"g\ta\nx\t9007199254740993\n", "\t")["defect"] == (2, 2, "too large")
    assert _kernels.read_counts(b"g\ta\nx\t1\n\ny\t2\n", "\t")["defect"] == (3, 1, "blank line")


def test_room_is_bounded_by_the_bytes_and_not_by_the_lines():
    data = b"id" + b"\ts" * 50_000 + b"\nx" + b"\t1" * 50_000 + b"\n" * 50_000
    assert _kernels.read_counts(data, "\t")["counts"].shape == (1, 50_000)  # 10 GB if each line had room


FLOATS = st.one_of(
    st.floats(), st.integers(-(2**60), 2**60).map(float), st.floats(1e-6, 1e-3), st.floats(1e14, 1e18), st.floats(0, 1)
)


@settings(max_examples=300, deadline=None)
@given(st.lists(FLOATS, min_size=1, max_size=20))
def test_reals_are_written_as_python_writes_them(values):
    array = np.array(values)
    written = _kernels.format_rows([array], "NA")
    assert written == format_rows([array], "NA")
    for value, line in zip(values, written.decode().split(), strict=True):
        assert line == "NA" if math.isnan(value) else float(line) == value


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.text(max_size=6)),
            st.floats(),
            st.integers(-(2**63), 2**63 - 1),
            st.integers(-1, 2),
        ),
        max_size=8,
    ),
    st.lists(st.text(max_size=5), min_size=3, max_size=3),
    st.sampled_from(["", "NA"]),
)
def test_formatter_equals_its_twin(rows, words, missing):
    text, reals, wholes, codes = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    columns = [
        text,
        np.array(reals, dtype=np.float64),
        np.array(wholes, dtype=np.int64),
        (np.array(codes, dtype=np.int8), words),
        np.array([reals, reals], dtype=np.float64).T.copy(),
        np.array([wholes, wholes], dtype=np.int64).T.copy(),
    ]
    assert _kernels.format_rows(columns, missing) == format_rows(columns, missing)


def test_formatter_takes_other_number_types_and_layouts():
    columns = [
        np.arange(6, dtype=np.int32).reshape(3, 2),
        np.arange(6, dtype=np.float32)[::2],
        np.asfortranarray(np.arange(6.0).reshape(3, 2)),
    ]
    assert _kernels.format_rows(columns) == format_rows(columns)


@pytest.mark.parametrize(
    "columns",
    [
        [["a"], np.array([1.0, 2.0])],
        [(np.array([3], dtype=np.int8), ["a"])],
        [(np.array([0], dtype=np.int8),)],
        [np.zeros((1, 1, 1))],
    ],
)
def test_formatter_refuses_columns_that_do_not_fit(columns):
    with pytest.raises(ValueError):
        _kernels.format_rows(columns)


@pytest.mark.parametrize("columns", [[[1]], [(np.array([0], dtype=np.int8), [b"x"])], ["text"], [object()], [None]])
def test_formatter_refuses_other_types(columns):
    with pytest.raises((TypeError, RuntimeError)):
        _kernels.format_rows(columns)
