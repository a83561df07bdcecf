"""What several files of tests share and is slow to start."""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path

import pytest

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


HERE = Path(__file__).parent
SPECS = sorted(
    path for where in ("../specs/*.toml", "../specs/zoo/*.toml", "unrolled/*.toml") for path in HERE.glob(where)
)


def pytest_collection_finish():
    """Collecting garbage, as Keras does each time it begins anew, need not go through all modules and tests again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _where_it_stood():
    """A test that leaves the process in another folder fails, rather than one that comes later."""
    folder = os.getcwd()
    yield
    assert os.getcwd() == folder


@pytest.fixture(params=SPECS, ids=lambda path: path.stem[:40], scope="module")
def graph(request):
    """Every spec that is kept here, the long ones too; some files of tests have nets of their own by that name."""
    from netspec.graph import load

    return load(request.param)


@pytest.fixture
def written(tmp_path):
    """A function that gives the graph of a text."""
    from netspec.graph import load

    def of(text):
        (tmp_path / "net.toml").write_text(text, "utf-8")
        return load(tmp_path / "net.toml")

    return of


@pytest.fixture(scope="module")
def no_report():
    """Training in this file makes no report, here and in what else it sets up once."""
    from train_runs import unreported

    with unreported():
        yield


@pytest.fixture
def canvases(monkeypatch):
    """What matplotlib is asked to save, in that order, so that what is drawn can be compared with what is known."""
    figure, found = pytest.importorskip("matplotlib.figure").Figure, []
    monkeypatch.setattr(figure, "savefig", lambda self, *_, **__: found.append(self))
    return found


@pytest.fixture(scope="session")
def browser():
    """A Chromium without a window, one for all tests: its driver runs once in a process."""
    program = os.environ.get("NETSPEC_BROWSER") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if not program:
        pytest.skip("there is no browser: install Chromium, or let NETSPEC_BROWSER name one")
    api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser, and is not installed")
    with api.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=program, args=QUIET)
        yield running
        running.close()
