"""``[data] augment`` in Keras' words: a function that changes the batches of a ``tf.data`` pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netspec.code.tree import INDENT, laid_out, sequence
from netspec.graph.augment import augmenting

if TYPE_CHECKING:
    from netspec.code.module import Module

_BLENDED = 'both = layer({"images": x, "labels": y}, training=True)'


def augmented(module: Module) -> list[str]:
    """The function that changes batches at random; nothing where the spec states no such layers."""
    graph = module.graph
    found = augmenting(graph)
    if not found:
        return []
    several = len(graph.inputs) > 1
    made, body = list[str](), list[str]()
    for at, name in enumerate(graph.inputs):
        if name not in found:
            continue
        each, changes = (f"x[{at}]", f"changes_{at}") if several else ("x", "changes")
        tree = sequence([module.writer.layer(layer, None) for layer in found[name].values()])
        made += laid_out(f"{changes} = ", tree, indent=INDENT)
        blending = sorted({type(layer).__name__ for layer in found[name].values() if layer.blends})
        body += [f"for layer in {changes}:", *_called(each, blending)]
        if (dtype := graph.inputs[name].tensor.dtype) != "float32":
            made_of = f"tf.saturate_cast(tf.round({each})" if "int" in dtype else f"tf.cast({each}"
            body.append(f"{each} = {made_of}, tf.{dtype})")
    body = ["x = list(x)", *body, "return tuple(x), y"] if several else [*body, "return x, y"]
    return [
        "def augmented(batches):",
        f'{INDENT}"""Change the samples in `batches` at random."""',
        *([f"{INDENT}import tensorflow as tf", ""] if any(" tf." in line for line in body) else []),
        *made,
        "",
        f"{INDENT}def change(x, y):",
        *(f"{INDENT * 2}{line}" for line in body),
        "",
        f"{INDENT}return batches.map(change)",
    ]


def _called(each: str, blending: list[str]) -> list[str]:
    """The lines that let a layer change ``each``, and the targets where it is of a class that blends them too."""
    plain = f"{each} = layer({each}, training=True)"
    if not blending:
        return [INDENT + plain]
    mixing = [f"{INDENT}{_BLENDED}", f'{INDENT}x, y = both["images"], both["labels"]']
    kinds = ", ".join(f"layers.{name}" for name in blending)
    kinds = f"if isinstance(layer, {kinds if len(blending) == 1 else f'({kinds})'}):"
    return [f"{INDENT}{line}" for line in (kinds, *mixing, "else:", f"{INDENT}{plain}")]


def batched(module: Module) -> list[str]:
    """The lines of ``train`` that make batches of ``x`` and ``y`` and change them."""
    graph = module.graph
    x, y = ("tuple(x)" if len(graph.inputs) > 1 else "x"), ("tuple(y)" if len(graph.outputs) > 1 else "y")
    count = "len(x[0])" if len(graph.inputs) > 1 else "len(x)"
    assert graph.train
    pairs = f"tf.data.Dataset.from_tensor_slices(({x}, {y}))"
    made = f"{INDENT}batches = {pairs}.shuffle({count}).batch({graph.train.batch_size})"
    return [f"{INDENT}import tensorflow as tf", "", made]
