"""Keras and TensorFlow, started without what they tell the terminal.

Their libraries write to the file behind standard error before any setting of theirs is read: which instructions they
use, that there is no GPU.  What they say is shown only when they cannot be imported.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

ERROR = 2  # the file that is standard error, as the operating system numbers it


@contextmanager
def muted() -> Iterator[None]:
    """Keep what is written to standard error, by whatever library, and show it only if this fails."""
    try:
        before = os.dup(ERROR)
    except OSError:  # there is no standard error
        yield
        return
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), ERROR)
        try:
            yield
        except BaseException:
            kept.seek(0)
            os.write(before, kept.read())
            raise
        finally:
            os.dup2(before, ERROR)
            os.close(before)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
with muted():
    import keras  # noqa: F401
    import tensorflow as tf

    tf.config.list_physical_devices()  # the search for a GPU has much to say
tf.get_logger().setLevel("ERROR")  # that a function is traced again is no concern of a user's
