"""Which layers are pretrained, on what reaches each, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.graph.graph import Graph, Node
from netspec.problems import Problem, nearest
from netspec.shapes import said
from netspec.source import Loc
from netspec.spec.pretraining import OF_METHOD, Pretrain, Stage

#: The kinds of units that a layer's activation makes of it: its name, and what the units are.
UNITS = {"Sigmoid": "bernoulli", "Linear": "gaussian"}


def pretrained(graph: Graph) -> list[str]:
    """The names of the layers that are pretrained, the lowest first: those that are named, or all that can be."""
    pretrain = graph.pretrain
    if pretrain is None:
        return []
    if pretrain.layers is not None:
        return [name for name, _ in pretrain.named]
    found: list[str] = []
    kept = {*(pretrain.mirror or ()), *(ref.name for ref in graph.outputs)}
    for node in graph:
        if node.name in kept or _unfit(graph, node) or units(node) != "bernoulli":
            continue
        source, _ = before(graph, node, found)
        if source == found[-1] if found else source in graph.inputs:
            found.append(node.name)
    return found


def before(graph: Graph, node: Node, below: list[str]) -> tuple[str, list[str]]:
    """Where what reaches ``node`` comes from, and the layers that it passes: such as learn nothing.

    The way ends at an input, at a layer in ``below``, or at one that no pretraining can pass.
    """
    passed: list[str] = []
    ref = node.inputs[0]
    while ref.name in graph.nodes and ref.name not in below:
        between = graph.nodes[ref.name]
        if len(between.inputs) > 1 or between.weights:
            break
        passed.insert(0, ref.name)
        ref = between.inputs[0]
    return ref.name, passed


def units(node: Node) -> str:
    """What the units of a Dense layer are to an RBM, by its activation; empty where they are none that it knows."""
    activation = getattr(node.layer, "activation", None)
    return UNITS.get(type(activation).__name__, "") if activation else "gaussian"


def check_pretraining(graph: Graph, complete: bool) -> Iterator[Problem]:
    """Every problem between ``[pretrain]`` and the net, unless the net itself is not ``complete``."""
    pretrain = graph.pretrain
    if pretrain is None or not complete:
        return
    if graph.data and graph.data.stream:
        yield Problem("bad-value", "[pretrain] is not for data with 'stream = true'", ("pretrain",), key=True)
    yield from _method(pretrain)
    problems = list(_layers(graph, pretrain))
    yield from problems
    if not problems:
        yield from _mirror(graph, pretrain)


def _method(pretrain: Pretrain) -> Iterator[Problem]:
    """Keys that the method has no use for, or that need one another."""
    places: list[tuple[Loc, Pretrain | Stage]] = [(("pretrain",), pretrain)]
    named = enumerate(stage for _, stage in pretrain.named)
    places += [(("pretrain", "layers", at), stage) for at, stage in named if stage]
    for loc, rule in places:
        for method, keys in OF_METHOD.items():
            for key in keys if method != pretrain.method else ():
                if key in rule.model_fields_set:
                    yield Problem("bad-value", f'{key!r} is for method = "{method}"', (*loc, key), key=True)
        whole = pretrain.rule(rule.name) if isinstance(rule, Stage) else rule
        if (whole.sparsity_target is None) != (whole.sparsity_cost is None):
            there = "sparsity_target" if whole.sparsity_cost is None else "sparsity_cost"
            needs = "sparsity_cost" if whole.sparsity_cost is None else "sparsity_target"
            at = (*loc, there) if there in rule.model_fields_set else loc
            yield Problem("missing-argument", f"{there!r} needs {needs!r}", at)


def _layers(graph: Graph, pretrain: Pretrain) -> Iterator[Problem]:
    """Layers that are not there, cannot be pretrained, or do not follow one on another."""
    if pretrain.layers is None:
        if not pretrained(graph):
            message = 'no layer can be pretrained: such are Dense, with activation = "sigmoid", above an input'
            yield Problem("bad-value", message, ("pretrain",))
        return
    below: list[str] = []
    for at, (name, stage) in enumerate(pretrain.named):
        loc: Loc = ("pretrain", "layers", at, *(("name",) if stage else ()))
        node = graph.nodes.get(name)
        if node is None:
            yield Problem("unknown-name", f"no layer is called {name!r}{nearest(name, graph.nodes)}", loc)
            return
        reason = f"{name!r} stands here twice" if name in below else _unfit(graph, node) or _apart(graph, node, below)
        if reason:
            yield Problem("bad-value", reason, loc)
            return
        below.append(name)


def _unfit(graph: Graph, node: Node) -> str:
    """Why a layer cannot be pretrained, wherever it stands; empty where it can."""
    name = node.name
    if node.origin:
        return f"{name!r} begins with {node.origin}, and pretraining would begin it anew"
    if node.type != "Dense":
        return f"{name!r} is {node.type}: only Dense layers are pretrained"
    if not units(node):
        activation = type(getattr(node.layer, "activation", None)).__name__.lower()
        what = 'only those with activation = "sigmoid", or none for Gaussian units, are pretrained'
        return f'{name!r} has activation = "{activation}": {what}'
    if not getattr(node.layer, "use_bias", True):
        return f"{name!r} has no bias, and the units of a pretrained layer have one"
    if any(other.is_shared and other.owner == node.owner for other in graph):
        return f"{name!r} is used more than once: what reaches it comes from several places"
    arriving = graph.tensor(node.inputs[0]).shape
    if len(arriving) != 2:
        return f"{name!r} takes {said(arriving)}, and is pretrained on one row of numbers a sample: Flatten makes that"
    return ""


def _apart(graph: Graph, node: Node, below: list[str]) -> str:
    """Why a layer does not follow on the ones ``below``; empty where it does."""
    source, _ = before(graph, node, below)
    if below and source == below[-1]:
        return ""
    if not below and source in graph.inputs:
        return ""
    start = repr(below[-1]) if below else "an input"
    if source in graph.nodes and source not in below:
        between = graph.nodes[source]
        does = "joins several" if len(between.inputs) > 1 else "learns, and is not pretrained"
        return f"between {start} and {node.name!r} stands {source!r} ({between.type}), which {does}"
    return f"{node.name!r} takes {source!r}, not {start}: layers are pretrained in the order in which they follow"


def _mirror(graph: Graph, pretrain: Pretrain) -> Iterator[Problem]:
    """Layers that cannot begin as the transposes of those that they are said to mirror."""
    names = pretrained(graph)
    for name, of in (pretrain.mirror or {}).items():
        loc: Loc = ("pretrain", "mirror", name)
        if name not in graph.nodes:
            message = f"no layer is called {name!r}{nearest(name, graph.nodes)}"
            yield Problem("unknown-name", message, loc, key=True)
        elif of not in names:
            there = "is not pretrained" if of in graph.nodes else "is no layer"
            yield Problem("unknown-name", f"{of!r} {there}{nearest(of, names)}", loc)
        elif reason := _no_mirror(graph, pretrain, graph.nodes[name], graph.nodes[of], names):
            yield Problem("bad-value", reason, loc)


def _no_mirror(graph: Graph, pretrain: Pretrain, node: Node, of: Node, names: list[str]) -> str:
    """Why one layer cannot begin as the transpose of another; empty where it can."""
    if node.name in names:
        return f"{node.name!r} is pretrained itself"
    if node.origin:
        return f"{node.name!r} begins with {node.origin}: it mirrors nothing"
    if node.type != "Dense" or node.is_shared or "bias" not in node.weights:
        return f"{node.name!r} cannot mirror {of.name!r}: it is no Dense layer with a kernel and a bias of its own"
    shape, wanted = node.weights["kernel"], of.weights["kernel"][::-1]
    if shape != wanted:
        return f"{node.name!r} cannot mirror {of.name!r}: its kernel is {_by(shape)}, not {_by(wanted)}"
    visible = seen(graph, pretrain, of)
    if units(node) != visible:
        must = next(kind.lower() for kind, unit in UNITS.items() if unit == visible)
        return f'{node.name!r} mirrors {visible} units, and must have activation = "{must}"'
    return ""


def seen(graph: Graph, pretrain: Pretrain, node: Node) -> str:
    """What the visible units under a pretrained layer are: what is said of it, else what the layer below has."""
    stage = next((stage for name, stage in pretrain.named if name == node.name and stage), None)
    if stage and "visible" in stage.model_fields_set:
        return stage.visible
    names = pretrained(graph)
    at = names.index(node.name)
    return units(graph.nodes[names[at - 1]]) if at else pretrain.visible


def _by(shape: tuple[int | None, ...]) -> str:
    return "×".join(map(str, shape))
