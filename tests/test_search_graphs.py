"""A spec that is read once for all points of a space gives what it gives when each is read by itself."""

from __future__ import annotations

import pytest

from netspec.graph.resolve import resolve
from netspec.graph.written import document
from netspec.problems import SpecError
from netspec.search.graphs import Graphs
from netspec.source import Source
from netspec.spec import parse

SPEC = """extends = "base.toml"
vars.width = 4
vars.rate = 0.1
vars.kinds = ["relu"]
vars.word = "same"
inputs.x = ["${2 * width}", 8]
layers = [
  { name = "first", type = "Conv1D", filters = 2, kernel_size = 3, padding = "${word}", dilation_rate = "${depth}" },
  "Flatten",
  { block = "hidden", repeat = "${depth}" },
  { type = "Dropout", rate = "${rate}", when = "${rate > 0}" },
  { name = "kind", type = "Dense", units = 4, activation = "softmax" },
]
[blocks.hidden]
vars.units = "${width}"
layers = [{ type = "Dense", units = "${units // (index + 1)}", activation = "${kinds[0]}" }]
"""
BASE = """vars.depth = 1
[data]
source = "d.npz"
validation = "${rate}"
[train]
loss = "sparse_categorical_crossentropy"
optimizer = { type = "Adam", learning_rate = "${rate}" }
epochs = "${width}"
"""


def told(make):
    try:
        graph = make()
    except SpecError as error:
        return str(error)
    return document(graph), graph.parameters, graph.macs, graph.groups, graph.source.elsewhere


def test_each_point_is_as_if_nothing_had_been_read_before(tmp_path):
    (tmp_path / "netspec.toml").touch()
    (tmp_path / "base.toml").write_text(BASE)
    source = Source(str(tmp_path / "m.toml"), SPEC)
    graphs = Graphs(source)
    said = [
        *((f"depth={depth}", f"width={width}") for depth in (0, 1, 3, 4) for width in (1, 4, 16)),
        *((f"rate={rate}",) for rate in ("0.2", "0.0", "1", "1.0", "-0.5", "2.0", "true", '"a"')),
        ('kinds=["tanh"]',),
        ('kinds=["tahn"]', "rate=0.3"),
        ("kinds=[]",),
        ('word="valid"', "depth=9"),
        ('word="$${no}"',),
        ("layers.first.filters=7", "layers.Flatten=1"),
        ("layers.first.filters=7", "train.optimizer.beta_1=0.5", "train.epochs=3"),
        ("layers.1=Flatten", "layers.1.name=flat"),
        ("wide=3",),
        (),
    ]
    for settings in [*said, *reversed(said)]:
        alone = told(lambda settings=settings: resolve(parse(source, settings)))
        assert told(lambda settings=settings: graphs.graph(settings)) == alone, settings
    errors = [told(lambda settings=settings: graphs.graph(settings)) for settings in said]
    assert 9 < sum(isinstance(each, str) for each in errors) < len(said) - 9, "nets, and what is none"


@pytest.mark.parametrize("large", [False, True])
def test_what_is_too_large_is_so_each_time(large):
    text = 'vars.n = 1\ninputs.x = [2]\nlayers = [{ type = "Dense", units = "${n}" }]\n'
    graphs = Graphs(Source("m.toml", text), large)
    sizes = [told(lambda n=n: graphs.graph((f"n={n}",))) for n in (5, 2**33, 5, 2**33)]
    assert [isinstance(each, str) for each in sizes] == [False, not large] * 2
