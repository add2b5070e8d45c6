"""DICOM files that a window test needs: several frames, several windows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid


def write_frames(file: Path, *, frames: int = 6, windows: bool = True) -> None:
    """Write a CT of several frames, each a square elsewhere, and two windows."""
    pixels = np.full((frames, 40, 40), 100, np.uint16)
    for number in range(frames):
        start = 4 * number
        pixels[number, start : start + 12, 8:24] = 900 + 200 * number
    dataset = pydicom.Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.Modality = "CT"
    dataset.PatientID = "P-4711"
    dataset.Rows = dataset.Columns = 40
    dataset.NumberOfFrames = frames
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    if windows:
        dataset.WindowCenter, dataset.WindowWidth = [1000, 300], [2000, 400]
        dataset.WindowCenterWidthExplanation = ["WIDE", "NARROW"]
    dataset.PixelData = pixels.tobytes()
    file.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(file, enforce_file_format=True)
