"""Graph to Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netspec.code.expressions import Unfaithful
from netspec.code.module import Module
from netspec.code.rows import Lost
from netspec.graph import Graph, resolve
from netspec.graph.origins import without_run
from netspec.problems import SpecError
from netspec.source import Source
from netspec.spec import parse
from netspec.spec.extends import extended
from netspec.spec.features import unrolled
from netspec.spec.settings import settle

PASSES = 16  # until all is known that must be written out; a spec that needs more is written out whole


def emit(graph: Graph, flat: bool = False) -> str:
    """A Python module that builds the model of ``graph`` with plain Keras, as a person would write it.

    Blocks are functions, repeats loops, and vars parameters with the spec's values as defaults; comments stay.  What
    cannot be said so for every value of the vars is written layer by layer, and so is all with ``flat``.  ``SpecError``
    where a layer begins with another run's weights: numbers are not code.
    """
    if problems := without_run(graph, "plain Keras code holds no weights, and with others it is another net"):
        raise SpecError(graph.source or Source(f"<{graph.name}>", ""), problems)
    document = _document(graph)
    flat = flat or not document
    open: set[int] = set()
    for _ in range(PASSES):
        before = set(open)
        try:
            return Module(graph, document, open, flat).text()
        except Lost as lost:
            open |= _places(graph, lost.name)
        except Unfaithful:
            pass
        if open == before:
            break
    return Module(graph, document, set(), flat=True).text()


def _document(graph: Graph) -> Mapping[str, Any]:
    """The document that the graph was read from, nothing where it is not that document's."""
    source = graph.source
    if source is None:
        return {}
    settings = tuple(said.text for said, _ in source.elsewhere.values() if said.is_asked)
    try:
        if resolve(parse(source, settings), allow_large=True) != graph:
            return {}
    except SpecError:  # a file that it extends is not what it was
        return {}
    data, source = extended(source, source.data)
    data, source = settle(source, data, settings)
    return unrolled(source, data).data


def _places(graph: Graph, name: str) -> set[int]:
    """The entries whose layers must be written out, so that one of them is found."""
    found = [graph.nodes[name].loc] if name in graph.nodes else []
    found += [group.loc for each, group in graph.groups.items() if name == each or name.startswith(f"{each}.")]
    return {loc[1] for loc in found if loc[0] == "layers" and isinstance(loc[1], int)}
