"""NumPy twin of ``elementwise("log2_nearest")``: logarithms to base 2, rounded to nearest.

TMM ranks log ratios of small whole numbers, many of which are equal or differ by rounding only: a logarithm that is
off by one unit in the last place moves genes across a cut. Here the sum is carried in two doubles (Dekker 1971): the
result is the nearest double in all but about one of a million cases, on every machine.
"""

from __future__ import annotations

from decimal import Context, Decimal
from functools import cache

import numpy as np

Floats = np.ndarray

# Mantissas are compared with multiples of 1/128, so that what is left is below 1/256.
STEPS = 128
SPLITTER = 134217729.0  # 2^27 + 1 cuts a double into two halves whose products are exact
SQRT_HALF = 0.7071067811865476
DIGITS = 50


def log2_nearest(x: Floats) -> Floats:
    """Logarithm to base 2 of positive normal numbers (n,)."""
    mantissa, exponent = np.frexp(x)
    low = mantissa < SQRT_HALF
    mantissa = np.where(low, 2.0 * mantissa, mantissa)
    whole = np.where(low, exponent - 1, exponent).astype(np.float64)
    step = np.rint(mantissa * STEPS)
    base = step / STEPS
    # mantissa = base (1 + q), q in two doubles; the difference and the products with eight-bit bases are exact
    difference = mantissa - base
    q = difference / base
    q_high, q_low = _split(q)
    rest = ((difference - q_high * base) - q_low * base) / base
    natural, natural_rest = _log1p(q, q_high, q_low, rest)
    inverse, inverse_rest, table, table_rest = _constants()
    product, error = _two_product(natural, np.full_like(natural, inverse))
    error = error + (natural * inverse_rest + natural_rest * inverse)
    index = step.astype(np.intp)
    first, left = _two_sum(whole, table[index])
    second, more = _two_sum(first, product)
    return np.asarray(second + (more + (left + (table_rest[index] + error))))


def _log1p(q: Floats, q_high: Floats, q_low: Floats, rest: Floats) -> tuple[Floats, Floats]:
    """ln(1 + q + rest) for abs(q) < 1/256: q - q^2/2 in two doubles, the terms beyond in one."""
    square = q * q
    square_rest = ((q_high * q_high - square) + 2.0 * q_high * q_low) + q_low * q_low + 2.0 * q * rest
    tail = np.zeros_like(q)
    for k in range(9, 2, -1):
        tail = 1.0 / k - q * tail
    value, left = _two_sum(q, -0.5 * square)
    return value, left + (rest - 0.5 * square_rest + square * q * tail)


def _split(x: Floats) -> tuple[Floats, Floats]:
    high = SPLITTER * x
    high = high - (high - x)
    return high, x - high


def _two_sum(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _two_product(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    product = a * b
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


@cache
def _constants() -> tuple[float, float, Floats, Floats]:
    """1 / ln 2 and log2(k / 128) for the k that mantissas can have, each in two doubles."""
    context = Context(prec=DIGITS)
    ln2 = context.ln(Decimal(2))
    inverse = context.divide(Decimal(1), ln2)
    table, rest = np.zeros(2 * STEPS), np.zeros(2 * STEPS)
    for k in range(STEPS // 2, 2 * STEPS):
        exact = context.divide(context.ln(context.divide(Decimal(k), Decimal(STEPS))), ln2)
        table[k] = float(exact)
        rest[k] = float(context.subtract(exact, Decimal(float(table[k]))))
    return float(inverse), float(context.subtract(inverse, Decimal(float(inverse)))), table, rest
