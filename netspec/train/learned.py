"""What is learned of the training part before training: what fills gaps, and what preprocessing layers find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from netspec.data import Samples
from netspec.data.choose import Chosen
from netspec.data.fill import filled
from netspec.data.gaps import fills
from netspec.data.stream import Stream
from netspec.graph import Graph
from netspec.graph.found import FOUND, lacking, stated, with_layers
from netspec.layers import LAYERS
from netspec.parts.term import written
from netspec.problems import Problem, SpecError
from netspec.source import LARGEST
from netspec.spec import Data
from netspec.spec.columns import by_input
from netspec.train.adapt import Batches, adapted
from netspec.train.run import Run, spec_text

Array = np.ndarray[Any, Any]
#: What layers found, by their names: arguments that state it.
Found = Mapping[str, Mapping[str, Any]]

BATCH = 8192  # samples that layers are shown at a time


def learned(graph: Graph, columns: Mapping[str, Chosen], batches: Batches, before: Found) -> Graph:
    """``graph`` with all stated that is found in batches of the training part: what fills gaps, what layers look for.

    ``columns`` are those of each input; ``before`` is what layers found elsewhere and keep.  ``SpecError`` where there
    is nothing to find, or more words than the spec of a run may hold.
    """
    assert graph.data
    assert graph.source
    bare, fill = graph, by_input(graph.data.missing, graph.inputs)
    if any(isinstance(each, str) for each in fill.values()):
        fill = fills(graph.data, graph.source, columns, list(graph.inputs), batches())
        graph = replace(graph, data=graph.data.model_copy(update={"missing": fill}))
    graph = adapted(stated(graph, before), lambda: ({**each, **_filled(each, fill)} for each in batches()))
    if graph != bare:
        _check_size(graph)
    return graph


def batches_of(samples: Samples | Stream, part: Any) -> Batches:
    """Passes over the samples of a part."""

    def batches() -> Iterator[dict[str, Array]]:
        if isinstance(samples, Stream):
            for window in samples.windows(part, BATCH):
                yield dict(zip(samples.inputs, window.inputs, strict=True))
            return
        for start in range(0, len(part), BATCH):
            rows = part[start : start + BATCH]
            yield {name: array[rows] for name, array in samples.inputs.items()}

    return batches


def without_gaps(samples: Samples, data: Data) -> Samples:
    """Samples whose gaps are filled, as ``data`` states since it was learned."""
    full = _filled(samples.inputs, by_input(data.missing, samples.inputs))
    return replace(samples, inputs={**samples.inputs, **full})


def _filled(inputs: Mapping[str, Array], fill: Mapping[str, Any]) -> dict[str, Array]:
    return {name: filled(inputs[name], each) for name, each in fill.items()}


def found_lock(bare: Graph, graph: Graph) -> dict[str, Any]:
    """What the spec left to be found, as it was: ``unlearned`` puts it back."""
    layers = {node.name: written(node.layer) for node in lacking(bare)}
    lock: dict[str, Any] = {"layers": layers} if layers else {}
    if bare.data and graph.data and bare.data.missing != graph.data.missing:
        lock["missing"] = bare.data.missing
    return {"found": lock} if lock else {}


def unlearned(graph: Graph, lock: Mapping[str, Any]) -> Graph:
    """The graph of a run's spec as it was before anything was learned of data."""
    found = lock.get("found", {})
    graph = with_layers(graph, {name: LAYERS.read(words) for name, words in found.get("layers", {}).items()})
    if graph.data and "missing" in found:
        graph = replace(graph, data=type(graph.data)(**{**graph.data.stated, "missing": found["missing"]}))
    return graph


def carried(graph: Graph, before: Graph, run: Run) -> dict[str, dict[str, Any]]:
    """What the layers of ``graph`` keep of what layers of the same name and the same words found in a run."""
    was = unlearned(before, run.lock)
    kept = {}
    for node in lacking(graph):
        same = was.nodes.get(node.name)
        if same is not None and same.layer == node.layer:
            layer = before.nodes[node.name].layer
            kept[node.name] = {key: getattr(layer, key) for key in FOUND[node.type] if key in layer.stated}
    return kept


def _check_size(graph: Graph) -> None:
    """``SpecError`` where the spec of the run would be longer than a spec may be."""
    if len(spec_text(graph)) <= LARGEST:
        return
    longest = max(graph, key=lambda node: len(getattr(node.layer, "vocabulary", None) or ()))
    count = len(getattr(longest.layer, "vocabulary", None) or ())
    message = f"its vocabulary has {count:,} words, and the spec of the run would be longer than {LARGEST:,} bytes"
    assert graph.source
    raise SpecError(graph.source, [Problem("too-large", f"{longest.name}: {message}: set 'max_tokens'", longest.loc)])
