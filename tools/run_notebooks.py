"""Run the notebooks of docs/notebooks and keep what they show: ``python tools/run_notebooks.py``.

It also writes the largest differences into docs/notebooks.md.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

DOCS = Path(__file__).parent.parent / "docs"


def run(path: Path) -> str:
    """Execute a notebook in its place; the difference that it prints."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": path.parent}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # when it ran
    nbformat.write(notebook, path)
    said = "".join(
        output.get("text", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    (found,) = re.findall(r"^largest difference: (\S+)$", said, re.MULTILINE)
    return str(found)


if __name__ == "__main__":
    page = DOCS / "notebooks.md"
    text = page.read_text(encoding="utf-8")
    for notebook in sorted((DOCS / "notebooks").glob("*.ipynb")):
        start = time.perf_counter()
        found = run(notebook)
        print(f"{notebook.name}: {found}, {time.perf_counter() - start:.0f} s")
        row = rf"(\| \[[^]]*\]\(notebooks/{notebook.name}\) .*\| )\S+ \|$"
        text, count = re.subn(row, rf"\g<1>{found} |", text, flags=re.MULTILINE)
        assert count == 1, notebook
    page.write_text(text, encoding="utf-8")
