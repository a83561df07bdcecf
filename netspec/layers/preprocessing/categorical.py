"""Categories as numbers: encoded, hashed, crossed."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, model_validator

from netspec.layers.layer import NUMBERS, WHOLE, DType, Kinds, Layer
from netspec.layers.preprocessing import Announced, Sparse, encoded
from netspec.parts.term import Positive, is_number, is_whole
from netspec.problems import shown
from netspec.shapes import Shape, ShapeError, said

#: What a layer of whole numbers may hand on.
Whole = Literal["int32", "int64"]


class CategoryEncoding(Announced):
    """Whole numbers as vectors: one for each, or one that tells which occur or how often."""

    absent: ClassVar = {"sparse": "Keras makes floats of its inputs first, of which no sparse tensor can be made"}
    takes: ClassVar = WHOLE
    num_tokens: Positive | None = None
    output_mode: Literal["multi_hot", "one_hot", "count"] = "multi_hot"

    def kinds(self, argument: str = "") -> Kinds:
        return NUMBERS if argument == "count_weights" else self.takes

    def output(self, inputs: Shape, count_weights: Shape | None = None) -> Shape:
        if self.num_tokens is None:
            raise ShapeError("needs 'num_tokens', how many whole numbers there are")
        if count_weights is not None:
            if self.output_mode != "count":
                raise ShapeError(f"takes 'count_weights' in output_mode 'count' only, not {self.output_mode!r}")
            if count_weights != inputs:
                raise ShapeError(f"needs a weight for each number of {said(inputs)}, not {said(count_weights)}")
        return encoded(inputs, self.output_mode, self.num_tokens)

    def made(self, dtype: str) -> str:
        return self.variable_dtype


def _scalar(value: Any) -> Any:
    if value is not None and not isinstance(value, str) and not is_number(value):
        raise ValueError(f"must be a number or a text, not {shown(value)}")
    return value


def _salt(value: Any) -> Any:
    items = value if isinstance(value, list | tuple) and len(value) == 2 else (value,)
    if value is not None and not all(map(is_whole, items)):
        raise ValueError(f"must be a whole number or a list of two, not {shown(value)}")
    return value


#: What makes one hash differ from another.
Salt = Annotated[int | tuple[int, int] | None, BeforeValidator(_salt)]


class Hashing(Sparse):
    """Texts or whole numbers put into bins by their hash, as numbers or as encodings."""

    num_bins: Positive
    mask_value: Annotated[str | int | float | None, BeforeValidator(_scalar)] = None
    salt: Salt = None
    output_mode: Literal["int", "one_hot", "multi_hot", "count"] = "int"
    dtype: DType | Whole | None = None

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.output_mode == "int" and self.dtype not in (None, "int32", "int64"):
            raise ValueError(f"""dtype is "int32" or "int64" in output_mode 'int', not "{self.dtype}\"""")
        return self

    def kinds(self, argument: str = "") -> Kinds:
        if self.mask_value is None:
            return ("int", "bool", "string")
        return ("string",) if isinstance(self.mask_value, str) else WHOLE

    def output(self, inputs: Shape) -> Shape:
        if self.output_mode == "int":
            return inputs
        if self.output_mode == "one_hot" and (len(inputs) < 2 or inputs[-1] != 1):
            raise ShapeError(f"'one_hot' takes one entry in the last axis, an axis of 1, not {said(inputs)}")
        return encoded(inputs, self.output_mode, self.num_bins)

    def result(self, *dtypes: str) -> str:
        """The dtype that is stated, else whole numbers as int64 and encodings as floats."""
        return "int64" if self.output_mode == "int" and self.dtype is None else self.variable_dtype


class HashedCrossing(Layer):
    """Two features put into bins by the hash of both, as numbers or as encodings."""

    absent: ClassVar = {
        "sparse": "Keras makes sparse one-hot vectors of a batch of known size only, and a spec leaves it open"
    }
    takes: ClassVar = ("int", "string")
    num_bins: Positive
    output_mode: Literal["int", "one_hot"] = "int"
    dtype: DType | Whole | None = None

    def output(self, *inputs: Shape) -> Shape:
        if len(inputs) != 2:
            raise ShapeError(f"crosses two features, not {len(inputs)}")
        one, two = inputs
        if one != two:
            raise ShapeError(f"needs two features of one shape, not {said(one)} and {said(two)}")
        if len(one) > 2 or one[1:] not in ((), (1,)):
            raise ShapeError(f"takes one entry for each sample, not {said(one)}")
        return one if self.output_mode == "int" else encoded(one, self.output_mode, self.num_bins)

    def result(self, *dtypes: str) -> str:
        """The dtype that is stated, else whole numbers as int64 and encodings as floats."""
        return "int64" if self.output_mode == "int" and self.dtype is None else self.compute_dtype
