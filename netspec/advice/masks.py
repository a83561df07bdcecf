"""Masks, and where they are lost."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.advice.advice import Advice
from netspec.advice.flow import Flow
from netspec.graph import Node, Ref
from netspec.problems import Problem


class MaskLost(Advice):
    """A mask reaches a layer that does not know masks: from there on padding counts as data.

    `Embedding` with `mask_zero = true` and `Masking` mark the steps that only fill a batch. The mark travels with the
    numbers as long as each layer hands it on; `Flatten`, convolutions, pooling and others drop it, and the steps that
    were to be left out are averaged, convolved and learned from. `Add` and its like drop it without a word where one of
    the tensors that they join has none.

    ```toml
    inputs.words = { shape = [20], dtype = "int32" }
    layers = [
      { type = "Embedding", input_dim = 1000, output_dim = 16, mask_zero = true },
      "GlobalMaxPooling1D", # knows no masks; GlobalAveragePooling1D and LSTM do
      { type = "Dense", units = 1, activation = "sigmoid" },
    ]
    ```

    Put the layers that use a mask (recurrent layers, attention, `GlobalAveragePooling1D`) before those that lose it,
    or make no mask.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        masked: dict[Ref, str] = {}
        for node in flow.graph:
            marked = [masked[ref] for ref in _carrying(node) if ref in masked]
            if node.layer.makes_mask:
                masked[Ref(node.name)] = node.name
            elif marked and _drops(node, len(marked)) and not node.is_shared:
                message = f"{node.type} drops the mask that {marked[0]} makes, as not all that it joins has one"
                yield self.at(node, f"{message}: padding counts from here on")
            elif marked and node.layer.mask() == "passes":
                masked |= {Ref(node.name, index): marked[0] for index in range(len(node.outputs))}
            elif marked and node.layer.mask() == "loses" and not node.is_shared:
                yield self.at(node, f"{node.type} loses the mask that {marked[0]} makes: padding counts from here on")


def _carrying(node: Node) -> tuple[Ref, ...]:
    """The inputs whose masks a layer hands on: all that are merged, else those that the layer is called with first."""
    if node.layer.family() == "merging":
        return node.inputs
    first = ("", "query", "sequences", "inputs")
    return tuple(ref for ref, argument in zip(node.inputs, node.arguments, strict=True) if argument in first)[:1]


def _drops(node: Node, marked: int) -> bool:
    """Whether a layer that joins tensors number by number hands no mask on, as only some of them have one."""
    return node.layer.family() == "merging" and node.type not in ("Concatenate", "Dot") and marked < len(node.inputs)
