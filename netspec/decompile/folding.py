"""A flat document with its repeated structure folded into blocks: the same network, in fewer lines.

What is found is proved before it is handed out: the folded document is resolved, and every layer of it compared with
the flat document's.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import count as count_from
from typing import Any

from netspec.decompile.fold_block import Fold, fold
from netspec.decompile.fold_find import Spans, families
from netspec.decompile.fold_names import is_automatic, stem, unique
from netspec.decompile.fold_rows import Row, entry, rows_of
from netspec.decompile.fold_template import Template, template
from netspec.graph import Graph, Ref, resolve
from netspec.problems import SpecError
from netspec.source import Source
from netspec.spec import parse

LEAST = 3  # lines that a block must save
MOST_BLOCKS = 16
MOST_ROWS = 12_000  # of a document that is searched
MOST_TRIED = 40_000  # rows in all blocks that are tried, so that the search ends however large the document

#: For each name of the unrolled document, the flat document's.
Names = dict[str, str]


def folded(document: Mapping[str, Any]) -> tuple[dict[str, Any], Names]:
    """``document`` with repeated structure as blocks, and for each name that it unrolls to the name it had.

    A document that is not flat is handed back as it is.  ``SpecError`` where it has problems.
    """
    graph = resolved(document)
    if not _is_flat(document, graph) or len(graph.nodes) > MOST_ROWS:
        return dict(document), {name: name for name in graph.nodes}
    rows = rows_of(document, graph)
    for proved in (False, True):
        made, names = _tried(document, graph, rows, proved)
        if names is not None:
            return made, names
    return dict(document), {name: name for name in graph.nodes}


def tidied(document: Mapping[str, Any]) -> tuple[dict[str, Any], Names]:
    """A flat document with nothing said twice: no input that stands above, no name that comes by itself."""
    graph = resolved(document)
    if not _is_flat(document, graph):
        return dict(document), {name: name for name in graph.nodes}
    made = _written(document, graph, rows_of(document, graph), document.get("blocks", {}))
    names = _proof(made, graph)
    return (made, names) if names is not None else (dict(document), {name: name for name in graph.nodes})


def resolved(document: Mapping[str, Any]) -> Graph:
    """The graph of a document; ``SpecError`` names what is wrong with it."""
    return resolve(parse(Source("folded.json", json.dumps(document))), allow_large=True)


def _is_flat(document: Mapping[str, Any], graph: Graph) -> bool:
    """Whether each entry is a layer or a whole model under its name, and no entry a condition or an expression."""
    rows = [entry for entry in document["layers"] if isinstance(entry, dict)]
    models = [row for row in rows if "block" in row or row.get("share") in graph.groups]
    whole = all(row.get("name") and (row.get("as_model") or "share" in row) for row in models)
    return whole and not any("when" in row for row in rows) and "vars" not in document and "extends" not in document


def _tried(
    document: Mapping[str, Any], graph: Graph, rows: list[Row], proved: bool
) -> tuple[dict[str, Any], Names | None]:
    """The folded document and its names; ``proved`` proves each step, and leaves out those that fail."""
    blocks: dict[str, Any] = dict(document.get("blocks", {}))
    left = [MOST_TRIED]
    for _ in range(MOST_BLOCKS):
        for each in _folds(rows, graph, blocks, left):
            after, more = _replaced(rows, each), {**blocks, each.name: each.table}
            if not proved or _proof(_written(document, graph, after, more), graph) is not None:
                rows, blocks = after, more
                break
        else:
            break
    made = _written(document, graph, rows, blocks)
    return made, _proof(made, graph)


def _folds(rows: Sequence[Row], graph: Graph, blocks: Mapping[str, Any], left: list[int]) -> list[Fold]:
    """The blocks that save lines, the best first; ``left`` is how many rows may still be tried."""
    home = {ref: at for at, row in enumerate(rows) for ref in row.said}
    takers: dict[Ref, list[int]] = {}
    for at, row in enumerate(rows):
        for _, ref in row.wires:
            takers.setdefault(ref, []).append(at)
    for ref in graph.outputs:
        takers.setdefault(ref, []).append(len(rows))
    known: dict[tuple[tuple[int, int], ...], Fold | None] = {}

    def made(spans: Spans) -> Fold | None:
        key = tuple(spans)
        if key not in known:
            left[0] -= sum(stop - start for start, stop in spans)
            if left[0] < 0:
                return None
            found = template(rows, home, spans) if len(spans) > 1 else None
            known[key] = fold(rows, found, graph, blocks, _away(rows, found, takers)) if found else None
        return known[key]

    def worth(spans: Spans) -> int:
        found = made(spans)
        return found.saved - found.odd if found else -(10**6)

    for spans in families(rows, worth):
        made(spans)
    found = [each for each in known.values() if each and each.saved >= LEAST]
    return sorted(found, key=lambda each: (each.odd - each.saved, each.spans))[:MOST_BLOCKS]


def _away(rows: Sequence[Row], found: Template, takers: Mapping[Ref, list[int]]) -> set[Ref]:
    """The tensors that are taken outside of their round, other than as what leaves it."""
    away = set()
    for at, each in enumerate(found.stretches):
        goes_on = at + 1 < len(found.stretches) and found.joined[at + 1]
        end = found.stretches[at + 1].stop if goes_on else each.stop
        last = rows[each.stop - 1].leaving
        for row in rows[each.start : each.stop]:
            for ref in row.said:
                outside = [taker for taker in takers.get(ref, ()) if not each.start <= taker < each.stop]
                if ref in last and found.is_last:
                    outside = [taker for taker in outside if goes_on and taker >= end]
                if outside:
                    away.add(ref)
    return away


def _replaced(rows: Sequence[Row], made: Fold) -> list[Row]:
    """The rows with those of a block's uses in the place of what they stand for."""
    after: list[Row] = []
    at = 0
    for (start, stop), use in zip(made.spans, made.uses, strict=True):
        after += [*rows[at:start], use]
        at = stop
    return [*after, *rows[at:]]


