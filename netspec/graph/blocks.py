"""Blocks unrolled: each round's entries in a scope of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from netspec.graph.graph import Group, Ref
from netspec.graph.resolve import MOST_NODES, Resolver
from netspec.graph.scope import Scope, Tensors
from netspec.problems import Problem, nearest
from netspec.spec import Block, Spec, Step
from netspec.spec.expressions import ExpressionError, Missing
from netspec.spec.values import evaluated, variables

MOST_ROUNDS = MOST_NODES  # of all blocks together: a round may hold no layer at all


def least(spec: Spec, entries: Iterable[Any], known: dict[str, int]) -> int:
    """How many layers and rounds the entries unroll to at least, reckoned without unrolling them.

    An entry whose ``when`` or ``repeat`` cannot be told beforehand counts for nothing, or for one round; ``known``
    remembers blocks, and stops at those that use themselves.
    """
    total = 0
    for entry in entries:
        if not isinstance(entry, dict) or "block" not in entry:
            total += not (isinstance(entry, dict) and "when" in entry)
            continue
        if _beforehand(spec, entry.get("when", True)) is not True:
            continue
        rounds = _beforehand(spec, entry.get("repeat", 1))
        block = spec.blocks.get(entry["block"]) if isinstance(entry["block"], str) else None
        if block and block.name not in known:
            known[block.name] = 0
            known[block.name] = least(spec, block.entries, known)
        inside = known[block.name] if block else 0
        total += max(1, inside) * (rounds if isinstance(rounds, int) else 1)
    return min(total, 10 * MOST_NODES)


def _beforehand(spec: Spec, value: Any) -> Any:
    """What a value comes to with the spec's vars alone, ``None`` where that is not enough."""
    try:
        return evaluated(value, spec.vars)
    except ExpressionError:
        return None


def used(net: Resolver, step: Step, scope: Scope, above: Tensors) -> Tensors:
    """Unroll the block that ``step`` uses; what leaves it."""
    name = net.name(step, scope)
    block = _block(net, step)
    arriving = _arriving(net, step, block, scope, above) if block else None
    if block is None or step.broken:
        return _given_up(scope, name)
    before, problems, reaching = len(net.order), len(net.problems), _all(arriving)
    frozen, net.frozen = net.frozen, net.frozen or not step.trainable
    net.stack.append(block.name)
    tensors: Tensors = None
    for index in range(1 if step.repeat is None else step.repeat):
        net.rounds += 1
        if net.rounds > MOST_ROUNDS:
            net.wrong("too-large", f"blocks unroll to more than {MOST_ROUNDS:,} rounds", step.loc)
            break
        number = "" if step.repeat is None else f"{index + 1}."
        tensors, arriving = _round(net, step, block, scope, f"{name}.{number}", index, arriving)
        if len(net.problems) > problems:
            break  # further rounds would say the same
        if tensors is None:
            break  # nor is anything known of them
    net.stack.pop()
    net.frozen = frozen
    if len(net.problems) > problems:
        return _given_up(scope, name)
    if step.repeat == 0:
        tensors = _all(arriving)
    rounds = 1 if step.repeat is None else step.repeat
    full = scope.prefix + name
    made = tuple(net.order[before:])
    net.groups[full] = Group(
        full, block.name, rounds, made, reaching or (), tensors or (), full, step.as_model, step.loc
    )
    scope.names[name] = tensors
    return tensors


def _given_up(scope: Scope, name: str) -> Tensors:
    """Something in the block is wrong and told: whatever is said of it later goes unanswered."""
    scope.names[name] = None
    scope.unknown = (*scope.unknown, f"{name}.")
    return None


def _block(net: Resolver, step: Step) -> Block | None:
    block = net.spec.blocks.get(str(step.block))
    if block is None:
        message = f"no block is called {step.block!r}{nearest(step.block, net.spec.blocks)}"
        net.wrong("unknown-block", message, (*step.loc, "block"))
        return None
    if block.name in net.stack:
        way = " → ".join([*net.stack[net.stack.index(block.name) :], block.name])
        net.wrong("circular", f"block {block.name!r} uses itself: {way}", (*step.loc, "block"))
        return None
    if len(net.stack) >= 32:
        net.wrong("too-deep", "blocks nest at most 32 deep", (*step.loc, "block"))
        return None
    wrong = [key for key in step.fields if key not in block.vars]
    for key in wrong:
        message = f"block {block.name!r} has no var {key!r}{nearest(key, block.vars)}"
        net.wrong("unknown-var", message, (*step.loc, "vars", key), key=True)
    return None if wrong else block


def _arriving(net: Resolver, step: Step, block: Block, scope: Scope, above: Tensors) -> dict[str, Tensors] | None:
    """What reaches each input of a block."""
    found = net.wired(step, scope, above)
    if found is None:
        return dict.fromkeys(block.inputs)
    refs, arguments = found
    names = block.inputs
    named = {argument: ref for ref, argument in zip(refs, arguments, strict=True) if argument}
    plain = [ref for ref, argument in zip(refs, arguments, strict=True) if not argument]
    rest = [name for name in names if name not in named]
    for argument in named.keys() - set(names):
        message = f"block {block.name!r} has no input {argument!r}{nearest(argument, names)}"
        net.wrong("unknown-argument", message, (*step.loc, "inputs", argument), key=True)
        return None
    if len(plain) != len(rest):
        what = "one input" if len(names) == 1 else f"{len(names)} inputs, {', '.join(map(repr, names))}"
        message = f"block {block.name!r} takes {what}, not {len(refs)}"
        net.wrong("wrong-inputs", message, (*step.loc, "inputs") if step.inputs else step.loc)
        return None
    return {name: (named[name],) if name in named else (plain[rest.index(name)],) for name in names}


