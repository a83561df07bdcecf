"""A Keras layer's configuration as a spec states the layer: our words, and nothing that goes without saying."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import PydanticCustomError

from netspec.decompile.network import MODELS, Array, Operation
from netspec.decompile.shortest import short, shortest, states
from netspec.decompile.unsayable import Unsayable
from netspec.layers import LAYERS, Layer
from netspec.layers.preprocessing import Untyped
from netspec.parts.faults import problems_in
from netspec.parts.term import written
from netspec.problems import shown

#: What Keras writes of every layer, or has written, that says nothing of what the layer does.
SILENT = (
    *("name", "batch_input_shape", "batch_shape", "input_shape", "input_length", "input_dim_", "implementation"),
    *("registered_name", "build_config", "shared_object_id", "vocabulary_size"),
)
#: What Keras writes of one class of layers, or of those inside it, though nobody can say it there.
SILENT_OF = {
    ("Bidirectional", "zero_output_for_mask"): "it decides that itself, and for the layers inside",
    ("StringLookup", "oov_method"): "there is one way only",
    ("DepthwiseConv1D", "groups"): "each channel is a group of its own",
    ("DepthwiseConv2D", "groups"): "each channel is a group of its own",
    **{("MultiHeadAttention", f"{name}_shape"): "what it was built with" for name in ("query", "key", "value")},
}
#: Arguments that had another name.
RENAMED = {("LeakyReLU", "alpha"): "negative_slope"}
#: Arguments that hold layers.
_INSIDE = ("layer", "backward_layer", "cell", "cells", "layers")


def is_keras(module: str) -> bool:
    """Whether a layer's class is one of Keras' own layers; what older files say nothing of is taken for one."""
    return module in ("", "keras.layers") or module.startswith(("keras.src.layers.", "tf_keras.src.layers."))


class Words:
    """Puts layers into words, equal ones once."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {}

    def of(self, operation: Operation, called: dict[str, Any], rank: int | None) -> dict[str, Any]:
        """The entry of a layer: its type and what differs from the type's defaults.

        ``called`` are arguments of its call that a spec gives as the layer's own; ``rank`` is the number of axes that
        reach it, where known.  ``Unsayable`` names everything that a spec cannot say.
        """
        key = json.dumps(
            [operation.kind, operation.module, operation.config, called, rank], sort_keys=True, default=str
        )
        key = key.replace(json.dumps(operation.name), '""')
        if key not in self._known:
            table = _table(operation.kind, operation.module, operation.config)
            self._known[key] = _escaped(_least({**table, **called}, rank))
        return dict(self._known[key])

    def shortest(self, table: dict[str, Any]) -> dict[str, Any]:
        """The entry of a layer that is stated already."""
        key = json.dumps(table, sort_keys=True)
        if key not in self._known:
            self._known[key] = _escaped(_least(table, None))
        return dict(self._known[key])


def _table(kind: str, module: str, config: dict[str, Any]) -> dict[str, Any]:
    """The layer as a table of its type and all that Keras says of it."""
    cls = _class(kind, module)
    made: dict[str, Any] = {"type": cls.__name__}
    told: list[tuple[str, str]] = []
    for key, value in config.items():
        name = RENAMED.get((cls.__name__, key), key)
        try:
            if key == "dtype":
                if (dtype := _dtype(value)) and not issubclass(cls, Untyped):
                    made["dtype"] = dtype
            elif name in cls.model_fields:
                made[name] = _inside(cls, name, value) if name in _INSIDE else plain(value)
                if name != key and isinstance(value, float):
                    made[name] = short(value)  # Keras 2 kept it in 32 bits
            elif key not in SILENT and (cls.__name__, key) not in SILENT_OF and not _says_nothing(key, value):
                told.append((key, cls.absent.get(key, "is no argument of this layer in Keras 3")))
        except Unsayable as unsayable:
            told += [(argument or key, reason) for argument, reason in unsayable.told]
    if told:
        raise Unsayable(*told)
    _as_keras_has_it(cls, made)
    return made


