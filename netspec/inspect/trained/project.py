"""A hidden representation as points of a plane."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from netspec.inspect.probe import Array
from netspec.inspect.trained.figures import Projection
from netspec.train.run import TrainError

#: What each way needs beside netspec, and how it is installed.
NEEDS = {"pca": "", "tsne": "scikit-learn", "umap": "umap-learn"}
FEWEST = 4  # samples, for neighbours to mean something
NEIGHBOURS = 30  # t-SNE's perplexity, its usual one


def projected(values: Array, method: str, seed: int) -> Projection | None:
    """Samples, one a row, on two axes; ``None`` where a sample has no two numbers, or there are too few samples.

    ``TrainError`` where the package that a method needs is not installed.
    """
    flat = values.reshape(len(values), -1)
    if flat.shape[1] < 2 or len(flat) < FEWEST or not np.isfinite(flat).all():
        return None
    if method == "pca":
        return pca(flat)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of packages that other versions of packages trouble
        return Projection(method, np.asarray(_embedder(method, len(flat), seed).fit_transform(flat), "float64"))


def pca(rows: Array) -> Projection:
    """Principal components by the singular values of the centred rows (Pearson 1901).

    Of the two directions of an axis the one is taken along which the number that weighs most in it grows.
    """
    centred = rows - rows.mean(0)
    left, squares = _left(centred)
    axes = centred.T @ left
    signs = np.sign(axes[np.abs(axes).argmax(0), range(2)])
    whole = squares.sum()
    shares = tuple((squares[:2] / whole).tolist()) if whole else (0.0, 0.0)
    return Projection("pca", left * np.sqrt(squares[:2]) * signs, shares)


def _left(centred: Array) -> tuple[Array, Array]:
    """The first two left singular vectors, and the squares of all singular values, the largest first."""
    if centred.shape[1] <= len(centred):
        left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
        return left[:, :2], sizes**2
    values, vectors = np.linalg.eigh(centred @ centred.T)  # small, however many numbers a sample has
    return vectors[:, :-3:-1], np.maximum(values[::-1], 0.0)


def _embedder(method: str, samples: int, seed: int) -> Any:
    """t-SNE (van der Maaten & Hinton 2008) or UMAP (McInnes et al. 2018)."""
    state = seed % 2**32
    try:
        if method == "tsne":
            from sklearn.manifold import TSNE

            return TSNE(perplexity=min(NEIGHBOURS, (samples - 1) / 3), init="pca", random_state=state)
        from umap import UMAP

        return UMAP(n_neighbors=min(15, samples - 1), random_state=state, n_jobs=1)
    except ImportError:
        raise TrainError(f"--projection {method} needs {NEEDS[method]}: pip install {NEEDS[method]}") from None
