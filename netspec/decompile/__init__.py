"""A Keras model to the spec that describes it, from its configuration alone: no Keras, no code that a file names.

::

    config = read("model.keras")
    found = decompile(config)
    found.document, found.names, found.notes, found.graph
"""

from netspec.decompile.fault import DecompileError as DecompileError
from netspec.decompile.fault import Fault as Fault
from netspec.decompile.model import Decompiled as Decompiled
from netspec.decompile.model import configured as configured
from netspec.decompile.model import decompile as decompile
from netspec.decompile.model import drawable as drawable
from netspec.decompile.model import graph_of as graph_of
from netspec.decompile.read import read as read
