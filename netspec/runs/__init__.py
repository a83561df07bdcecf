"""Runs as their folders tell of them: read, found and compared, without TensorFlow."""

from netspec.runs.run import History as History
from netspec.runs.run import Run as Run
from netspec.runs.run import TrainError as TrainError
from netspec.runs.run import json_text as json_text
from netspec.runs.run import runs_of as runs_of
