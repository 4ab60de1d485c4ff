"""Fits the polynomial of `keras2sql.lower.identities` that gives erf.

Chebyshev interpolation of ``log(erfc(x) / t) + x^2`` with t = 2 / (2 + x) over 0 <= x <= 6,
in the variable u that maps t onto -1 .. 1, in 50 digits, rewritten in powers of u.
Needs mpmath.  Prints the coefficients and the largest error of erf in double precision.
"""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np

DEGREE = 20
mp.mp.dps = 50
LOW = mp.mpf(1) / 4  # t at x = 6


def target(u: mp.mpf) -> mp.mpf:
    t = (u + 1) / 2 * (1 - LOW) + LOW
    x = 2 / t - 2
    return mp.log(mp.erfc(x) / t) + x * x


def coefficients(degree: int) -> list[float]:
    nodes = [mp.cos(mp.pi * (2 * k + 1) / (2 * (degree + 1))) for k in range(degree + 1)]
    values = [target(u) for u in nodes]
    matrix = mp.matrix(degree + 1, degree + 1)
    for i, u in enumerate(nodes):
        for j in range(degree + 1):
            matrix[i, j] = u**j
    return [float(c) for c in mp.lu_solve(matrix, mp.matrix(values))]


def main() -> None:
    fitted = coefficients(DEGREE)
    x = np.linspace(0, 7, 200_001)
    size = np.minimum(x, 6.0)
    t = 2.0 / (2.0 + size)
    u = (t - 0.625) / 0.375
    p = np.polyval(fitted[::-1], u)
    error = 1.0 - t * np.exp(p - size * size) - np.vectorize(math.erf)(x)
    print(f"largest error {np.abs(error).max():.2e}")
    for c in fitted:
        print(f"    {c!r},")


if __name__ == "__main__":
    main()
