"""The way into the rooms that need TensorFlow: made ready, or explained where it is missing.

Imports nothing heavy before ``enter``.
"""

from __future__ import annotations

import gc
import os
from importlib.util import find_spec

INSTALL = 'python -m pip install "netspec-keras[tensorflow]"'


class NotInstalled(ImportError):
    """TensorFlow is not there."""


def look() -> None:
    """``NotInstalled`` where TensorFlow is missing."""
    if find_spec("tensorflow") is None or find_spec("keras") is None:
        raise NotInstalled(f"this needs TensorFlow, which is not installed: {INSTALL}")


def enter() -> None:
    """Make TensorFlow ready to be imported, and quiet; ``NotInstalled`` where it is missing."""
    look()
    gc.enable()
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import netspec.keras.quiet  # noqa: F401  before anything else imports Keras
