"""What one of Keras' operations is called with, and the rows of a spec that stand in its place."""

from __future__ import annotations

from math import isfinite
from typing import Any, NamedTuple

from netspec.decompile.network import Array, Flow
from netspec.decompile.unsayable import Unsayable

Shape = tuple[int | None, ...]


class Row(NamedTuple):
    """One layer in place of an operation, or of a part of it.

    ``inputs`` are the tensors that it takes, ``None`` for what leaves the row before; ``suffix`` tells the rows of one
    operation apart, the last has none.
    """

    table: dict[str, Any]
    inputs: tuple[Flow | None, ...]
    suffix: str = ""


class Given:
    """What an operation is called with."""

    def __init__(self, kind: str, args: list[Any], named: dict[str, Any]):
        self.kind, self.args, self.named = kind, list(args), dict(named)

    def take(self, name: str, default: Any = None) -> Any:
        """The next argument, by its place or by its name."""
        return self.args.pop(0) if self.args else self.named.pop(name, default)

    def one(self, name: str = "x") -> Flow:
        """The next argument, which must be a tensor."""
        value = self.take(name)
        if not isinstance(value, Flow):
            raise self.unlike()
        return value

    def done(self) -> None:
        """Refuse arguments that nobody looked at."""
        rest = [*self.args, *(name for name, value in self.named.items() if value is not False)]
        if [value for value in rest if value is not None]:
            raise self.unlike()

    def unlike(self, why: str = "") -> Unsayable:
        """No layer does what the operation does with these arguments."""
        return Unsayable(
            ("", why or f"the operation {self.kind!r} has no layer that does the same with these arguments")
        )


def dtype_of(*flows: Flow) -> dict[str, str]:
    """The dtype that a layer must be given so that it computes as an operation does: in that of its tensors."""
    dtypes = {flow.dtype for flow in flows if flow.dtype}
    if len(dtypes) > 1:
        raise Unsayable(("", f"the operation joins tensors of {' and '.join(sorted(dtypes))}, which no layer does"))
    return {"dtype": dtype} if (dtype := next(iter(dtypes), "float32")) in ("float16", "bfloat16", "float64") else {}


def constant(value: Any, dtype: str) -> Any:
    """A constant that ``Rescaling`` takes beside a tensor of ``dtype``: a number, or numbers along the last
    axis; ``None`` where it takes none.
    """
    if isinstance(value, Array):
        if value.dtype != dtype:
            return None  # the two would be reckoned in a third
        value = value.value
        if isinstance(value, list) and value and all(item == value[0] for item in value):
            value = value[0]
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if isfinite(value) else None
    if isinstance(value, list) and value and all(type(item) in (int, float) and isfinite(item) for item in value):
        return value
    return None


def known(given: Given, flow: Flow) -> Shape:
    """The shape of a tensor, the batch first."""
    if flow.shape is None:
        raise given.unlike(
            f"the operation {given.kind!r} needs to know the shape that reaches it, which the file does not say"
        )
    return flow.shape


def target(given: Given, shape: Shape) -> dict[str, Any]:
    """A ``Reshape`` to ``shape`` without its batch; one size may be open."""
    if shape[1:].count(None) > 1:
        raise given.unlike()
    return {"type": "Reshape", "target_shape": [-1 if dim is None else dim for dim in shape[1:]]}
