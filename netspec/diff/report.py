"""A comparison for programs: what ``--json`` prints, which is a contract."""

from __future__ import annotations

from typing import Any

from netspec.diff.arguments import plain
from netspec.diff.change import Argument, Change, Diff, InputChange
from netspec.shapes import Tensor


def report(diff: Diff) -> dict[str, Any]:
    """The comparison as one object; what has a before and an after is a pair of them."""
    totals = zip(diff.before._fields, diff.before, diff.after, strict=True)
    return {
        "same": diff.same,
        "names": [diff.a.name, diff.b.name],
        "about": [_argument(each) for each in diff.about],
        "inputs": [_input(each) for each in diff.inputs],
        "outputs": [list(side) for side in diff.outputs] if diff.outputs else None,
        "layers": [_change(each) for each in diff.changes],
        "data": [_argument(each) for each in diff.data],
        "pretrain": [_argument(each) for each in diff.pretrain],
        "train": [_argument(each) for each in diff.train],
        **{name: [before, after] for name, before, after in totals},
        "weights": _weights(diff),
    }


def _argument(each: Argument) -> dict[str, Any]:
    return {"path": each.path, "before": each.before, "after": each.after}


def _tensor(tensor: Tensor | None) -> dict[str, Any] | None:
    return None if tensor is None else {"shape": list(tensor.shape[1:]), "dtype": tensor.dtype}


def _input(each: InputChange) -> dict[str, Any]:
    both = {"before": _tensor(each.before), "after": _tensor(each.after)}
    return {"change": each.change, "name": each.name, **({"was": each.was} if each.was else {}), **both}


def _change(each: Change) -> dict[str, Any]:
    found: dict[str, Any] = {"change": each.change, "name": each.name}
    if each.type:
        found["type"] = each.type
    if each.was:
        found["was"] = each.was
    if each.arguments:
        found["arguments"] = [_argument(one) for one in each.arguments]
    if each.block:
        found |= {"block": each.block, "rounds": list(each.rounds), "layers": list(each.layers)}
    else:
        found["takes"] = [list(side) for side in each.takes]
        found["outputs"] = [[_tensor(one) for one in side] for side in each.outputs]
    return {**found, "parameters": list(each.parameters)}


def _weights(diff: Diff) -> dict[str, Any]:
    kept = diff.weights
    return {
        "fit": [{"name": name, "was": was} for was, name in kept.fit],
        "misfit": [{"name": each.name, "was": each.was, "arrays": plain(each.arrays)} for each in kept.misfit],
        "new": list(kept.new),
        "gone": list(kept.gone),
        "numbers": kept.numbers,
        "of": list(kept.of),
    }
