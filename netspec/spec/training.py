"""What a spec says of data and training."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, SkipValidation, model_validator

from netspec.parts.callbacks import EarlyStopping, ReduceLROnPlateau
from netspec.parts.faults import collected, make, nested
from netspec.parts.term import AboveZero, NonNegative, Positive, Term
from netspec.parts.words import LOSSES, METRICS, OptimizerWord
from netspec.problems import Problem, shown
from netspec.spec.augment import read_augment
from netspec.spec.columns import read_dates, read_missing
from netspec.spec.sources import Feature, FeatureTables, Window, WindowTable

Part = Annotated[float, Field(ge=0, lt=1)]
Columns = str | tuple[str, ...]


def _loss(words: Any) -> Any:
    """One loss, or a table of them by output."""
    if isinstance(words, dict) and "type" not in words:
        return collected(words, LOSSES.read)
    return LOSSES.read(words)


def _metrics(words: Any) -> Any:
    """A list of metrics, or a table of such lists by output."""
    if isinstance(words, dict) and "type" not in words:
        return collected(words, _metrics)
    if isinstance(words, list | tuple):
        return tuple(collected(words, METRICS.read).values())
    return (METRICS.read(words),)


def _columns(words: Any) -> Any:
    """A column, or several, by their names."""
    if isinstance(words, str):
        return words
    if isinstance(words, list | tuple) and words and all(isinstance(word, str) for word in words):
        return tuple(words)
    raise nested(Problem("wrong-type", f"a column is named by a text, or several by a list, not {shown(words)}"))


def _columns_by_name(words: Any) -> Any:
    """Columns for each input or output, or for the only one."""
    if words is None:
        return None
    return collected(words, _columns) if isinstance(words, dict) else _columns(words)


def _class_weight(words: Any) -> Any:
    """``"balanced"``, or a weight for each class."""
    if words is None or words == "balanced":
        return words
    good = isinstance(words, dict) and all(
        isinstance(each, int | float) and not isinstance(each, bool) and each >= 0 for each in words.values()
    )
    if not good:
        must = '"balanced" or a table of a number from 0 for each class'
        raise nested(Problem("bad-value", f"[train]'s 'class_weight' must be {must}, not {shown(words)}"))
    return words


def _table(cls: type[Term]) -> BeforeValidator:
    """A table of a term's arguments, its type told by the key that it stands under."""

    def read(words: Any) -> Any:
        if words is None or isinstance(words, cls):
            return words
        if not isinstance(words, dict):
            raise nested(Problem("wrong-type", f"{cls.__name__} is a table of its arguments, not {shown(words)}"))
        return make(cls, words)

    return BeforeValidator(read)


def _stratify(words: Any) -> Any:
    """Whether each class is divided in the same proportions, or the column whose values are."""
    if words is None or isinstance(words, bool | str):
        return words
    raise ValueError(f"must be true, false or a column's name, not {shown(words)}")


