"""Turn the stored values of a colour DICOM frame into RGB in [0, 1].

The photometric interpretations are those of DICOM PS3.3 C.7.6.3.1.2. Windows and VOI
LUTs do not apply to colour (C.11.2). The conversions are written here because those of
``pydicom.pixels`` know 8 bits only. Nothing here imports pydicom.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

# Rows give R, G, B from Y, Cb - middle, Cr - middle (C.7.6.3.1.2, after ITU-R BT.601).
_FROM_YBR = np.array(
    [[1.0, 0.0, 1.402], [1.0, -0.114 * 1.772 / 0.587, -0.299 * 1.402 / 0.587],
     [1.0, 1.772, 0.0]], np.float32
)  # fmt: skip
_RGB = ("RGB", "YBR_RCT", "YBR_ICT")  # the decoders undo RCT and ICT themselves
_FULL = ("YBR_FULL", "YBR_FULL_422")
_PARTIAL = ("YBR_PARTIAL_422",)

KINDS = (*_RGB, *_FULL, *_PARTIAL)
"""Photometric interpretations of three samples that are read."""


def rgb(
    values: npt.NDArray[Any], *, photometric: str, bits: int
) -> npt.NDArray[np.float32]:
    """Return RGB.

    YBR_FULL uses the whole range of Y, CB and CR; YBR_PARTIAL_422, retired, uses 219
    of 255 steps above 16 for Y and 224 around the middle for the others.

    Args:
        values: ``(H, W, 3)``, integer, without sub-sampling.
        photometric: one of ``KINDS``.
        bits: bits stored of a sample.

    Returns:
        float32 ``(H, W, 3)``, [0, 1].

    Raises:
        ValueError: ``photometric`` is not one of ``KINDS``.
    """
    white = np.float32(2**bits - 1)
    out = values.astype(np.float32)
    if photometric in _RGB:
        out /= white
        return np.clip(out, 0, 1, out=out)
    middle = np.float32(2 ** (bits - 1))
    out[..., 1:] -= middle
    if photometric in _PARTIAL:
        step = np.float32(2**bits / 256)
        out[..., 0] = (out[..., 0] - 16 * step) * (white / (219 * step))
        out[..., 1:] *= white / (224 * step)
    elif photometric not in _FULL:
        raise ValueError(photometric)
    out = out @ _FROM_YBR.T  # (H, W, 3)
    out /= white
    return np.clip(out, 0, 1, out=out)
