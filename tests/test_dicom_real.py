"""Real objects of every kind: each is a picture or refused, and pictures are right."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pydicom")  # a machine may be without it

from pydicom import dcmread, uid
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.pixels.decoders.base import get_decoder

from medhash_gui.dicom import dicom
from medhash_gui.dicom import display as dicom_display
from medhash_gui.errors import UnreadableImageError

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "dicom_dev"
TABLE = Path(__file__).resolve().parents[1] / "benchmarks" / "dicom_table.py"

pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason="the DICOM test set is not here"
)

# Where pydicom's chain of apply_modality_lut and apply_voi_lut is not the picture, and
# why. These must differ, and no other may.
NOT_PYDICOMS = {
    "CT2__17166": "its window shows one flat tone: MedHash uses the default window",
    "CT2__17196": "its window shows one flat tone: MedHash uses the default window",
    "JPEG2KLossless_1s_1f_u_16_16.dcm": "its window shows one flat tone, as above",
    "eCT_Supplemental.dcm": "pydicom does not look into functional groups",
}


@pytest.fixture(scope="module")
def table():
    """The rows of the published table of all files."""
    spec = importlib.util.spec_from_file_location("dicom_table", TABLE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield list(module.table(REAL))
    del sys.modules[spec.name]


def test_every_file_is_decoded_or_gets_the_right_state(table):
    wrong = [(row.file, row.expected, row.done) for row in table if not row.agrees]

    assert wrong == []
    assert len(table) > 280
    assert {row.expected for row in table} >= {"picture", "not_an_image", "damaged"}


def test_no_sentence_names_a_folder_and_each_refusal_has_a_way_out(table):
    refused = [row for row in table if not row.done.startswith("picture")]

    assert not [row.file for row in refused if str(REAL) in row.said]
    assert all(row.said.count(".") >= 2 for row in refused)


def _pictures(**wanted):
    """Yield name and middle frame of the pictures whose labels begin like this."""
    with (REAL / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if not all(row[key].startswith(text) for key, text in wanted.items()):
            continue
        data = (REAL / row["file"]).read_bytes()
        try:
            opened = dicom.open_object(data, name=row["file"], max_pixels=10**8)
            yield row["file"], opened.picture()
        except UnreadableImageError:
            continue


def test_windowed_pictures_equal_the_chain_of_pydicom():
    differing, compared = {}, 0
    for name, picture in _pictures(PhotometricInterpretation="MONOCHROME"):
        dataset = dcmread(REAL / name, force=True)
        views, _ = dicom_display.views(dataset, index=picture.frame)
        if not views:
            continue
        expected = _chain(dataset, picture.frame)
        if dataset.PhotometricInterpretation == "MONOCHROME1":
            expected = 1 - expected
        compared += 1
        largest = float(np.abs(picture.pixels - expected).max())
        if largest > 1e-4:
            differing[name] = largest

    unexplained = {n for n in differing if not n.endswith(tuple(NOT_PYDICOMS))}
    assert not unexplained
    assert len(differing) == len(NOT_PYDICOMS)
    assert compared > 60


def _chain(dataset: Dataset, frame: int) -> np.ndarray:
    """Return what pydicom shows, brought to [0, 1] by its own output range."""
    syntax = dataset.file_meta.get("TransferSyntaxUID", uid.ImplicitVRLittleEndian)
    stored, _ = get_decoder(syntax).as_array(dataset, index=frame)
    shown = apply_voi_lut(apply_modality_lut(stored, dataset), dataset)
    tables = dataset.get("VOILUTSequence")
    if tables:
        return shown / (2 ** tables[0].LUTDescriptor[2] - 1)
    bits = int(dataset.BitsStored)
    low = -(2 ** (bits - 1)) if dataset.PixelRepresentation else 0
    # The range of a window's output is that of the values after the modality LUT.
    ends = apply_modality_lut(np.array([low, low + 2**bits - 1]), dataset)
    if dataset.get("ModalityLUTSequence"):
        ends = 0, 2 ** dataset.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    return (shown - ends[0]) / (ends[1] - ends[0])


def test_rgb_pictures_equal_pydicom():
    compared = 0
    for name, picture in _pictures(PhotometricInterpretation="RGB"):
        dataset = dcmread(REAL / name, force=True)
        decoder = get_decoder(dataset.file_meta.TransferSyntaxUID)
        plugins = [p for p in decoder.available_plugins if p != "gdcm"]
        plugin = plugins[0] if plugins else ""
        stored, properties = decoder.as_array(
            dataset, index=picture.frame, decoding_plugin=plugin
        )
        # A codestream that says it is YBR is converted; pydicom rounds then.
        step = 0 if properties["photometric_interpretation"] == "RGB" else 1
        white = 2 ** int(dataset.BitsStored) - 1
        np.testing.assert_allclose(
            picture.pixels, stored / white, atol=1e-6 + step / 255, err_msg=name
        )
        compared += 1

    assert compared > 40


def test_palettes_equal_pydicom():
    compared = 0
    for name, picture in _pictures(PhotometricInterpretation="PALETTE"):
        dataset = dcmread(REAL / name, force=True)
        syntax = dataset.file_meta.get("TransferSyntaxUID", uid.ImplicitVRLittleEndian)
        if syntax == uid.ExplicitVRBigEndian:
            continue  # pydicom does not swap the bytes of the tables
        dataset.file_meta.TransferSyntaxUID = syntax  # one is a bare data set
        stored, _ = get_decoder(syntax).as_array(dataset, index=picture.frame)
        expected = apply_color_lut(stored, dataset)[..., :3]
        white = np.iinfo(expected.dtype).max
        np.testing.assert_allclose(
            picture.pixels, expected / white, atol=1e-6, err_msg=name
        )
        compared += 1

    assert compared > 4


@pytest.mark.parametrize("ending", ["_expb", "_big", "_bigendian", "_big_endian"])
def test_objects_in_big_endian_equal_their_twins(ending):
    compared = 0
    for name, picture in _pictures(ts="Explicit VR Big Endian"):
        twin = REAL / name.replace(f"{ending}.dcm", ".dcm")
        if not twin.is_file() or twin.name == Path(name).name:
            continue
        opened = dicom.open_object(twin.read_bytes(), name=name, max_pixels=10**8)
        np.testing.assert_allclose(
            picture.pixels, opened.picture().pixels, atol=1e-6, err_msg=name
        )
        compared += 1

    assert compared


def test_frames_of_real_objects_can_be_asked_for_one_by_one():
    with (REAL / "labels.csv").open(newline="", encoding="utf-8") as file:
        counts = {row["file"]: row["NumberOfFrames"] for row in csv.DictReader(file)}
    seen = 0
    for name, picture in _pictures(has_pixels="1"):
        if counts[name] in ("", "1"):
            continue
        opened = dicom.open_object(
            (REAL / name).read_bytes(), name=name, max_pixels=10**8
        )
        assert opened.frame_count == int(counts[name])
        assert ("frames", counts[name]) in opened.details
        for frame in {0, 1, opened.frame_count - 1}:
            assert opened.picture(frame).pixels.shape == picture.pixels.shape, name
        seen += 1

    assert seen > 10
