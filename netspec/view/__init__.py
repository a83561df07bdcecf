"""A live page of a spec: edit, save, see."""

from netspec.view.edition import Asked as Asked
from netspec.view.server import serving as serving
