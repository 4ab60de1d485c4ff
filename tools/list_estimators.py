"""Write src/keras2sql/read/sklearn/names.py: the estimators that the installed scikit-learn has.

Run it after an update of scikit-learn::

    python tools/list_estimators.py > src/keras2sql/read/sklearn/names.py
"""

from __future__ import annotations

import sklearn
from sklearn.experimental import (  # noqa: F401 - what is experimental counts
    enable_halving_search_cv,
    enable_iterative_imputer,
)
from sklearn.utils import all_estimators


def estimators() -> list[tuple[str, str]]:
    """``(class, module)`` of each estimator of scikit-learn."""
    found = [(name, kind.__module__.split(".")[1]) for name, kind in all_estimators()]
    return sorted(found)


def main() -> None:
    print('"""The estimators of scikit-learn; written by tools/list_estimators.py."""\n')
    print("from __future__ import annotations\n")
    print(f'SKLEARN = "{sklearn.__version__}"\n')
    print("ESTIMATORS: tuple[tuple[str, str], ...] = (")
    for name, module in estimators():
        print(f'    ("{name}", "{module}"),')
    print(")")


if __name__ == "__main__":
    main()
