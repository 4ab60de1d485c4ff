"""Take the pictures of pages and notebooks in the documents: ``python tools/make_screenshots.py``.

It needs Chromium and what the tests need.  What is shown is what the program itself gives.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

import keras2sql

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
DEMO = Path(str(files("keras2sql").joinpath("demo")))

# As a notebook of Jupyter has them.
STYLE = """
body { margin: 0; padding: 18px 22px; background: #fff; color: #1d2129;
  font: 14px/1.45 system-ui, sans-serif; }
.in { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; white-space: pre;
  padding: 9px 12px; margin: 0 0 10px;
  background: #f5f6f8; border: 1px solid #e1e4e9; border-radius: 4px; }
.in b { font-weight: 600; color: #2463c4; }
table { border: 0; border-collapse: collapse; font-size: 13px; margin: 6px 0; }
th, td { padding: 4px 10px; text-align: right; border: 0; }
tbody tr:nth-child(odd) { background: #f5f6f8; }
thead th { border-bottom: 1px solid #98a2b3; }
pre { font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace;
  max-height: 300px; overflow: hidden; margin: 6px 0; }
p { margin: 4px 0; }
"""
INSPECT = """import keras2sql

model = "iris.keras"
keras2sql.inspect(model)"""
PROGRAM = """program = keras2sql.convert(
    model, dialect="duckdb", table="iris", key="id",
    features=["sepal_length", "sepal_width", "petal_length", "petal_width"],
    labels=["setosa", "versicolor", "virginica"],
)
program"""
RUN = """scores = program.run("duckdb:///iris.duckdb")
scores.drop(columns=[name for name in scores if name.startswith("Log")]).head()"""


def cells() -> list[tuple[str, str, str]]:
    """Name, code and output of the first three things that one types."""
    from keras2sql import demo

    with tempfile.TemporaryDirectory() as folder:
        demo.export(Path(folder))
        model = Path(folder) / "iris.keras"
        columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
        labels = ["setosa", "versicolor", "virginica"]
        program = keras2sql.convert(model, "duckdb", "iris", "id", features=columns, labels=labels)
        scores = program.run(f"duckdb:///{folder}/iris.duckdb")
        found = scores.drop(columns=[name for name in scores if name.startswith("Log")]).head()
        shown: list[Any] = [keras2sql.inspect(model), program, found]
    outputs = [one._repr_html_() for one in shown]
    outputs[1] = outputs[1].replace("<details>", "<details open>")
    return list(zip(("inspect", "program", "run"), (INSPECT, PROGRAM, RUN), outputs, strict=True))


def notebook(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 860, "height": 100}, device_scale_factor=1.5)
    for number, (name, code, output) in enumerate(cells(), 1):
        text = code.replace("&", "&amp;").replace("<", "&lt;")
        page.set_content(
            f"<style>{STYLE}</style><div class=in><b>[{number}]</b> "
            f"{text.replace(chr(10), chr(10) + '    ')}</div>{output}"
        )
        page.screenshot(path=PICTURES / f"notebook_{name}.png", full_page=True)
    page.close()


def served(browser: Browser) -> None:
    command = [sys.executable, "-m", "keras2sql", "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        found = re.search(r"http://\S+/", server.stderr.readline())
        assert found is not None
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        page.goto(found[0])
        page.set_input_files("#file", ROOT / "examples" / "models" / "digits.keras")
        page.wait_for_selector("#sql:not([hidden])")
        page.locator("#canvas").scroll_into_view_if_needed()
        box = page.locator("#canvas").bounding_box()
        assert box is not None
        stroke = ((0.3, 0.2), (0.65, 0.2), (0.4, 0.85))
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=8)
        page.mouse.up()
        page.wait_for_selector("#scored:not([hidden])")
        page.screenshot(path=PICTURES / "page.png", full_page=True)
        page.close()
        server.terminate()


if __name__ == "__main__":
    place = shutil.which("chromium")
    assert place, "install chromium"
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=place, args=["--no-sandbox"])
        notebook(opened)
        served(opened)
        opened.close()
