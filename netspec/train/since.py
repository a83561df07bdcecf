"""Whether a spec is another net by now than the one that its run has trained."""

from __future__ import annotations

from netspec.diff import Change, diff
from netspec.graph import Graph
from netspec.graph.found import FOUND


def is_other(was: Graph, now: Graph) -> bool:
    """Whether ``now`` has other inputs, layers or arguments than ``was``, but for what training found in data."""
    found = diff(was, now)
    inputs = any(each.change != "renamed" for each in found.inputs)
    return inputs or found.outputs is not None or any(map(_tells, found.changes))


def _tells(change: Change) -> bool:
    if change.change in ("renamed", "respelled", "shape"):
        return False
    learned = (*FOUND.get(change.type, ()), "num_bins")  # how many bins were looked for, those that were found say
    return change.change != "changed" or any(each.path.partition(".")[0] not in learned for each in change.arguments)
