"""What Keras keeps of ``compile`` as ``[train]``, as far as a spec can say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from netspec.decompile.names import legal
from netspec.decompile.shortest import short, shortest
from netspec.decompile.unsayable import Unsayable
from netspec.decompile.words import plain
from netspec.parts.faults import explained, problems_in
from netspec.parts.term import Part, written
from netspec.parts.words import LOSSES, METRICS, OPTIMIZERS
from netspec.spec import Train

_EPOCHS = "Keras does not keep how long a model was trained: [train] says epochs = 1 and the usual batch_size"


def training(config: Mapping[str, Any], outputs: list[str]) -> tuple[dict[str, Any], list[str]]:
    """The table ``[train]`` of a model with those outputs, and what is left out of it; empty where nothing is said.

    What a spec cannot say of training (a loss of the author's own) is told, and no reason to refuse the model.
    """
    said = config.get("compile_config") or config.get("training_config")
    if not isinstance(said, dict) or not said:
        return {}, []
    optimizer = said.get("optimizer") or said.get("optimizer_config")
    loss, metrics, weights = said.get("loss"), said.get("metrics"), said.get("loss_weights")
    if not loss or not optimizer:
        return {}, []
    notes: list[str] = []
    try:
        table: dict[str, Any] = {
            "loss": _by_output(loss, outputs, _read(LOSSES.read)),
            "optimizer": _optimizer(optimizer),
        }
        if found := _metrics(metrics, outputs, notes):
            table["metrics"] = found
        if weights:
            table["loss_weights"] = _by_output(weights, outputs, lambda value: value)
        table["epochs"] = 1
        Train(**table)
    except Unsayable as unsayable:
        return {}, [f"how it was trained is left out: {reason}" for _, reason in unsayable.told]
    except ValidationError as error:
        return {}, [
            f"how it was trained is left out: {problem.message}" for problem in explained(Train, error, "[train]")
        ]
    if said.get("weighted_metrics"):
        notes.append("[train] has no weighted_metrics, which the model has")
    return table, [_EPOCHS, *notes]


def _read(read: Callable[[Any], Part], named: bool = False) -> Callable[[Any], Any]:
    """A part in as few words as state it; ``named`` keeps the name that it goes by."""

    def said(value: Any) -> Any:
        words = plain(value)
        if not named:
            words = _nameless(words)
        try:
            return written(read(shortest(words, read) if isinstance(words, dict) else words))
        except PydanticCustomError as error:
            raise Unsayable(*(("", problem.message) for problem in problems_in(error))) from None

    return said


def _nameless(words: Any) -> Any:
    """A part, and those inside it, without names that nothing refers to."""
    return {key: _nameless(item) for key, item in words.items() if key != "name"} if isinstance(words, dict) else words


def _optimizer(value: Any) -> Any:
    """The optimizer, its learning rate as it was before Keras made 32 bits of it."""
    words = plain(value)
    if isinstance(words, dict):
        words = {key: item for key, item in words.items() if not _is_old(key, item)}
        rate = words.get("learning_rate")
        words |= {"learning_rate": short(rate)} if isinstance(rate, float) else {}
    return _read(OPTIMIZERS.read)(words)


def _is_old(key: str, value: Any) -> bool:
    """Whether it is an argument of Keras 2 that says nothing, or one of how and not of what to reckon."""
    return key == "jit_compile" or (key in ("decay", "is_legacy_optimizer") and not value)


def _by_output(value: Any, outputs: list[str], read: Callable[[Any], Any]) -> Any:
    """One for all, or one for each output by its name."""
    if isinstance(value, dict) and not isinstance(value.get("class_name"), str):
        return {_output(key, outputs): read(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        if len(value) != len(outputs):
            raise Unsayable(("", f"{len(value)} losses stand for {len(outputs)} outputs"))
        if len(value) == 1:
            return read(value[0])
        return {name: read(item) for name, item in zip(outputs, value, strict=True) if item is not None}
    made = read(value)
    return made if len(outputs) == 1 else dict.fromkeys(outputs, made)


def _output(name: Any, outputs: list[str]) -> str:
    if legal(str(name)) not in outputs:
        raise Unsayable(("", f"{str(name)[:60]!r} is no output of the spec"))
    return legal(str(name))


def _metrics(value: Any, outputs: list[str], notes: list[str]) -> Any:
    """A list of metrics, or one for each output; what cannot be said is told and left out."""
    if isinstance(value, dict) and not isinstance(value.get("class_name"), str):
        tables = {_output(key, outputs): _listed(item, notes) for key, item in value.items()}
    elif isinstance(value, list) and len(outputs) > 1 and len(value) == len(outputs):
        tables = {name: _listed(item, notes) for name, item in zip(outputs, value, strict=True)}
    elif isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        return _listed(value[0], notes)
    else:
        return _listed(value, notes)
    return {name: found for name, found in tables.items() if found}


def _listed(value: Any, notes: list[str]) -> list[Any]:
    found = []
    for item in value if isinstance(value, list) else [value]:
        if item is None:
            continue
        try:
            found.append(_read(METRICS.read, named=True)(item))
        except Unsayable as unsayable:
            notes += [f"a metric is left out: {reason}" for _, reason in unsayable.told]
    return found
