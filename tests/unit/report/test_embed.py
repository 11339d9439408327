from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foldwise.report.embed import (
    array_block,
    compress,
    decode,
    float_block,
    log_block,
    safe_json,
    shuffle_bytes,
    smallest_unsigned,
    text_block,
    unshuffle_bytes,
)


@pytest.mark.parametrize("dtype", ["u1", "<u2", "<u4", "<f4", "<f8"])
@pytest.mark.parametrize("shape", [(0,), (1,), (7,), (5, 3)])
def test_array_blocks_round_trip(dtype, shape):
    values = (np.random.default_rng(0).random(shape) * 200).astype(dtype)
    block = array_block("x", values)
    back = decode(block)
    assert back.shape == shape
    assert np.array_equal(back, values)


def test_shuffle_puts_first_bytes_first():
    values = np.array([0x0102, 0x0304], dtype="<u2")
    assert shuffle_bytes(values) == bytes([0x02, 0x04, 0x01, 0x03])
    assert np.array_equal(unshuffle_bytes(shuffle_bytes(values), values.dtype), values)


def test_shuffle_of_big_endian_is_little_endian():
    values = np.array([1, 256, 70000], dtype=">u4")
    assert shuffle_bytes(values) == shuffle_bytes(values.astype("<u4"))


def test_blocks_are_gzip_and_the_same_on_every_run():
    import base64

    first, second = compress(b"abc" * 100), compress(b"abc" * 100)
    assert first == second
    assert gzip.decompress(base64.b64decode(first)) == b"abc" * 100


@pytest.mark.parametrize(
    ("top", "dtype"),
    [(0, "u1"), (255, "u1"), (256, "<u2"), (65535, "<u2"), (65536, "<u4"), (2**32 - 1, "<u4"), (2**32, "<f8")],
)
def test_counts_take_the_smallest_type_that_holds_their_maximum(top, dtype):
    stored = smallest_unsigned(np.array([0, top], dtype=np.float64))
    assert stored.dtype == np.dtype(dtype)
    assert stored[1] == top


def test_fractional_counts_stay_as_they_are():
    values = np.array([0.5, 3.25])
    assert np.array_equal(smallest_unsigned(values), values)


def test_empty_counts():
    assert smallest_unsigned(np.zeros((0, 3), dtype=np.int32)).shape == (0, 3)


def test_log_blocks_keep_four_digits_and_missing_values():
    values = np.array([1e-8, 1e-3, 0.5, 10.0, np.nan, 0.0])
    back = decode(log_block("x", values))
    assert np.allclose(back[:4], values[:4], rtol=5e-4)
    assert np.isnan(back[4:]).all()


def test_log_block_of_one_value_and_of_none():
    assert decode(log_block("x", np.array([2.0])))[0] == pytest.approx(2.0)
    assert np.isnan(decode(log_block("x", np.array([np.nan])))).all()


def test_float_block_is_single_precision():
    block = float_block("x", np.array([1 / 3, np.nan, np.inf]))
    assert block.dtype == "f4"
    assert decode(block)[0] == np.float32(1 / 3)


@given(st.lists(st.text(max_size=20)))
def test_text_rows_stay_rows(values):
    assert len(decode(text_block("x", values))) == len(values)


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=20), min_size=1
    )
)
def test_text_round_trips(values):
    assert decode(text_block("x", values)) == values


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_safe_json_cannot_end_a_script_and_is_json(value):
    text = safe_json(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == json.loads(json.dumps(value).encode("utf-8", "replace").decode()) or "?" in text


def test_safe_json_refuses_numbers_that_json_lacks():
    with pytest.raises(ValueError, match="JSON"):
        safe_json({"x": float("nan")})