class Data(Term):
    """Where the samples come from, and how they are divided.

    ``source`` is an embedded set (``digits``) or the path of a file or a folder of images, relative to the spec.
    ``inputs`` and ``target`` name columns or arrays; ``validation`` and ``test`` are held-out fractions.  ``stratify``,
    ``group`` and ``time`` say how these are chosen, ``weight`` which column holds the samples' weights.  ``labels`` is
    the file of the labels where they have one of their own, ``images`` the column that holds paths of images, and
    ``resize`` what is done with images of another size than the input's.  ``window`` makes samples of stretches of
    rows, and ``features`` says what records hold.  ``augment`` are layers that change at random the samples that are
    learned from, and no others.  ``validation_source`` and ``test_source`` are for parts that are not held out but come
    from elsewhere, each with the file of its labels where it has one.  With ``stream`` a table's file is read in
    blocks, and never is in memory whole.  ``missing`` says what fills the gaps of inputs of numbers, ``dates`` which
    parts of a date an input is made of.  ``labelled`` is how many training samples have a target that
    learning may look at.
    """

    outside: ClassVar = frozenset({"missing"})  # gaps are filled before

    source: str
    inputs: Annotated[SkipValidation[Any], BeforeValidator(_columns_by_name)] = None
    target: Annotated[SkipValidation[Any], BeforeValidator(_columns_by_name)] = None
    validation: Part = 0.0
    test: Part = 0.0
    stratify: Annotated[SkipValidation[bool | str | None], BeforeValidator(_stratify)] = None
    group: str | None = None
    time: str | None = None
    weight: str | None = None
    labelled: Positive | None = None
    labels: str | None = None
    images: str | None = None
    resize: Literal["stretch", "crop", "pad"] | None = None
    window: Annotated[SkipValidation[Window] | None, WindowTable] = None
    features: Annotated[SkipValidation[dict[str, Feature]] | None, FeatureTables] = None
    validation_source: str | None = None
    test_source: str | None = None
    validation_labels: str | None = None
    test_labels: str | None = None
    augment: Annotated[SkipValidation[Any], BeforeValidator(read_augment)] = None
    stream: bool = False
    missing: Annotated[SkipValidation[Any], BeforeValidator(read_missing)] = None
    dates: Annotated[SkipValidation[Any], BeforeValidator(read_dates)] = None

    @property
    def keys(self) -> dict[str, str]:
        """The columns that are for dividing and weighing the samples, by what they are for."""
        stated = {key: getattr(self, key) for key in ("stratify", "group", "time", "weight")}
        return {key: column for key, column in stated.items() if isinstance(column, str)}

    @model_validator(mode="after")
    def _leaves_some(self) -> Self:
        if self.validation + self.test >= 1:
            raise ValueError(f"validation = {self.validation} and test = {self.test} leave nothing to learn from")
        return self

    @model_validator(mode="after")
    def _has_each_part_once(self) -> Self:
        for part in ("validation", "test"):
            fraction, source = getattr(self, part), getattr(self, f"{part}_source")
            if fraction and source is not None:
                raise ValueError(f"{part} = {fraction} and '{part}_source' make two {part} parts: choose one")
            if source is None and getattr(self, f"{part}_labels") is not None:
                raise ValueError(f"'{part}_labels' are those of '{part}_source', which is not stated")
        return self

    @property
    def validated(self) -> bool:
        """Whether there is a validation part."""
        return bool(self.validation or self.validation_source)

    @model_validator(mode="after")
    def _divides_in_one_way(self) -> Self:
        ways = [key for key in ("stratify", "group", "time") if getattr(self, key)]
        if self.window:
            return self._divides_windows()
        if len(ways) > 1:
            raise ValueError(f"{' and '.join(map(repr, ways))} are two ways to divide samples: choose one")
        own = (self.validation_source or self.test_source) and not self.stratify
        if ways and self.stratify is not True and not (self.validation or self.test or own):
            raise ValueError(f"{ways[0]!r} says how samples are divided: say also 'validation' or 'test'")
        return self

    def _divides_windows(self) -> Self:
        if self.stratify:
            raise ValueError("windows are divided in the order of time: 'stratify' is not for them")
        if self.group and not self.time and (self.validation or self.test):
            raise ValueError("the windows of several series are divided by a common time: say also 'time'")
        return self


class Train(Term):
    """How the model learns.

    ``execution`` says how steps are executed, ``save_seconds`` how long at most a training goes on without writing its
    state, and ``terminate_on_nan`` that it ends once the loss is no finite number.  With ``distributions`` the run
    keeps how the numbers in its layers are distributed, epoch by epoch.
    """

    outside: ClassVar = frozenset(
        {"epochs", "batch_size", "seed", "class_weight", "early_stopping", "reduce_lr_on_plateau"}
        | {"execution", "save_seconds", "terminate_on_nan"}
    )

    loss: Annotated[SkipValidation[Any], BeforeValidator(_loss)]
    optimizer: OptimizerWord
    epochs: Positive
    metrics: Annotated[SkipValidation[Any], BeforeValidator(_metrics)] = ()
    loss_weights: dict[str, float] | None = None
    batch_size: Positive = 32
    seed: NonNegative = 0
    class_weight: Annotated[SkipValidation[Any], BeforeValidator(_class_weight)] = None
    early_stopping: Annotated[SkipValidation[EarlyStopping] | None, _table(EarlyStopping)] = None
    reduce_lr_on_plateau: Annotated[SkipValidation[ReduceLROnPlateau] | None, _table(ReduceLROnPlateau)] = None
    execution: Literal["auto", "step", "graph", "xla"] = "auto"
    save_seconds: AboveZero = 60.0
    terminate_on_nan: bool = True
    distributions: bool = False
