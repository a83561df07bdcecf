"""Python that a project trusts: ``netspec.toml`` names the functions that may make samples, and nothing else does.

```toml
[trusted]
data = { spirals = "my_data.py:spirals" }
```

A spec that says ``source = "spirals"`` gets what the function returns.  Only the ``netspec.toml`` of the project that
the user is in is read: a folder that came from elsewhere brings no trust of its own.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from netspec.data.arrays import digest_of, plain_array
from netspec.data.columns import Array, Columns, checked
from netspec.problems import Problem, SpecError, nearest, plain, shown
from netspec.source import Loc, Place, Source, SourceError, project

NAME = "netspec.toml"
SAID = ("data", "source")


def trusted(name: str, spec: Source) -> Columns | None:
    """What the function that the project trusts under ``name`` returns, ``None`` where it trusts none of that name.

    ``SpecError`` where the list is malformed, where the spec is outside of the project that the user is in, where the
    name was given on the command line, or where the function fails or returns no samples.
    """
    home, _ = spec.home(SAID)
    folder = Path.cwd() if home.is_asked or home.name.startswith("<") else Path(home.name).resolve().parent
    here = project(Path.cwd())
    theirs = _named(folder)
    if (listed := _listed(here)) is not None and name in listed[1]:
        if home.is_asked:
            message = f"{name!r} is code that the project trusts: a spec can name it, and the command line cannot"
            raise SpecError(spec, [Problem("not-trusted", message, SAID)])
        if not folder.is_relative_to(here):
            message = f"{name!r} is code that {here / NAME} trusts, and this spec is not in that project"
            raise SpecError(spec, [Problem("not-trusted", message, SAID)])
        return _called(name, listed[1][name], listed[0], here)
    if theirs and name in theirs:
        message = f"{name!r} is code that another project trusts: to run it, go to {project(folder)}"
        raise SpecError(spec, [Problem("not-trusted", message, SAID)])
    return None


def _named(folder: Path) -> tuple[str, ...]:
    """The names in the list of the project that a folder is in, whatever they stand for; nothing where it has none."""
    try:
        listed = _listed(project(folder))
    except SpecError:
        return ()
    return tuple(listed[1]) if listed else ()


def _listed(root: Path) -> tuple[Source, dict[str, str]] | None:
    """The functions that a project trusts, by name; ``SpecError`` where the list says anything else."""
    path = root / NAME
    if not path.is_file():
        return None
    source = Source(plain(str(path)), "")
    try:
        source = Source.read(path)
        found = source.data
    except SourceError as error:
        if error.code == "empty":
            return None
        raise SpecError(source, [Problem(error.code, error.message, place=error.place or Place(1, 1, 1))]) from None
    table = _tables(source, found, "trusted", (), NAME)
    functions = _tables(source, table, "data", ("trusted",), "[trusted]")
    for name, words in functions.items():
        if not isinstance(words, str):
            wrong(source, f"{name!r} should be a file and a function, not {shown(words)}", "trusted", "data", name)
    return source, functions


def _tables(source: Source, table: dict[str, Any], key: str, loc: Loc, where: str) -> dict[str, Any]:
    """The table under ``key``, which is all that ``table`` may have; nothing where it is not there."""
    for each in table:
        if each != key:
            wrong(source, f"{where} has no {each!r}{nearest(each, [key])}", *loc, each, code="unknown-argument")
    found = table.get(key, {})
    if not isinstance(found, dict):
        wrong(source, f"{key!r} is a table, not {shown(found)}", *loc, key)
    return dict(found)


def _called(name: str, words: str, source: Source, root: Path) -> Columns:
    """What the function returns, as columns."""
    file, _, attribute = words.rpartition(":")
    loc = ("trusted", "data", name)
    if not file.endswith(".py") or not attribute.isidentifier():
        wrong(source, f'{words!r} is no function in a file, such as "my_data.py:spirals"', *loc)
    try:
        path = (root / file).resolve()
        there = path.is_file()
    except (OSError, ValueError) as error:
        wrong(source, f"{file!r} cannot be a file: {error}", *loc)
    if not path.is_relative_to(root):
        wrong(source, f"{file!r} lies outside the project ({root})", *loc, code="outside-project")
    if not there:
        wrong(source, f"{file!r} {'is not a file' if path.exists() else 'does not exist'}", *loc, code="no-file")
    function = getattr(_run(path, lambda: _loaded(path)), attribute, None)
    if not callable(function):
        wrong(source, f"{file!r} has no function {attribute!r}", *loc)
    return _columns(name, path, _run(path, function))


def _loaded(path: Path) -> Any:
    """The module that a file is, by no name that another could import."""
    made = importlib.util.spec_from_file_location(f"_netspec_trusted_{path.stem}", path)
    assert made
    assert made.loader
    module = importlib.util.module_from_spec(made)
    made.loader.exec_module(module)
    return module


def _run(path: Path, function: Callable[[], Any]) -> Any:
    """What a function of the file returns; ``SpecError`` with its line where it fails."""
    keeps, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # what is read leaves nothing behind
    try:
        with redirect_stdout(sys.stderr):  # what a command prints is for its reader, perhaps a program
            return function()
    except (Exception, SystemExit) as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else 1
        message = plain(f"{type(error).__name__}: {error}".split("\n")[0])
        place = Place(line or 1, 1, 1)
        raise SpecError(Source(plain(str(path)), ""), [Problem("bad-data", message, place=place)]) from None
    finally:
        sys.dont_write_bytecode = keeps


def _columns(name: str, path: Path, found: Any) -> Columns:
    """Arrays by name, or a pair of ``x`` and ``y``, as columns."""
    columns = Columns(str(path), {})
    if isinstance(found, tuple) and len(found) == 2:
        found = dict(zip("xy", found, strict=True))
    if not isinstance(found, Mapping) or not all(isinstance(key, str) for key in found):
        columns.wrong("bad-data", f"{name!r} returned {type(found).__name__}, not arrays by name, or a pair of x and y")
    arrays: dict[str, Array] = {}
    for key, value in found.items():
        try:
            array = np.asarray(value)
            texts = array.dtype.kind == "O" and all(isinstance(each, str) for each in array.flat)
            arrays[key] = array if texts else plain_array(key, array)
        except (ValueError, TypeError) as error:
            columns.wrong("bad-data", f"{name!r} returned no plain arrays: {error}")
    checked(Columns(str(path), arrays))
    return Columns(name, arrays, digest_of(arrays))


def wrong(source: Source, message: str, *loc: str | int, code: str = "bad-value") -> NoReturn:
    """Raise what is wrong with the list."""
    raise SpecError(source, [Problem(code, message, loc, key=code == "unknown-argument")])
