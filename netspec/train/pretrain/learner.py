"""What the models of single layers have in common: weights, steps with momentum, and random numbers by their place."""

from __future__ import annotations

import hashlib
import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from netspec.keras.construct import construct
from netspec.parts.term import Term
from netspec.spec.pretraining import Momentum, Rule

Array = np.ndarray[Any, Any]

STEPS = 64  # in one compiled call, at most


class Learner(ABC):
    """A layer of ``units`` on ``inputs`` numbers a sample, while it learns to say them again.

    It has ``components`` (units×inputs, a layer's kernel transposed: their gradient is made faster so), a bias for its
    units and one for the inputs.  ``visible`` and ``hidden`` say whether
    the units on either side are Bernoulli (a probability each) or Gaussian (a mean each, with variance 1).  Whatever is
    random is a function of the seed, the layer's name and the number of the step, so that a training that goes on is
    the one that was never stopped.
    """

    def __init__(self, name: str, inputs: int, units: int, visible: str, hidden: str, rule: Rule, seed: int):
        self.visible, self.hidden, self.rule = visible, hidden, rule
        digest = hashlib.sha256(f"{seed}:{name}:pretrain".encode()).digest()
        self._key = int.from_bytes(digest[:7], "big")
        kernel = _drawn(rule.kernel_initializer, (inputs, units), f"{seed}:{name}:pretrain")
        self.components = tf.Variable(tf.transpose(kernel))
        self.bias = tf.Variable(tf.zeros(units))
        self.visible_bias = tf.Variable(tf.zeros(inputs))
        self._weights = [self.components, self.bias, self.visible_bias]
        self._velocities = [tf.Variable(tf.zeros_like(each)) for each in self._weights]
        self._rate = construct(rule.learning_rate) if isinstance(rule.learning_rate, Term) else None
        signature = [
            tf.TensorSpec([None, inputs], tf.float32),
            tf.TensorSpec([None, None], tf.int32),
            tf.TensorSpec([], tf.int64),
            tf.TensorSpec([], tf.float32),
        ]
        self._looped = tf.function(self._loop, input_signature=signature)

    @property
    def variables(self) -> list[tf.Variable]:
        """All that a next step depends on, in a fixed order."""
        return [*self._weights, *self._velocities]

    def learn(self, data: tf.Tensor, epoch: int, stepped: Callable[[], None]) -> None:
        """One epoch over ``data``, shuffled; ``stepped`` is called now and then, and may end it by raising."""
        rule = self.rule
        order = np.random.Generator(np.random.Philox(key=[self._key, epoch])).permutation(len(data)).astype("int32")
        whole = len(order) // rule.batch_size * rule.batch_size
        rows = order[:whole].reshape(-1, rule.batch_size)
        tables = [rows[at : at + STEPS] for at in range(0, len(rows), STEPS)]
        tables += [order[None, whole:]] if whole < len(order) else []
        momentum = rule.momentum.at(epoch) if isinstance(rule.momentum, Momentum) else rule.momentum
        step = epoch * -(-len(order) // rule.batch_size)
        for table in tables:
            self._looped(data, tf.constant(table), tf.constant(step, tf.int64), tf.constant(momentum, tf.float32))
            step += len(table)
            stepped()

    def _loop(self, data: Any, rows: Any, first: Any, momentum: Any) -> None:
        for index in tf.range(tf.shape(rows)[0]):
            step = first + tf.cast(index, tf.int64)
            rate = tf.cast(self.rule.learning_rate if self._rate is None else self._rate(step), tf.float32)
            components, bias, visible_bias = self.gradients(tf.gather(data, rows[index]), step)
            if self.rule.weight_decay:  # of the weights alone (Hinton 2010, section 10)
                components += self.rule.weight_decay * self.components
            self._step(rate, momentum, [components, bias, visible_bias])

    def _step(self, rate: Any, momentum: Any, gradients: list[Any]) -> None:
        """``velocity = momentum velocity - rate gradient``, and the weights by the velocity; each in one pass."""
        for weight, velocity, gradient in zip(self._weights, self._velocities, gradients, strict=True):
            place = {"var": weight.handle, "use_locking": False}
            if self.rule.momentum:
                moving = {"accum": velocity.handle, "momentum": momentum, "use_nesterov": False}
                tf.raw_ops.ResourceApplyKerasMomentum(**place, **moving, lr=rate, grad=gradient)
            else:
                tf.raw_ops.ResourceApplyGradientDescent(**place, alpha=rate, delta=gradient)

    @abstractmethod
    def gradients(self, rows: Any, step: Any) -> tuple[Any, Any, Any]:
        """What to go down for a batch: for the components, the bias and the visible bias."""

    @abstractmethod
    def figures(self, data: tf.Tensor, epoch: int) -> dict[str, float]:
        """How well it knows ``data``."""

    def up(self, rows: Any) -> Any:
        """What the units say of rows of inputs: probabilities, or means."""
        total = self.total(rows)
        return tf.sigmoid(total) if self.hidden == "bernoulli" else total

    def total(self, rows: Any) -> Any:
        """What reaches each unit from rows of inputs, its bias included."""
        return tf.nn.bias_add(tf.matmul(rows, self.components, transpose_b=True), self.bias)

    def down(self, codes: Any) -> Any:
        """What the units say that the inputs were: probabilities, or means."""
        total = tf.nn.bias_add(codes @ self.components, self.visible_bias)
        return tf.sigmoid(total) if self.visible == "bernoulli" else total

    @tf.function(reduce_retracing=True)
    def reconstruction_error(self, data: Any) -> Any:
        """The mean squared difference between inputs and what comes back of them, without chance."""
        return tf.reduce_mean((data - self.down(self.up(data))) ** 2)

    def uniform(self, shape: Any, step: Any, draw: int) -> Any:
        """Numbers from 0 to 1 for a draw of a step, the same whenever it is done."""
        return tf.random.stateless_uniform(shape, self._seed(step, draw))

    def on(self, probabilities: Any, step: Any, draw: int) -> Any:
        """1 with a probability and else 0, by 16 random bits: each probability is kept to 2⁻¹⁷."""
        shape, count = tf.shape(probabilities), tf.size(probabilities)
        words = tf.random.stateless_uniform([(count + 3) // 4], self._seed(step, draw), None, None, tf.uint64)
        bits = tf.reshape(tf.reshape(tf.bitcast(words, tf.uint16), [-1])[:count], shape)
        return tf.cast(tf.cast(bits, tf.float32) < probabilities * 2.0**16 - 0.5, tf.float32)

    def normal(self, shape: Any, step: Any, draw: int) -> Any:
        """The same of normal numbers."""
        return tf.random.stateless_normal(shape, self._seed(step, draw))

    def _seed(self, step: Any, draw: int) -> Any:
        return tf.stack([tf.constant(self._key + draw, tf.int64), step])


def _drawn(term: Term, shape: tuple[int, int], seed: str) -> Any:
    """An initializer's first numbers: Keras draws its seed from ``random``."""
    state = random.getstate()
    random.seed(seed)
    try:
        return construct(term)(shape, "float32")
    finally:
        random.setstate(state)
