"""Every part against Keras itself: its names, its arguments, and the objects that come of them."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any

import pytest
import tomli
from pydantic import BeforeValidator, TypeAdapter, ValidationError

from netspec.parts.term import snake, written
from netspec.parts.words import (
    ACTIVATIONS,
    CALLBACKS,
    CONSTRAINTS,
    INITIALIZERS,
    LOSSES,
    METRICS,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    ActivationWord,
    ConstraintWord,
    InitializerWord,
    OptimizerWord,
    RegularizerWord,
)

keras = pytest.importorskip("keras")
construct = pytest.importorskip("netspec.keras.construct").construct


def each(vocabulary):
    return Annotated[Any, BeforeValidator(vocabulary.read)]


#: Of each kind: its words, how a field reads them, and Keras' module.
KINDS = {
    "activation": (ACTIVATIONS, ActivationWord, keras.activations),
    "callback": (CALLBACKS, each(CALLBACKS), keras.callbacks),
    "constraint": (CONSTRAINTS, ConstraintWord, keras.constraints),
    "initializer": (INITIALIZERS, InitializerWord, keras.initializers),
    "loss": (LOSSES, each(LOSSES), keras.losses),
    "metric": (METRICS, each(METRICS), keras.metrics),
    "optimizer": (OPTIMIZERS, OptimizerWord, keras.optimizers),
    "regularizer": (REGULARIZERS, RegularizerWord, keras.regularizers),
    "schedule": (SCHEDULES, each(SCHEDULES), keras.optimizers.schedules),
}
ROWS = tomli.loads(Path(__file__).with_name("rows_parts.toml").read_text("utf-8"))
AGREE = [(kind, row) for kind, rows in ROWS["agree"].items() for row in rows]
BAD = [(kind, row) for kind, rows in ROWS["bad"].items() for row in rows]
LEAVES = [(kind, name) for kind, (words, *_) in KINDS.items() for name in words]

#: Words of ours that are no class of Keras but a string that ``compile`` understands.
STRINGS = {LOSSES["Crossentropy"], METRICS["Acc"]}
ABSTRACT = "abstract: its children are the words"
TOOLS = dict.fromkeys(("get", "serialize", "deserialize", "legacy", "schedules"), "no word but a tool")
UNKNOWN = "Keras exports the function, but its get() does not know it"
OURS = "the run has its own way to do this"
#: What Keras exports and a spec cannot say, with the reason.
LEFT_OUT = {
    "activation": {},
    "callback": {
        "BackupAndRestore": OURS,
        "CSVLogger": OURS,
        "Callback": ABSTRACT,
        "CallbackList": "no callback but a list of them",
        "History": OURS,
        "LambdaCallback": "takes Python functions",
        "LearningRateScheduler": "takes a Python function; a schedule is an optimizer's learning_rate",
        "ModelCheckpoint": OURS,
        "OrbaxCheckpoint": OURS,
        "ProgbarLogger": OURS,
        "RemoteMonitor": "a spec sends nothing to a server",
        "TensorBoard": OURS,
    },
    "constraint": {"Constraint": ABSTRACT, "constraint": ABSTRACT},
    "initializer": {"Initializer": ABSTRACT, "initializer": ABSTRACT},
    "loss": {"Loss": ABSTRACT, "LossFunctionWrapper": "wraps a Python function"},
    "metric": {
        "Metric": ABSTRACT,
        "metric": ABSTRACT,
        "accuracy": "of the kind that the shapes ask for, as in compile, and not the class Accuracy",
        "binary_focal_crossentropy": UNKNOWN,
        "categorical_focal_crossentropy": UNKNOWN,
        "huber": UNKNOWN,
        "log_cosh": UNKNOWN,
    },
    "optimizer": {"Optimizer": ABSTRACT, "optimizer": ABSTRACT},
    "regularizer": {"Regularizer": ABSTRACT, "regularizer": ABSTRACT},
    "schedule": {"LearningRateSchedule": ABSTRACT},
}


def read(kind, words):
    return TypeAdapter(KINDS[kind][1]).validate_python(words)


def said(pair) -> str:
    return f"{pair[0]}:{pair[1]}"


def parameters(theirs) -> dict[str, inspect.Parameter]:
    """Keras' arguments, without ``self`` and those that have no name."""
    found = inspect.signature(theirs.__init__ if inspect.isclass(theirs) else theirs).parameters
    named = {key: each for key, each in found.items() if key != "self" and each.kind is each.POSITIONAL_OR_KEYWORD}
    return named if inspect.isclass(theirs) else {key: each for key, each in named.items() if key != "x"}


