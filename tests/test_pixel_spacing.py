"""Millimetres between pixels: which element says so, and what it means."""

from __future__ import annotations

import io

import pytest
from dicom_objects import film, make
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from medhash_gui import images
from medhash_gui.picture_reader import PictureReader
from medhash_gui.pixel_spacing import PixelSpacing


def file_of(dataset) -> bytes:
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def spacing(**elements):
    data = file_of(make(film(), **elements))
    return images.decode(data, name="film.dcm").spacing


def test_pixel_spacing_is_rows_first_and_in_the_patient():
    assert spacing(PixelSpacing=[0.5, 0.25]) == PixelSpacing(0.5, 0.25)


def test_imager_pixel_spacing_is_at_the_detector():
    assert spacing(ImagerPixelSpacing=[0.2, 0.2]) == PixelSpacing(0.2, 0.2, True)


def test_both_alike_are_not_calibrated_and_different_ones_are():
    alike = spacing(PixelSpacing=[0.2, 0.2], ImagerPixelSpacing=[0.2, 0.2])
    calibrated = spacing(PixelSpacing=[0.17, 0.17], ImagerPixelSpacing=[0.2, 0.2])

    assert alike == PixelSpacing(0.2, 0.2, True)
    assert calibrated == PixelSpacing(0.17, 0.17)


def test_an_enhanced_objects_frames_say_so_in_their_macro():
    measures, shared = Dataset(), Dataset()
    measures.PixelSpacing = [0.7, 0.7]
    shared.PixelMeasuresSequence = Sequence([measures])

    found = spacing(SharedFunctionalGroupsSequence=Sequence([shared]))

    assert found == PixelSpacing(0.7, 0.7)


@pytest.mark.parametrize("values", [None, [0, 0], [-1, 1], [0.2]])
def test_nothing_usable_is_no_spacing(values):
    elements = {} if values is None else {"PixelSpacing": values}

    assert spacing(**elements) is None


def test_a_length_counts_both_spacings():
    assert PixelSpacing(0.5, 0.25).length_mm(16, 6) == pytest.approx(5.0)


def test_the_spacing_crosses_the_process_that_decodes(tmp_path):
    file = tmp_path / "film.dcm"
    file.write_bytes(file_of(make(film(), PixelSpacing=[0.5, 0.25])))

    with PictureReader() as reader:
        reading = reader.read(file, name=file.name)

    assert reading.decoded.spacing == PixelSpacing(0.5, 0.25)
