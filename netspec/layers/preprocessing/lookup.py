"""Words and whole numbers looked up in a vocabulary."""

from abc import abstractmethod
from collections import Counter
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from netspec.layers.layer import WHOLE, Kinds
from netspec.layers.preprocessing import Announced, Sparse, Untyped, encoded
from netspec.layers.preprocessing.categorical import Salt
from netspec.parts.term import NonNegative, Positive, is_whole
from netspec.problems import shown
from netspec.shapes import Dim, Shape, ShapeError, said


def _inline(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError("must be a list: a text would be the path of a file, which a spec does not make Keras read")
    return value


class Lookup(Sparse, Announced, Untyped):
    """A layer that looks things up in a vocabulary, stated or found in data beforehand."""

    max_tokens: Annotated[int, Field(gt=1)] | None = None
    vocabulary: Annotated[tuple[str, ...] | tuple[int, ...] | None, BeforeValidator(_inline)]
    idf_weights: tuple[float, ...] | None = None
    output_mode: Literal["int", "one_hot", "multi_hot", "count", "tf_idf"] = "int"
    pad_to_max_tokens: bool = False

    @abstractmethod
    def marks(self) -> tuple[Any, Any, int]:
        """What stands for nothing, if anything does, what stands for the unknown, and how many numbers that has."""

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise ValueError("'pad_to_max_tokens' needs 'max_tokens'")
        if self.idf_weights is not None and self.output_mode != "tf_idf":
            raise ValueError("'idf_weights' are for output_mode 'tf_idf'")
        if self.vocabulary is not None:
            self._check(self.vocabulary)
        return self

    def _check(self, vocabulary: tuple[Any, ...]) -> None:
        tokens, mask = self.tokens(vocabulary), self.marks()[0]
        if not tokens:
            raise ValueError("'vocabulary' is empty")
        if twice := [each for each, count in Counter(tokens).items() if count > 1]:
            raise ValueError(f"'vocabulary' holds {shown(twice[0])} more than once")
        if mask is not None and mask in tokens:
            raise self.misplaced(mask)
        size = len(tokens) + len(self.special())
        if self.max_tokens is not None and size > self.max_tokens:
            raise ValueError(f"'vocabulary' makes {size} tokens, more than the {self.max_tokens} of 'max_tokens'")
        if self.output_mode == "tf_idf" and len(self.idf_weights or ()) != len(vocabulary):
            raise ValueError(
                f"'tf_idf' needs 'idf_weights', a number for each of the {len(vocabulary)} in 'vocabulary'"
            )

    def special(self) -> list[Any]:
        """The tokens that stand before those of the vocabulary."""
        mask, unknown, count = self.marks()
        return [*([mask] if mask is not None and self.output_mode == "int" else []), *[unknown] * count]

    def misplaced(self, token: Any) -> ValueError:
        """What is said of a special token in the midst of the vocabulary."""
        first = shown(self.special())
        return ValueError(f"'vocabulary' holds {shown(token)}, a special token: leave it out, or begin with {first}")

    def tokens(self, vocabulary: tuple[Any, ...]) -> list[Any]:
        """The vocabulary without the special tokens, which it may begin with."""
        special = self.special()
        return list(vocabulary[len(special) :] if list(vocabulary[: len(special)]) == special else vocabulary)

    def size(self) -> Dim:
        """How many tokens an encoding tells apart; unknown before the vocabulary is."""
        if self.pad_to_max_tokens:
            return self.max_tokens
        return len(self.tokens(self.vocabulary)) + len(self.special()) if self.vocabulary is not None else None

    def output(self, inputs: Shape) -> Shape:
        return inputs if self.output_mode == "int" else encoded(inputs, self.output_mode, self.size())

    def result(self, *dtypes: str) -> str:
        """Whole numbers for an index, floats for an encoding."""
        return "int64" if self.output_mode == "int" else "float32"

    def made(self, dtype: str) -> str:
        return "float32" if self.output_mode == "tf_idf" else "int64"


class Inverse(Lookup):
    """A layer that can also look up the other way, from numbers to what they stand for."""

    num_oov_indices: NonNegative = 1
    invert: bool = False
    salt: Salt = None

    @model_validator(mode="after")
    def _invertible(self) -> Self:
        if self.invert and self.output_mode != "int":
            raise ValueError(f"'invert' needs output_mode 'int', not {self.output_mode!r}")
        unknown = self.marks()[1]
        if self.invert and self.vocabulary is not None and unknown in self.tokens(self.vocabulary):
            raise self.misplaced(unknown)
        return self


class StringLookup(Inverse):
    """The number of each word in a vocabulary, or its encoding."""

    mask_token: str | None = None
    oov_token: str = "[UNK]"
    vocabulary: Annotated[tuple[str, ...] | None, BeforeValidator(_inline)] = None
    encoding: str = "utf-8"

    def kinds(self, argument: str = "") -> Kinds:
        return WHOLE if self.invert else ("string",)

    def marks(self) -> tuple[Any, Any, int]:
        return self.mask_token, self.oov_token, self.num_oov_indices

    def made(self, dtype: str) -> str:
        return "string" if self.invert else super().made(dtype)


class IntegerLookup(Inverse):
    """The number of each whole number in a vocabulary, or its encoding."""

    takes: ClassVar = WHOLE
    mask_token: int | None = None
    oov_token: int = -1
    vocabulary: Annotated[tuple[int, ...] | None, BeforeValidator(_inline)] = None
    vocabulary_dtype: Literal["int64"] = "int64"
    oov_method: Literal["floormod", "farmhash"] = "floormod"

    @model_validator(mode="after")
    def _salted(self) -> Self:
        if self.salt is not None and self.oov_method != "farmhash":
            raise ValueError("'salt' needs oov_method 'farmhash'")
        return self

    def marks(self) -> tuple[Any, Any, int]:
        return self.mask_token, self.oov_token, self.num_oov_indices


def _ngrams(value: Any) -> Any:
    items = value if isinstance(value, list | tuple) and value else (value,)
    if value is not None and not all(is_whole(each) and each > 0 for each in items):
        raise ValueError(f"must be a whole number above 0 or a list of such, not {shown(value)}")
    return value


class TextVectorization(Lookup):
    """Texts cut into words, and the number of each word in a vocabulary, or their encoding."""

    takes: ClassVar = ("string",)
    standardize: Literal["lower_and_strip_punctuation", "lower", "strip_punctuation"] | None = (
        "lower_and_strip_punctuation"
    )
    split: Literal["whitespace", "character"] | None = "whitespace"
    ngrams: Annotated[int | tuple[int, ...] | None, BeforeValidator(_ngrams)] = None
    output_sequence_length: Positive | None = None
    vocabulary: Annotated[tuple[str, ...] | None, BeforeValidator(_inline)] = None
    ragged: bool = False
    encoding: str = "utf-8"

    @model_validator(mode="after")
    def _sequences(self) -> Self:
        for name in ("output_sequence_length", "ragged"):
            if getattr(self, name) and self.output_mode != "int":
                raise ValueError(f"{name!r} needs output_mode 'int', not {self.output_mode!r}")
        return self

    def marks(self) -> tuple[Any, Any, int]:
        return "", "[UNK]", 1

    def output(self, inputs: Shape) -> Shape:
        if self.output_mode == "int":
            if self.split is None and len(inputs) != 2:
                raise ShapeError(f"without 'split' takes one axis of words beside the batch, not {said(inputs)}")
            if self.split is not None and inputs[1:] not in ((), (1,)):
                raise ShapeError(f"takes one text for each sample, not {said(inputs)}")
            return (inputs[0], self.output_sequence_length)
        if self.split is None:
            return super().output(inputs)
        if len(inputs) != 1:
            many = said(inputs)
            raise ShapeError(
                f"takes one text for each sample in output_mode {self.output_mode!r}, shape [], not {many}"
            )
        words = (inputs[0], None)
        return (*words, self.size()) if self.output_mode == "one_hot" else encoded(words, self.output_mode, self.size())