def _written(
    document: Mapping[str, Any], graph: Graph, rows: Sequence[Row], blocks: Mapping[str, Any]
) -> dict[str, Any]:
    """The document with these rows and blocks."""
    names = _names(document, rows)
    said = {Ref(name): name for name in graph.inputs}
    for row, name in zip(rows, names, strict=True):
        said |= {ref: f"{name}{suffix}" for ref, suffix in row.said.items() if ref not in said or not row.is_use}
    above: tuple[Ref, ...] = tuple(Ref(name) for name in graph.inputs)
    refs: list[list[str] | None] = []
    for row in rows:
        plain = tuple(ref for _, ref in row.wires) == above and not any(argument for argument, _ in row.wires)
        refs.append(None if plain else [said[ref] for _, ref in row.wires])
        above = row.leaving
    spoken = {ref.partition(":")[0] for each in refs if each for ref in each}
    told = "outputs" in document or any("outputs" in table for table in blocks.values())
    outputs = [said[ref] for ref in graph.outputs] if told else None
    spoken |= {ref.partition(":")[0] for ref in outputs or ()}
    bare = _bare(rows, names, spoken)
    layers = [
        entry(row, "" if free else name, row.args, each)
        for row, name, free, each in zip(rows, names, bare, refs, strict=True)
    ]
    made = {**document, "layers": _short(layers, blocks)}
    if outputs is not None:
        made["outputs"] = outputs
    if blocks:
        made["blocks"] = {name: {**table, "layers": _short(table["layers"], blocks)} for name, table in blocks.items()}
    return made


def _names(document: Mapping[str, Any], rows: Sequence[Row]) -> list[str]:
    """The rows' names: those of layers stay, those of uses stay clear of them and of one another."""
    own = {row.name for row in rows if not row.is_use} | set(document["inputs"])
    taken = {*own, *(name[:at] for name in own for at, char in enumerate(name) if char == ".")}
    many: dict[str, int] = {}
    for row in rows:
        many[row.name] = many.get(row.name, 0) + row.is_use
    names = []
    for row in rows:
        name = row.name
        if row.is_use:
            name = _numbered(name, taken) if many[name] > 1 else unique(name, taken)
            taken.add(name)
        names.append(name)
    return names


def _numbered(name: str, taken: Collection[str]) -> str:
    """The first of ``stage1``, ``stage2`` ... that is free."""
    joint = "_" if name[-1].isdigit() else ""
    return next(made for count in count_from(1) if (made := f"{name}{joint}{count}") not in taken)


def _bare(rows: Sequence[Row], names: Sequence[str], spoken: set[str]) -> list[bool]:
    """Which rows need no name: nothing speaks of them, and they would be called so anyway."""
    free = [
        not row.is_use and is_automatic(row) and not row.is_fixed and name not in spoken
        for row, name in zip(rows, names, strict=True)
    ]
    kept = {name for name, each in zip(names, free, strict=True) if not each}
    counts: dict[str, int] = {}
    for at, row in enumerate(rows):
        if not free[at]:
            continue
        while True:
            count = counts.get(stem(row), 0)
            name = f"{stem(row)}_{count}" if count else stem(row)
            if name == names[at] or name not in kept:
                break
            counts[stem(row)] = count + 1
        free[at] = name == names[at]
        if free[at]:
            counts[stem(row)] = count + 1
        else:
            kept.add(names[at])
    return free


def _short(layers: Sequence[Any], blocks: Mapping[str, Any]) -> list[Any]:
    """Entries without the vars that say what their block says already."""
    made = []
    for each in layers:
        if isinstance(each, dict) and "block" in each:
            usual = blocks[each["block"]].get("vars", {})
            vars = {key: value for key, value in each.get("vars", {}).items() if repr(value) != repr(usual[key])}
            each = {key: value for key, value in {**each, "vars": vars}.items() if key != "vars" or vars}
        made.append(each)
    return made


def _proof(document: Mapping[str, Any], graph: Graph) -> Names | None:
    """The names of a document's layers as ``graph`` has them, if it is the same network; else ``None``."""
    try:
        other = resolved(document)
    except SpecError:
        return None
    if len(other.nodes) != len(graph.nodes) or other.inputs != graph.inputs:
        return None
    names = {name: name for name in graph.inputs} | dict(zip(other.nodes, graph.nodes, strict=True))
    for mine, theirs in zip(other, graph, strict=True):
        wires = tuple(Ref(names[ref.name], ref.index) for ref in mine.inputs)
        if (mine.layer, wires, mine.arguments, mine.outputs, names[mine.owner]) != (
            theirs.layer,
            theirs.inputs,
            theirs.arguments,
            theirs.outputs,
            theirs.owner,
        ) or (mine.weights, mine.state) != (theirs.weights, theirs.state):
            return None
    if tuple(Ref(names[ref.name], ref.index) for ref in other.outputs) != graph.outputs:
        return None
    if (other.train, other.data) != (graph.train, graph.data):
        return None
    return {name: names[name] for name in other.nodes}
