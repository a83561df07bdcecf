"""The layers of a spec that begin with another run's weights: sought, compared, put in their place, kept."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from netspec.diff import fit, words
from netspec.graph import Graph, Node
from netspec.problems import Problem, SpecError, nearest, plain
from netspec.source import Source, project
from netspec.spec import Origin
from netspec.train.run import Run, TrainError
from netspec.train.use import trained
from netspec.train.weights import Arrays, digest, layers_of, put

KEPT = "begun.npz"  # of a run: what its layers began with
#: Of runs whose layers are taken: the graph, the trained layers by their names, and the digest of the model.
Opened = dict[Path, tuple[Graph, dict[str, Any], str]]
_FILES = ("spec.toml", "lock.json", "model.keras")  # of the other run, which are read


@dataclass(frozen=True)
class Begun:
    """What the layers of a spec begin with that name another run; ``lock`` says of each where that comes from."""

    arrays: Mapping[str, Arrays] = field(default_factory=dict)
    lock: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def put(self, model: keras.Model) -> None:
        """Give the layers of ``model`` what they begin with."""
        put(self.arrays, model)

    def keep(self, run: Run) -> None:
        """Let a run hold it itself: it can be repeated when the other is gone."""
        named = {
            f"{layer}/{at}/{name}": _plain(array)
            for layer, arrays in self.arrays.items()
            for at, (name, array) in enumerate(arrays)
        }
        if named:
            run.place(KEPT, lambda path: np.savez(path, **named))

    @property
    def told(self) -> list[str]:
        """Which layer begins with what, line by line."""
        return [
            plain(f"{name} begins with {row['layer']} of {row['run']}{'' if row['trainable'] else ', frozen'}")
            for name, row in self.lock.items()
        ]


def begun(graph: Graph, opened: Opened | None = None) -> Begun:
    """What the layers of ``graph`` begin with that name another run; a run's own spec has it beside it.

    A run is sought from the spec's file and inside the project; one that the command line names, from where it was
    typed.  Of those that are ``opened`` nothing is read again.  ``SpecError`` with all that is wrong: no finished run,
    no such layer, other arrays.
    """
    taking = _Taking(graph, {} if opened is None else opened)
    for node in graph:
        if node.origin:
            taking.take(node, node.origin)
    if taking.problems:
        raise SpecError(taking.source, taking.problems)
    return Begun(taking.arrays, taking.lock)


class _Refused(Exception):
    """Why a layer cannot begin as its spec says: the kind of problem, the words, and whether the layer there is it."""

    def __init__(self, code: str, message: str, layer: bool = False):
        super().__init__(message)
        self.code, self.layer = code, layer


class _Taking:
    """Opens each run once, and keeps what is taken from it, and the problems."""

    def __init__(self, graph: Graph, opened: Opened):
        self.source = graph.source or Source(f"<{graph.name}>", "")
        self.problems: list[Problem] = []
        self.arrays: dict[str, Arrays] = {}
        self.lock: dict[str, dict[str, Any]] = {}
        self.opened = opened

    def take(self, node: Node, origin: Origin) -> None:
        """What a node begins with, or the reason why not."""
        try:
            kept = self.beside(node)
            arrays, row = self.kept(node, origin, kept) if kept else self.sought(node, origin)
        except _Refused as refused:
            key = "from_layer" if refused.layer and origin.layer != node.name else "from_run"
            message = f"{node.name} begins with {origin}: {refused}" if refused.layer else f"{origin.run}: {refused}"
            self.problems.append(Problem(refused.code, message, (*node.loc, key)))
            return
        self.arrays[node.name] = arrays
        self.lock[node.name] = {**row, "weights_sha256": digest({node.name: arrays}), "trainable": node.layer.trainable}

    def beside(self, node: Node) -> Run | None:
        """The run whose own spec this is, if the layer begins in it as it did there."""
        run = Run(self.source.path.parent)
        asked = any(self.source.home((*node.loc, key))[0].is_asked for key in ("from_run", "from_layer"))
        is_its = self.source.path.name == run.spec.name and (run.folder / KEPT).is_file()
        return run if is_its and not asked else None

    def kept(self, node: Node, origin: Origin, run: Run) -> tuple[Arrays, dict[str, Any]]:
        """What a run kept of what the layer began with, and what its lock says of it."""
        path = run.folder / KEPT
        try:
            row = dict(run.lock["from_run"][node.name])
            with zipfile.ZipFile(path) as archive:
                if any(each.compress_type != zipfile.ZIP_STORED for each in archive.infolist()):
                    raise ValueError("it is compressed, as no run leaves it")
            with np.load(path, allow_pickle=False) as file:
                keys = [key for key in file.files if key.startswith(f"{node.name}/")]
                arrays = [(key.split("/", 2)[2], _typed(file[key], node)) for key in keys]
            if (row["layer"], digest({node.name: arrays})) != (origin.layer, row["weights_sha256"]):
                raise ValueError("it is not what lock.json says")
        except (
            IndexError,
            KeyError,
            OSError,
            TrainError,
            TypeError,
            ValueError,
            zipfile.BadZipFile,
            MemoryError,
        ) as error:
            raise _Refused("bad-run", f"{path} cannot be read back: {_first_line(error)}") from None
        return arrays, row

    def sought(self, node: Node, origin: Origin) -> tuple[Arrays, dict[str, Any]]:
        """What a finished run has for the layer, and where it was found."""
        folder = self.located(node, origin.run)
        there, layers, model_digest = self.open(folder)
        if origin.layer not in there.nodes:
            known = [other.name for other in there if fit.kept(other)]
            hint = nearest(origin.layer, known) or f"; there are {words.names(known)}"
            raise _Refused("unknown-name", f"no layer there is called {origin.layer!r}{hint}", layer=True)
        other = there.nodes[there.nodes[origin.layer].owner]
        if difference := _difference(other, node):
            raise _Refused("shape-mismatch", f"there it is {difference}", layer=True)
        arrays = [(weight.name, np.asarray(weight)) for weight in layers[other.name].weights]
        return arrays, {"run": origin.run, "layer": origin.layer, "model_sha256": model_digest}

    def located(self, node: Node, name: str) -> Path:
        """The folder that the spec's word leads to, inside the project."""
        home, _ = self.source.home((*node.loc, "from_run"))
        folder = Path.cwd() if home.is_asked or home.name.startswith("<") else home.path.resolve().parent
        root = project(folder)
        try:
            path = (folder / name).resolve()
            for each in (path, *(path / file for file in _FILES)):
                if not home.is_asked and not each.resolve().is_relative_to(root):
                    raise _Refused("outside-project", f"{each} lies outside the project ({root})")
            finished = Run(path).is_finished
        except (OSError, ValueError) as error:
            raise _Refused("no-file", f"it cannot be a folder: {getattr(error, 'strerror', None) or error}") from None
        if not finished:
            what = "is no finished run" if path.is_dir() else "is no folder" if path.exists() else "does not exist"
            raise _Refused("no-run", f"{path} {what}")
        return path

    def open(self, folder: Path) -> tuple[Graph, dict[str, Any], str]:
        """The graph of a run, its trained layers by their names, and the digest of its model."""
        if folder not in self.opened:
            run = Run(folder)
            try:
                graph, model, _ = trained(run)
                self.opened[folder] = graph, layers_of(model), hashlib.sha256(run.model.read_bytes()).hexdigest()
            except (OSError, RuntimeError, SpecError) as error:
                raise _Refused("bad-run", f"the run cannot be read back: {_first_line(error)}") from None
        return self.opened[folder]