def _class(kind: str, module: str) -> type[Layer]:
    if kind in MODELS:
        raise Unsayable(("", "a model inside a wrapper cannot be said in a spec"))
    if not is_keras(module):
        told = f"is a class of the module {module[:60]!r}, not of Keras; no code that a file names is run"
        raise Unsayable(("", told))
    if kind not in LAYERS:
        raise Unsayable(("", "is no layer of Keras; a class of somebody's own cannot stand in a spec"))
    cls = LAYERS[kind]
    if cls.refused:
        raise Unsayable(("", f"cannot stand in a spec: {cls.refused}"))
    return cls


def _says_nothing(key: str, value: Any) -> bool:
    """Whether the value of an argument that we do not have leaves things as they are without it."""
    return value is None or value is False or value == [] or (key, value) == ("data_format", "channels_last")


def _dtype(value: Any) -> str | None:
    """The dtype of a policy, ``None`` for the usual one."""
    if isinstance(value, dict):
        kind, config = value.get("class_name"), value.get("config")
        if kind not in ("DTypePolicy", "Policy") or not isinstance(config, dict):
            raise Unsayable(("dtype", f"{str(kind)[:60]!r} is no dtype that a spec can give: it is one for each layer"))
        value = config.get("name")
    if value is not None and not isinstance(value, str):
        raise Unsayable(("dtype", f"{shown(value)} is no dtype"))
    return None if value in ("float32", "_infer") else value


def plain(value: Any) -> Any:
    """A value as a spec states it: numbers, texts, lists, and parts as tables with a type."""
    if isinstance(value, Array):
        return value.value
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind, config = value.get("class_name"), value.get("config")
    if not isinstance(kind, str):
        if isinstance(value.get("value"), list):  # a lambda's code, as Keras writes it for want of a name
            raise Unsayable(("", "a function of Python cannot stand in a spec"))
        return {str(key): plain(item) for key, item in value.items()}
    if kind in ("__tensor__", "__numpy__") and isinstance(config, dict):
        return plain(config.get("value"))
    module = value.get("module")
    if module == "keras.layers":
        raise Unsayable(("", f"is a layer, {kind[:60]!r}; a spec has it as a layer of its own, behind this one"))
    if kind in ("function", "__lambda__", "Lambda") or module == "builtins":
        name = config if isinstance(config, str) else "lambda"
        raise Unsayable(("", f"a function of Python, {name[:60]!r}, cannot stand in a spec"))
    if not _is_a_part(module) or not isinstance(config, dict | None):
        raise Unsayable(("", f"{kind[:60]!r} of {str(module)[:60]!r} is no part of Keras that a spec may name"))
    inner = {
        key: plain(item)
        for key, item in (config or {}).items()
        if item is not None and (key, item) != ("dtype", "float32")
    }
    if "regularizers" in str(module):
        inner = {key: short(item) if isinstance(item, float) else item for key, item in inner.items()}
    return {"type": kind, **inner} if inner else kind


def _is_a_part(module: Any) -> bool:
    homes = ("initializers", "regularizers", "constraints", "activations", "losses", "metrics", "optimizers")
    return module is None or (
        isinstance(module, str)
        and module.split(".")[0] in ("keras", "tf_keras")
        and any(home in module for home in homes)
    )


def _inside(cls: type[Layer], name: str, value: Any) -> Any:
    """A layer inside one of ``cls``, or several, as a spec states them: without names of their own."""
    if isinstance(value, list | tuple):
        return [_inside(cls, name, item) for item in value]
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("config"), dict):
        raise Unsayable((name, "holds no layer"))
    config = {key: item for key, item in value["config"].items() if (cls.__name__, key) not in SILENT_OF}
    return _least(_table(str(value.get("class_name")), str(value.get("module") or ""), config), None)


