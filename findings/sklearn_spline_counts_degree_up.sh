#!/usr/bin/env bash
# Guess: SplineTransformer treats its columns alike, so that a column beyond the knots is continued
# by the same line whether it is the first of a table or the second.
# What happens: with extrapolation="linear" and degree 0 or 1, transform counts the degree up by one
# in its loop over the columns; from the second on the lines begin a knot further inside, and what
# lies between is continued, too, instead of interpolated: the same numbers give other splines.
# Versions: scikit-learn 1.9.1; Python 3.11.
# Source: sklearn/preprocessing/_polynomial.py, SplineTransformer.transform (`degree += 1`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/transform.py" <<'PYTHON'
import numpy as np
import sklearn
from sklearn.preprocessing import SplineTransformer

column = np.linspace(0.0, 3.0, 13)
rows = np.stack([column, column], axis=1)
model = SplineTransformer(n_knots=4, degree=1, extrapolation="linear").fit(rows)
first, second = np.hsplit(model.transform([[0.5, 0.5], [3.5, 3.5]]), 2)
print(sklearn.__version__)
print("first column ", first.round(3).tolist())
print("second column", second.round(3).tolist())
assert not np.allclose(first, second)
constant = model.set_params(extrapolation="continue").fit(rows).transform([[0.5, 0.5]])
assert np.allclose(constant[:, :4], constant[:, 4:])
PYTHON
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet scikit-learn==1.9.1
"$folder/venv/bin/python" "$folder/transform.py"
