"""How long models take inside of databases, beside ONNX Runtime and numpy outside of them.

``python -m benchmarks`` runs; ``python -m benchmarks.calibrate`` measures what the planner
should know.  See docs/performance.md.
"""

import os

THREADS = 2
"""What every contestant may use."""

for _pool in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_pool, str(THREADS))  # read when numpy is first imported
os.environ.setdefault("KERAS_BACKEND", "jax")
