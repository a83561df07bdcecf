"""How far numbers are from their targets."""

from netspec.parts.losses.loss import Reduced
from netspec.parts.term import AboveZero


class CosineSimilarity(Reduced):
    """Minus the cosine of the angle between target and prediction: -1 where they point the same way."""

    axis: int = -1
    name: str = "cosine_similarity"


class Huber(Reduced):
    """Half the squared error up to ``delta``, a straight line beyond it (Huber 1964)."""

    delta: AboveZero = 1.0
    name: str = "huber_loss"


class LogCosh(Reduced):
    """log(cosh(error)): the squared error where it is small, the absolute one where it is large."""

    name: str = "log_cosh"


class MeanAbsoluteError(Reduced):
    """mean(|target - prediction|)."""

    name: str = "mean_absolute_error"


class MeanAbsolutePercentageError(Reduced):
    """100 mean(|target - prediction| / |target|)."""

    name: str = "mean_absolute_percentage_error"


class MeanSquaredError(Reduced):
    """mean((target - prediction)²)."""

    name: str = "mean_squared_error"


class MeanSquaredLogarithmicError(Reduced):
    """mean((log(1 + target) - log(1 + prediction))²), for numbers of very different sizes."""

    name: str = "mean_squared_logarithmic_error"


MAE = MeanAbsoluteError
MAPE = MeanAbsolutePercentageError
MSE = MeanSquaredError
MSLE = MeanSquaredLogarithmicError
