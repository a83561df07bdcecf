"""Every block of code in the README and the docs does what the page says, and every generated page is fresh."""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import shutil
import subprocess
import sys
from keyword import iskeyword
from pathlib import Path
from typing import NamedTuple

import click
import pytest
import tomli
import tomli_w
from warm_desk import warm

from netspec.cli import COMMANDS, main
from netspec.graph import load

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "pages").glob("*.md"))]
#: What a fragment of a spec stands in: its own keys win.
AROUND = {"inputs": {"image": [28, 28, 1]}, "layers": ["Flatten", {"name": "digit", "type": "Dense", "units": 10}]}


class Block(NamedTuple):
    """A block of code: the page, the line it begins on, its language, the file it is said to be, its text."""

    page: Path
    line: int
    language: str
    file: str
    text: str


def blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    found = []
    for match in re.finditer(r"(?:`([\w./-]+)`:\n\n)?^```(\w+)\n(.*?)^```$", text, re.M | re.S):
        line = text[: match.start(2)].count("\n") + 1
        found.append(Block(page, line, match[2], match[1] or "", match[3]))
    return found


BLOCKS = [block for page in PAGES for block in blocks(page)]


@pytest.fixture(scope="session")
def desk(tmp_path_factory):
    """A folder with the specs and the files that the pages name, ``netspec`` and this Python on the path."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / "specs", folder / "specs")
    for block in BLOCKS:
        if block.file:
            (folder / block.file).write_text(block.text, "utf-8")
    (folder / ".bin").mkdir()
    program = folder / ".bin" / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    program.chmod(0o755)
    with warm(folder / ".bin" / "netspec"):
        yield folder


def of(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language]


def where(block: Block) -> str:
    return f"{block.page.name}:{block.line}"


def test_blocks_are_found():
    assert {block.language for block in BLOCKS} <= {"toml", "json", "console", "python", "sh", "text"}
    assert len(of("toml")) > 10
    assert len(of("console")) > 5


@pytest.mark.parametrize("block", of("toml"), ids=where)
def test_a_spec_is_good(block, tmp_path):
    said = tomli.loads(block.text)
    path = tmp_path / "spec.toml"
    path.write_text(block.text if "inputs" in said and "layers" in said else tomli_w.dumps({**AROUND, **said}), "utf-8")
    load(path)


@pytest.mark.parametrize("block", of("console"), ids=where)
def test_a_command_prints_what_the_page_shows(block, desk):
    environment = {**os.environ, "PATH": f"{desk / '.bin'}:{os.environ['PATH']}", "COLUMNS": "80"}
    for step in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
        command, _, expected = step.partition("\n")
        done = subprocess.run(
            ["bash", "-c", command], cwd=desk, env=environment, capture_output=True, text=True, timeout=300
        )
        printed = done.stdout + done.stderr
        pattern = r"(?:.*\n)*?".join(map(as_pattern, expected.split("...\n"))) if expected else r"(?:.*\n)*"
        assert re.fullmatch(pattern, printed), f"$ {command}\n{printed}\nis not\n{expected}"


def as_pattern(text: str) -> str:
    """Text as it stands, ``...`` within a line for anything on that line."""
    return re.escape(text).replace(re.escape("..."), ".*")


@pytest.mark.parametrize("block", of("python"), ids=where)
def test_python_runs(block, desk, monkeypatch):
    monkeypatch.chdir(desk)
    exec(compile(block.text, where(block), "exec"), {"__name__": "page"})


def test_the_readme_has_its_two_commands():
    first, second = [block.text for block in of("sh") if block.page.name == "README.md"]
    assert first.rstrip().endswith("netspec train specs/digits_mlp.toml")
    assert " -m pytest " in second, "what .ci/run looks for"


def test_generated_pages_are_fresh():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    stale = [
        path.name for path, text in generate.pages().items() if not path.exists() or path.read_text("utf-8") != text
    ]
    assert stale == [], "python docs/generate.py writes them anew"


def test_every_page_is_in_the_contents():
    nav = (ROOT / "docs" / "mkdocs.yml").read_text("utf-8")
    assert [page.name for page in PAGES[1:] if page.name not in nav] == []


def test_the_site_builds(tmp_path):
    command = [sys.executable, "-W", "ignore", "-m", "mkdocs", "build", "--strict", "--quiet"]
    site = [*command, "-f", str(ROOT / "docs" / "mkdocs.yml"), "-d", str(tmp_path / "site")]
    done = subprocess.run(site, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "site" / "language" / "index.html").exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_s_help_ends_in_an_example(name):
    command = main.get_command(click.Context(main), name)
    assert f"Example:\n  netspec {name} " in inspect.cleandoc(command.epilog)
    assert (ROOT / "netspec" / "cli" / f"{name}{'_' * iskeyword(name)}.py").exists()
