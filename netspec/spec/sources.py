"""What ``[data]`` says of sources whose samples are not simply there: windows to cut, features to parse."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from netspec.parts.faults import collected, make, nested
from netspec.parts.term import Positive, Term, spread
from netspec.problems import Problem, shown


class Window(Term):
    """Stretches of rows that follow each other, and the row whose target is to be told of each.

    ``sequence_length``, ``sequence_stride`` and ``sampling_rate`` are those of Keras'
    ``timeseries_dataset_from_array``: how many rows a window has, how many lie between the beginnings of two windows,
    and between two rows of one.  The target stands ``horizon`` rows after the window's last.
    """

    typed: ClassVar[bool] = False
    called: ClassVar[str] = "a window"

    sequence_length: Positive
    horizon: Positive = 1
    sequence_stride: Positive = 1
    sampling_rate: Positive = 1

    @property
    def width(self) -> int:
        """The rows from a window's first to its last."""
        return (self.sequence_length - 1) * self.sampling_rate + 1


class Feature(Term):
    """What a record holds under a name, as ``tf.io.FixedLenFeature`` says it: the shape and dtype of its values."""

    typed: ClassVar[bool] = False
    called: ClassVar[str] = "a feature"

    dtype: Literal[
        "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "bool", "string"
    ]
    shape: Annotated[tuple[Annotated[int, Field(gt=0)], ...], spread(1)] = ()


def window(words: Any) -> Any:
    """A window of a table of its arguments."""
    if words is None or isinstance(words, Window):
        return words
    if not isinstance(words, dict):
        raise nested(
            Problem("wrong-type", f"'window' is a table such as {{ sequence_length = 12 }}, not {shown(words)}")
        )
    return make(Window, words)


def features(words: Any) -> Any:
    """Features by their names, each a dtype alone or a table of dtype and shape."""
    if words is None:
        return None
    if not isinstance(words, dict) or not words:
        what = 'a table by name, such as { image = { dtype = "float32", shape = [8, 8] }, label = "int64" }'
        raise nested(Problem("wrong-type", f"'features' is {what}, not {shown(words)}"))
    return collected(words, _feature)


def _feature(words: Any) -> Any:
    if isinstance(words, Feature):
        return words
    if not isinstance(words, str | dict):
        raise nested(Problem("wrong-type", f"a feature is a dtype, or a table of dtype and shape, not {shown(words)}"))
    return make(Feature, {"dtype": words} if isinstance(words, str) else words)


WindowTable = BeforeValidator(window)
FeatureTables = BeforeValidator(features)
