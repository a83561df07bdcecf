"""A spec's text, and where in it each value stands."""

from netspec.source.scan import Loc as Loc
from netspec.source.source import LARGEST as LARGEST
from netspec.source.source import Place as Place
from netspec.source.source import Source as Source
from netspec.source.source import SourceError as SourceError
from netspec.source.source import decoded as decoded
from netspec.source.source import project as project
from netspec.source.writing import put as put
from netspec.source.writing import write_whole as write_whole
