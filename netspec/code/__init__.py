"""A graph as the Python that a person would write with plain Keras: nothing of netspec is in it."""

from netspec.code.emitting import emit as emit
