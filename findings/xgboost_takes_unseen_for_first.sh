#!/usr/bin/env bash
# Guess: a category that XGBoost has not seen raises an error (the library holds the message "Found a
# category not in the training set"), or counts as one that no split has chosen, as its manual says of
# codes beyond the known ones ("Miscellaneous").
# What happens: recoding takes it, silently, for the first category of the column: the prediction is
# that of a row with that one, whatever the order in which the new frame lists its categories.
# Versions: xgboost-cpu 3.2.0, pandas 3.0.0; Python 3.11.
# Source: https://xgboost.readthedocs.io/en/stable/tutorials/categorical.html
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/predict.py" <<'PYTHON'
import numpy as np
import pandas as pd
import xgboost

known = ["w", "x", "y", "z"]
codes = np.random.default_rng(0).integers(0, 4, 300)
rows = pd.DataFrame({"kind": pd.Categorical.from_codes(codes, known)})
model = xgboost.XGBRegressor(enable_categorical=True, n_estimators=30, learning_rate=1.0)
model.fit(rows, codes.astype(float))


def predicted(value, listed):
    frame = pd.DataFrame({"kind": pd.Categorical([value], categories=listed)})
    return round(float(model.predict(frame)[0]), 2)


print(xgboost.__version__)
print("known  ", [predicted(one, known) for one in known])
unseen = [predicted("new", listed) for listed in (["new"], ["x", "new"], [*known, "new"])]
print("unseen ", unseen)
print("missing", predicted(np.nan, known))
assert unseen == [predicted("w", known)] * 3
assert predicted(np.nan, known) != unseen[0]
PYTHON
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet xgboost-cpu==3.2.0 pandas==3.0.0 scikit-learn==1.9.1
"$folder/venv/bin/python" "$folder/predict.py"
