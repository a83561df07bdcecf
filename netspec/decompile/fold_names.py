"""Names for what folding makes: of what the names of the rows have in common, without the rounds' numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import cache

from netspec.decompile.fold_rows import Row
from netspec.parts.term import snake

_WORD = re.compile(r"[^._-]+")
LONGEST = 48  # characters


def words(name: str) -> list[str]:
    """A name's words: what stands between its dots, dashes and underscores."""
    return _WORD.findall(name)


def shared(names: Sequence[str]) -> list[str]:
    """The words with which all names begin, and after which each has more."""
    split = [words(name) for name in names]
    first = min(split, key=len, default=[])
    count = 0
    while count < len(first) - 1 and all(each[count] == first[count] for each in split):
        count += 1
    return first[:count]


def stem(row: Row) -> str:
    """What Keras calls a layer that nobody named."""
    return str(row.kind[1]) if row.is_use else _snake(str(row.kind[0]))


@cache
def _snake(kind: str) -> str:
    return snake(kind)


def is_automatic(row: Row) -> bool:
    """Whether a row's name is one that nobody chose."""
    rest = row.name.rpartition(".")[2].removeprefix(stem(row))
    return not rest or (rest[0] == "_" and rest[1:].isdigit() and row.name.endswith(f"{stem(row)}{rest}"))


def slot_names(rows: Sequence[Row], places: Sequence[Sequence[int | None]], taken: Iterable[str]) -> list[str]:
    """A name for each row of a block, of the names that it has in the rounds."""
    rounds = range(len(places[0]))
    heads = []
    for at in rounds:
        named = [rows[place] for column in places if (place := column[at]) is not None]
        heads.append(len(shared([row.name for row in named if not is_automatic(row)] or [""])))
    found: list[str] = []
    used = set(taken)
    for column in places:
        here = [(rows[place], heads[at]) for at, place in enumerate(column) if place is not None]
        found.append(unique(_slot_name(here), used))
        used.add(found[-1])
    return found


def _slot_name(here: Sequence[tuple[Row, int]]) -> str:
    row = here[0][0]
    if all(is_automatic(each) for each, _ in here):
        return stem(row)
    tails = {"_".join(words(each.name)[head:]) for each, head in here}
    if len(tails) > 1:
        tails = {re.sub(r"_?\d+$", "", tail) for tail in tails}
    tail = tails.pop() if len(tails) == 1 else ""
    if found := re.fullmatch(r"(\d+)_([A-Za-z]+)", tail):
        tail = found[2] + found[1]
    return tail[:LONGEST] if re.match("[A-Za-z]", tail) else stem(row)


def use_name(names: Sequence[str], block: str) -> str:
    """A name for a block's use, of the names of the layers that it stands for: ``conv2``, ``block_3_to_5``."""
    first, last = names[0], names[-1]
    head = "_".join(shared(names))
    if not head:
        head = re.sub(r"[^A-Za-z0-9]+$", "", first[: min(_alike(first, name) for name in names)])
    if not re.search(r"\d", head):
        numbers = [re.match(r"[_-]?(\d+)", name[len(head) :]) for name in (first, last)]
        if numbers[0] and numbers[1] and numbers[0][1] != numbers[1][1]:
            head += f"{numbers[0][0]}_to_{numbers[1][1]}"
    long = 1 if shared(names) else 3
    return head if long <= len(head) <= LONGEST and re.match("[A-Za-z]", head) else block


def _alike(one: str, other: str) -> int:
    """With how many characters both begin."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def unique(name: str, taken: Collection[str]) -> str:
    """The name, with a number where it is taken."""
    made, count = name, 1
    while made in taken:
        count += 1
        made = f"{name}_{count}"
    return made


def block_name(rows: Sequence[Row]) -> str:
    """What a block with these rows is called."""
    kinds = [str(row.kind[0]) for row in rows]
    if "MultiHeadAttention" in kinds:
        return "transformer"
    if "DepthwiseConv2D" in kinds and ("Add" in kinds or len(kinds) > 6):
        return "inverted_residual" if kinds.index("DepthwiseConv2D") else "depthwise_residual"
    if "Add" in kinds:
        return "residual"
    if "Concatenate" in kinds:
        two = any(len(row.wires) == 2 for row in rows if row.kind[0] == "Concatenate")
        return "dense_block" if two and len(kinds) < 10 else "branches"
    if any(kind.startswith("SeparableConv") for kind in kinds):
        return "separable"
    if any(kind.startswith("Conv") for kind in kinds):
        return "conv_block"
    return "block"
