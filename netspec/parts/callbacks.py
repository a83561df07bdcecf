"""What watches the training and steps in."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from netspec.parts.term import FromZero, NonNegative, Part


class Callback(Part):
    """Something done between the epochs or batches of a training."""


class Monitor(Callback):
    """A callback that waits while a figure of the log keeps improving."""

    absent: ClassVar = {"verbose": "the run's own progress display tells of it"}
    monitor: str = "val_loss"
    mode: Literal["auto", "min", "max"] = "auto"


class EarlyStopping(Monitor):
    """Ends the training once ``monitor`` has not improved for ``patience`` epochs (Prechelt 1998)."""

    min_delta: FromZero = 0.0
    patience: NonNegative = 0
    baseline: float | None = None
    restore_best_weights: bool = False
    start_from_epoch: NonNegative = 0


class ReduceLROnPlateau(Monitor):
    """Multiplies the learning rate by ``factor`` once ``monitor`` has not improved for ``patience`` epochs."""

    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    patience: NonNegative = 10
    min_delta: FromZero = 0.0001
    cooldown: NonNegative = 0
    min_lr: FromZero = 0.0


class SwapEMAWeights(Callback):
    """Evaluates with the moving average of the weights that an optimizer with ``use_ema`` keeps."""

    swap_on_epoch: bool = False


class TerminateOnNaN(Callback):
    """Ends the training once the loss is no longer a finite number."""

    raise_error: bool = False
