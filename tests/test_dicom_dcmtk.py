"""A second opinion: the pictures of DCMTK's dcm2pnm, which shares no code with ours.

DCMTK reads native, RLE, JPEG and JPEG-LS data itself; JPEG 2000 is unpacked for it by
GDCM. It is told the window that applies (it has no such default as ours), leaves
overlays out, and writes 16 bits, so that its own rounding stays below 1/65535.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("pydicom")  # a machine may be without it

from pydicom import dcmread, uid
from pydicom.pixels import apply_modality_lut, pixel_array

from medhash_gui.dicom import dicom
from medhash_gui.dicom import display as dicom_display
from medhash_gui.errors import UnreadableImageError

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "dicom_dev"
TOOLS = {
    **dict.fromkeys(uid.JPEGTransferSyntaxes, "dcmj2pnm"),
    **dict.fromkeys(uid.JPEGLSTransferSyntaxes, "dcml2pnm"),
}
STEP = 1 / 65535

# Why a picture differs by more than one step of 16 bits (DCMTK cuts where MedHash
# rounds), and by how much at most; by the end of the file's name.
_FRACTION = "DCMTK keeps whole numbers after a rescale whose slope is a fraction"
_ROUNDED = "DCMTK rounds colours to 8 bits when it converts them after JPEG"
_CUT = "DCMTK cuts each term of the conversion to 8 bits"
# -2000, which encoding with loss has spread to -2002 ... -1998: 4 of 3581 units.
_PADDING = "MedHash paints padding black, DCMTK does not know it"
EXPLAINED = {
    "CR1__6154": (_FRACTION, 24 * STEP),  # 0.684: a unit is 23 steps of its window
    "CR2__6247": (_FRACTION, 24 * STEP),
    "CR3__6278": (_FRACTION, 24 * STEP),
    "MR2_J2KI.dcm": (_FRACTION, 34 * STEP),  # 3.774: a unit is 33 steps of its window
    "MR2_J2KR.dcm": (_FRACTION, 34 * STEP),
    "MR2_UNCI.dcm": (_FRACTION, 34 * STEP),
    "MR2_UNCR.dcm": (_FRACTION, 34 * STEP),
    "JPEGLossless_1s_1f_u_16_12.dcm": (_FRACTION, 34 * STEP),
    "SC_rgb_dcmtk_+eb+cy+n1.dcm": (_ROUNDED, 0.51 / 255),
    "SC_rgb_dcmtk_+eb+cy+n2.dcm": (_ROUNDED, 0.51 / 255),
    "SC_rgb_dcmtk_+eb+cy+np.dcm": (_ROUNDED, 0.51 / 255),
    "SC_rgb_dcmtk_+eb+cy+s2.dcm": (_ROUNDED, 0.51 / 255),
    "SC_rgb_dcmtk_+eb+cy+s4.dcm": (_ROUNDED, 0.51 / 255),
    "SC_rgb_jpeg_dcmtk.dcm": (_ROUNDED, 0.51 / 255),
    "test_files__SC_rgb_jpeg_lossy_gdcm.dcm": (_ROUNDED, 0.51 / 255),
    "SC_rgb_small_odd_jpeg.dcm": (_ROUNDED, 0.51 / 255),
    "examples_ybr_color.dcm": (_ROUNDED, 0.51 / 255),
    "JPEGExtended_3s_1f_u_08_08.dcm": (_ROUNDED, 0.51 / 255),
    "CT1_JLSN.dcm": (_PADDING, 74 * STEP),
    "SC_ybr_full_422_uncompressed.dcm": (_CUT, 2 / 255),
    "SC_ybr_full_uncompressed.dcm": (_CUT, 2 / 255),
}
# What DCMTK 3.6.7 cannot read, although it is sound.
NO_OPINION = {
    "HTJ2K_08_RGB.dcm": "no High-Throughput JPEG 2000",
    "HTJ2KLossless_08_RGB.dcm": "no High-Throughput JPEG 2000",
    "JLSL_08_07_0_1F.dcm": "no JPEG-LS of 7 bits",
    "SC_rgb_jpeg.dcm": "a fragment of odd length",
    "SC_rgb_32bit.dcm": "no colour of 32 bits",
    "SC_rgb_32bit_2frame.dcm": "no colour of 32 bits",
    "SC_rgb_expb_32bit.dcm": "no colour of 32 bits",
    "SC_rgb_expb_32bit_2frame.dcm": "no colour of 32 bits",
    "gdcm-US-ALOKA-16.dcm": "no segmented palette",
    "gdcm-US-ALOKA-16_big.dcm": "no segmented palette",
}


@pytest.mark.skipif(not REAL.is_dir(), reason="the DICOM test set is not here")
@pytest.mark.skipif(not shutil.which("dcm2pnm"), reason="DCMTK is not installed")
def test_pictures_equal_those_of_dcmtk(tmp_path):
    with (REAL / "labels.csv").open(newline="", encoding="utf-8") as file:
        names = [row["file"] for row in csv.DictReader(file)]
    differing, silent, compared = {}, set(), 0
    for name in names:
        path = REAL / name
        try:
            opened = dicom.open_object(path.read_bytes(), name=name, max_pixels=10**8)
            picture = opened.picture()
        except UnreadableImageError:
            continue
        other = _dcmtk(path, picture, tmp_path)
        if other is None:
            silent.add(name)
            continue
        if picture.pixels.ndim == 3 and other.ndim == 2:
            other = other[..., None]  # a palette of greys
        compared += 1
        largest = float(np.abs(picture.pixels - other).max())
        allowed = next((e[1] for end, e in EXPLAINED.items() if name.endswith(end)), 0)
        if largest > max(allowed, 1.01 * STEP):
            differing[name] = largest

    assert differing == {}
    assert not [name for name in silent if not name.endswith(tuple(NO_OPINION))]
    assert compared > 160


def _dcmtk(path, picture, folder):
    """Return the picture of DCMTK, [0, 1]; None where it cannot read the object."""
    dataset = dcmread(path, force=True)
    syntax = dataset.file_meta.get("TransferSyntaxUID", uid.ImplicitVRLittleEndian)
    source = path
    if syntax in (uid.JPEG2000, uid.JPEG2000Lossless):
        source = _unpacked_by_gdcm(path, folder / "unpacked.dcm")
    target = folder / "picture.png"
    target.unlink(missing_ok=True)
    subprocess.run(
        [
            TOOLS.get(syntax, "dcm2pnm"), "--no-overlays", "--write-16-bit-png",
            "--quiet", "--frame", str(picture.frame + 1),
            *_window(dataset, picture), str(source), str(target),
        ],
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    if not target.exists():
        return None
    pixels = cv2.imread(str(target), cv2.IMREAD_UNCHANGED)
    return (pixels if pixels.ndim == 2 else pixels[..., 2::-1]) / np.float32(65535)


def _window(dataset, picture):
    """Return the options that name the VOI LUT or window that MedHash used."""
    if not str(dataset.get("PhotometricInterpretation")).startswith("MONOCHROME"):
        return []
    views, _ = dicom_display.views(dataset, index=picture.frame)
    if views and not any("default window" in note for note in picture.notes):
        view = views[0]
        if view.table is not None:
            return ["--use-voi-lut", "1"]
        function = ["--sigmoid-function"] if view.function == "SIGMOID" else []
        return [*function, "--set-window", str(view.centre), str(view.width)]
    low, high = _default_range(dataset, picture.frame)
    # LINEAR has half a unit and one of its own (PS3.3 C.11.2.1.2).
    centre, width = (low + high + 1) / 2, high - low + 1
    return ["--set-window", f"{centre:.9g}", f"{width:.9g}"]


def _default_range(dataset, frame):
    """Return black and white of the documented default window, by pydicom's means."""
    stored, bits = pixel_array(dataset, index=frame), int(dataset.BitsStored)
    for keyword in ("RescaleSlope", "RescaleIntercept"):
        if dataset.get(keyword, 0) is None:
            del dataset[keyword]  # empty, at which pydicom stumbles
    tables = dataset.get("ModalityLUTSequence")
    if tables and not tables[0].get("LUTData"):
        del dataset.ModalityLUTSequence
    if bits <= 8 and stored.dtype.kind == "u":
        every = np.arange(2**bits, dtype=np.uint8)
        values = apply_modality_lut(every, dataset)
        return float(values.min()), float(values.max())
    values = apply_modality_lut(stored, dataset)
    if "PixelPaddingValue" in dataset:
        values = values[stored != dataset.PixelPaddingValue]
    return np.percentile(values, dicom_display.DEFAULT_PERCENTILES)


def _unpacked_by_gdcm(source, target):
    gdcm = pytest.importorskip("gdcm")
    reader = gdcm.ImageReader()
    reader.SetFileName(str(source))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(
        gdcm.TransferSyntax(gdcm.TransferSyntax.ExplicitVRLittleEndian)
    )
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(target))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    return target
