"""How far numbers are from their targets."""

from typing import Literal

from netspec.parts.metrics.metric import Measured
from netspec.parts.term import NonNegative


class ConcordanceCorrelation(Measured):
    """Correlation that counts a shift or another scale as error (Lin 1989)."""

    axis: int = -1
    name: str = "concordance_correlation"


class CosineSimilarity(Measured):
    """The cosine of the angle between target and prediction: 1 where they point the same way."""

    axis: int = -1
    name: str = "cosine_similarity"


class LogCoshError(Measured):
    """log(cosh(error)): the squared error where it is small, the absolute one where it is large."""

    name: str = "logcosh"


class MeanAbsoluteError(Measured):
    """mean(|target - prediction|)."""

    name: str = "mean_absolute_error"


class MeanAbsolutePercentageError(Measured):
    """100 mean(|target - prediction| / |target|)."""

    name: str = "mean_absolute_percentage_error"


class MeanSquaredError(Measured):
    """mean((target - prediction)²)."""

    name: str = "mean_squared_error"


class MeanSquaredLogarithmicError(Measured):
    """mean((log(1 + target) - log(1 + prediction))²), for numbers of very different sizes."""

    name: str = "mean_squared_logarithmic_error"


class PearsonCorrelation(Measured):
    """How nearly predictions are a straight line of the targets, from -1 to 1 (Pearson 1895)."""

    axis: int = -1
    name: str = "pearson_correlation"


class R2Score(Measured):
    """The share of the targets' variance that predictions explain: 1 is perfect, 0 no better than the mean."""

    class_aggregation: Literal["uniform_average", "variance_weighted_average"] | None = "uniform_average"
    num_regressors: NonNegative = 0
    name: str = "r2_score"


class RootMeanSquaredError(Measured):
    """sqrt(mean((target - prediction)²)), in the targets' own unit."""

    name: str = "root_mean_squared_error"


MAE = MeanAbsoluteError
MAPE = MeanAbsolutePercentageError
MSE = MeanSquaredError
MSLE = MeanSquaredLogarithmicError
