"""The one place that runs Graphviz: which program, in which format, and what went wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

PATIENCE = 120  # seconds

_running: set[subprocess.Popen[bytes]] = set()


class DrawError(Exception):
    """A picture cannot be made; the message says why, and what to do."""


class NoForm(DrawError):
    """The name of a file says no form of a picture."""


class UnknownFormat(DrawError):
    """The engine that was found does not write the format."""


def engine() -> str:
    """The program that lays out: the one that NETSPEC_DOT names, the system's ``dot``, or the bundled one."""
    if named := os.environ.get("NETSPEC_DOT"):
        if found := shutil.which(named):
            return found
        raise DrawError(f"NETSPEC_DOT names {named!r}, which is no program that can be run")
    if found := shutil.which("dot") or _bundled():
        return found
    raise DrawError(
        "there is no Graphviz to draw with: type `pip install graphviz-pure`, or install Graphviz, "
        "or let the environment variable NETSPEC_DOT name its program `dot`"
    )


def _bundled() -> str | None:
    """The program of the distribution graphviz-pure, which need not be on the path."""
    try:
        files = metadata.files("graphviz-pure") or []
    except metadata.PackageNotFoundError:
        return None
    programs = (
        Path(str(file.locate())) for file in files if file.stem == "graphviz-pure" and file.suffix in ("", ".exe")
    )
    return next((str(program.resolve()) for program in programs if program.is_file()), None)


def render(dot: str, form: str, pinned: bool = False, *options: str) -> bytes:
    """``dot`` as a picture of the format that Graphviz calls ``form``.

    Where it is ``pinned``, every node stands where its attribute ``pos`` says, in points.
    """
    program = engine()
    layout = ("-Kneato", "-n") if pinned else ()
    try:
        status, made, complaint = _run([program, *layout, f"-T{form}", *options], dot.encode("utf-8"))
    except subprocess.TimeoutExpired:
        raise DrawError(
            f"{program} has not finished after {PATIENCE} seconds; the model is too large to draw"
        ) from None
    except OSError as error:
        raise DrawError(f"{program} cannot be run: {error.strerror or error}") from None
    said = complaint.decode("utf-8", "replace").strip()
    if "not recognized" in said and "ormat" in said:
        raise UnknownFormat(
            f"{program} cannot write {form.upper()}: install Graphviz (on Debian `apt-get install graphviz`), "
            "or let NETSPEC_DOT name a program that can"
        )
    if status or not made:
        raise DrawError(f"{program} failed with status {status}: {said or 'it said nothing'}")
    return made


def interrupt() -> None:
    """End every layout that is under way, in whatever thread: who waits for it gets a ``DrawError``."""
    for process in list(_running):
        process.kill()


def _run(command: list[str], text: bytes) -> tuple[int, bytes, bytes]:
    """Status, output and complaints of a program that is given ``text``."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        _running.add(process)
        try:
            made, complaint = process.communicate(text, PATIENCE)
        finally:
            _running.discard(process)
            process.kill()
    return process.returncode, made, complaint
