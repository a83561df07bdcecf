"""Model and data to a run: epochs, history, a saved model, a report."""

import netspec.keras.quiet  # noqa: F401  first: it starts Keras
from netspec.train.display import Display as Display
from netspec.train.run import Run as Run
from netspec.train.run import TrainError as TrainError
from netspec.train.run import runs_of as runs_of
from netspec.train.tracking import Tracker as Tracker
from netspec.train.train import train as train
