"""Model and data to a run: epochs, history, a saved model, a report."""

from netspec.train.run import Run as Run
from netspec.train.run import runs_of as runs_of
from netspec.train.train import TrainError as TrainError
from netspec.train.train import train as train