def _round(
    net: Resolver,
    step: Step,
    block: Block,
    scope: Scope,
    prefix: str,
    index: int,
    arriving: dict[str, Tensors] | None,
) -> tuple[Tensors, dict[str, Tensors] | None]:
    """Unroll a block once; what leaves it, and what reaches its next round."""
    given: dict[str, Tensors] = arriving if arriving is not None else dict.fromkeys(block.inputs)
    inner = Scope(scope.prefix + prefix, _vars(net, step, block, index, given), given)
    out = net.entries(block.entries, (*block.loc, "layers"), inner, _all(given))
    if block.outputs is not None:
        refs = [net.ref(wire, None, inner, use=False) for wire in block.outputs]
        out = tuple(ref for ref in refs if ref) if all(refs) else None
    if not step.as_model:  # what is inside a model is not seen from outside
        scope.take_in(inner, prefix.split(".")[0])
    for name in given.keys() if out else ():
        if given[name] and not any(ref.name in net.used or ref in (out or ()) for ref in given[name] or ()):
            net.wrong("unused-input", f"nothing in block {block.name!r} takes its input {name!r}", block.loc)
    if out and step.repeat is not None and index + 1 < step.repeat and len(out) != len(block.inputs):
        message = (
            f"block {block.name!r} takes {len(block.inputs)} and hands out {len(out)}: to be repeated, it needs as many"
        )
        net.wrong("wrong-inputs", message, (*step.loc, "repeat"))
        return None, None
    following: dict[str, Tensors] = dict(zip(block.inputs, [(ref,) for ref in out or ()], strict=False))
    return out, following if out else None


def _vars(net: Resolver, step: Step, block: Block, index: int, given: dict[str, Tensors]) -> dict[str, Any]:
    """What the expressions in a round may speak of: the spec's vars, what arrives, and the block's own vars."""
    scope: dict[str, Any] = {**net.spec.vars, "index": index}
    for name, tensors in given.items():
        scope[name] = {"shape": list(net.tensor(tensors[0]).shape)} if tensors else Missing()
    own = {name: value for name, value in block.vars.items() if name not in step.fields}
    problems: list[Problem] = []
    scope = variables(own, problems, (*block.loc, "vars"), {**scope, **step.fields})
    net.problems += [problem for problem in problems if problem.message]
    return scope


def _all(given: dict[str, Tensors] | None) -> Tensors:
    """Every tensor that reaches a block, in the order of its inputs."""
    if given is None or not all(given.values()):
        return None
    return tuple(ref for tensors in given.values() for ref in tensors or ())


def copied(net: Resolver, step: Step, scope: Scope, above: Tensors) -> Tensors:
    """Call every layer of a block that was used above once more, with the same weights; what leaves the last."""
    name = net.name(step, scope)
    group = net.groups[scope.prefix + str(step.share)]
    arriving = net.wired(step, scope, above)
    if arriving is None or step.broken:
        return _given_up(scope, name)
    taken = group.inputs
    if len(taken) != len(arriving[0]):
        message = f"{step.share!r} takes {len(taken)} input{'s' * (len(taken) != 1)}, not {len(arriving[0])}"
        net.wrong("wrong-inputs", message, (*step.loc, "inputs") if step.inputs else step.loc)
        return _given_up(scope, name)
    becomes = dict(zip(taken, arriving[0], strict=True))
    for each in group.nodes:
        old = net.nodes[each]
        new = scope.prefix + name + each.removeprefix(group.name)
        refs = tuple(becomes[ref] for ref in old.inputs)
        node = net.node(step, new, old.layer, net.nodes[old.owner], refs, old.arguments)
        if node is None:
            return _given_up(scope, name)
        net.put(node)
        becomes |= {Ref(each, index): Ref(new, index) for index in range(len(old.outputs))}
        if not group.as_model:
            scope.names[new.removeprefix(scope.prefix)] = tuple(Ref(new, index) for index in range(len(old.outputs)))
        net.used |= {ref.name for ref in refs}
    full = scope.prefix + name
    for inner in [each for each in net.groups.values() if each.name.startswith(f"{group.name}.")]:
        net.groups[full + inner.name.removeprefix(group.name)] = _renamed(inner, group.name, full, becomes, step)
    net.groups[full] = _renamed(group, group.name, full, becomes, step)
    scope.names[name] = net.groups[full].outputs
    return net.groups[full].outputs


def _renamed(group: Group, old: str, new: str, becomes: dict[Ref, Ref], step: Step) -> Group:
    """A group of a block that is called once more: its layers are those of the first."""
    return replace(
        group,
        name=new + group.name.removeprefix(old),
        nodes=tuple(new + name.removeprefix(old) for name in group.nodes),
        inputs=tuple(becomes[ref] for ref in group.inputs),
        outputs=tuple(becomes[ref] for ref in group.outputs),
        loc=step.loc,
    )
