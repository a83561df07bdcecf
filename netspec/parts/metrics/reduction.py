"""Metrics that are not given predictions and targets."""

from typing import ClassVar

from netspec.parts.metrics.metric import Metric


class Mean(Metric):
    """The mean of what it is given."""

    refused: ClassVar[str] = "it averages numbers that code hands to it, and compares no targets with predictions"


class MeanMetricWrapper(Metric):
    """The mean of what a function gives."""

    refused: ClassVar[str] = "it wraps a Python function"


class Sum(Metric):
    """The sum of what it is given."""

    refused: ClassVar[str] = "it adds up numbers that code hands to it, and compares no targets with predictions"