def _as_keras_has_it(cls: type[Layer], made: dict[str, Any]) -> None:
    """Put right what Keras writes otherwise than it takes it."""
    for key, value in list(made.items()):
        field = cls.model_fields.get(key)
        if field is None:
            continue
        if value in ("linear", {}) and field.default is None:
            made[key] = None
        elif field.annotation is int and isinstance(value, list) and len(value) == 1:
            made[key] = value[0]
    if made.get("data_format") == "channels_last":
        del made["data_format"]
    for key, same in (("value_dim", "key_dim"), ("strides", "pool_size")):  # what is the same goes without saying
        if key in made and same in made and cls.model_fields[key].default is None and made[key] == made[same]:
            del made[key]
    for key in ("x_factor", "y_factor"):  # Keras writes a range here that it does not take
        if isinstance(made.get(key), list) and cls.__name__ == "RandomShear" and made[key][:1] == [-made[key][-1]]:
            made[key] = made[key][1]
    if "max_freq" in made and made["max_freq"] == int(made.get("sampling_rate", 0) / 2):
        del made["max_freq"]
    if "backward_layer" in made and _is_mirrored(made.get("layer"), made["backward_layer"]):
        del made["backward_layer"]
    if made.get("trainable") is False:
        for key in _INSIDE:
            value = made.get(key)
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, dict):
                    inner.pop("trainable", None)


def _is_mirrored(ahead: Any, back: Any) -> bool:
    """Whether a layer that reads backwards is the other one all the same: it goes without saying."""
    if not isinstance(ahead, dict) or not isinstance(back, dict):
        return back is None
    ahead, back = ({**each} for each in (ahead, back))
    ways = [each.pop("go_backwards", False) for each in (ahead, back)]
    return ways == [False, True] and ahead == back


def _least(table: dict[str, Any], rank: int | None) -> dict[str, Any]:
    """As little of ``table`` as states the same layer, in the shortest words."""
    table = shortest(_by_rank(type(_read(table)), table, rank), LAYERS.read)
    whole = _read(table)
    said = written(whole)
    if isinstance(said, str):
        return {"type": said}
    for key in [key for key, value in said.items() if value is None]:
        if not states({**said, key: "none"}, whole, LAYERS.read):
            raise Unsayable((key, "is null, which a spec has no word for here"))
        said[key] = "none"
    return {key: _shorter(said, key, whole) for key in said}


def _read(table: dict[str, Any]) -> Layer:
    """The layer that a table states; ``Unsayable`` with everything that is wrong with it."""
    try:
        return LAYERS.read(dict(table))
    except PydanticCustomError as error:
        told = [(str(problem.loc[0]) if problem.loc else "", problem.message) for problem in problems_in(error)]
        raise Unsayable(*told) from None


def _by_rank(cls: type[Layer], table: dict[str, Any], rank: int | None) -> dict[str, Any]:
    """The table without axes that are the usual ones, counted from the other end."""
    made = dict(table)
    if rank is None:
        return made
    if made.get("attention_axes") == list(range(1, rank - 1)):
        del made["attention_axes"]
    axis, usual = made.get("axis"), cls.model_fields["axis"].default if "axis" in cls.model_fields else None
    axes = axis if isinstance(axis, list) else [axis]
    if usual == -1 and axes == [rank - 1]:
        del made["axis"]
    return made


def _shorter(said: dict[str, Any], key: str, layer: Layer) -> Any:
    """A value in its shortest words: one number for several alike, a part without the type that it goes without."""
    value = said[key]
    while isinstance(value, list) and value and all(item == value[0] for item in value):
        if type(value[0]) not in (int, list) or not states({**said, key: value[0]}, layer, LAYERS.read):
            return value
        value = value[0]
    if isinstance(value, dict) and "type" in value:
        bare = {name: item for name, item in value.items() if name != "type"}
        return bare if bare and states({**said, key: bare}, layer, LAYERS.read) else value
    return value


def _escaped(value: Any) -> Any:
    """A value as a spec has it: no text is an expression."""
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(item) for item in value]
    return value.replace("${", "$${") if isinstance(value, str) else value
