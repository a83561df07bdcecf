"""Every vocabulary of parts, and the annotations of fields that hold one of its words.

A vocabulary's file, or the files of its folder, are imported when one of their words is first asked for: what a spec
does not say costs nothing.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator
from typing_extensions import Doc

from netspec.parts.term import Part, is_number, snake
from netspec.parts.vocabulary import Vocabulary
from netspec.problems import shown


def _vocabulary(kind: str, home: str, lower: Callable[[str], str] = snake) -> Vocabulary[Any]:
    return _Metrics(*_where(kind, home), lower) if kind == "metric" else Vocabulary(*_where(kind, home), lower)


def _where(kind: str, home: str) -> tuple[str, str, list[Path], str]:
    """The kind, its root class, and the module or modules that hold its words."""
    path = Path(__file__).with_name(home)
    root = kind.capitalize()
    if path.is_dir():
        files = [file for file in sorted(path.glob("[a-z]*.py")) if file.stem != kind]  # that one holds the branches
        return kind, root, files, f"netspec.parts.{home}"
    return kind, root, [path.with_suffix(".py")], "netspec.parts"


class _Metrics(Vocabulary[Any]):
    """Metrics as Keras' ``compile`` takes them: one stated by its name alone goes by that name in the log."""

    def __getitem__(self, name: str) -> type[Any]:
        return super().__getitem__("Acc" if name == "accuracy" else name)

    def read(self, words: Any, untyped: Callable[[dict[str, Any]], str | None] = lambda table: None) -> Any:
        """The metric that a name or a table states; a name alone, in any case, never means the class ``Accuracy``."""
        metric = super().read("Acc" if words == "Accuracy" else words, untyped)
        named = isinstance(words, str) and words != metric.name
        return metric.model_copy(update={"name": words}) if named else metric


INITIALIZERS = _vocabulary("initializer", "initializers")
REGULARIZERS = _vocabulary("regularizer", "regularizers")
CONSTRAINTS = _vocabulary("constraint", "constraints")
ACTIVATIONS = _vocabulary("activation", "activations")
LOSSES = _vocabulary("loss", "losses")
METRICS = _vocabulary("metric", "metrics")
OPTIMIZERS = _vocabulary("optimizer", "optimizers", lower=str.lower)
SCHEDULES = _vocabulary("schedule", "schedules")
CALLBACKS = _vocabulary("callback", "callbacks")


def _l1_l2(table: dict[str, Any]) -> str | None:
    """``{ l2 = 1e-4 }`` alone is ``L1L2``."""
    return "L1L2" if table and table.keys() <= {"l1", "l2"} else None


def _optional(read: Callable[[Any], Any]) -> BeforeValidator:
    return BeforeValidator(lambda words: words if words is None else read(words))


def _rate(value: Any) -> Any:
    """A number stands for itself, anything else for a schedule."""
    if isinstance(value, str | dict | Part):
        return SCHEDULES.read(value)
    if not is_number(value):
        raise ValueError(f"must be a number, or a schedule by its name or table, not {shown(value)}")
    if value <= 0:
        raise ValueError(f"must be more than 0, not {shown(value)}")
    return float(value)


InitializerWord = Annotated[Any, INITIALIZERS, BeforeValidator(INITIALIZERS.read)]
RegularizerWord = Annotated[Any, REGULARIZERS, _optional(lambda words: REGULARIZERS.read(words, _l1_l2))]
ConstraintWord = Annotated[Any, CONSTRAINTS, _optional(CONSTRAINTS.read)]
ActivationWord = Annotated[Any, ACTIVATIONS, _optional(ACTIVATIONS.read)]
OptimizerWord = Annotated[Any, OPTIMIZERS, BeforeValidator(OPTIMIZERS.read)]
#: A learning rate: a number above 0, or a schedule.
LearningRate = Annotated[Any, Doc("number > 0 or schedule"), BeforeValidator(_rate)]
