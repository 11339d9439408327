"""Print the coefficients of the logarithm of a ratio in ``cpp/special.hpp`` (`log_of_split`).

With s = (u - v)/(u + v), ln(u/v) = 2 atanh(s) = 2 s + s^3 Q(s^2). The script finds the polynomial of degree 6 that is
nearest to Q over |s| <= tanh(ln(2) 0.58607/2) by the exchange algorithm of Remez, the error weighted by s^2 to be
relative to s. 0.58607 is one half plus the largest distance of log2(1 + m) from m, since the exponent k is rounded from
the bits of u and v.
"""

from __future__ import annotations

import mpmath as mp

DEGREE = 6
ROUNDS = 12


def remainder(z: mp.mpf) -> mp.mpf:
    """Q(z), z = s^2."""
    if z == 0:
        return mp.mpf(2) / 3
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) / s - 2) / z


def weight(z: mp.mpf) -> mp.mpf:
    """What turns an error of Q into one relative to s."""
    return max(z, mp.mpf("1e-6"))


def solve(points: list[mp.mpf]) -> list[mp.mpf]:
    """Coefficients whose weighted error has one size and alternating signs at the points."""
    n = len(points)
    system, right = mp.matrix(n, n), mp.matrix(n, 1)
    for i, z in enumerate(points):
        for j in range(n - 1):
            system[i, j] = z**j
        system[i, n - 1] = (-1) ** i / weight(z)
        right[i] = remainder(z)
    return list(mp.lu_solve(system, right))[: n - 1]


def extremes(errors: list[mp.mpf]) -> list[int]:
    """Positions of the largest error of each run of one sign."""
    found: list[int] = []
    for i, error in enumerate(errors):
        if found and mp.sign(errors[found[-1]]) == mp.sign(error):
            if abs(error) > abs(errors[found[-1]]):
                found[-1] = i
        elif error != 0:
            found.append(i)
    return found


def main() -> None:
    """Print the coefficients, lowest power first, and the largest error."""
    mp.mp.dps = 40
    low, high = mp.mpf("1e-9"), mp.tanh(mp.log(2) * mp.mpf("0.58607134") / 2) ** 2
    points = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * i / (DEGREE + 1)) for i in range(DEGREE + 2)]
    grid = [low + (high - low) * i / mp.mpf(4000) for i in range(4001)]
    for _ in range(ROUNDS):
        coefficients = solve(points)
        errors = [(mp.polyval(coefficients[::-1], z) - remainder(z)) * weight(z) for z in grid]
        peaks = extremes(errors)
        if len(peaks) != DEGREE + 2:
            break
        points = [grid[i] for i in peaks]
    print([mp.nstr(c, 18) for c in coefficients], "error relative to s:", mp.nstr(max(map(abs, errors)), 3))


if __name__ == "__main__":
    main()
