"""Restricted Boltzmann machines, that learn by contrastive divergence."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from netspec.spec.pretraining import Rule
from netspec.train.pretrain.learner import Learner

REMEMBERED = 0.9  # of how active units were, from step to step (Hinton 2010, section 11: 0.9 to 0.99)


class RBM(Learner):
    """Visible and hidden units, each of one side joined to each of the other, with the energy

    ``E(v, h) = -v·b - h·c - v·W·h`` (Hinton 2010, section 2); a Gaussian side has ``½|v - b|²``
    (or ``½|h - c|²``) in place of its linear term.  It learns by ``<v h>data - <v h>model`` (Hinton 2010, section 2),
    the second taken after ``k`` steps of Gibbs sampling: from the data (CD-k, Hinton 2002), or, with ``persistent``,
    from where chains of their own have come (PCD, Tieleman 2008).
    """

    def __init__(self, name: str, inputs: int, units: int, visible: str, hidden: str, rule: Rule, seed: int):
        super().__init__(name, inputs, units, visible, hidden, rule, seed)
        self.chain = tf.Variable(tf.zeros((rule.batch_size if rule.persistent else 0, units)))
        self.activity = tf.Variable(tf.fill([units], rule.sparsity_target or 0.0))

    @property
    def variables(self) -> list[tf.Variable]:
        """All that a next step depends on: the chains and the mean activities, too."""
        return [*super().variables, self.chain, self.activity]

    def gradients(self, rows: Any, step: Any) -> tuple[Any, Any, Any]:
        """``<v h>`` of the model less that of the data, and the same of the units (Hinton 2010, section 2).

        Hidden units are sampled where they drive the visible ones, and probabilities in the statistics (section 3).
        """
        seen, said = self._sides(rows, step)
        count = tf.shape(rows)[0]
        sign = tf.concat([_shares(tf.shape(seen)[0] - count), -_shares(count)], 0)
        weighed = said * sign
        components = tf.matmul(weighed, seen, transpose_a=True)
        bias, visible_bias = tf.reduce_sum(weighed, 0), tf.matmul(sign, seen, transpose_a=True)[0]
        if self.rule.sparsity_target is None:
            return components, bias, visible_bias
        denser = self._denser(said[-count:])
        return components + denser[:, None] * tf.reduce_mean(rows, 0), bias + denser, visible_bias

    def _sides(self, rows: Any, step: Any) -> tuple[Any, Any]:
        """Either side of the machine, visible and hidden: what the model has come to, and under it the data.

        Chains of their own are as much further with the next batch; theirs and the data go up in one pass.
        """
        rule = self.rule
        codes = None if rule.persistent else self.up(rows)
        hidden = self.chain if codes is None else self._sampled(codes, self.hidden, step, 0)
        visible = self._sampled(self.down(hidden), self.visible, step, 1)
        for round_ in range(1, rule.k):
            hidden = self._sampled(self.up(visible), self.hidden, step, 2 * round_)
            visible = self._sampled(self.down(hidden), self.visible, step, 2 * round_ + 1)
        seen = tf.concat([visible, rows], 0)
        if codes is not None:
            return seen, tf.concat([self.up(visible), codes], 0)
        said = self.up(seen)
        self.chain.assign(self._sampled(said[: rule.batch_size], self.hidden, step, 2 * rule.k))
        return seen, said

    def _denser(self, codes: Any) -> Any:
        """How far each unit's mean activity is over the target, times its cost (Hinton 2010, section 11)."""
        self.activity.assign(REMEMBERED * self.activity + (1 - REMEMBERED) * tf.reduce_mean(codes, 0))
        return self.rule.sparsity_cost * (self.activity - self.rule.sparsity_target)

    def _sampled(self, means: Any, kind: str, step: Any, draw: int) -> Any:
        """Units that are on with a probability, or lie around a mean with variance 1."""
        if kind == "bernoulli":
            return self.on(means, step, draw)
        return means + self.normal(tf.shape(means), step, draw)

    @tf.function(reduce_retracing=True)
    def free_energy(self, rows: Any) -> Any:
        """``F(v) = -v·b - Σ log(1 + exp(c + v·W))`` for each row (Hinton 2010, section 16).

        A Gaussian side integrates to ``½|v - b|²``, or to ``-½(c + v·W)²`` for each hidden unit.
        """
        total = self.total(rows)
        inner = tf.nn.softplus(total) if self.hidden == "bernoulli" else total**2 / 2
        if self.visible == "bernoulli":
            outer = -tf.linalg.matvec(rows, self.visible_bias)
        else:
            outer = tf.reduce_sum((rows - self.visible_bias) ** 2, 1) / 2
        return outer - tf.reduce_sum(inner, 1)

    def figures(self, data: tf.Tensor, epoch: int) -> dict[str, float]:
        """Reconstruction error and free energy, and of Bernoulli inputs the pseudo-likelihood."""
        found = {"reconstruction_error": float(self.reconstruction_error(data))}
        if self.visible == "bernoulli":
            found["pseudo_likelihood"] = self.pseudo_likelihood(data, epoch)
        return {**found, "free_energy": float(tf.reduce_mean(self.free_energy(data)))}

    def pseudo_likelihood(self, data: tf.Tensor, draw: int) -> float:
        """The mean of ``n log P(v_i | all others)``, ``i`` by chance for each row, as scikit-learn estimates it.

        ``P(v_i | v_-i)`` is the sigmoid of what flipping the one number adds to the free energy.
        """
        count, inputs = data.shape
        at = np.random.Generator(np.random.Philox(key=[self._key, draw])).integers(inputs, size=count)
        flips = tf.one_hot(at, inputs)
        flipped = data * (1 - flips) + (1 - data) * flips
        apart = self.free_energy(flipped) - self.free_energy(data)
        return float(inputs * tf.reduce_mean(tf.math.log_sigmoid(apart)))


def _shares(count: Any) -> Any:
    """What makes a mean of so many rows, each times its share."""
    return tf.fill([count, 1], 1 / tf.cast(count, tf.float32))
