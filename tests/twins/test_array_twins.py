"""Kernels of arrays against their twins and against 40-digit arithmetic."""

import mpmath
import numpy as np
import pytest

from foldwise import _kernels
from tests.twins.elementwise import elementwise
from tests.twins.normal_tail import normal_tail

# Digits of R's lgamma and digamma (test vector).
R_X = np.array([0.5, 3.3, 9.99, 12.5, 1e5, 6e6, 1e8])
R_LGAMMA = [
    0.57236494292470008, 0.98709857789473443, 12.779315214350193, 18.734347511936448, 1051287.7089736569,
    87643613.278457493, 1742068066.1038349,
]  # fmt: skip
R_DIGAMMA = [
    -1.9635100260214231, 1.034822489059622, 2.2507003728312012, 2.4851956512749123, 11.512920464961896,
    15.607269943858995, 18.420680738952367,
]  # fmt: skip

RNG = np.random.default_rng(11)
POSITIVE = np.concatenate([np.exp(RNG.uniform(-18, 25, 4000)), RNG.uniform(0.01, 30, 4000), np.arange(1.0, 41)])
REAL = np.concatenate([RNG.uniform(-700, 700, 2000), RNG.normal(0, 1, 2000), RNG.normal(0, 1e-6, 500), [0.0]])
ABOVE_MINUS_ONE = np.concatenate([np.expm1(RNG.uniform(-15, 300, 2000)), RNG.normal(0, 1e-5, 500), [0.0]])
ARGUMENTS = {
    "log": POSITIVE,
    "exp": REAL,
    "log1p": ABOVE_MINUS_ONE,
    "expm1": REAL,
    "lgamma": POSITIVE,
    "digamma": POSITIVE,
    "trigamma": POSITIVE,
    "lgamma_r": POSITIVE,
    "digamma_r": POSITIVE,
    "log2_nearest": POSITIVE,
}
# Relative; of lgamma and digamma relative to max(1, value), because they pass through 0.
TOLERANCES = {"log": 4e-16, "exp": 4e-16, "log1p": 6e-16, "expm1": 6e-16, "trigamma": 1e-14, "log2_nearest": 3e-16}
# Below x = 8 the log gamma function is a difference of numbers up to 10.
ABSOLUTE = {"lgamma": 8e-15}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_elementwise_equals_its_twin(name: str) -> None:
    x = ARGUMENTS[name]
    ours, twin = _kernels.elementwise(name, x), elementwise(name, x)
    if name in TOLERANCES:
        np.testing.assert_allclose(ours, twin, rtol=TOLERANCES[name] + 1e-15, atol=1e-300)
    else:
        assert np.max(np.abs(ours - twin) / np.maximum(1, np.abs(twin))) < ABSOLUTE.get(name, 4e-15)


def test_r_forms_equal_r_bit_for_bit() -> None:
    for function in (_kernels.elementwise, elementwise):
        np.testing.assert_array_equal(function("lgamma_r", R_X), R_LGAMMA)
        np.testing.assert_array_equal(function("digamma_r", R_X), R_DIGAMMA)


EXACT = {
    "log": mpmath.log,
    "exp": mpmath.exp,
    "log1p": lambda x: mpmath.log(1 + x),
    "expm1": lambda x: mpmath.exp(x) - 1,
    "lgamma": mpmath.loggamma,
    "digamma": mpmath.digamma,
    "trigamma": lambda x: mpmath.psi(1, x),
}


@pytest.mark.parametrize("name", EXACT)
def test_elementwise_against_forty_digits(name: str) -> None:
    x = ARGUMENTS[name][:: 1 + len(ARGUMENTS[name]) // 400].copy()
    with mpmath.workdps(40):
        exact = [EXACT[name](mpmath.mpf(v)) for v in x.tolist()]
        ours = [mpmath.mpf(v) for v in _kernels.elementwise(name, x).tolist()]
        errors = [
            abs(a - e) / (abs(e) if name in TOLERANCES else max(1, abs(e))) if a != e else mpmath.mpf(0)
            for a, e in zip(ours, exact, strict=True)
        ]
    assert max(errors) < TOLERANCES.get(name, ABSOLUTE.get(name, 2e-15))


def test_shape_is_kept_and_empty_input_is_fine() -> None:
    x = np.arange(1.0, 13).reshape(3, 4)
    assert _kernels.elementwise("log", x).shape == (3, 4)
    assert _kernels.elementwise("log", np.zeros(0)).shape == (0,)
    with pytest.raises(ValueError, match="unknown"):
        _kernels.elementwise("sinh", x)


Z = np.concatenate([RNG.normal(0, 3, 3000), np.linspace(-40, 40, 2001), [0.0]])


def test_normal_tail_equals_its_twin() -> None:
    (p, log_p), (twin_p, twin_log_p) = _kernels.normal_tail(Z), normal_tail(Z)
    normal = twin_p > 1e-290
    np.testing.assert_allclose(p[normal], twin_p[normal], rtol=1e-12)
    np.testing.assert_allclose(log_p, twin_log_p, rtol=1e-13, atol=2e-16)


def test_normal_tail_against_forty_digits() -> None:
    z = np.concatenate([Z[:100], np.linspace(0, 37, 200), [1e2, 1e3, 1e4]])
    p, log_p = _kernels.normal_tail(z)
    with mpmath.workdps(40):
        for value, ours, ours_log in zip(z.tolist(), p.tolist(), log_p.tolist(), strict=True):
            exact = mpmath.erfc(abs(mpmath.mpf(value)) / mpmath.sqrt(2))
            if exact > 1e-300:
                assert abs(mpmath.mpf(ours) / exact - 1) < 4 * 2.3e-16, value
            log_exact = mpmath.log(exact)
            assert abs(mpmath.mpf(ours_log) - log_exact) <= 4e-16 * max(abs(log_exact), mpmath.mpf(1)), value


def test_missing_values_stay_missing() -> None:
    p, log_p = _kernels.normal_tail(np.array([np.nan]))
    assert np.isnan(p[0])
    assert np.isnan(log_p[0])
