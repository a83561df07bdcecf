"""Conditions under which a row of a block is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from netspec.decompile.fold_values import ABSENT, Param, Told, literal

SMALL = 4  # the largest number that is a reason for a row to be there


def conditions(
    uses: Sequence[range],
    named: Mapping[str, Mapping[int, Any]],
    params: Sequence[Param],
    said: Sequence[Told],
    channels: Sequence[int | None],
) -> Iterator[tuple[str, list[bool]]]:
    """What may be asked of a round, and in which it holds; ``named`` are the vars of the block by use."""
    index = [at for use in uses for at in range(len(use))]
    first = [at == 0 for at in index]
    if any(index):
        yield "index == 0", first
        yield "index > 0", [not each for each in first]
    for param, each in zip(params, said, strict=True):
        if each.text == each.var and None not in channels and all(value is not ABSENT for value in param.plain):
            same = [value == arriving for value, arriving in zip(param.plain, channels, strict=True)]
            yield f"input.shape[-1] == {each.text}", same
            yield f"input.shape[-1] != {each.text}", [not one for one in same]
    for var, values in named.items():
        if any(isinstance(value, list | dict) for value in values.values()) or len(values) < len(uses):
            continue
        spread = [values[at] for at, use in enumerate(uses) for _ in use]
        for value in {str(value): value for value in spread}.values():
            if not (text := literal(value)) or isinstance(value, str) or value > SMALL:
                continue  # such a value would be there by chance
            holds = [key == value for key in spread]
            yield from _compared(var, text, holds, first, index)


def _compared(
    var: str, text: str, holds: list[bool], first: list[bool], index: list[int]
) -> Iterator[tuple[str, list[bool]]]:
    """What may be asked of a var, alone and of the first round only."""
    yield f"{var} == {text}", holds
    yield f"{var} != {text}", [not each for each in holds]
    if any(index):
        yield f"index == 0 and {var} == {text}", [one and each for one, each in zip(first, holds, strict=True)]
        yield f"index == 0 and {var} != {text}", [one and not each for one, each in zip(first, holds, strict=True)]
        yield f"index > 0 or {var} == {text}", [each or not one for one, each in zip(first, holds, strict=True)]
        yield f"index > 0 or {var} != {text}", [not (each and one) for one, each in zip(first, holds, strict=True)]
