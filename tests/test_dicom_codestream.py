"""Encoded frames that would keep their reader busy for ever are refused."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from dicom_objects import encapsulated, film, make, refused
from pydicom import uid

from medhash_gui import dicom_codestream

SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"


def box(kind: bytes, content: bytes, length: int | None = None) -> bytes:
    size = 8 + len(content) if length is None else length
    return struct.pack(">I", size) + kind + content


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        b"\xff\x4f\xff\x51",
        box(b"ftyp", bytes(12)) + box(b"jp2c", b"\xff\x4f", length=0),
        box(b"ftyp", bytes(12)),
        box(b"ftyp", bytes(12), length=1) + bytes(range(1, 40)),
        box(b"ftyp", b"", length=2**32 - 1),
    ],
)
def test_boxes_that_lead_on_or_out_are_followed(rest):
    dicom_codestream.check_boxes(SIGNATURE + rest)
    dicom_codestream.check_boxes(rest)


@pytest.mark.parametrize(
    "rest", [box(b"ftyp", bytes(12), length=0), box(b"ftyp", bytes(12)) + bytes(20)]
)
def test_last_box_before_any_codestream_is_refused(rest):
    with pytest.raises(ValueError, match="without a codestream"):
        dicom_codestream.check_boxes(SIGNATURE + rest)


def test_object_of_endless_boxes_is_damaged_at_once():
    frame = SIGNATURE + box(b"ftyp", bytes(12)) + bytes(40)
    ds = encapsulated(make(film().astype(np.uint16)), uid.JPEG2000Lossless, frame)

    assert refused(ds).state == "damaged"
