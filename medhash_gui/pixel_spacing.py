"""How far apart the pixels of a picture are, in millimetres, where its file says so.

DICOM PS3.3 10.7.1: *Pixel Spacing* is in the patient; *Imager Pixel Spacing* (C.8.11.7)
is at the detector, where a projected patient appears larger. Both alike means that
nobody calibrated. Other formats tell printing resolutions, which measure nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True, slots=True)
class PixelSpacing:
    """Distances of neighbouring pixels.

    Attributes:
        down_mm: between rows.
        across_mm: between columns.
        at_detector: whether they are at the detector, not in the patient.
    """

    down_mm: float
    across_mm: float
    at_detector: bool = False

    def length_mm(self, across_px: float, down_px: float) -> float:
        """Return the length of a line that goes so many pixels across and down."""
        return math.hypot(across_px * self.across_mm, down_px * self.down_mm)

    def as_json(self) -> list[float | bool]:
        """Return it as JSON values; ``from_json`` reads them back."""
        return [self.down_mm, self.across_mm, self.at_detector]

    @classmethod
    def from_json(cls, values: list[Any] | None) -> Self | None:
        """Return what ``as_json`` wrote; None for None."""
        return None if values is None else cls(*values)


def of_object(dataset: Dataset, measures: Dataset) -> PixelSpacing | None:
    """Return the spacing that a DICOM object declares, or None.

    Args:
        dataset: the object.
        measures: its Pixel Measures macro, or the object where it has none.
    """
    patient = _pair(measures.get("PixelSpacing"))
    detector = _pair(dataset.get("ImagerPixelSpacing"))
    if patient is not None:
        return PixelSpacing(*patient, at_detector=patient == detector)
    if detector is not None:
        return PixelSpacing(*detector, at_detector=True)
    return None


def _pair(values: Any) -> tuple[float, float] | None:  # noqa: ANN401 (pydicom's)
    try:
        down, across = (float(value) for value in values)
    except (TypeError, ValueError):
        return None
    usable = all(math.isfinite(value) and value > 0 for value in (down, across))
    return (down, across) if usable else None
