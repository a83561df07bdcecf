"""``[data]`` to arrays: read, matched with a net's inputs and outputs, and divided by seed."""

from netspec.data.columns import Columns as Columns
from netspec.data.divide import divide as divide
from netspec.data.match import Samples as Samples
from netspec.data.match import match as match
from netspec.data.read import read as read
from netspec.data.split import split as split
from netspec.data.weigh import weigh as weigh
