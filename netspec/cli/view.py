"""``netspec view``."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from netspec.cli.doors import Failed, allow_large, setting
from netspec.cli.looks import looks


@click.command()
@click.argument("file")
@click.option("--port", type=click.IntRange(1, 65535), help="The port of the page [one that is free].")
@click.option("--no-browser", is_flag=True, help="Only say the address.")
@looks
@allow_large
@setting
def view(
    file: str, port: int | None, no_browser: bool, allow_large: bool, settings: tuple[str, ...], **look: Any
) -> None:
    """Show a spec in the browser, live: edit, save, see.

    Every save of FILE, or of a file that it extends, is drawn anew.  A mistake is shown at its line, over the last
    good picture.  Only this machine can see the page.

    \b
    Example:
      netspec view specs/digits_lenet.toml
    """
    from netspec.draw import DrawError
    from netspec.draw.views import check
    from netspec.view import Asked, serving

    if file == "-":
        raise click.UsageError("standard input is not saved twice: name a file")
    if not Path(file).is_file():
        raise Failed(f"{file}: {'this is a directory, not a spec' if Path(file).is_dir() else 'there is no such file'}")
    try:
        check(look["view"], look["depth"], look["direction"])
    except DrawError as error:
        raise Failed(str(error)) from None
    gc.enable()  # one picture after the other: what the last one left behind must go
    asked = Asked(file, settings, allow_large, **look)
    with stopping() as stopped, ExitStack() as stack:
        try:
            address = stack.enter_context(serving(asked, port or 0))
        except OSError as error:
            raise Failed(f"port {port or 0}: {error.strerror or error}") from None
        click.echo(f"{address}  (Ctrl-C stops)")
        if not no_browser:
            threading.Thread(target=show, args=(address,), daemon=True).start()
        while not stopped.wait(0.5):
            pass
    if threading.active_count() > 1:
        leave()


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, instead of what they do elsewhere."""
    stopped = threading.Event()
    before = {each: signal.signal(each, lambda *_: stopped.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def leave() -> None:
    """End the program at once: Python itself would wait until a picture that is being laid out is finished."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)


def show(address: str) -> None:
    """Open the browser, where there is a screen to open it on."""
    screens = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    is_dark = sys.platform not in ("win32", "darwin") and not any(os.environ.get(each) for each in screens)
    try:
        is_shown = not is_dark and webbrowser.open(address)
    except (webbrowser.Error, OSError):
        is_shown = False
    if not is_shown:
        click.echo("netspec: no browser could be opened; open the address in one", err=True)