def home(kind, cls):
    return getattr(KINDS[kind][2], snake(cls.__name__) if kind == "activation" else cls.__name__)


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_keras_exports_is_a_word_or_left_out_with_a_reason(kind):
    words, _, module = KINDS[kind]
    exported = {name for name in dir(module) if not name.startswith("_")} - TOOLS.keys()
    aliases = getattr(inspect.getmodule(getattr(module, "get", None)), "ALL_OBJECTS_DICT", {})
    spoken = {name for name in exported | aliases.keys() if name in words and words[name] not in STRINGS}
    assert (exported | aliases.keys()) - spoken == set(LEFT_OUT[kind])
    for name in spoken:
        theirs = aliases.get(name) or getattr(module, name)
        if inspect.isclass(theirs):
            assert words[name].__name__ == theirs.__name__
        elif kind in ("activation", "loss"):
            made = construct(words.read(name)) if not words[name].refused else theirs
            assert getattr(made, "fn", made) is theirs
        else:
            assert snake(words[name].__name__) == name


@pytest.mark.parametrize("pair", LEAVES, ids=said)
def test_arguments_are_those_of_keras(pair):
    kind, name = pair
    ours = KINDS[kind][0][name]
    assert ours.__doc__
    assert ours.sentence().endswith(".")
    if ours in STRINGS:
        return
    theirs = parameters(home(kind, ours))
    if ours.refused:
        return
    assert set(ours.model_fields) - set(theirs) == set(), "Keras has no such argument"
    assert set(theirs) - set(ours.model_fields) == set(ours.absent), "neither a field nor absent with a reason"
    row = next(row for row_kind, row in AGREE if row_kind == kind and KINDS[kind][0][type_of(row)] is ours)
    needed = {key: row[key] for key, field in ours.model_fields.items() if field.is_required()}
    for key, field in ours.model_fields.items():
        default = theirs[key].default
        assert field.is_required() == (default is inspect.Parameter.empty), key
        if not field.is_required():
            assert getattr(ours(**needed), key) == getattr(ours(**needed, **{key: default}), key), key


def type_of(row) -> str:
    return row if isinstance(row, str) else row["type"]


@pytest.mark.parametrize("pair", LEAVES, ids=said)
def test_every_word_has_a_row(pair):
    kind, name = pair
    ours = KINDS[kind][0][name]
    rows = {KINDS[kind][0][type_of(row)] for row_kind, row in AGREE if row_kind == kind}
    assert ours in rows or ours in STRINGS or ours.refused


@pytest.mark.parametrize("pair", AGREE, ids=said)
def test_keras_makes_the_same(pair):
    kind, row = pair
    ours, direct = construct(read(kind, row)), directly(kind, row)
    if kind == "activation":
        assert ours is direct
        return
    assert type(ours) is type(direct)
    assert settings(ours, row) == settings(direct, row)
    if kind == "initializer":
        assert draws(ours) == draws(direct) != []


def directly(kind, row):
    """What Keras makes of a row's arguments, as a reader of Keras' manual would call it."""
    if isinstance(row, str):
        return getattr(KINDS[kind][2], row)
    inner = {"learning_rate": "schedule", "inner_optimizer": "optimizer"}
    arguments = {key: directly(inner[key], value) if isinstance(value, dict) else value for key, value in row.items()}
    return getattr(KINDS[kind][2], arguments.pop("type"))(**arguments)


