import math

import pytest

from foldwise.stats.zeroin import zeroin


def test_finds_roots_within_the_tolerance() -> None:
    for f, low, high, root in [
        (lambda x: x**3 - 2, 0.0, 3.0, 2 ** (1 / 3)),
        (lambda x: math.cos(x) - x, 0.0, 1.0, 0.7390851332151607),
        (lambda x: math.exp(-x) - 1e-6, 0.0, 100.0, 6 * math.log(10)),
    ]:
        assert zeroin(f, low, high, 1e-13) == pytest.approx(root, abs=1e-12)
        assert zeroin(f, low, high, 1e-3) == pytest.approx(root, abs=1e-3)


def test_root_at_an_end() -> None:
    assert zeroin(lambda x: x - 1, 1.0, 2.0, 1e-9) == 1.0
    assert zeroin(lambda x: x - 2, 1.0, 2.0, 1e-9) == 2.0


def test_stops_early_with_a_loose_tolerance() -> None:
    seen = []

    def f(x: float) -> float:
        seen.append(x)
        return x**5 - 0.1

    zeroin(f, 1e-6, 400.0, 2.0**-13)
    loose = len(seen)
    zeroin(f, 1e-6, 400.0, 1e-14)
    assert loose < len(seen) - loose
