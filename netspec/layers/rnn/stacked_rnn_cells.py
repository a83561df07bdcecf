"""Cells one on top of the other."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, SkipValidation, model_validator

from netspec.layers.layer import Kinds, Weights
from netspec.layers.rnn import Cell, States
from netspec.layers.wrapping import kept, within
from netspec.parts.faults import collected, nested
from netspec.parts.term import snake
from netspec.problems import Problem, shown
from netspec.shapes import Shape


def cell_within(words: Any) -> Any:
    """The cell that stands inside a layer."""
    cell = within(words)
    if not isinstance(cell, Cell):
        message = f"{type(cell).__name__} is not a cell; LSTMCell, GRUCell, SimpleRNNCell and StackedRNNCells are"
        raise nested(Problem("bad-value", message))
    return cell


def cells_within(words: Any) -> Any:
    """The cells that stand inside a layer, in a list."""
    if not isinstance(words, tuple):
        raise ValueError(f"must be a list of cells, not {shown(words)}")
    return tuple(collected(words, cell_within).values())


class StackedRNNCells(Cell):
    """Cells one on top of the other, as one cell: each reads what the one below makes."""

    cells: Annotated[tuple[SkipValidation[Cell], ...], Field(min_length=1), BeforeValidator(cells_within)]

    @model_validator(mode="after")
    def _computes_alike(self) -> Self:
        own = self.dtype or "float32"
        for cell in self.cells:
            if (dtype := cell.dtype or "float32") != own:
                raise ValueError(f"computes in {own}, and so must its cells: {type(cell).__name__} has dtype {dtype}")
        return self

    def kinds(self, argument: str = "") -> Kinds:
        """Those that the first cell takes: the others take what it makes."""
        return self.cells[0].kinds()

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(size for cell in self.cells for size in cell.sizes)

    @property
    def width(self) -> int:
        return self.cells[-1].width

    def weights(self, inputs: Shape, states: States = ()) -> Weights:
        return self._kept(inputs)[0]

    def state(self, inputs: Shape, states: States = ()) -> Weights:
        return self._kept(inputs)[1]

    def macs(self, inputs: Shape, states: States = ()) -> int:
        return sum(cell.macs(arriving) for _, cell, arriving in self._stack(inputs))

    def _stack(self, inputs: Shape) -> list[tuple[str, Cell, Shape]]:
        """Each cell with its name, numbered as Keras does, and the shape that reaches it."""
        stack: list[tuple[str, Cell, Shape]] = []
        for cell in self.cells:
            stem = snake(type(cell).__name__)
            count = sum(type(other) is type(cell) for _, other, _ in stack)
            stack.append((f"{stem}_{count}" if count else stem, cell, inputs))
            inputs = (inputs[0], cell.width)
        return stack

    def _kept(self, inputs: Shape) -> tuple[Weights, Weights]:
        weights: Weights = {}
        held: Weights = {}
        for name, cell, arriving in self._stack(inputs):
            more, other = kept(name, cell, arriving)
            weights, held = weights | more, held | other
        return weights, held
