"""Training that ends with less than it had."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.advice.advice import Advice
from netspec.advice.flow import Flow
from netspec.problems import Problem


class EarlyStoppingKeepsLast(Advice):
    """Training stops early, and keeps the last weights instead of the best.

    Early stopping waits `patience` epochs for something better before it ends. Without `restore_best_weights` the model
    keeps the weights of the last of those epochs, in which nothing got better.

    ```toml
    [data]
    source = "digits"
    validation = 0.2

    [train]
    loss = "sparse_categorical_crossentropy"
    optimizer = "adam"
    epochs = 50
    early_stopping = { monitor = "val_loss", patience = 5 }
    ```

    Write `restore_best_weights = true`.
    """

    def found(self, flow: Flow) -> Iterator[Problem]:
        stopping = flow.graph.train.early_stopping if flow.graph.train else None
        if stopping and not stopping.restore_best_weights:
            message = "the weights of the last epoch are kept and not the best: restore_best_weights = true"
            yield self.there(("train", "early_stopping"), message)
