"""What every layer states: its arguments, the shape it makes, the weights it keeps, the work it does."""

from abc import abstractmethod
from math import prod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from netspec.parts.term import Positive, Term, spread
from netspec.parts.words import ActivationWord, ConstraintWord, InitializerWord, RegularizerWord
from netspec.shapes import Dim, Kind, Shape, ShapeError, kind, said

Weights = dict[str, Shape]
Masking = Literal["passes", "uses", "loses"]
DType = Literal["float16", "bfloat16", "float32", "float64", "mixed_float16", "mixed_bfloat16"]
#: Where the channels stand; Keras' own setting where nothing is said, which is last.
DataFormat = Literal["channels_last", "channels_first"] | None

#: Sizes along one, two or three axes of space; one number stands for all of them.
Single = Annotated[tuple[Positive], spread(1)]
Pair = Annotated[tuple[Positive, Positive], spread(2)]
Triple = Annotated[tuple[Positive, Positive, Positive], spread(3)]
#: ... and in a branch along as many as each of its leaves says.
Sizes = tuple[Positive, ...]
#: One axis or several, the batch being axis 0.
Axes = Annotated[tuple[int, ...], Field(min_length=1), spread(1)]

#: Kinds of dtype that a layer may take.
Kinds = tuple[Kind, ...]
FLOATS: Kinds = ("float",)
NUMBERS: Kinds = ("float", "int")
WHOLE: Kinds = ("int", "bool")
ANYTHING: Kinds = ("float", "int", "bool", "string")

#: The names of the axes of space, by how many there are.
SPACE = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}


class Layer(Term):
    """One operation, with the name, the arguments and the defaults that Keras gives it.

    The rules are methods of the shapes that reach it, the batch first.  Their parameters are named as those of
    Keras' ``call``, so that a spec may wire them by name; several inputs in a list are ``*shapes``.
    """

    #: Those of its arrays that hold whole numbers, whatever it computes in.
    counts: ClassVar[tuple[str, ...]] = ()

    #: How a formula writes it, where one sign does.
    sign: ClassVar[str] = ""

    #: Its arguments that Keras takes when the layer is called, not when it is made.
    when_called: ClassVar[tuple[str, ...]] = ()

    #: The kinds of dtype with which its call runs.
    takes: ClassVar[Kinds] = ("float", "int", "bool")

    #: Whether what is no float leaves a call as it came, though Keras announces floats.
    keeps: ClassVar[bool] = False

    #: Whether it makes one sample of several, and must do the same to what is learned of them.
    blends: ClassVar[bool] = False

    #: Why no seed fixes what it draws, where Keras lets it choose by other random numbers.
    unseeded: ClassVar[str] = ""

    #: What becomes of a mask: it ``passes`` on, the layer ``uses`` it up, or ``loses`` it unused.
    masks: ClassVar[Masking] = "loses"

    entry_keys: ClassVar[tuple[str, ...]] = ("name", "inputs", "share", "when", "from_run", "from_layer")
    dtype: DType | None = None
    trainable: bool = True

    @property
    def calling(self) -> dict[str, Any]:
        """What the author stated of the arguments that Keras takes when the layer is called."""
        return {name: value for name, value in self.stated.items() if name in self.when_called}

    @abstractmethod
    def output(self, *inputs: Any) -> Shape:
        """The shape that leaves, of the shapes that arrive; ``ShapeError`` where it cannot take them."""

    def states(self, *inputs: Any, **named: Any) -> tuple[Shape, ...]:
        """The shapes of the further tensors that leave, after ``output``."""
        return ()

    def weights(self, *inputs: Any, **named: Any) -> Weights:
        """The arrays that training changes, by Keras' names."""
        return {}

    def state(self, *inputs: Any, **named: Any) -> Weights:
        """The arrays that it keeps but that no gradient changes, by Keras' names."""
        return {}

    def macs(self, *inputs: Any, **named: Any) -> int:
        """Multiply-adds for one sample; unknown dimensions count once."""
        return 0

    def result(self, *dtypes: str) -> str:
        """The dtype that leaves, of those that arrive: the one that it computes in."""
        return self.compute_dtype

    def run(self, *dtypes: str) -> str:
        """The dtype that a call makes of those that arrive, where Keras announces another too."""
        kept = self.keeps and all(kind(dtype) != "float" for dtype in dtypes)
        return dtypes[0] if kept else self.result(*dtypes)

    def kinds(self, argument: str = "") -> Kinds:
        """The kinds of dtype that it takes as that argument of its call, or as its plain input."""
        return self.takes

    def refused_dtype(self, argument: str, dtype: str) -> str:
        """Why it cannot take that dtype, ``""`` where it can."""
        kinds = self.kinds(argument)
        if kind(dtype) in kinds:
            return ""
        return f"{type(self).__name__} takes {_holding(kinds)}, and {dtype} arrives"

    def mask(self) -> Masking:
        """What becomes of a mask that reaches it."""
        return self.masks

    @property
    def makes_mask(self) -> bool:
        """Whether it marks steps to be left out."""
        return False

    @property
    def compute_dtype(self) -> str:
        """The dtype that floating inputs are cast to."""
        return (self.dtype or "float32").removeprefix("mixed_")

    @property
    def variable_dtype(self) -> str:
        """The dtype of its weights."""
        return "float32" if not self.dtype or self.dtype.startswith("mixed_") else self.dtype

    @classmethod
    def family(cls) -> str:
        """The folder that it stands in, which is Keras' folder for it."""
        return cls.__module__.removeprefix("netspec.layers.").partition(".")[0]


