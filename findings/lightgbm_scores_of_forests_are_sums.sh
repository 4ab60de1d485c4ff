#!/usr/bin/env bash
# Guess: the probability that LightGBM predicts is the sigmoid of what raw_score=True gives (and of
# its decision_function, since 4.7), as it is for boosted trees.
# What happens: with boosting_type="rf" the probability is made of the mean of the trees, the raw
# score is their sum: the same model says 0.9 and a score whose sigmoid is 0.9999999.
# Versions: lightgbm 4.7.0, scikit-learn 1.9.1; Python 3.11.
# Source: src/boosting/gbdt_prediction.cpp, GBDT::PredictRaw beside GBDT::Predict (average_output_).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/score.py" <<'PYTHON'
import lightgbm
import numpy as np
from sklearn.datasets import load_breast_cancer

rows, target = load_breast_cancer(return_X_y=True)
bags = {"bagging_freq": 1, "bagging_fraction": 0.6, "n_estimators": 8, "verbose": -1}
print(lightgbm.__version__)
for kind in ("gbdt", "rf"):
    model = lightgbm.LGBMClassifier(boosting_type=kind, **bags).fit(rows, target)
    score, proba = model.decision_function(rows), model.predict_proba(rows)[:, 1]
    alike = {n: np.allclose(1 / (1 + np.exp(-score / n)), proba) for n in (1, 8)}
    print(kind, "score", score[:2].round(3), "probability", proba[:2].round(3), alike)
    assert alike == {1: kind == "gbdt", 8: kind == "rf"}
PYTHON
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet lightgbm==4.7.0 scikit-learn==1.9.1
"$folder/venv/bin/python" "$folder/score.py"
