"""Objects without a picture are told from damaged ones, and say what they are."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pydicom")  # a machine may be without it

from dicom_objects import CT, DX, decode, film, make, refused

STORAGE = "1.2.840.10008.5.1.4.1.1"


@pytest.mark.parametrize(
    ("sop_class", "kind"),
    [
        (f"{STORAGE}.88.11", "a structured report"),
        (f"{STORAGE}.88.59", "a key object selection"),
        (f"{STORAGE}.11.1", "a presentation state"),
        (f"{STORAGE}.9.1.1", "a waveform"),
        (f"{STORAGE}.481.5", "a radiotherapy plan"),
        (f"{STORAGE}.481.3", "radiotherapy contours"),
        (f"{STORAGE}.481.4", "a radiotherapy record"),
        (f"{STORAGE}.66", "data of another kind"),
        (f"{STORAGE}.66.5", "a segmentation of surfaces"),
        (f"{STORAGE}.104.1", "a PDF document"),
        (f"{STORAGE}.104.2", "a CDA document"),
        (f"{STORAGE}.104.3", "a 3D model (STL)"),
        (f"{STORAGE}.104.4", "a 3D model"),
        ("1.2.840.10008.1.3.10", "a DICOM directory"),
        ("1.2.840.10008.5.1.4.39.1", "a colour palette"),
        ("1.3.12.2.1107.5.9.1", "without a picture (1.3.12.2.1107.5.9.1)"),
    ],
)
def test_objects_without_pixels_are_no_image_and_say_what_they_are(sop_class, kind):
    error = refused(make(None, sop_class=sop_class))

    assert error.state == "not_an_image"
    assert kind in error.message


@pytest.mark.parametrize(
    ("sop_class", "kind"),
    [
        (f"{STORAGE}.66.4", "a segmentation, whose pixels are labels"),
        (f"{STORAGE}.66.7", "a segmentation, whose pixels are labels"),
        (f"{STORAGE}.481.2", "a radiotherapy dose grid"),
        (f"{STORAGE}.30", "a parametric map"),
        (f"{STORAGE}.81.1", "a map of the eye"),
    ],
)
def test_pixels_that_are_no_picture_are_no_image(sop_class, kind):
    error = refused(make(film(), sop_class=sop_class))

    assert error.state == "not_an_image"
    assert f"film.dcm is {kind}" in error.message
    assert "not a picture to compare" in error.message


@pytest.mark.parametrize("modality", ["SEG", "RTDOSE"])
def test_modality_tells_as_well_where_the_class_is_wrong(modality):
    error = refused(make(film(), sop_class=DX, Modality=modality))

    assert error.state == "not_an_image"


def test_dose_in_words_that_nothing_decodes_is_no_image_all_the_same():
    ds = make(np.zeros((4, 4), np.uint32), sop_class=f"{STORAGE}.481.2")
    ds.NumberOfFrames = 10**6

    assert refused(ds).state == "not_an_image"


@pytest.mark.parametrize("modality", ["SR", "KO", "PR", "RTPLAN", "ECG", "DOC"])
def test_modality_tells_of_objects_without_a_known_class(modality):
    error = refused(make(None, sop_class="1.2.3.4.5", Modality=modality))

    assert error.state == "not_an_image"
    assert "without a picture" not in error.message


@pytest.mark.parametrize("sop_class", [CT, DX, f"{STORAGE}.481.1"])
def test_class_of_a_picture_without_pixels_is_damage(sop_class):
    error = refused(make(None, sop_class=sop_class, Modality="CT"))

    assert error.state == "damaged"
    assert "pixel data are missing" in error.message


def test_radiotherapy_image_is_a_picture():
    pixels = decode(make(film(), sop_class=f"{STORAGE}.481.1")).pixels

    assert pixels.shape == film().shape


def test_every_refusal_has_a_way_out():
    for ds in (
        make(None, sop_class=f"{STORAGE}.88.11"),
        make(film(), sop_class=f"{STORAGE}.66.4"),
        make(None, sop_class=CT),
    ):
        assert refused(ds).hint
