"""Weights and activations as small pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netspec.graph import Graph, Node
from netspec.inspect.probe import Array
from netspec.inspect.trained.figures import Pictures
from netspec.shapes import Tensor, kind
from netspec.train.silent import by_unit

MOST = 32  # kernels shown where each is one picture
FILTERS, CHANNELS, MAPS, GIVEN = 16, 8, 16, 4
LARGEST, FINE = 256, 16  # points along a side; pictures that have fewer have larger points
_COLOURED = (1, 3)
#: Layers that leave the numbers of a sample in their places.
_KEEPING = (
    "ActivityRegularization", "BatchNormalization", "Dropout", "Flatten", "GaussianDropout", "GaussianNoise",
    "Identity", "Normalization", "Rescaling", "Reshape",
)  # fmt: skip
#: From the least to the most of a signed picture: Okabe and Ito's blue, white, their vermillion.
_BLUE, _WHITE, _RED = (np.array(each) / 255 for each in ((0, 114, 178), (255, 255, 255), (213, 94, 0)))


def image_shape(tensor: Tensor) -> tuple[int, ...] | None:
    """Height and width, and three colours where there are such, of a tensor that is an image."""
    shape = tensor.shape[1:]
    if None in shape or kind(tensor.dtype) not in ("float", "int") or len(shape) not in (2, 3):
        return None
    sizes = tuple(dim or 0 for dim in shape)
    if (len(sizes) == 3 and sizes[2] not in _COLOURED) or not all(2 <= each <= LARGEST for each in sizes[:2]):
        return None
    return sizes[:2] if sizes[2:] in ((), (1,)) else sizes


def source_shape(graph: Graph, node: Node) -> tuple[int, ...] | None:
    """The shape of the image whose numbers reach a layer, each in its place; ``None`` where none do."""
    while len(node.inputs) == 1:
        name = node.inputs[0].name
        if name in graph.inputs:
            return image_shape(graph.inputs[name].tensor)
        node = graph.nodes[name]
        if node.type not in _KEEPING:
            return None
    return None


def kernels(graph: Graph, node: Node, kernel: Array) -> Pictures | None:
    """What the units of a convolution or a dense layer look for; ``None`` where that is no picture.

    Each picture is scaled by its largest weight: in colours where a convolution looks at three channels, else blue
    below 0, white at 0, vermillion above.
    """
    if node.type == "Dense" and kernel.ndim == 2:
        shape = source_shape(graph, node)
        if shape is None or np.prod(shape) != len(kernel):
            return None
        return _each([kernel[:, unit].reshape(shape) for unit in range(kernel.shape[1])], "weights of {} units")
    if node.type == "Conv1D":
        return _each([kernel[..., unit].T for unit in range(kernel.shape[-1])], "kernels of {} filters, steps across")
    if node.type == "Conv3D":
        return _sliced(kernel)
    if node.type in ("DepthwiseConv2D", "SeparableConv2D"):
        flat = kernel.reshape(*kernel.shape[:2], -1)  # those of a channel follow one another, as its units do
        return _each([flat[..., at] for at in range(flat.shape[-1])], "kernels of {} filters, each for one channel")
    if node.type == "Conv2DTranspose":
        kernel = kernel.swapaxes(2, 3)
    elif node.type != "Conv2D":
        return None
    count = kernel.shape[-1]
    if kernel.shape[2] == 3:
        return _each([kernel[..., unit] for unit in range(count)], "kernels of {} filters, in colours")
    if kernel.shape[2] == 1:
        return _each([kernel[:, :, 0, unit] for unit in range(count)], "kernels of {} filters")
    units, channels = min(FILTERS, count), min(CHANNELS, kernel.shape[2])
    shown = [signed(kernel[:, :, channel, unit]) for channel in range(channels) for unit in range(units)]
    seen = few(channels, kernel.shape[2])
    told = f"kernels of {few(units, count)} filters (columns) for {seen} channels (rows)"
    return Pictures(tuple(shown), units, told)


def _sliced(kernel: Array) -> Pictures:
    """Kernels of three axes as slices along the first, for the first channel: a column a filter, scaled as one."""
    units = min(FILTERS, kernel.shape[-1])
    columns = [signed(kernel[..., 0, unit].reshape(len(kernel), -1)) for unit in range(units)]
    size = (*kernel.shape[1:3], 3)
    shown = [columns[unit][at].reshape(size) for at in range(len(kernel)) for unit in range(units)]
    told = f"kernels of {few(units, kernel.shape[-1])} filters (columns) in slices (rows)"
    return Pictures(tuple(shown), units, told + f" for the first of {kernel.shape[3]} channels" * (kernel.shape[3] > 1))


def _each(kernels: Sequence[Array], words: str) -> Pictures:
    shown = [signed(each) for each in kernels[:MOST]]
    return Pictures(tuple(shown), 16, words.format(few(len(shown), len(kernels))))


def few(count: int, whole: int) -> str:
    """How many of them there are to see."""
    return f"{count} of {whole}" if count < whole else str(whole)


def maps(values: Array, axis: int, places: Sequence[int]) -> Pictures | None:
    """The first 16 feature maps of those samples, a row a sample; of sequences what the units say step by step.

    Of maps with three axes it is the slice in the middle of the first.
    """
    rows = by_unit(values, axis)
    if rows.ndim == 3:
        shown = [grey(rows[at, :LARGEST, :LARGEST].T) for at in places]
        steps, units = (few(min(LARGEST, size), size) for size in rows.shape[1:])
        told = f"{units} units (rows) over {steps} steps of {len(shown)} samples"
        return Pictures(tuple(shown), len(shown) or 1, told)
    middle = ""
    if rows.ndim == 5:
        rows, middle = rows[:, rows.shape[1] // 2], ", in the middle of their first axis"
    if rows.ndim != 4:
        return None
    count = min(MAPS, rows.shape[-1])
    pictures = [grey(rows[at, ..., unit]) for at in places for unit in range(count)]
    return Pictures(
        tuple(pictures), count, f"{few(count, rows.shape[-1])} feature maps of {len(places)} samples (rows){middle}"
    )


def signed(values: Array) -> Array:
    """Red, green and blue from 0 to 1 for numbers around 0; three channels are colours themselves."""
    most = np.abs(values).max() or 1.0
    scaled = np.nan_to_num(values / most)
    if scaled.ndim == 3:
        halved: Array = (scaled + 1) / 2
        return halved
    share = np.abs(scaled)[..., None]
    ends = np.where(scaled[..., None] < 0, _BLUE, _RED)
    mixed: Array = _WHITE * (1 - share) + ends * share
    return mixed


def grey(values: Array, low: float | None = None, high: float | None = None) -> Array:
    """Red, green and blue from black at the least to white at the most; three channels are colours themselves."""
    values = np.nan_to_num(np.asarray(values, "float64"), posinf=0.0, neginf=0.0)
    low, high = values.min() if low is None else low, values.max() if high is None else high
    scaled = (values - low) / ((high - low) or 1.0)
    coloured: Array = scaled if scaled.ndim == 3 else np.repeat(scaled[..., None], 3, -1)
    return coloured


def as_image(sample: Array, shape: tuple[int, ...], low: float, high: float) -> Array:
    """A sample as a picture."""
    return grey(sample.reshape(shape), low, high)


def montage(shown: Pictures) -> Array:
    """All pictures in one, with lines between them that are thinner than what they part."""
    grain = max(1, -(-FINE // min(shown.pictures[0].shape[:2])))
    pictures = [each.repeat(grain, 0).repeat(grain, 1) for each in shown.pictures]
    height, width = (max(each.shape[at] for each in pictures) for at in (0, 1))
    gap = max(1, min(height, width) // 8)
    across = min(shown.across, len(shown.pictures))
    down = -(-len(shown.pictures) // across)
    whole = np.full((down * (height + gap) - gap, across * (width + gap) - gap, 3), 0.82)
    for at, each in enumerate(pictures):
        top, left = at // across * (height + gap), at % across * (width + gap)
        whole[top : top + each.shape[0], left : left + each.shape[1]] = np.clip(each, 0, 1)
    return whole