def settings(made, row) -> dict:
    """What an object says of itself, without names that Keras numbers."""
    config = made.get_config() if hasattr(made, "get_config") else dict(vars(made))
    if "inner_optimizer" in config:
        config["inner_optimizer"]["config"].pop("name")
    config = {key: plain(value) for key, value in config.items()}
    return config if "name" in row else {key: value for key, value in config.items() if key != "name"}


def plain(value):
    return keras.ops.convert_to_numpy(value).tolist() if keras.ops.is_tensor(value) else value


def draws(initializer) -> list:
    """First values for those of some shapes that it can fill."""
    found = []
    for shape in ((4, 3), (3, 7), (2, 2, 3, 4), (4, 1, 3)):
        try:
            found.append(keras.ops.convert_to_numpy(initializer(shape)).tolist())
        except ValueError:
            continue
    return found


@pytest.mark.parametrize("pair", BAD, ids=said)
def test_a_bad_word_is_told_word_for_word(pair):
    kind, row = pair
    with pytest.raises(ValidationError) as caught:
        read(kind, row["word"])
    (error,) = caught.value.errors()
    (problem,) = error["ctx"]["problems"]
    assert (problem.message, list(problem.loc)) == (row["says"], row["at"])


@pytest.mark.parametrize(
    "name", ["accuracy", "acc", "Accuracy", "mse", "MAE", "AUC", "auc", "sparse_categorical_accuracy", "f1_score"]
)
def test_a_metric_stated_by_its_name_is_what_compile_makes_of_the_string(name):
    from keras.src.trainers.compile_utils import get_metric

    for targets, predictions in (((4, 1), (4, 1)), ((4,), (4, 3)), ((4, 3), (4, 3))):
        true, predicted = keras.ops.zeros(targets), keras.ops.zeros(predictions)
        ours, theirs = (get_metric(word, true, predicted) for word in (construct(METRICS.read(name)), name))
        assert (type(ours), ours.name) == (type(theirs), theirs.name)
        assert METRICS.read(name).name == theirs.name, "so is the figure that a callback may watch"


def test_accuracy_in_a_table_is_the_class_when_it_is_written_as_the_class():
    assert type(construct(METRICS.read({"type": "Accuracy"}))) is keras.metrics.Accuracy
    assert construct(METRICS.read({"type": "accuracy"})) == "accuracy"


@pytest.mark.parametrize("name", ["crossentropy", "ce", "CE", "Crossentropy"])
def test_the_loss_that_keras_chooses_stays_a_string(name):
    from keras.src.trainers.compile_utils import get_loss

    true, predicted = keras.ops.zeros((4,)), keras.ops.zeros((4, 3))
    ours, theirs = (get_loss(word, true, predicted) for word in (construct(LOSSES.read(name)), name))
    assert ours.fn is theirs.fn is keras.losses.sparse_categorical_crossentropy


@pytest.mark.parametrize("pair", [*AGREE, ("metric", "accuracy"), ("metric", "mse"), ("optimizer", "adamw")], ids=said)
def test_what_is_written_reads_as_the_same(pair):
    kind, row = pair
    term = read(kind, row)
    again = read(kind, written(term))
    assert again == term
    assert again.stated == term.stated
    assert hash(term) == hash(again)


def test_whole_numbers_do_for_numbers_and_booleans_do_not():
    optimizer = construct(OPTIMIZERS.read({"type": "SGD", "learning_rate": 1, "momentum": 0}))
    assert (float(optimizer.learning_rate), optimizer.momentum) == (1.0, 0.0)
    with pytest.raises(ValidationError):
        read("regularizer", {"l2": True})
    with pytest.raises(ValidationError):
        read("metric", {"type": "TopKCategoricalAccuracy", "k": True})
