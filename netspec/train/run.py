"""Which run it is that a graph and its data make."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import tomli_w

from netspec.graph import Graph
from netspec.graph.written import document
from netspec.runs.run import History as History
from netspec.runs.run import Run as Run
from netspec.runs.run import TrainError as TrainError
from netspec.runs.run import json_text as json_text
from netspec.runs.run import runs_of as runs_of
from netspec.train.models import models

#: What may change in ``[train]`` while the weights after an epoch stay the same.
SAME_BITS = ("epochs", "execution", "save_seconds", "terminate_on_nan")


def run_of(graph: Graph, data_digest: str, runs: Path, start: str = "", execution: str = "graph") -> Run:
    """The folder of the run that ``graph`` and the data make, the same however many epochs are asked for.

    ``start`` is the digest of the weights that it begins with, where they are another run's.  Where XLA has a share in
    the ``execution`` the bits are others, and so is the run.
    """
    stated = document(graph)
    stated["train"] = {key: value for key, value in stated.get("train", {}).items() if key not in SAME_BITS}
    stated.pop("description", None)
    for layer in stated["layers"]:  # what is taken from there is in ``start``, wherever it lies
        layer.pop("from_run", None), layer.pop("from_layer", None)
    made_of = [stated, data_digest, *([models(graph)] if models(graph) else []), *([start] if start else [])]
    made_of += [execution] if execution.startswith("xla") else []
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
    return Run(runs / graph.name / digest[:10])


def spec_text(graph: Graph) -> bytes:
    """The resolved spec, as TOML."""
    return tomli_w.dumps(document(graph)).encode()
