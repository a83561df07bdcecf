"""The first room behind the wall: Graph to ``keras.Model``.  Only this room and those below it import Keras."""
