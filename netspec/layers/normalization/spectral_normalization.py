"""Kernels held at spectral norm 1."""

from netspec.layers.layer import Weights
from netspec.layers.wrapping import Wrapping, kept
from netspec.parts.term import Positive
from netspec.shapes import Shape, ShapeError


class SpectralNormalization(Wrapping):
    """A layer whose kernel is held at spectral norm 1 (Miyato et al. 2018)."""

    power_iterations: Positive = 1

    def output(self, inputs: Shape) -> Shape:
        out = self.within(inputs)
        self._kernel(inputs)
        return out

    def weights(self, inputs: Shape) -> Weights:
        return kept("layer", self.layer, inputs)[0]

    def state(self, inputs: Shape) -> Weights:
        return {"vector_u": (1, self._kernel(inputs)[-1])} | kept("layer", self.layer, inputs)[1]

    def macs(self, inputs: Shape) -> int:
        return self.layer.macs(inputs)

    def _kernel(self, inputs: Shape) -> Shape:
        weights = self.layer.weights(inputs)
        for name in ("kernel", "embeddings"):
            if name in weights:
                return weights[name]
        raise ShapeError(f"needs a layer with a kernel or embeddings; {type(self.layer).__name__} has neither")
