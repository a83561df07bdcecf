"""Denoising autoencoders: layers that learn to say whole what reaches them with holes."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from netspec.train.pretrain.learner import Learner


class Denoising(Learner):
    """A code, and its way back through the transposed kernel (tied weights, Vincent et al. 2008).

    Of each sample a share of the numbers, ``corruption``, is put to 0 by chance.  What is lost is the cross-entropy of
    Bernoulli inputs (there, too), or half the squared error of Gaussian ones, summed over the inputs.
    """

    def gradients(self, rows: Any, step: Any) -> tuple[Any, Any, Any]:
        """Those of the loss: with either, that of the totals on the way back is what is said less what is there."""
        kept = tf.cast(self.uniform(tf.shape(rows), step, 0) >= self.rule.corruption, tf.float32) * rows
        codes = self.up(kept)
        wrong = (self.down(codes) - rows) / tf.cast(tf.shape(rows)[0], tf.float32)
        back = tf.matmul(wrong, self.components, transpose_b=True)
        if self.hidden == "bernoulli":
            back *= codes * (1 - codes)
        components = tf.matmul(tf.concat([codes, back], 0), tf.concat([wrong, kept], 0), transpose_a=True)
        return components, tf.reduce_sum(back, 0), tf.reduce_sum(wrong, 0)

    def figures(self, data: tf.Tensor, epoch: int) -> dict[str, float]:
        """The reconstruction error of whole samples."""
        return {"reconstruction_error": float(self.reconstruction_error(data))}
