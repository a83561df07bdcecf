"""A network to a file: written aside, read back, run beside the model, and only then put in its place."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from netspec.keras.exporting.check import compared, samples, tolerance
from netspec.keras.exporting.fault import ExportError, first_line
from netspec.keras.exporting.formats import Format, format_of
from netspec.keras.exporting.network import Arrays, Network
from netspec.keras.exporting.saved_model import MARK
from netspec.keras.quiet import muted
from netspec.problems import plain
from netspec.source import put


@dataclass(frozen=True)
class Exported:
    """What was written: the format's name, the file or folder, its size, and how far its results are from Keras'.

    Both figures are shares of the largest number in an output.
    """

    format: str
    file: Path
    bytes: int
    largest_difference: float
    tolerance: float


def export(network: Network, path: Path, form: str | None = None, force: bool = False) -> Exported:
    """Write ``network`` to ``path`` in the format that its name ends in, or the one called ``form``.

    ``ExportError`` where the format cannot express a layer, where the file is there already and not ``force``, where
    it cannot be written, or where what was written gives other numbers; nothing is left behind then, and what was
    there stays.  ``NotInstalled`` where a package is missing.
    """
    chosen = format_of(path, form)
    chosen.check(network)
    _check_place(path, chosen, force)
    with _quiet():
        expected = _expected(network)
        with _aside(path) as folder:
            new = folder / path.name
            with _told(f"{chosen.label} cannot hold this network", folder):
                chosen.write(network, new)
            with _told(f"{chosen.label} cannot be run as it was written", folder):
                found = compared(expected, chosen.read(network, new))
            allowed = tolerance(network.graph, chosen.tolerance)
            if not found <= allowed:
                message = f"its results differ from Keras' by {found:.1e} of an output's largest number"
                raise ExportError(f"{chosen.label}: {message}, more than {allowed:.0e}: nothing was written")
            size = _kept(new)
            _place(new, path)
    return Exported(chosen.name, path, size, found, allowed)


def _expected(network: Network) -> list[tuple[Arrays, Arrays]]:
    run = network.running()
    try:
        return [(inputs, run(inputs)) for inputs in samples(network.graph)]
    except Exception as error:  # a layer may refuse any numbers
        raise ExportError(f"Keras cannot run the network on random inputs: {first_line(error)}") from None


@contextmanager
def _told(failed: str, folder: Path) -> Iterator[None]:
    """What a converter or a runtime raises, of whatever class, is one sentence that names no passing folder."""
    try:
        yield
    except (ExportError, OSError, MemoryError):
        raise
    except Exception as error:
        raise ExportError(f"{failed}: {first_line(error).replace(f'{folder}{os.sep}', '')}") from None


def _check_place(path: Path, chosen: Format, force: bool) -> None:
    """``ExportError`` where something is in the way."""
    name = plain(str(path))
    if not path.name or not path.parent.is_dir():
        raise ExportError(f"{plain(str(path.parent))} is not a folder" if path.name else f"{name} is not a new name")
    if not os.path.lexists(path):
        return
    if path.is_dir() != (not chosen.suffix) or (path.is_dir() and not (path / MARK).is_file() and any(path.iterdir())):
        raise ExportError(f"{name} is there already, and is no {chosen.label}")
    if not force:
        raise ExportError(f"{name} is there already; --force writes over it")


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """A folder beside ``path`` that is gone in the end; what the disk refuses is told of ``path``."""
    try:
        with TemporaryDirectory(prefix=".netspec-", dir=path.parent) as folder:
            yield Path(folder)
    except OSError as error:
        raise ExportError(f"{plain(str(path))}: {error.strerror or first_line(error)}") from None


def _kept(new: Path) -> int:
    """How many bytes were written, all of them on disk."""
    size = 0
    for path in [new, *new.rglob("*")]:
        if path.is_file():
            size += path.stat().st_size
            with path.open("rb") as file:
                os.fsync(file.fileno())
    return size


def _place(new: Path, path: Path) -> None:
    """Put what is whole in its place; an old folder steps aside first, and comes back where that fails."""
    if not (path.is_dir() and not path.is_symlink()):
        put(new, path)
        return
    old = Path(mkdtemp(prefix=".old-", dir=new.parent)) / path.name
    os.replace(path, old)
    try:
        put(new, path)
    except OSError:
        os.replace(old, path)
        raise
    shutil.rmtree(old)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what libraries tell the terminal; an error's words are its own."""
    failed: Exception | None = None
    with warnings.catch_warnings(), muted():
        warnings.simplefilter("ignore")
        try:
            yield
        except Exception as error:  # muted shows all that was told where it sees an error
            failed = error
    if failed:
        raise failed
