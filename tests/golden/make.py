"""Write the golden files anew: ``python tests/golden/make.py``; then read the diff."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from golden.networks import texts

if __name__ == "__main__":
    for path, text in texts():
        path.write_text(text, encoding="utf-8")
        print(path.name)
