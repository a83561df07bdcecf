"""The calls of a network in an order that can be read: each below what it takes, and right below it where that may be.

Keras lists them by their distance from the output, so that the branches of a block lie interleaved.
"""

from __future__ import annotations

from netspec.decompile.fault import DecompileError
from netspec.decompile.network import Network, Operation

Key = tuple[str, int]


def in_order(network: Network) -> list[tuple[Operation, int]]:
    """Every operation with the number of its call; a chain is followed to its end before another is begun."""
    calls = {
        (name, number): {flow[:2] for flow in call.flows()}
        for name, operation in network.operations.items()
        for number, call in enumerate(operation.calls)
    }
    for name, number in list(calls):  # a layer is made in its first call, and shared in those after
        if number:
            calls[name, number] = calls[name, number] | {(name, 0)}
    waiting = {key: {source for source in taken if source in calls} for key, taken in calls.items()}
    after: dict[Key, list[Key]] = {}
    for key, sources in waiting.items():
        for source in sources:
            after.setdefault(source, []).append(key)
    ready = [key for key in reversed(waiting) if not waiting[key]]
    found: list[Key] = []
    while ready:
        key = ready.pop()
        found.append(key)
        freed = []
        for each in after.get(key, []):
            waiting[each].discard(key)
            if not waiting[each]:
                freed.append(each)
        ready += reversed(freed)
    if len(found) < len(calls):
        name = next(name for name, number in calls if (name, number) not in set(found))
        raise DecompileError(f"this is no model of Keras: {name[:60]!r} waits for itself")
    return [(network.operations[name], number) for name, number in found]
