"""Well-known nets, to the unit: what papers and keras.applications count, and what Keras builds."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from netspec.graph import load

ZOO = Path(__file__).parent.parent / "specs" / "zoo"
#: Parameters, those that are trained, and multiply-adds of one sample.
COUNTS = {
    "vgg16": ((), 138_357_544, 138_357_544, 15_470_264_320),
    "resnet50": ((), 25_636_712, 25_583_592, 3_857_973_248),
    "resnet50 as resnet101": (("depths=[3,4,23,3]",), 44_707_176, 44_601_832, None),
    "resnet50 as resnet152": (("depths=[3,8,36,3]",), 60_419_944, 60_268_520, None),
    "mobilenet_v2": ((), 3_538_984, 3_504_872, 300_774_272),
    "densenet121": ((), 8_062_504, 7_978_856, 2_834_161_664),
    "densenet121 as densenet169": (("depths=[6,12,32,32]",), 14_307_880, None, None),
    "densenet121 as densenet201": (("depths=[6,12,48,32]",), 20_242_984, None, None),
    "inception_v3": ((), 23_851_784, 23_817_352, None),
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name):
    settings, parameters, trainable, macs = COUNTS[name]
    graph = load(ZOO / f"{name.split()[0]}.toml", *settings)
    assert graph.parameters == parameters
    assert trainable is None or graph.trainable == trainable
    assert macs is None or graph.macs == macs


@pytest.mark.parametrize("name", sorted({name.split()[0] for name in COUNTS}))
def test_keras_builds_the_same(name):
    build = pytest.importorskip("netspec.keras.build").build
    graph = load(ZOO / f"{name}.toml")
    model = build(graph)  # which compares names, shapes, dtypes, weights and edges itself
    assert model.count_params() == graph.parameters
    assert sum(math.prod(weight.shape) for weight in model.trainable_weights) == graph.trainable
    assert {layer.name for layer in model.layers} == set(graph.nodes) | set(graph.inputs)


def test_resnet_is_short():
    lines = (ZOO / "resnet50.toml").read_text("utf-8").splitlines()
    assert len([line for line in lines if line.strip() and not line.startswith("#")]) <= 80
