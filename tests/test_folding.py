"""Repeated structure found in flat documents: what it becomes, that nothing is changed by it, and that it ends."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
import tomli
from random_graphs import drawn

from netspec.decompile.folding import folded, resolved, tidied
from netspec.decompile.tidy import text
from netspec.graph import Ref, load, resolve
from netspec.graph.written import document
from netspec.problems import SpecError
from netspec.source import Source
from netspec.spec import parse

HERE = Path(__file__).parent
FOLDED = sorted((HERE / "folded").glob("*.toml"))
SPECS = sorted((HERE.parent / "specs").rglob("*.toml"))


def flat(graph):
    """The document of a graph, as an importer makes it: the inputs in their short form."""
    made = document(graph)
    made.pop("format")
    made["inputs"] = {
        name: given["shape"] if given["dtype"] == "float32" else given for name, given in made["inputs"].items()
    }
    return made


def assert_same(made, names, document):
    """The documents unroll to the same network under ``names``."""
    one, other = (resolve(parse(Source("x.json", json.dumps(each))), allow_large=True) for each in (made, document))
    assert list(names) == list(one.nodes)
    assert sorted(names.values()) == sorted(other.nodes)
    said = {**names, **{name: name for name in one.inputs}}
    for mine, theirs in zip(one, other, strict=True):
        assert names[mine.name] == theirs.name
        assert (mine.layer, mine.arguments, mine.outputs, mine.weights, mine.state) == (
            theirs.layer,
            theirs.arguments,
            theirs.outputs,
            theirs.weights,
            theirs.state,
        )
        assert [Ref(said[ref.name], ref.index) for ref in mine.inputs] == list(theirs.inputs)
        assert said[mine.owner] == theirs.owner
    assert [Ref(said[ref.name], ref.index) for ref in one.outputs] == list(other.outputs)


@pytest.mark.parametrize("file", FOLDED, ids=lambda file: file.stem)
def test_folded(file):
    """Each file is what its own unrolled layers are folded to; its first line says why."""
    wanted = file.read_text("utf-8")
    layers = flat(load(file))
    layers.pop("outputs")
    made, names = folded(layers)
    assert text(made, wanted.splitlines()[0].removeprefix("# ")) == wanted
    assert_same(made, names, layers)


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_what_an_author_folded_comes_back_no_longer(file):
    layers = flat(load(file))
    made, names = folded(layers)
    assert_same(made, names, layers)
    spoken = [line for line in file.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    lines = [line for line in text(made).splitlines() if line.strip()]
    assert len(lines) <= 1.6 * len(spoken)


def residual_net(depths=(3, 4, 6, 3)):
    """ResNet-50 (with these depths) as Keras lists and names its layers."""

    def conv(name, source, filters, size, strides=1, **more):
        strided = {"strides": strides} if strides > 1 else {}
        layer = {"name": f"{name}_conv", "type": "Conv2D", "filters": filters, "kernel_size": size, **strided, **more}
        return layer | {"inputs": source}

    def norm(name, source):
        return {"name": f"{name}_bn", "type": "BatchNormalization", "epsilon": 1.001e-5, "inputs": source}

    def relu(name, source):
        return {"name": name, "type": "Activation", "activation": "relu", "inputs": source}

    layers = [conv("conv1", "image", 64, 7, 2), norm("conv1", "conv1_conv"), relu("conv1_relu", "conv1_bn")]
    layers.append({"name": "pool1_pool", "type": "MaxPooling2D", "pool_size": 3, "strides": 2, "inputs": "conv1_relu"})
    above = "pool1_pool"
    for stage, (depth, filters) in enumerate(zip(depths, (64, 128, 256, 512), strict=True), start=2):
        for block in range(1, depth + 1):
            head = f"conv{stage}_block{block}"
            strides = 2 if block == 1 and stage > 2 else 1
            layers += [conv(f"{head}_1", above, filters, 1, strides), norm(f"{head}_1", f"{head}_1_conv")]
            layers += [
                relu(f"{head}_1_relu", f"{head}_1_bn"),
                conv(f"{head}_2", f"{head}_1_relu", filters, 3, padding="same"),
            ]
            layers += [norm(f"{head}_2", f"{head}_2_conv"), relu(f"{head}_2_relu", f"{head}_2_bn")]
            shortcut = [conv(f"{head}_0", above, 4 * filters, 1, strides)] if block == 1 else []
            layers += [*shortcut, conv(f"{head}_3", f"{head}_2_relu", 4 * filters, 1)]
            layers += [norm(f"{head}_0", f"{head}_0_conv")] if block == 1 else []
            layers.append(norm(f"{head}_3", f"{head}_3_conv"))
            first = f"{head}_0_bn" if block == 1 else above
            layers.append({"name": f"{head}_add", "type": "Add", "inputs": [first, f"{head}_3_bn"]})
            above = f"{head}_out"
            layers.append(relu(above, f"{head}_add"))
    layers.append({"name": "avg_pool", "type": "GlobalAveragePooling2D", "inputs": above})
    layers.append(
        {"name": "predictions", "type": "Dense", "units": 1000, "activation": "softmax", "inputs": "avg_pool"}
    )
    return {"name": "resnet50", "inputs": {"image": [224, 224, 3]}, "layers": layers}


def test_a_residual_net_as_keras_names_it_is_one_block_in_four_stages():
    layers = residual_net()
    made, names = folded(layers)
    assert_same(made, names, layers)
    assert len(text(made).splitlines()) <= 35
    assert [row for row in made["layers"] if isinstance(row, dict) and "block" in row] == [
        {"name": "conv2", "block": "residual", "repeat": 3, "vars": {"strides": 1}},
        {"name": "conv3", "block": "residual", "repeat": 4, "vars": {"filters": 128}},
        {"name": "conv4", "block": "residual", "repeat": 6, "vars": {"filters": 256}},
        {"name": "conv5", "block": "residual", "repeat": 3, "vars": {"filters": 512}},
    ]
    assert made["blocks"]["residual"]["vars"] == {"filters": 64, "strides": 2}
    assert names["conv3.2.conv1"] == "conv3_block2_1_conv"
    assert names["conv3.1.bn0"] == "conv3_block1_0_bn"


def test_names_that_nobody_chose_hinder_nothing():
    layers = residual_net((2, 2, 2, 2))
    known = {"image": "image"}
    for at, row in enumerate(layers["layers"]):
        known[row["name"]] = f"layer_{at}"
        row["name"] = known[row["name"]]
        row["inputs"] = [known[each] for each in row["inputs"]] if row["type"] == "Add" else known[row["inputs"]]
    made, names = folded(layers)
    assert_same(made, names, layers)
    assert len(text(made).splitlines()) <= 60


PLAIN = {"name": "plain", "inputs": {"x": [8]}}


@pytest.mark.parametrize(
    "layers",
    [
        [{"type": "Dense", "units": 4}, "ReLU", {"type": "Dense", "units": 2}],
        [{"name": "a", "type": "Dense", "units": 8}, *({"name": f"b{at}", "share": "a"} for at in range(9))],
        [{"type": "Dense", "units": 8}, "Dropout"][:1] * 3,
    ],
    ids=["nothing repeats", "one layer called often", "too few to be worth a block"],
)
def test_what_is_left_as_it_is(layers):
    made, names = folded({**PLAIN, "layers": layers})
    assert "blocks" not in made
    assert made["layers"] == layers
    assert_same(made, names, {**PLAIN, "layers": layers})


def test_a_document_that_is_not_flat_is_handed_back():
    spec = tomli.loads((HERE.parent / "specs/zoo/resnet50.toml").read_text("utf-8"))
    made, names = folded(spec)
    assert made == spec
    assert names == {name: name for name in resolved(spec).nodes}


def test_outputs_that_training_speaks_of_keep_their_names():
    layers = [{"type": "Dense", "units": 8}, "ReLU", {"type": "Dropout", "rate": 0.5}] * 8
    layers.append({"name": "out", "type": "Dropout", "rate": 0.5})
    train = {"loss": {"out": "mse"}, "optimizer": "adam", "epochs": 1}
    made, _ = folded({**PLAIN, "layers": layers, "train": train})
    assert list(made["blocks"]) == ["block"]
    assert made["layers"][-1] == layers[-1]
    assert made["train"] == train


def test_models_within_the_model_stay_and_what_is_around_them_folds():
    model = {"name": "inner", "block": "two", "as_model": True}
    chain = [{"type": "Dense", "units": 8}, "ReLU", {"type": "Dropout", "rate": 0.5}, "LayerNormalization"]
    layers = [*chain * 4, model, {"name": "again", "share": "inner"}, *chain * 4]
    blocks = {"two": {"layers": [{"type": "Dense", "units": 8}, "ReLU"]}}
    spec = {**PLAIN, "layers": layers, "blocks": blocks}
    made, names = folded(spec)
    assert_same(made, names, spec)
    assert list(made["blocks"]) == ["two", "block"]
    assert [row.get("block", row.get("share")) for row in made["layers"]] == ["block", "two", "inner", "block"]


def test_problems_are_told():
    with pytest.raises(SpecError, match="unknown-argument"):
        folded({**PLAIN, "layers": [{"type": "Dense", "unit": 3}]})


def test_tidied_says_nothing_twice():
    rows = [
        {"name": "dense", "type": "Dense", "units": 4, "inputs": "x"},
        {"name": "re_lu", "type": "ReLU", "inputs": "dense"},
    ]
    rows += [
        {"name": "add", "type": "Add", "inputs": ["re_lu", "dense"]},
        {"name": "flatten_7", "type": "Flatten", "inputs": "add"},
    ]
    made, names = tidied({**PLAIN, "layers": rows})
    assert made["layers"] == [
        {"name": "dense", "type": "Dense", "units": 4},
        {"name": "re_lu", "type": "ReLU"},
        {"type": "Add", "inputs": ["re_lu", "dense"]},
        {"name": "flatten_7", "type": "Flatten"},
    ]
    assert_same(made, names, {**PLAIN, "layers": rows})


@pytest.mark.parametrize("seed", range(0, 1000, 8))
def test_random_nets_stay_the_same(seed):
    layers = flat(resolved(drawn(seed).good)) if drawn(seed).good["layers"] else None
    if layers:
        assert_same(*folded(layers), layers)


def repeated(rng):
    """A flat net of blocks drawn at random, each used in several rounds that differ a little, named as Keras would."""
    rows, above = [], "x"
    for stage in range(rng.randint(1, 3)):
        shape = [
            rng.choice(["Dense", "ReLU", "BatchNormalization", "Dropout", "Add"]) for _ in range(rng.randint(2, 7))
        ]
        width = rng.choice([4, 8])
        for number in range(rng.randint(1, 5)):
            entry = above
            for at, kind in enumerate(shape):
                if rng.random() < 0.05:
                    continue
                name = f"s{stage}_b{number}_{at}" if rng.random() < 0.9 else f"n{len(rows)}"
                row = {"name": name, "type": kind, "inputs": above}
                if kind == "Dense":
                    row["units"] = width
                    row |= {"use_bias": False} if rng.random() < 0.2 else {}
                elif kind == "Dropout":
                    row["rate"] = rng.choice([0.1, 0.2])
                elif kind == "Add":
                    row["inputs"] = [entry, above] if rng.random() < 0.9 else [above, entry]
                    row |= {"type": "Concatenate"}
                rows.append(row)
                above = name
    return {**PLAIN, "layers": rows or ["ReLU"]}


@pytest.mark.parametrize("seed", range(60))
def test_random_repetition_stays_the_same(seed):
    layers = repeated(random.Random(seed))
    made, names = folded(layers)
    assert_same(made, names, layers)
    assert len(text(made).splitlines()) <= len(text(tidied(layers)[0]).splitlines())


def test_large_documents_end_soon():
    rng = random.Random(5)
    kinds = [{"type": "Dense", "units": 8}, "ReLU", "BatchNormalization", {"type": "Dropout", "rate": 0.5}]
    began = time.process_time()
    folded({**PLAIN, "layers": [rng.choice(kinds) for _ in range(3_000)]})
    assert time.process_time() - began < 30
