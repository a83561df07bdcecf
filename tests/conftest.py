"""What several files of tests share and is slow to start."""

from __future__ import annotations

import os
import shutil

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
