"""Tensors cut, turned, joined and pooled by operations (``x[:, 1:]``), as layers that do the very same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from netspec.decompile.given import Given, Row, Shape, dtype_of, known, target
from netspec.decompile.network import Flow


def _reshaped(given: Given) -> list[Row]:
    flow = given.one()
    shape, new = known(given, flow), given.take("newshape", given.named.pop("shape", None))
    given.done()
    if not isinstance(new, list) or not all(dim is None or type(dim) is int for dim in new) or len(new) < 2:
        raise given.unlike()
    before, after = shape[1:], new[1:]
    batch = new[0] in (-1, None) and -1 not in after and _size(before) == _size(after) is not None
    if not batch:
        raise given.unlike()
    return [Row({"type": "Reshape", "target_shape": after, **dtype_of(flow)}, (flow,))]


def _size(dims: Sequence[int | None]) -> int | None:
    """The product of the dimensions, ``None`` where any is open."""
    sizes = [dim for dim in dims if dim is not None]
    return prod(sizes) if len(sizes) == len(dims) else None


def _expanded(given: Given) -> list[Row]:
    flow = given.one()
    shape, axis = list(known(given, flow)), given.take("axis")
    given.done()
    if type(axis) is not int or not -len(shape) - 1 <= axis <= len(shape) or axis % (len(shape) + 1) == 0:
        raise given.unlike()
    shape.insert(axis % (len(shape) + 1), 1)
    return [Row(target(given, tuple(shape)) | dtype_of(flow), (flow,))]


def _squeezed(given: Given) -> list[Row]:
    flow = given.one()
    shape, axis = list(known(given, flow)), given.take("axis")
    given.done()
    places = [axis] if type(axis) is int else axis
    if not isinstance(places, list) or not all(type(at) is int and -len(shape) <= at < len(shape) for at in places):
        raise given.unlike()
    gone = {at % len(shape) for at in places}
    if 0 in gone or any(shape[at] != 1 for at in gone):
        raise given.unlike()
    left = tuple(dim for at, dim in enumerate(shape) if at not in gone)
    return [Row(target(given, left) | dtype_of(flow), (flow,))]


def _permuted(given: Given) -> list[Row]:
    flow = given.one()
    axes = given.take("axes", given.named.pop("perm", None))
    given.done()
    if not isinstance(axes, list) or axes[:1] != [0] or sorted(map(str, axes)) != sorted(map(str, range(len(axes)))):
        raise given.unlike()
    return [Row({"type": "Permute", "dims": axes[1:], **dtype_of(flow)}, (flow,))]


def _concatenated(given: Given) -> list[Row]:
    flows, axis = given.take("xs", given.named.pop("values", None)), given.take("axis", 0)
    given.done()
    if not isinstance(flows, list) or len(flows) < 2 or not all(isinstance(flow, Flow) for flow in flows):
        raise given.unlike()
    if type(axis) is not int or axis == 0:
        raise given.unlike()
    return [Row({"type": "Concatenate", "axis": axis, **dtype_of(*flows)}, tuple(flows))]


def _pooled(word: str) -> Callable[[Given], list[Row]]:
    """The mean or the maximum over all axes of space."""

    def rule(given: Given) -> list[Row]:
        flow = given.one()
        shape, axis, keep = known(given, flow), given.take("axis"), given.named.pop("keepdims", False)
        given.done()
        axes = [axis] if type(axis) is int else axis
        space = list(range(1, len(shape) - 1))
        if not isinstance(axes, list) or not all(type(at) is int for at in axes) or not 1 <= len(space) <= 3:
            raise given.unlike()
        if sorted(at % len(shape) for at in axes) != space or "float" not in (flow.dtype or "float"):
            raise given.unlike()
        stated = {"keepdims": True} if keep else {}
        return [Row({"type": f"Global{word}Pooling{len(space)}D", **stated, **dtype_of(flow)}, (flow,))]

    return rule


def _sliced(given: Given) -> list[Row]:
    """``x[:, 1:5]``, and ``x[:, 0]``, which drops an axis: what is not wanted is cropped away."""
    flow = given.one()
    shape, key = known(given, flow), given.take("key", given.named.pop("slice_spec", None))
    given.done()
    whole = slice(None)
    keys = list(key) if isinstance(key, list) else [key]
    if keys.count(...) == 1:
        at = keys.index(...)
        keys = [*keys[:at], *[whole] * (len(shape) - len(keys) + 1), *keys[at + 1 :]]
    keys += [whole] * (len(shape) - len(keys))
    if len(keys) != len(shape) or keys[0] != whole:
        raise given.unlike()
    sides = [_sides(given, dim, each) for dim, each in zip(shape[1:], keys[1:], strict=True)]
    sizes = [dim if dim is None else dim - sum(side) for dim, side in zip(shape[1:], sides, strict=True)]
    out = [size for size, each in zip(sizes, keys[1:], strict=True) if isinstance(each, slice)]
    return _cropped(given, flow, shape, sides, out)


def _sides(given: Given, dim: int | None, key: Any) -> tuple[int, int]:
    """How much of an axis is cropped away before and after."""
    if key == slice(None):
        return 0, 0
    if type(key) is int and dim is not None and -dim <= key < dim:
        return key % dim, dim - key % dim - 1
    ends = [key.start, key.stop] if isinstance(key, slice) and key.step in (None, 1) else [...]
    if all(type(end) is int or end is None for end in ends):
        if dim is not None:
            start, stop, _ = key.indices(dim)
            if start < stop:
                return start, dim - stop
        elif (key.start or 0) >= 0 and (key.stop or 0) <= 0 and key.stop != 0:
            return key.start or 0, -(key.stop or 0)
    raise given.unlike()


def _cropped(given: Given, flow: Flow, shape: Shape, sides: list[tuple[int, int]], out: list[int | None]) -> list[Row]:
    """The rows that crop so much of each axis, and drop the axes that are not among those of ``out``."""
    dtype = dtype_of(flow)
    found: list[Row] = []
    if any(map(any, sides)):
        if any(sides[-1]) or len(sides) < 2:  # the channels too: an axis is put behind them that is not cropped
            found.append(Row(target(given, (*shape, 1)) | dtype, (flow,), "apart"))
            sides = [*sides, (0, 0)]
        if len(sides) > 4:
            raise given.unlike()
        cropping: Any = [list(side) for side in sides[:-1]]
        stated = cropping if len(cropping) > 1 else cropping[0]
        table = {"type": f"Cropping{len(cropping)}D", "cropping": stated, **dtype}
        found.append(Row(table, (None if found else flow,), "crop"))
    if len(found) != 1 or len(out) != len(shape) - 1:
        found.append(Row(target(given, (None, *out)) | dtype, (None if found else flow,)))
    return [*found[:-1], found[-1]._replace(suffix="")]


def _padded(given: Given) -> list[Row]:
    flow = given.one()
    shape, sides = known(given, flow), given.take("pad_width", given.named.pop("paddings", None))
    mode, value = given.named.pop("mode", "constant"), given.take("constant_values", 0)
    given.done()
    rank = len(shape) - 2
    is_zero = str(mode).lower() == "constant" and value in (0, None)
    if not is_zero or not 1 <= rank <= 3 or not _are_sides(sides, len(shape)):
        raise given.unlike()
    stated = sides[1:-1] if rank > 1 else sides[1]
    return [Row({"type": f"ZeroPadding{rank}D", "padding": stated, **dtype_of(flow)}, (flow,))]


def _are_sides(sides: Any, count: int) -> bool:
    """Whether something is to be added before and after each of so many axes, but not to batch and channels."""
    pairs = isinstance(sides, list) and len(sides) == count and all(isinstance(each, list) for each in sides)
    good = pairs and all(len(each) == 2 and all(type(end) is int and end >= 0 for end in each) for each in sides)
    return good and not any(sides[0]) and not any(sides[-1])


RULES: dict[str, Callable[[Given], list[Row]]] = {
    **{"GetItem": _sliced, "Pad": _padded, "Reshape": _reshaped, "ExpandDims": _expanded, "Squeeze": _squeezed},
    **{"Transpose": _permuted, "Concatenate": _concatenated, "Mean": _pooled("Average"), "Max": _pooled("Max")},
}
