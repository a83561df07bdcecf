"""A recurrent layer around any cell."""

from typing import Annotated, Any

from pydantic import BeforeValidator, SkipValidation

from netspec.layers.layer import Kinds, Weights, axes, times
from netspec.layers.rnn import Cell, Reading, States, UnitCell, unrollable
from netspec.layers.rnn.stacked_rnn_cells import StackedRNNCells, cell_within, cells_within
from netspec.layers.wrapping import kept
from netspec.parts.term import snake
from netspec.shapes import Shape, ShapeError


def _cell(words: Any) -> Any:
    """The cell, several in a list being a stack."""
    return StackedRNNCells(cells=cells_within(words)) if isinstance(words, tuple) else cell_within(words)


class RNN(Reading):
    """A cell, or several one on top of the other, over the steps of a sequence."""

    cell: Annotated[SkipValidation[Cell], BeforeValidator(_cell)]
    unroll: bool = False
    zero_output_for_mask: bool = False

    @property
    def variable_dtype(self) -> str:
        """The dtype of its weights, which are those of its cell."""
        return self.cell.variable_dtype

    def kinds(self, argument: str = "") -> Kinds:
        """Those that its cell takes."""
        return self.cell.kinds()

    def remembered(self, sequences: Shape) -> States:
        axes(sequences, "steps", "features")
        unrollable(self.unroll, sequences)
        return tuple((sequences[0], size) for size in self.cell.sizes)

    def made(self, states: States) -> Shape:
        return (self.cell.width,)

    def output(self, sequences: Shape, initial_state: States = ()) -> Shape:
        if initial_state and isinstance(self.cell, StackedRNNCells) and len(self.cell.sizes) != len(self.cell.cells):
            raise ShapeError("takes no initial states: cells of several states each would need them in nested lists")
        if self.return_state and not _can_hand_out(self.cell):
            raise ShapeError("cannot return the states of a stack within a stack, where a cell keeps several")
        return super().output(sequences, initial_state)

    def weights(self, sequences: Shape, initial_state: States = ()) -> Weights:
        return self._within(sequences)[0]

    def state(self, sequences: Shape, initial_state: States = ()) -> Weights:
        return self._within(sequences)[1]

    def macs(self, sequences: Shape, initial_state: States = ()) -> int:
        return times(sequences[1]) * self.cell.macs((sequences[0], *sequences[2:]))

    def _within(self, sequences: Shape) -> tuple[Weights, Weights]:
        """What its cell keeps, trained and not."""
        return kept(snake(type(self.cell).__name__), self.cell, (sequences[0], *sequences[2:]))


def _can_hand_out(cell: Cell) -> bool:
    """Whether Keras can put the states of a cell in a row: a stack within a stack keeps one for each cell of units."""
    inner = [each for each in getattr(cell, "cells", ()) if isinstance(each, StackedRNNCells)]
    return all(isinstance(each, UnitCell) and each.memory == 1 for stack in inner for each in stack.cells)
