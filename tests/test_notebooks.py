"""The notebooks run, and what they print is what docs/notebooks.md says of them, or less."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

DOCS = Path(__file__).parent.parent / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
SLOW = ("backends",)  # it starts a Keras for each


def differences(notebook: Any) -> list[float]:
    """What the cells of a notebook have printed."""
    said = "".join(
        output.get("text", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    return [float(one) for one in re.findall(r"^largest difference: (\S+)$", said, re.MULTILINE)]


def run(paths: list[Path], folder: Path) -> list[float]:
    """What notebooks print, one after the other in one kernel, as Keras takes long to import."""
    whole = nbformat.v4.new_notebook()
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        whole.cells += [nbformat.v4.new_code_cell("%reset -f"), *notebook.cells]
    for number, cell in enumerate(whole.cells):
        cell.id = f"cell-{number}"
    env = {**os.environ, "KERAS_BACKEND": "jax"}
    env.pop("JAX_ENABLE_X64", None)
    client = NotebookClient(whole, timeout=300, resources={"metadata": {"path": folder}})
    client.execute(env=env)
    return differences(whole)


def test_the_notebooks_run(tmp_path: Path) -> None:
    paths = [path for path in NOTEBOOKS if path.stem not in SLOW]
    found = run(paths, tmp_path)
    assert len(found) == len(paths) == 7
    assert max(found) < 1e-5


@pytest.mark.sweep
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_notebook_runs_by_itself(path: Path, tmp_path: Path) -> None:
    (found,) = run([path], tmp_path)
    assert found < 1e-5


def test_the_page_lists_them_all_with_their_differences() -> None:
    text = (DOCS / "notebooks.md").read_text(encoding="utf-8")
    listed = re.findall(r"\(notebooks/(\w+)\.ipynb\) .*\| (\S+) \|$", text, re.MULTILINE)
    assert sorted(name for name, _ in listed) == [path.stem for path in NOTEBOOKS]
    for name, told in listed:
        path = DOCS / "notebooks" / f"{name}.ipynb"
        assert differences(nbformat.read(path, as_version=4)) == [float(told)]
