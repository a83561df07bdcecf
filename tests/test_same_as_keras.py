"""What a picture shows is what Keras built: every call of every layer, and every edge, read back from the picture."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from netspec.draw import draw, neurons, render, volumes
from netspec.draw.texts import identifier
from netspec.graph import Graph, Node, Ref, load, resolve
from netspec.source import Source
from netspec.spec import parse

pytest.importorskip("netspec.keras.quiet", reason="needs TensorFlow", exc_type=ImportError)
import keras

from netspec.keras.build import build
from netspec.keras.compare import Level, levels

SPECS = Path(__file__).parent.parent / "specs"
LARGE = 50_000_000  # parameters of a net that takes long to fill with numbers
NETS = {
    "a layer shared, and what it shares its weights with in between": """
        inputs.left = [6]
        inputs.right = [6]
        layers = [
          { name = "code", type = "Dense", units = 4, inputs = "left" },
          { name = "again", share = "code", inputs = "right" },
          { name = "norm", type = "BatchNormalization", inputs = "again" },
          { name = "norm_left", share = "norm", inputs = "code" },
          { name = "twice", type = "Add", inputs = ["norm", "norm"] },
          { name = "all", type = "Concatenate", inputs = ["norm_left", "twice", "left"] },
          { name = "out", type = "Dense", units = 2 },
        ]
        outputs = ["out", "norm"]
    """,
    "a layer on itself": """
        inputs.x = [4]
        layers = [
          { name = "a", type = "Dense", units = 4 },
          { name = "b", share = "a" },
          { name = "c", share = "a" },
          { name = "sum", type = "Add", inputs = ["a", "b", "c"] },
        ]
    """,
    "several tensors of one layer, by name": """
        inputs.steps = [9, 4]
        layers = [
          { name = "first", type = "LSTM", units = 5, return_state = true, return_sequences = true },
          { name = "next", type = "LSTM", units = 5,
            inputs = { sequences = "first", initial_state = ["first:1", "first:2"] } },
          { name = "look", type = "MultiHeadAttention", num_heads = 2, key_dim = 3,
            inputs = { query = "first", value = "steps" } },
          { name = "pool", type = "GlobalAveragePooling1D" },
          { name = "both", type = "Concatenate", inputs = ["next", "pool"] },
          { name = "y", type = "Dense", units = 1 },
        ]
        outputs = ["y", "first:2"]
    """,
    "a model within a model, called twice, with a model in it": """
        inputs.left = [6]
        inputs.right = [6]
        layers = [
          { name = "one", block = "tower", as_model = true, inputs = "left" },
          { name = "other", share = "one", inputs = "right" },
          { name = "both", type = "Subtract", inputs = ["one", "other"] },
          { name = "y", type = "Dense", units = 1 },
        ]
        [blocks.tower]
        layers = [
          { name = "wide", type = "Dense", units = 6 },
          { name = "deep", block = "core", as_model = true },
          { name = "sum", type = "Add", inputs = ["wide", "deep"] },
          { name = "end", type = "Activation", activation = "relu" },
        ]
        [blocks.core]
        layers = [{ name = "fc", type = "Dense", units = 6 }, { name = "drop", type = "Dropout", rate = 0.1 }]
    """,
    "rounds in rounds": """
        inputs.x = [8]
        layers = [
          { name = "stem", type = "Dense", units = 8 },
          { name = "stage", block = "stage", repeat = 3 },
          { name = "tail", block = "unit", repeat = 4 },
          { name = "y", type = "Dense", units = 1 },
        ]
        [blocks.stage]
        layers = [
          { name = "unit", block = "unit", repeat = 2 },
          { name = "fc", type = "Dense", units = 8 },
          { name = "sum", type = "Add", inputs = ["fc", "input"] },
        ]
        [blocks.unit]
        layers = [
          { name = "fc", type = "Dense", units = 8 }, { name = "act", type = "ReLU" },
          { name = "sum", type = "Add", inputs = ["act", "input"] },
        ]
    """,
    "maps on two ways": """
        inputs.image = [8, 8, 3]
        inputs.meta = [3]
        layers = [
          { name = "c1", type = "Conv2D", filters = 4, kernel_size = 3, padding = "same", inputs = "image" },
          { name = "bn", type = "BatchNormalization" }, { name = "act", type = "ReLU" },
          { name = "c2", type = "Conv2D", filters = 4, kernel_size = 3, padding = "same" },
          { name = "c3", share = "c2" },
          { name = "sum", type = "Add", inputs = ["c3", "act"] },
          { name = "pool", type = "GlobalMaxPooling2D" },
          { name = "side", type = "Dense", units = 4, inputs = "meta" },
          { name = "both", type = "Concatenate", inputs = ["pool", "side"] },
          { name = "label", type = "Dense", units = 3 },
          { name = "age", type = "Dense", units = 1, inputs = "both" },
        ]
        outputs = ["label", "age"]
    """,
    "words, masked": """
        inputs.words = { shape = [7], dtype = "int32" }
        layers = [
          { name = "embed", type = "Embedding", input_dim = 50, output_dim = 4, mask_zero = true },
          { name = "read", type = "LSTM", units = 3 },
          { name = "y", type = "Dense", units = 2, activation = "softmax" },
        ]
    """,
}
FILES = sorted(SPECS.rglob("*.toml"))
GRAPHS = {path.stem: path for path in FILES} | NETS


@cache
def graph_of(name: str) -> Graph:
    found = GRAPHS[name]
    return load(found) if isinstance(found, Path) else resolve(parse(Source("net.toml", found)))


@cache
def keras_of(name: str) -> Net:
    graph = graph_of(name)
    return built(build(graph), graph)


# What Keras built.


@dataclass
class Net:
    """For each call of a layer the tensors that it takes, in order; and the tensors that leave the model."""

    calls: dict[str, list[Ref]]
    outputs: list[Ref]

    @property
    def edges(self) -> Counter:
        return Counter((str(ref), name, at) for name, refs in self.calls.items() for at, ref in enumerate(refs))


def built(model: keras.Model, graph: Graph) -> Net:
    """The calls in a model and in all models within it, called as the graph calls them."""
    names = called(levels(graph), ())
    calls, outputs = unrolled(model, (), [((name,), 0) for name in graph.inputs])
    owners = {label[-1][0] for label in names}
    for label in [label for label in calls if label[-1][0] not in owners]:
        assert label[-1][0].startswith("not_equal"), f"{label}: Keras puts in masks, and nothing else"
        del calls[label]
    assert calls.keys() == names.keys()

    def ref(source) -> Ref:
        return Ref(names.get(source[0], source[0][0]), source[1])

    taken = {
        names[label]: [
            ref(each) for each in sources if each[0] in names or (len(each[0]) == 1 and each[0][0] in graph.inputs)
        ]
        for label, sources in calls.items()
    }
    return Net(taken, list(map(ref, outputs)))


def unrolled(model, place, feeds):
    """For each call in a model, by the way to it, what it takes; and what leaves the model."""
    order = [node for depth in sorted(model._nodes_by_depth, reverse=True) for node in model._nodes_by_depth[depth]]
    mine = {id(node) for node in order}
    made = {key(tensor): feed for tensor, feed in zip(model.inputs, feeds, strict=True)}
    calls = {}
    for node in order:
        if node.is_input:
            continue
        layer = node.operation
        siblings = [each for each in layer._inbound_nodes if id(each) in mine]
        label = (*place, (layer.name, siblings.index(node)))
        sources = [made[key(tensor)] for tensor in node.input_tensors]
        leaving = [(label, at) for at in range(len(node.output_tensors))]
        if isinstance(layer, keras.Model):
            inside, leaving = unrolled(layer, label, sources)
            calls |= inside
        else:
            calls[label] = sources
        made |= {key(tensor): each for tensor, each in zip(node.output_tensors, leaving, strict=True)}
    return calls, [made[key(tensor)] for tensor in model.outputs]


def key(tensor):
    history = tensor._keras_history
    return id(history.operation), history.node_index, history.tensor_index


def called(level: Level, place) -> dict[tuple, str]:
    """For each call, by the way to it in Keras, its name in the graph."""
    names, counts = {}, Counter()
    for item in level.items:
        label = (*place, (item.owner, counts[item.owner]))
        counts[item.owner] += 1
        names |= {label: item.name} if isinstance(item, Node) else called(item, label)
    return names


# What a picture shows.


@dataclass
class Seen:
    """A picture read back: in each box the names of its layers, or of the block that it stands for; and the edges.

    An edge is the tensor, the box that it comes from, the box that it reaches, and as which of its inputs.
    """

    boxes: dict[str, list[str]] = field(default_factory=dict)
    edges: list[tuple[str, str, str, int]] = field(default_factory=list)
    frames: list[tuple[str, int, int]] = field(default_factory=list)
    leaving: set[str] = field(default_factory=set)
    joints: set[str] = field(default_factory=set)


def read(dot: str, pinned: bool = False):
    """Nodes, frames and edges, each with its attributes, as the engine saw them."""
    seen = json.loads(render.render(dot, "json0", pinned))
    objects = seen.get("objects", [])
    names = [each["name"] for each in objects]
    nodes = {each["name"]: each for each in objects if "pos" in each}
    frames = [each for each in objects if "pos" not in each and each.get("class") in ("block", "model")]
    return nodes, frames, [(names[each["tail"]], names[each["head"]], each) for each in seen.get("edges", [])]


def cards(picture) -> Seen:
    """The cards of a picture, its numbered circles resolved."""
    nodes, frames, edges = read(picture.dot)
    seen = Seen(frames=[spoken(each["tooltip"]) for each in frames])
    for name, each in nodes.items():
        lines = each["tooltip"].split("\\n")
        if name.startswith("block"):
            seen.frames.append(spoken(each["tooltip"]))
            seen.boxes[name] = ["{}/{}".format(*seen.frames[-1])]
        elif name.startswith(("layer", "input")):
            seen.boxes[name] = [found[1] for line in lines if (found := re.match(r"(\S+): (?:\w+ → |input )", line))]
            assert name == identifier(name.partition("_")[0], seen.boxes[name][0])
        if "output" in each["class"].split():
            seen.leaving.add(name)
    leaves = {head: tail for tail, head, _ in edges if head.startswith("out_")}
    for tail, head, each in edges:
        if head.startswith("out_"):
            continue
        source = leaves[re.sub(r"^in_(\d+)_\d+$", r"out_\1", tail)] if tail.startswith("in_") else tail
        seen.edges.append((each["tooltip"].partition(" → ")[0], source, head, int(each["id"].rpartition(".")[2])))
    return seen


def spoken(tip: str) -> tuple[str, int, int]:
    """The block that a frame stands for, and from which to which of its rounds."""
    name, rounds = tip.split("\\n")[0].partition(": ")[0], int(tip.split("\\n")[1].split()[0])
    if found := re.fullmatch(r"(.*)\.(\d+)(?:–(\d+))?", name):
        first, last = int(found[2]), int(found[3] or found[2])
        if last - first + 1 == rounds:
            return found[1], first, rounds
    return name, 1, rounds


def marks(picture) -> Seen:
    """The columns or stacks of a picture whose places are given, and what flows between them."""
    nodes, _, edges = read(picture.dot, pinned=True)
    seen = Seen()
    home, past = {}, {}
    current = ""
    for name, each in nodes.items():
        kind, _, rest = name.partition("_")
        if kind == "front" or kind.startswith(("unit-", "sheet-")) or each.get("class") == "joint":
            current = plain(rest)
            seen.boxes.setdefault(current, [current])
            home[name] = current
            seen.joints |= {current} if each.get("class") == "joint" else set()
        elif kind in ("layer", "input"):
            if plain(rest) != current:
                seen.boxes[current].append(plain(rest))
            assert each["tooltip"].startswith(f"{plain(rest)}: ")
        elif name.startswith("text-") and re.search(r">(?:INPUT · )?(?:OUTPUT|Output)\b", each["label"]):
            seen.leaving.add(current)
        elif each.get("class") == "connector":
            past[name] = re.match(r"(.*) (?:goes on in|comes from)", each["tooltip"])[1]
    for tail, head, each in edges:
        if each.get("class") == "skip" and each.get("tooltip", "").startswith("from "):
            past[tail] = past[head] = each["tooltip"].removeprefix("from ")
    flows = set()
    for tail, head, each in edges:
        if each.get("class") in ("ray", "loop") or tail.startswith("sample"):
            continue
        if tail in home and head in past:
            assert home[tail] == past[head], "what leads past begins where it says"
        if head in home:
            flows.add((home.get(tail) or past[tail], home[head]))
    seen.edges = [("", tail, head, 0) for tail, head in sorted(flows)]
    return seen


def plain(rest: str) -> str:
    """The name in an id."""
    return re.sub(r"-([0-9a-f]+)-", lambda found: chr(int(found[1], 16)), rest)


# The two compared.


def differences(seen: Seen, net: Net, inputs) -> list[str]:
    """Where a picture that shows every layer differs from the model; the layers in one box follow each other alone."""
    inside = [name for names in seen.boxes.values() for name in names]
    found = [f"{name}: {count} times" for name, count in Counter(inside).items() if count > 1]
    found += [f"{name} is in one of the two alone" for name in {*inside} ^ {*net.calls, *inputs}]
    edges = Counter((ref, seen.boxes[head][0], position) for ref, _, head, position in seen.edges)
    for names in seen.boxes.values():
        edges.update((one, other, 0) for one, other in pairwise(names))
    found += [f"edge {each}" for each in (edges - net.edges) + (net.edges - edges)]
    ends = {name: box for box, names in seen.boxes.items() for name in names}
    found += [f"{ref} leaves from {tail}" for ref, tail, *_ in seen.edges if ends.get(ref.partition(":")[0]) != tail]
    leaving = {ends.get(ref.name) for ref in net.outputs}
    return found + [f"{box} is marked as an output, or should be" for box in leaving ^ seen.leaving]


def folded(seen: Seen, net: Net, inputs) -> list[str]:
    """Where a picture differs from the model once all that a box stands for is put into one in the model, too.

    Rounds that are shown as one hang together in one way: that is what × N says.
    """
    found = []
    shown = {name: box for box, names in seen.boxes.items() for name in names}
    box = {name: shown.get(standing(name, seen.frames, shown), "") for name in (*net.calls, *inputs)}
    found += [f"{name} is nowhere" for name, where in box.items() if not where]
    found += [f"{each} stands for nothing" for each in {*seen.boxes} - {*box.values()}]
    edges, links = set(), {}
    for name, refs in net.calls.items():
        for ref in refs:
            within = between_rounds(ref.name, name, seen.frames)
            if within:
                links.setdefault(within, set()).add((box[ref.name], box[name]))
            elif box[ref.name] != box[name]:
                edges.add((box[ref.name], box[name]))
    drawn = {(tail, head) for _, tail, head, _ in seen.edges}
    found += [f"edge {each}" for each in drawn ^ edges]
    frames = {frame for frame, _ in links}
    for frame in frames:
        ways = [way for (each, _), way in links.items() if each == frame]
        found += [f"the rounds of {frame} hang together in {len(ways)} ways"] * any(way != ways[0] for way in ways)
    leaving = {box[ref.name] for ref in net.outputs} - seen.joints
    return found + [f"output {each}" for each in leaving ^ (seen.leaving - seen.joints)]


def standing(name: str, frames, shown) -> str:
    """What stands for a layer: itself, its like in the round that is shown, or the block that is shown closed."""
    for group, first, rounds in sorted(frames, key=depth_of):
        if f"{group}/{first}" in shown and first <= round_of(name, group, 1 if rounds > 1 else first) < first + rounds:
            return f"{group}/{first}"
        name = like(name, group, first, rounds)
    return name


def between_rounds(tail: str, head: str, frames):
    """The frame, and from which of its rounds, where an edge leads from one round of it to another."""
    was = tail
    for group, first, rounds in sorted(frames, key=depth_of):
        one, other = round_of(tail, group), round_of(head, group)
        if one != other and all(first <= each < first + rounds for each in (one, other)):
            return (group, first), ".".join(was.split(".")[: group.count(".") + 2])
        tail, head = like(tail, group, first, rounds), like(head, group, first, rounds)
    return None


def depth_of(frame) -> int:
    return frame[0].count(".")


def round_of(name: str, group: str, alone: int = 0) -> int:
    """The round of a block that a layer is in, 0 where it is in none; ``alone`` where the block has one round only."""
    if found := re.match(rf"{re.escape(group)}\.(\d+)\.", name):
        return int(found[1])
    return alone if name.startswith(f"{group}.") else 0


def like(name: str, group: str, first: int, rounds: int) -> str:
    """The same layer in the round of a block that is shown."""
    if first <= (found := round_of(name, group)) < first + rounds:
        return f"{group}.{first}{name[len(f'{group}.{found}') :]}"
    return name


def nets():
    long = {name for name, found in GRAPHS.items() if isinstance(found, Path) and graph_of(name).parameters > LARGE}
    return [pytest.param(name, marks=pytest.mark.long if name in long else ()) for name in GRAPHS]


@pytest.mark.parametrize("name", nets())
def test_every_layer_and_edge_of_the_layers_view_is_the_models(name):
    graph = graph_of(name)
    for direction in ("TB", "LR")[: 2 if len(graph.nodes) < 60 else 1]:
        seen = cards(draw(graph, view="layers", direction=direction))
        assert differences(seen, keras_of(name), graph.inputs) == []


@pytest.mark.parametrize("depth", [None, 0, 1, 9])
@pytest.mark.parametrize("name", nets())
def test_what_the_blocks_view_folds_is_the_models(name, depth):
    graph = graph_of(name)
    seen = cards(draw(graph, view="blocks", depth=depth))
    assert folded(seen, keras_of(name), graph.inputs) == []


@pytest.mark.parametrize(("view", "suits"), [("neurons", neurons.suits), ("volumes", volumes.suits)])
@pytest.mark.parametrize("name", nets())
def test_columns_and_stacks_are_the_models(name, view, suits):
    graph = graph_of(name)
    if not suits(graph):
        pytest.skip(f"the {view} view does not suit it")
    seen = marks(draw(graph, view=view))
    assert folded(seen, keras_of(name), graph.inputs) == []


def test_some_nets_suit_each_view():
    found = Counter(view.__name__ for view in (neurons, volumes) for name in GRAPHS if view.suits(graph_of(name)))
    assert min(found.values()) >= 3, found


# The test can fail.


def rewired(graph: Graph, name: str, *inputs: str) -> Graph:
    refs = tuple(Ref(each) for each in inputs)
    node = replace(graph.nodes[name], inputs=refs, arguments=("",) * len(refs))
    return replace(graph, nodes={**graph.nodes, name: node})


@pytest.mark.parametrize(
    ("name", "at", "inputs"),
    [
        ("a layer on itself", "c", ["a"]),
        ("a layer on itself", "sum", ["a", "c", "b"]),
        ("two_towers", "digit", ["code_right"]),
        ("two_towers", "encoder_right", ["flat_left"]),
        ("maps on two ways", "sum", ["c3", "c1"]),
        ("maps on two ways", "sum", ["c3"]),
        ("a model within a model, called twice, with a model in it", "other.sum", ["other.wide", "one.deep.drop"]),
        ("resnet50", "stage3.3.add", ["stage3.1.re_lu_2", "stage3.3.bn3"]),
    ],
)
def test_another_edge_is_found_out(name, at, inputs):
    graph = graph_of(name)
    seen = cards(draw(rewired(graph, at, *inputs), view="layers"))
    assert differences(seen, keras_of(name), graph.inputs)


@pytest.mark.parametrize("view", ["neurons", "blocks"])
def test_another_edge_is_found_out_where_much_is_folded(view):
    graph = rewired(graph_of("two_towers"), "digit", "code_right")
    picture = draw(graph, view=view)
    seen = marks(picture) if picture.pinned else cards(picture)
    assert folded(seen, keras_of("two_towers"), graph.inputs)


def test_another_round_is_found_out():
    graph = graph_of("rounds in rounds")
    changed = rewired(graph, "stage.2.sum", "stage.2.fc", "stem")
    for depth in (0, 1, 9):
        assert folded(cards(draw(changed, view="blocks", depth=depth)), keras_of("rounds in rounds"), graph.inputs)


def test_a_layer_that_is_missing_is_found_out():
    graph = graph_of("maps on two ways")
    nodes = {name: node for name, node in graph.nodes.items() if name != "age"}
    seen = cards(draw(replace(graph, nodes=nodes, outputs=(Ref("label"),)), view="layers"))
    assert any("age is in one" in each for each in differences(seen, keras_of("maps on two ways"), graph.inputs))
