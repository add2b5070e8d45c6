"""DICOM objects that the tests make, and short ways to write and read them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydicom import uid
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate

from medhash_gui.dicom import dicom
from medhash_gui.errors import UnreadableImageError

CT = "1.2.840.10008.5.1.4.1.1.2"
DX = "1.2.840.10008.5.1.4.1.1.1.1"


def film(height: int = 48, width: int = 40) -> npt.NDArray[np.uint16]:
    """A film-like phantom of 12 bits: dark ground, a body, a bright bone."""
    rows, columns = np.mgrid[:height, :width]
    body = (rows - height / 2) ** 2 / 300 + (columns - width / 2) ** 2 / 200 < 1
    values = np.where(body, 1500 + 10 * rows, 100 + columns)
    values[20:26, 10:30] = 3800
    return values.astype(np.uint16)


def make(
    values: npt.NDArray[Any] | None,
    *,
    syntax: uid.UID = uid.ExplicitVRLittleEndian,
    sop_class: str = DX,
    frames: bool = False,
    **elements: Any,
) -> FileDataset:
    """An object with these stored values: (H, W), (H, W, 3), or with frames first."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    little = syntax != uid.ExplicitVRBigEndian
    ds = FileDataset(
        "",
        {},
        file_meta=meta,
        preamble=bytes(128),
        is_implicit_VR=syntax == uid.ImplicitVRLittleEndian,
        is_little_endian=little,
    )
    ds.SOPClassUID = sop_class
    ds.SOPInstanceUID = "1.2.3"
    if values is not None:
        _describe(ds, values, little=little, frames=frames)
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    if "BitsStored" in elements and "HighBit" not in elements:
        ds.HighBit = ds.BitsStored - 1
    return ds


def _describe(
    ds: Dataset, values: npt.NDArray[Any], *, little: bool, frames: bool
) -> None:
    colour = values.shape[-1] == 3 and values.ndim >= 3 and not frames
    shape = values.shape[-3:-1] if colour else values.shape[-2:]
    ds.Rows, ds.Columns = shape
    ds.SamplesPerPixel = 3 if colour else 1
    if colour:
        ds.PlanarConfiguration = 0
    if values.ndim > (3 if colour else 2):
        ds.NumberOfFrames = values.shape[0]
    ds.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = values.dtype.itemsize * 8
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(values.dtype.kind == "i")
    raw = values.astype(values.dtype.newbyteorder("<" if little else ">")).tobytes()
    if values.dtype.kind == "f":
        wide = values.dtype.itemsize == 8
        setattr(ds, "DoubleFloatPixelData" if wide else "FloatPixelData", raw)
        del ds.BitsStored, ds.HighBit, ds.PixelRepresentation
        return
    ds.PixelData = raw + b"\0" * (len(raw) % 2)
    ds["PixelData"].VR = "OB" if values.dtype.itemsize == 1 else "OW"


def as_bytes(ds: Dataset) -> bytes:
    """The object as a file."""
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def open_(ds: Dataset | bytes, **options: Any) -> dicom.DicomObject:
    """The object, opened by MedHash."""
    data = ds if isinstance(ds, bytes) else as_bytes(ds)
    return dicom.open_object(
        data, name="film.dcm", **{"max_pixels": 1_000_000, **options}
    )


def decode(
    ds: Dataset | bytes, *, frame: int | None = None, view: int = 0, **options: Any
) -> dicom.DicomPicture:
    """One frame of the object."""
    return open_(ds, **options).picture(frame, view=view)


def table(
    entries: npt.NDArray[Any],
    *,
    first: int = 0,
    bits: int | None = None,
    vr: str = "OW",
    explanation: str = "",
) -> Dataset:
    """An item of a Modality or VOI LUT Sequence."""
    item = Dataset()
    bits = bits or entries.dtype.itemsize * 8
    item.add_new(0x00283002, "US" if first >= 0 else "SS", [len(entries), first, bits])
    if explanation:
        item.LUTExplanation = explanation
    data = entries.astype("<u2").tobytes() if vr == "OW" else entries.tolist()
    item.add_new(0x00283006, vr, data)
    return item


def add_palette(
    ds: Dataset,
    colours: dict[str, bytes],
    descriptor: list[int],
    *,
    segmented: str = "",
) -> None:
    """Give the object three palettes, plain or ``segmented="Segmented"``."""
    for colour, data in colours.items():
        keyword = f"{colour}PaletteColorLookupTable"
        setattr(ds, f"{keyword}Descriptor", descriptor)
        ds[f"{keyword}Descriptor"].VR = "US" if descriptor[1] >= 0 else "SS"
        setattr(ds, f"{segmented}{keyword}Data", data)


def encapsulated(ds: FileDataset, syntax: str, *frames: bytes) -> FileDataset:
    """The object with frames of an encoding for which nothing writes here."""
    ds.file_meta.TransferSyntaxUID = uid.UID(syntax)
    ds.PixelData = encapsulate(list(frames) or [bytes(64)])
    ds["PixelData"].VR = "OB"
    return ds


def refused(ds: Dataset | bytes, **options: Any) -> UnreadableImageError:
    """The sentence with which the object is refused."""
    with pytest.raises(UnreadableImageError) as caught:
        decode(ds, **options)
    assert "film.dcm" in caught.value.message
    return caught.value
