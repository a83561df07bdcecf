"""``[data]`` to arrays: read, matched with a net's inputs and outputs, and divided by seed."""

from netspec.data.match import Samples as Samples
from netspec.data.match import match as match
from netspec.data.read import Columns as Columns
from netspec.data.read import read as read
from netspec.data.split import split as split
