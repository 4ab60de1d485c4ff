"""The quantiles of the normal distribution.

Wichura, Algorithm AS 241: The percentage points of the normal distribution, Applied Statistics
37 (1988), routine PPND16, which is exact to about 1 part in 10^16.
"""

from __future__ import annotations

from collections.abc import Sequence

from keras2sql.graph import expr as ex
from keras2sql.graph.expr import Expr, X, as_expr, maximum, where

_A = (
    3.3871328727963666080e0,
    1.3314166789178437745e2,
    1.9715909503065514427e3,
    1.3731693765509461125e4,
    4.5921953931549871457e4,
    6.7265770927008700853e4,
    3.3430575583588128105e4,
    2.5090809287301226727e3,
)
_B = (
    1.0,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3,
)
_C = (
    1.42343711074968357734e0,
    4.63033784615654529590e0,
    5.76949722146069140550e0,
    3.64784832476320460504e0,
    1.27045825245236838258e0,
    2.41780725177450611770e-1,
    2.27238449892691845833e-2,
    7.74545014278341407640e-4,
)
_D = (
    1.0,
    2.05319162663775882187e0,
    1.67638483018380384940e0,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9,
)
_E = (
    6.65790464350110377720e0,
    5.46378491116411436990e0,
    1.78482653991729133580e0,
    2.96560571828504891230e-1,
    2.65321895265761230930e-2,
    1.24266094738807843860e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7,
)
_F = (
    1.0,
    5.99832206555887937690e-1,
    1.36929880922735805310e-1,
    1.48753612908506148525e-2,
    7.86869131145613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15,
)
_LEAST = 1e-300


def _polynomial(coefficients: Sequence[float], x: Expr) -> Expr:
    found = as_expr(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        found = found * x + coefficient
    return found


def _quotient(above: Sequence[float], below: Sequence[float], x: Expr) -> Expr:
    return _polynomial(above, x) / _polynomial(below, x)


def _quantile() -> Expr:
    q = X - 0.5
    middle = q * _quotient(_A, _B, 0.180625 - q * q)
    tail = maximum(where(q < 0.0, X, 1.0 - X), _LEAST)
    root = ex.sqrt(-ex.log(tail))
    far = where(root <= 5.0, _quotient(_C, _D, root - 1.6), _quotient(_E, _F, root - 5.0))
    return where(abs(q) <= 0.425, middle, where(q < 0.0, -far, far))


QUANTILE: Expr = _quantile()
"""The number below which a share `X` of the normal distribution lies; far out for 0 and for 1."""
