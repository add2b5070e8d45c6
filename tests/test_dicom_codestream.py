"""Encoded frames that would end their reader, or never let it end, are refused."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from dicom_objects import encapsulated, film, make, refused
from pydicom import uid

from medhash_gui.dicom import codestream as dicom_codestream

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


# -- JPEG --------------------------------------------------------------------------


def segment(code: int, content: bytes) -> bytes:
    return bytes([0xFF, code]) + struct.pack(">H", len(content) + 2) + content


START, SCAN = b"\xff\xd8", segment(0xDA, bytes(6)) + bytes(9)
JFIF = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
FRAME, TABLE = segment(0xC3, b"\x10" + bytes(8)), segment(0xC4, bytes(26))


@pytest.mark.parametrize(
    "stream",
    [
        START + FRAME + TABLE + SCAN,
        START + JFIF + FRAME + TABLE + SCAN,
        START + JFIF + b"\xff\xff" + FRAME + TABLE + b"\xff" + SCAN,
    ],
)
def test_segments_that_follow_each_other_are_taken(stream):
    dicom_codestream.check_segments(stream)


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        START,
        START + FRAME + TABLE,
        START + FRAME + b"\0\0" + TABLE + SCAN,
        START + FRAME + b"\x3c" + TABLE[1:] + SCAN,
        START + JFIF.replace(b"\0\1\1", b"\0\5\1") + FRAME + TABLE + SCAN,
        START + FRAME[:-3] + TABLE + SCAN,
        START + segment(0xC3, b"\x62" + bytes(8)) + TABLE + SCAN,
        START + segment(0xC3, bytes(9)) + TABLE + SCAN,
        START + FRAME + segment(0xD4, bytes(26)) + SCAN,
        START + FRAME + b"\xff\xc4\xff\xff" + bytes(9),
    ],
)
def test_bytes_between_segments_are_refused(stream):
    with pytest.raises(ValueError, match="do not follow each other"):
        dicom_codestream.check_segments(stream)


def test_object_that_would_end_the_process_is_damaged():
    frame = START + FRAME + b"\x3c" + TABLE[1:] + SCAN
    ds = encapsulated(make(film()), uid.JPEGLosslessSV1, frame)

    assert refused(ds).state == "damaged"