def _difference(other: Node, node: Node) -> str:
    """What a layer is that cannot give ``node`` its arrays, and what it would have to be; nothing where it can."""
    if other.type != node.type:
        return f"{other.type}, and here {node.type}"
    if other.layer.variable_dtype != node.layer.variable_dtype:
        return f"of {other.layer.variable_dtype}, and here of {node.layer.variable_dtype}"
    old, new = fit.kept(other), fit.kept(node)
    if old == new:
        return ""
    return f"made of {_shapes(old)}, and here of {_shapes(new)}"


def _shapes(arrays: Mapping[str, Any]) -> str:
    return (
        ", ".join(f"{name} {'×'.join(map(str, shape)) or 'one number'}" for name, shape in arrays.items())
        or "no arrays"
    )


def _first_line(error: Exception) -> str:
    return plain((str(error) or repr(error)).splitlines()[0])


def _plain(array: Any) -> Any:
    """An array in a dtype that NumPy's files know: those of its own, as bfloat16, go as whole numbers."""
    return array.view(f"uint{8 * array.dtype.itemsize}") if array.dtype.kind == "V" else array


def _typed(array: Any, node: Node) -> Any:
    """An array as it was before ``_plain``."""
    is_own = node.layer.variable_dtype == "bfloat16" and array.dtype == np.uint16
    return array.view(tf.bfloat16.as_numpy_dtype) if is_own else array
