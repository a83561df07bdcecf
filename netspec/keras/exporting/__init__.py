"""A Keras model to a file that others read, each read back and run beside the model before it is kept."""

from netspec.keras.exporting.export import Exported as Exported
from netspec.keras.exporting.export import export as export
from netspec.keras.exporting.fault import ExportError as ExportError
from netspec.keras.exporting.fault import NoFormat as NoFormat
from netspec.keras.exporting.formats import FORMATS as FORMATS
from netspec.keras.exporting.network import Network as Network
from netspec.keras.exporting.network import on_cpu as on_cpu
