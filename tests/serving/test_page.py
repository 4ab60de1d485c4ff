"""The page in a real browser, against a real server."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers as L
from playwright.sync_api import Browser, Page, expect, sync_playwright

import keras2sql
from serving.conftest import IRIS, MODELS

pytestmark = pytest.mark.xdist_group("browser")  # one server and one browser for all

WAIT = 60_000
WIDTHS = (390, 820, 1400)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    command = [sys.executable, "-m", "keras2sql", "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        line = server.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert found, line
        yield found[0]
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 130
        assert server.stderr.read() == ""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    place = shutil.which("chromium")
    assert place, "install chromium"
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=place, args=["--no-sandbox"])
        yield found
        found.close()


class Visit:
    """A page that is open; what went wrong in it, and whom it asked."""

    def __init__(self, browser: Browser, address: str, **how: Any) -> None:
        self.context = browser.new_context(accept_downloads=True, **how)
        self.page: Page = self.context.new_page()
        self.wrong: list[str] = []
        self.asked: set[str] = set()
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("dialog", lambda dialog: self.wrong.append(dialog.message))
        self.page.on("request", lambda request: self.asked.add(request.url))
        self.page.set_default_timeout(WAIT)
        self.page.goto(address)

    def give(self, path: Path) -> None:
        self.page.set_input_files("#file", path)
        self.page.wait_for_selector("#sql:not([hidden]), #refusal:not([hidden])")
        self.page.wait_for_selector("body:not([aria-busy])")

    def close(self, address: str) -> None:
        """Nothing went wrong, and nobody else was asked."""
        self.context.close()
        assert self.wrong == []
        assert [url for url in self.asked if not url.startswith((address, f"blob:{address}"))] == []

    def cut(self) -> list[str]:
        """What reaches over the edge of the page, beside what scrolls by itself."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll("body *")].filter((one) =>
                 !one.closest("pre, .rows, figure")
                 && one.getBoundingClientRect().right > innerWidth
               ).map((one) => one.outerHTML.slice(0, 80))"""
        )
        return found


@pytest.mark.parametrize("width", WIDTHS)
def test_a_digit_drawn_by_hand(browser: Browser, address: str, width: int) -> None:
    scheme = "dark" if width == WIDTHS[0] else "light"
    visit = Visit(browser, address, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = visit.page
    visit.give(MODELS / "digits.keras")
    assert page.locator("#drawing").evaluate("one => one.naturalHeight") > 300
    assert page.locator("#refusal").is_hidden()
    page.locator("#canvas").scroll_into_view_if_needed()
    box = page.locator("#canvas").bounding_box()
    assert box is not None

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    page.mouse.move(*at(0.3, 0.2))
    page.mouse.down()
    for place in ((0.65, 0.2), (0.4, 0.85)):
        page.mouse.move(*at(*place), steps=6)
    page.mouse.up()
    page.wait_for_selector("#scored:not([hidden])")
    assert page.locator("tr.most th").inner_text() == "dense_2_7"
    assert "numpy" in page.locator("#difference").inner_text()
    assert visit.cut() == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (light == "rgb(251, 251, 250)") == (scheme == "light")
    visit.close(address)


def first_cell(page: Page) -> str:
    return page.locator("#grid input").first.input_value()


def test_the_sql_is_shown_copied_and_saved(browser: Browser, address: str) -> None:
    visit = Visit(browser, address, permissions=["clipboard-read", "clipboard-write"])
    page = visit.page
    page.click("#options summary")
    page.fill("#table", "flowers")
    page.fill("#key", "no")
    visit.give(IRIS)
    written = first_cell(page)
    page.fill("#labels", "setosa, versicolor, virginica")
    page.select_option("#dialect", "sqlite")
    expect(page.locator("#text")).to_contain_text("SQLite", timeout=WAIT)
    page.wait_for_selector("body:not([aria-busy])")
    assert first_cell(page) == written  # rows stay for another database
    labels = ["setosa", "versicolor", "virginica"]
    wanted = keras2sql.convert(IRIS, "sqlite", "flowers", "no", labels=labels).sql
    assert page.locator("#text").text_content() == wanted[:20_000]
    assert page.locator("#text .keyword").count() > 10
    page.click("#copy")
    expect(page.locator("#done")).to_have_text("copied", timeout=WAIT)
    assert page.evaluate("navigator.clipboard.readText()") == wanted
    with page.expect_download() as saved:
        page.click("#save")
    assert saved.value.suggested_filename == "iris.sqlite.sql"
    assert Path(saved.value.path()).read_text(encoding="utf-8") == wanted
    page.click("#score")
    page.wait_for_selector("#scored:not([hidden])")
    assert page.locator("#scores tbody tr").count() == 3
    heads = page.locator("#scores th").all_inner_texts()
    assert heads[0] == "row_number"
    assert "Proba_setosa" in heads
    visit.close(address)


def test_names_are_no_markup(browser: Browser, address: str, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    x = keras.Input((4,), name="<script>alert(2)<!--")
    y = L.Dense(2, name=hostile)(x)
    keras.Model(x, y, name='"><svg onload=alert(3)>').save(tmp_path / "m.keras")
    path = tmp_path / "<b onclick=alert(4)>'\".keras"
    (tmp_path / "m.keras").rename(path)
    visit = Visit(browser, address)
    visit.page.click("#options summary")
    visit.page.fill("#features", "<i>a, b\"c, d'e, ]]>")
    visit.give(path)
    page = visit.page
    page.fill("#features", "<i>a, b\"c, d'e, ]]>")
    page.fill("#labels", f"{hostile}, </td>")
    page.click("#again")
    expect(page.locator("#grid")).to_contain_text("<i>a", timeout=WAIT)
    page.wait_for_selector("body:not([aria-busy])")
    page.click("#score")
    page.wait_for_selector("#scored:not([hidden])")
    assert f"Proba_{hostile}" in page.locator("#scores th").all_inner_texts()
    assert page.locator("#name").inner_text() == '"><svg onload=alert(3)>'
    assert page.locator("body img").count() == 1
    assert page.locator("body script, body svg, body i, body b[onclick]").count() == 0
    assert hostile in str(page.locator("#drawing").get_attribute("alt"))
    visit.close(address)


def test_what_is_no_model_is_told(browser: Browser, address: str, tmp_path: Path) -> None:
    (tmp_path / "no.keras").write_bytes(b"PK\x03\x04 nothing")
    visit = Visit(browser, address)
    visit.give(tmp_path / "no.keras")
    assert "no.keras is damaged" in visit.page.locator("#refusal").inner_text()
    assert visit.page.locator("#sql").is_hidden()
    # The browser itself says that the answer is a refusal.
    assert len(visit.wrong) == 1
    visit.wrong.clear()
    visit.close(address)


def test_a_foreign_page_gets_nothing(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("http://foreign.example/", lambda route: route.fulfill(body="<p>x</p>"))
    page.goto("http://foreign.example/")
    ask = """async (to) => {
      const tried = [];
      for (const kind of ["application/json", "text/plain"])
        for (const mode of ["cors", "no-cors"])
          try {
            const answer = await fetch(to + "model", {
              method: "POST", mode, body: "{}", headers: {"content-type": kind}});
            tried.push(answer.type + answer.status);
          } catch (error) { tried.push("refused"); }
      return tried;
    }"""
    assert set(page.evaluate(ask, address)) <= {"refused", "opaque0"}
    context.close()


def test_a_drawing_opens_as_a_file(browser: Browser, address: str, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from keras2sql.cli.app import app

    place = tmp_path / "iris.svg"
    done = CliRunner().invoke(app, ["inspect", str(IRIS), "-d", "duckdb", "--svg", str(place)])
    assert done.exit_code == 0
    page = browser.new_page()
    page.goto(place.as_uri())
    # Every text is within its box, in the browser's own font.
    apart = page.evaluate(
        """() => [...document.querySelectorAll("g > rect")].flatMap((rect) => {
             const box = rect.getBoundingClientRect();
             return [...rect.parentNode.querySelectorAll("text")].filter((text) => {
               const own = text.getBoundingClientRect();
               return own.left < box.left || own.right > box.right || own.bottom > box.bottom + 1;
             }).map((text) => text.textContent);
           })"""
    )
    assert apart == []
    assert len(list(ET.parse(place).iter("{http://www.w3.org/2000/svg}rect"))) == 5
    page.close()
