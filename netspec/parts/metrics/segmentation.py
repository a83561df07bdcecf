"""How far regions overlap."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from netspec.parts.metrics.metric import Measured, Sparse
from netspec.parts.term import NonNegative


class Targeted(Sparse):
    """Overlap of the masks of some classes."""

    target_class_ids: Annotated[tuple[NonNegative, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _within(self) -> Self:
        if max(self.target_class_ids) >= self.num_classes:
            raise ValueError(f"class {max(self.target_class_ids)} is not one of {self.num_classes}, counted from 0")
        return self


class BinaryIoU(Measured):
    """Overlap / union of masks of two classes, split at ``threshold``."""

    target_class_ids: Annotated[tuple[Annotated[int, Field(ge=0, le=1)], ...], Field(min_length=1)] = (0, 1)
    threshold: float = 0.5


class IoU(Targeted):
    """Overlap / union of the masks of some classes (Jaccard 1901)."""

    sparse_y_true: bool = True
    sparse_y_pred: bool = True


class MeanIoU(Sparse):
    """Overlap / union of masks, the mean over all classes."""

    sparse_y_true: bool = True
    sparse_y_pred: bool = True


class OneHotIoU(Targeted):
    """Overlap / union of the masks of some classes; targets are one-hot vectors."""

    sparse_y_pred: bool = False


class OneHotMeanIoU(Sparse):
    """Overlap / union of masks, the mean over all classes; targets are one-hot vectors."""

    sparse_y_pred: bool = False
