"""What ``[data]`` says of single columns against the inputs that they are for."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.graph.graph import Graph
from netspec.problems import Problem
from netspec.shapes import said
from netspec.source import Loc
from netspec.spec import Data
from netspec.spec.columns import by_input


def check_columns(graph: Graph, data: Data) -> Iterator[Problem]:
    """Every problem of gaps that could not be filled, and of dates that do not fit their input."""
    for key in ("missing", "dates"):
        value = getattr(data, key)
        if value is not None and not isinstance(value, dict) and len(graph.inputs) > 1:
            which = ", ".join(f"{key}.{name} = ..." for name in list(graph.inputs)[:8])
            yield Problem("wrong-type", f"{key!r} is a table by name here: {which}", ("data", key))
            return
    parts = by_input(data.dates, graph.inputs)
    for name, given in graph.inputs.items():
        tensor = given.tensor
        if name in parts:
            shape, loc = said(tensor.shape), _loc(data.dates, "dates", name)
            if "float" not in tensor.dtype:
                yield Problem(
                    "wrong-dtype", f"the parts of a date are numbers, and input {name!r} takes {tensor.dtype}", loc
                )
            elif tensor.shape[1:] not in ((len(parts[name]),), () if len(parts[name]) == 1 else (len(parts[name]),)):
                message = (
                    f"a date of {len(parts[name])} part{'s' * (len(parts[name]) > 1)} is no input {name!r} of {shape}"
                )
                yield Problem("shape-mismatch", message, loc)
        if name in (gaps := by_input(data.missing, graph.inputs)):
            yield from _gaps(
                name, gaps[name], tensor.dtype, tensor.shape[-1], name in parts, _loc(data.missing, "missing", name)
            )


def _gaps(name: str, fill: object, dtype: str, last: int | None, is_date: bool, loc: Loc) -> Iterator[Problem]:
    """Why the gaps of an input cannot be filled so."""
    if is_date:
        yield Problem("bad-value", f"input {name!r} is made of dates: no number fills a gap in them", loc)
    elif "float" not in dtype:
        what = "an empty text is a word of its own" if dtype == "string" else "only floats have gaps"
        yield Problem("wrong-dtype", f"no gap of input {name!r} is to be filled, which takes {dtype}: {what}", loc)
    elif isinstance(fill, tuple) and len(fill) not in (1, last):
        yield Problem("bad-value", f"'missing' has {len(fill)} numbers, and input {name!r} {last} columns", loc)


def _loc(stated: object, key: str, name: str) -> Loc:
    return ("data", key, name) if isinstance(stated, dict) else ("data", key)
