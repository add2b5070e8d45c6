"""Small DICOM objects for tests: grey frames with the header that a test needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pydicom")  # a machine may be without it

from pydicom import uid
from pydicom.dataset import FileDataset, FileMetaDataset

DX = "1.2.840.10008.5.1.4.1.1.1.1"


def grey_object(*, seed: int = 0, frames: int = 1, **elements: Any) -> FileDataset:
    """Return an 8-bit grey object of 12 x 12 pixels, no two frames alike."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = DX
    meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.8.498.{seed + 1}"
    made = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    made.SOPClassUID = DX
    made.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    made.Rows = made.Columns = 12
    made.SamplesPerPixel = 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation = 7, 0
    if frames > 1:
        made.NumberOfFrames = frames
    pixels = np.random.default_rng(seed).integers(0, 255, (frames, 12, 12), np.uint8)
    made.PixelData = pixels.tobytes()
    made["PixelData"].VR = "OB"
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def write_object(path: Path, made: FileDataset) -> Path:
    """Write an object as a DICOM file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save_as(path, enforce_file_format=True)
    return path