def _holding(kinds: Kinds) -> str:
    """What dtypes of those kinds hold, in a reader's words."""
    if "float" in kinds:
        words = ["numbers" if "int" in kinds else "floats"]
    else:
        words = ["whole numbers"] if "int" in kinds else []
    return " or ".join(words + ["texts"] * ("string" in kinds))


class Passing(Layer):
    """A layer that hands numbers on as they are, integers too."""

    takes: ClassVar = ANYTHING

    def result(self, *dtypes: str) -> str:
        """What arrives, floats in the dtype that it computes in."""
        return self.compute_dtype if "float" in dtypes[0] else dtypes[0]


class Elementwise(Layer):
    """A layer that leaves the shape as it is."""

    def output(self, inputs: Shape) -> Shape:
        return inputs


class Kernel(Layer):
    """A layer with a matrix of weights, or a window of them."""

    kernel_initializer: InitializerWord = "glorot_uniform"
    kernel_regularizer: RegularizerWord = None
    kernel_constraint: ConstraintWord = None


class Bias(Layer):
    """A layer that may add one learned number to each output."""

    use_bias: bool = True
    bias_initializer: InitializerWord = "zeros"
    bias_regularizer: RegularizerWord = None
    bias_constraint: ConstraintWord = None

    def bias(self, *shape: int) -> Weights:
        """The bias of that shape, where it has one."""
        return {"bias": shape} if self.use_bias else {}


class Activated(Layer):
    """A layer that ends in an activation."""

    activation: ActivationWord = None


class Penalized(Layer):
    """A layer whose output may be penalized."""

    activity_regularizer: RegularizerWord = None


class Spatial(Layer):
    """A layer over space: steps, images or volumes, with channels at each place."""

    data_format: DataFormat = None

    def apart(self, shape: Shape, rank: int) -> tuple[Dim, Shape, Dim]:
        """The batch, the space and the channels of ``shape``; ``ShapeError`` where the space has not ``rank`` axes."""
        space = SPACE[rank]
        if self.data_format == "channels_first":
            axes(shape, "channels", *space)
            return shape[0], shape[2:], shape[1]
        axes(shape, *space, "channels")
        return shape[0], shape[1:-1], shape[-1]

    def join(self, batch: Dim, space: Shape, channels: Dim) -> Shape:
        """The shape of which ``apart`` makes these."""
        return (batch, channels, *space) if self.data_format == "channels_first" else (batch, *space, channels)


def axes(shape: Shape, *names: str) -> None:
    """Check that ``shape`` has the batch and the named axes; ``ShapeError`` otherwise."""
    if len(shape) != len(names) + 1:
        many = f"{len(names)} axes" if len(names) > 1 else "one axis"
        raise ShapeError(f"takes {many} beside the batch ({', '.join(names)}), not {len(shape) - 1}: {said(shape)}")


def positions(inputs: Shape, axis: tuple[int, ...]) -> list[int]:
    """Where the axes stand, counted from the batch; ``ShapeError`` where one is missing or stands twice."""
    for each in axis:
        if not -len(inputs) <= each < len(inputs):
            raise ShapeError(f"has no axis {each} to work on: the last axis of {said(inputs)} is {len(inputs) - 1}")
    found = [each % len(inputs) for each in axis]
    if twice := {each for each in found if found.count(each) > 1}:
        raise ShapeError(f"axis {min(twice)} of {said(inputs)} is named twice")
    return found


def known(dim: Dim, what: str) -> int:
    """``dim``, which the weights depend on; ``ShapeError`` where it is unknown."""
    if dim is None:
        raise ShapeError(f"needs to know {what} before it can make its weights")
    return dim


def times(*dims: Dim) -> int:
    """The product of the dimensions, unknown ones counted once."""
    return prod(dim for dim in dims if dim is not None)
