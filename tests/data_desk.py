"""A spec's ``[data]`` and the samples that come of it, for the tests of data."""

from __future__ import annotations

import pytest

from netspec.data import match, read
from netspec.parts.faults import make
from netspec.problems import SpecError
from netspec.shapes import Tensor
from netspec.source import Source
from netspec.spec import Data
from netspec.spec.settings import settle

TWO = {"x": Tensor((None, 2))}
SOFTMAX = {"out": Tensor((None, 2))}


def spec(folder, stated='source = "d.csv"', *settings):
    """The ``Data`` of a spec in ``folder`` that holds these lines of ``[data]``, and the spec."""
    source = Source(str(folder / "m.toml"), f"[data]\n{stated}\n")
    document, source = settle(source, source.data, settings)
    return make(Data, document["data"]), source


def samples(folder, stated='source = "d.csv"', inputs=TWO, outputs=SOFTMAX, kinds="index", settings=(), **more):
    """What a net takes of them."""
    data, source = spec(folder, stated, *settings)
    kinds = kinds if isinstance(kinds, dict) else dict.fromkeys(outputs, kinds)
    return match(read(data, source), data, source, inputs, outputs, kinds, **more)


def told(folder, *args, **more):
    """The first line of what is said, the folder left out."""
    with pytest.raises(SpecError) as caught:
        samples(folder, *args, **more)
    return only(caught.value, folder)


def only(error, folder):
    """The first line of the one problem, the folder left out."""
    assert len(error.problems) == 1
    return str(error).split("\n")[0].replace(f"{folder.resolve()}/", "").replace(f"{folder}/", "")
