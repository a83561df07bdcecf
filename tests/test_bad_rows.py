"""Every layer that a row says is wrong, put into a spec: one problem, with the row's words, at the layer's place."""

from __future__ import annotations

import pytest
import tomli_w
from rows_of_facts import Row, rows

from netspec.graph import resolve
from netspec.problems import SpecError
from netspec.shapes import Tensor
from netspec.source import Source
from netspec.spec import parse

#: A spec always gives a layer something, so rows without are left out.
WRONG = [row for row in rows() if "wrong" in row.expected or ("refused" in row.expected and row.tensors)]


def spec_of(row: Row) -> str:
    """A spec with the row's layer alone, each tensor that reaches it an input."""
    given = row.tensors or (Tensor((None, 4)),)
    inputs = {f"x{at}": each for at, each in enumerate(given)}
    names = iter(inputs)
    plain, named = row.called(lambda tensor: next(names), list)
    layer = {"name": "it", "type": row.type, **row.arguments, "inputs": named or plain or ["x0"]}
    shapes = {
        name: {"shape": ["?" if dim is None else dim for dim in tensor.shape[1:]], "dtype": tensor.dtype}
        for name, tensor in inputs.items()
    }
    return tomli_w.dumps({"inputs": shapes, "layers": [layer]})


@pytest.mark.parametrize("row", WRONG, ids=lambda row: row.id)
def test_a_wrong_layer_is_told_in_the_spec(row):
    source = Source("spec.toml", spec_of(row))
    with pytest.raises(SpecError) as caught:
        resolve(parse(source))
    (problem,) = caught.value.problems
    said = f"it: {row.expected['refused']}" if "refused" in row.expected else row.expected["wrong"]
    message, _, hint = problem.message.partition("; inputs.x")
    assert message == said
    assert bool(hint) == (problem.code == "wrong-dtype")
    assert problem.loc[:2] == ("layers", 0)
    assert problem.show(source).startswith("spec.toml:")


def test_there_are_hundreds_of_them():
    assert len(WRONG) > 400
