"""The documentation runs: commands, Python blocks, generated tables, and links."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keras2sql.cli.app import app
from keras2sql.dialects import DIALECTS

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
DATABASES = sorted((ROOT / "docs" / "databases").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODULE = re.compile(r"# (\w+\.(?:py|toml))\n")  # the first line of a block that is a file
TOLD_ONLY = {"sh", "py", "yaml"}  # run elsewhere; fragments of the source; files of dbt


def blocks(page: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "page", [p for p in PAGES if blocks(p)], ids=lambda p: str(p.relative_to(ROOT))
)
def test_the_blocks_of_a_page_run(page: Path, workshop: Path) -> None:
    names: dict[str, object] = {}
    for language, text in blocks(page):
        if language in ("python", "toml") and (named := MODULE.match(text)):
            (workshop / named[1]).write_text(text, encoding="utf-8")
        elif language == "python":
            exec(compile(text, str(page), "exec"), names)
        elif language == "bash":
            run(text)
        else:
            assert language in TOLD_ONLY


def run(text: str) -> None:
    for command in text.replace("\\\n", " ").splitlines():
        program, *args = shlex.split(command)
        assert program == "keras2sql"
        done = CliRunner().invoke(app, args)
        assert done.exit_code == 0, f"{command}\n{done.stderr}"


def test_each_database_has_a_page_whose_command_runs(workshop: Path) -> None:
    assert {page.stem for page in DATABASES} == set(DIALECTS)
    run("keras2sql demo --export demo")
    for page in DATABASES:
        [(language, text)] = blocks(page)
        assert language == "bash"
        run(text)
        assert "-- iris: 5 layers" in (workshop / "iris.sql").read_text(encoding="utf-8")
        (workshop / "iris.sql").unlink()


@pytest.mark.parametrize("page", [*PAGES, *DATABASES], ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_generated_tables_are_up_to_date() -> None:
    path = ROOT / "tools" / "make_docs.py"
    spec = importlib.util.spec_from_file_location("make_docs", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for page, text in module.pages().items():
        assert page.read_text(encoding="utf-8") == text, f"run {path.relative_to(ROOT)}"


def test_the_site_is_built_without_warnings(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "WARNING" not in done.stderr
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Quick start" in text
    assert "fonts.googleapis" not in text
    for name in ("graph", "layouts", "barrier"):
        assert (tmp_path / "pictures" / f"{name}.svg").exists()


def test_ci_runs_what_the_readme_says() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    told = [text.strip() for language, text in blocks(ROOT / "README.md") if language == "sh"]
    assert len(told) == 2
    assert told[0].endswith("keras2sql demo")
    assert told[1] == "tools/test"
    # CI takes the blocks from the README itself, as this line of shell does.
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    line = next(line for line in run.splitlines() if line.startswith("commands=$("))
    shown = subprocess.run(
        ["bash", "-c", f'{line}; printf %s "$commands"'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [text for text in shown.stdout.splitlines() if text] == told
    assert 'bash -euxo pipefail -c "$commands"' in run
    assert "Python 3.10 to 3.13" in readme
