"""What a spec says of pretraining: layer by layer, each as a small model of what reaches it, before all are trained."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, SkipValidation

from netspec.parts.faults import collected, make, nested
from netspec.parts.term import AboveZero, FromZero, Positive, Term, is_number
from netspec.parts.words import InitializerWord, LearningRate
from netspec.problems import Problem, shown

Rate = Annotated[float, Field(ge=0, lt=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Rounds = Annotated[int, Field(gt=0, le=1000)]


class Momentum(Term):
    """How much of the last step goes into the next: ``start``, and ``end`` once ``after`` epochs are behind.

    Small while the features form, larger once progress is steady (Hinton 2010, section 9).
    """

    typed: ClassVar[bool] = False
    called: ClassVar[str] = "a momentum"

    start: Rate
    end: Rate
    after: Positive = 5

    def at(self, epoch: int) -> float:
        """What it is in an epoch, counted from 0."""
        return self.end if epoch >= self.after else self.start


def _momentum(words: Any) -> Any:
    """A number from 0 to 1, or a table of how it changes."""
    if isinstance(words, Momentum):
        return words
    if isinstance(words, dict):
        return make(Momentum, words)
    if not is_number(words):
        raise ValueError(f"must be a number or a table such as {{ start = 0.5, end = 0.9 }}, not {shown(words)}")
    if not 0 <= words < 1:
        raise ValueError(f"must be at least 0 and less than 1, not {shown(words)}")
    return float(words)


class Rule(Term):
    """How one layer is pretrained."""

    epochs: Positive = 10
    batch_size: Positive = 32
    learning_rate: LearningRate = 0.1
    momentum: Annotated[SkipValidation[Any], BeforeValidator(_momentum)] = 0.0
    weight_decay: FromZero = 0.0
    kernel_initializer: InitializerWord = Field(default={"type": "RandomNormal", "stddev": 0.01})
    visible: Literal["bernoulli", "gaussian"] = "bernoulli"
    k: Rounds = 1
    persistent: bool = False
    sparsity_target: Share | None = None
    sparsity_cost: AboveZero | None = None
    corruption: Rate = 0.25


class Stage(Rule):
    """A layer, and what is said of it alone."""

    typed: ClassVar[bool] = False
    called: ClassVar[str] = "a layer of [pretrain]"

    name: str


#: The keys that one method has a use for, and no other.
OF_METHOD = {
    "rbm": ("k", "persistent", "sparsity_target", "sparsity_cost"),
    "autoencoder": ("corruption",),
}


def _stage(words: Any) -> Any:
    """A layer's name, or a table with its name and what is other for it."""
    if isinstance(words, str | Stage):
        return words
    if isinstance(words, dict):
        return make(Stage, words)
    raise nested(Problem("wrong-type", f"a layer to pretrain is a name or a table with one, not {shown(words)}"))


def _stages(words: Any) -> Any:
    """The layers, the lowest first."""
    if words is None:
        return None
    if not isinstance(words, list | tuple) or not words:
        raise nested(Problem("wrong-type", f"'layers' is a list of the layers to pretrain, not {shown(words)}"))
    return tuple(collected(words, _stage).values())


class Pretrain(Rule):
    """How layers learn what reaches them, one after another, before the net is trained as one.

    ``method`` is what each layer is meanwhile: the hidden units of a restricted Boltzmann machine, or the code of a
    denoising autoencoder.  ``layers`` names them, the lowest first, a table saying what is other for one; without it
    they are all that can be.  ``mirror`` names layers that begin as the transposes of pretrained ones, so that a stack
    unrolls into a deep autoencoder (Hinton & Salakhutdinov 2006).
    """

    method: Literal["rbm", "autoencoder"]
    layers: Annotated[SkipValidation[tuple[str | Stage, ...] | None], BeforeValidator(_stages)] = None
    mirror: dict[str, str] | None = None

    @property
    def named(self) -> Iterator[tuple[str, Stage | None]]:
        """The layers that are named, and what is said of each alone."""
        for each in self.layers or ():
            yield (each.name, each) if isinstance(each, Stage) else (each, None)

    def rule(self, layer: str) -> Rule:
        """All that counts for a layer: what is said of it alone before what is said of all."""
        own = next((stage for name, stage in self.named if name == layer and stage), None)
        said = {name: getattr(self, name) for name in Rule.model_fields}
        if own:
            said |= {name: getattr(own, name) for name in own.model_fields_set if name != "name"}
        return Rule.model_construct(**said)
