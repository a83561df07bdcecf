"""A table that is larger than memory: read block by block, checked once, and shuffled by seed and epoch."""

from netspec.data.stream.scan import scanned as scanned
from netspec.data.stream.stream import Portion as Portion
from netspec.data.stream.stream import Stream as Stream
