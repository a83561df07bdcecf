"""Samples that a trained model is asked about: their inputs alone, all that is wrong with their file told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from netspec.data.columns import Columns
from netspec.data.match import Matcher, Samples
from netspec.data.preview import CELLS
from netspec.problems import SpecError
from netspec.shapes import Tensor
from netspec.source import Source
from netspec.spec import Data


def asked(
    columns: Columns, data: Data, spec: Source, inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor]
) -> Samples:
    """The samples of ``columns`` without targets; ``SpecError`` with what is wrong in the first file that has anything.

    Of a column the first cells are told.
    """
    matcher = Matcher(replace(columns, most=CELLS), data, spec, tells_all=True)
    try:
        samples = matcher.samples(inputs, outputs, {}, targets=False)
    except SpecError as error:
        matcher.found.append(error)
    found = [error for error in matcher.found if error.problems]
    if not found:
        return samples
    source = found[0].source
    raise SpecError(source, [each for error in found if error.source.name == source.name for each in error.problems])
