"""Functions of the page's script, called one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from foldwise.report.assets import SCRIPTS, joined
from foldwise.report.embed import array_block, log_block, text_block

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def call(page):
    """Return a function that evaluates an expression with the functions of the page in reach."""
    helpers = joined([name for name in SCRIPTS if name != "app.js"])
    page.driver.get("about:blank")
    return lambda expression, *args: page.run(f"{helpers}; return {expression};", *args)


@pytest.mark.parametrize("dtype", ["u1", "<u2", "<u4", "<f4", "<f8"])
def test_blocks_decode_to_the_same_numbers(call, dtype):
    values = (np.random.default_rng(2).random(1000) * 250).astype(dtype)
    block = array_block("x", values)
    shown = call("[...(await decode(args[0], args[1]))]", block.entry(), block.data)
    assert np.array_equal(np.array(shown, dtype=dtype), values)


def test_text_and_logarithms_decode(call):
    words = ["a", "", "\u2028 <b>", "\U0001f9ec", "x" * 10_000]
    block = text_block("x", words)
    assert call("await decode(args[0], args[1])", block.entry(), block.data) == words
    empty = text_block("x", [])
    assert call("await decode(args[0], args[1])", empty.entry(), empty.data) == []
    values = np.array([1e-8, 0.3, 12.0])
    block = log_block("x", values)
    assert np.allclose(call("[...(await decode(args[0], args[1]))]", block.entry(), block.data), values, rtol=5e-4)


@pytest.mark.parametrize(
    ("text", "value", "kept"),
    [
        ("<0.05", 0.049, True),
        ("<0.05", 0.05, False),
        ("<=0.05", 0.05, True),
        (">= 1", 1, True),
        ("> -1", -0.5, True),
        ("-1..1", -1, True),
        ("-1..1", 1.01, False),
        ("|x|>1", -2, True),
        ("||>1", -2, True),
        ("abs>1", 0.5, False),
        ("\u22121", -1, True),
        ("1e-3", 0.001, True),
        ("5", 5.001, True),
        ("5", 5.1, False),
    ],
)
def test_number_filters(call, text, value, kept):
    assert call("numberFilter(args[0])(args[1])", text, value) is kept


@pytest.mark.parametrize("text", ["", "abc", "<", "<<1", "1..", "..1", "<1;alert(1)", "1 2 3.4.5"])
def test_what_is_no_number_filter_is_refused(call, text):
    assert call("numberFilter(args[0]) === null", text) is True


@pytest.mark.parametrize(
    ("log10", "text"),
    [
        (-2.0, "0.01"),
        (0.0, "1"),
        (math.log10(0.0432), "0.043"),
        (-131.4, "4.0e-132"),
        (-3.0, "1.0e-3"),
        (-5.0001, "1.0e-5"),
    ],
)
def test_p_values(call, log10, text):
    assert call("pText(args[0])", log10) == text


def test_p_values_at_the_ends(call):
    assert call("[pText(NaN), pText(-Infinity), power(-1.0000001e-9 - 7, 5)]") == ["–", "< 1e-307", "1.00000e-7"]


def test_numbers_as_text(call):
    assert call("[number(0), number(997.4), number(12703.2), number(-0.381254), number(1.5e-6), number(NaN)]") == [
        "0",
        "997",
        "12,703",
        "\u22120.381",
        "1.5e-6",
        "–",
    ]
    assert call("[signed(4.574), signed(-0.381), signed(NaN)]") == ["+4.57", "\u22120.38", "–"]


def test_shortest_text_gives_the_same_float(call):
    values = np.random.default_rng(1).normal(0, 1000, 500).astype(np.float32)
    shown = call("args[0].map((v) => shortest(Math.fround(v)))", values.tolist())
    assert np.array_equal(np.array(shown, dtype=np.float32), values)
    assert call("shortest(NaN)") == ""


def test_ticks_are_round(call):
    assert call("ticks(0, 10, 5)") == [0, 2, 4, 6, 8, 10]
    assert call("ticks(-1.2, 1.2, 5)") == [-1, -0.5, 0, 0.5, 1]
    assert call("ticks(3, 3)") == [3]


def test_elements_take_text_as_text(call):
    attack = "<img src=x onerror=window.hacked=1>"
    assert call("h('p', { title: args[0] }, args[0]).title", attack) == attack
    assert call("h('p', {}, args[0]).children.length", attack) == 0
    assert call("s('text', {}, args[0]).children.length", attack) == 0
    assert call("window.hacked ?? null") is None
