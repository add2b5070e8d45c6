"""DICOM objects are opened once, give their frames one by one, or are refused."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest

pydicom = pytest.importorskip("pydicom")  # a machine may be without it

from dicom_objects import as_bytes, decode, film, make, open_, refused  # noqa: E402
from pydicom import uid  # noqa: E402
from pydicom.dataset import Dataset  # noqa: E402

from medhash_gui.dicom import decoders as dicom_decoders  # noqa: E402
from medhash_gui.dicom import dicom  # noqa: E402
from medhash_gui.errors import UnreadableImageError  # noqa: E402

# --- opening ------------------------------------------------------------------


def test_object_without_preamble_and_header_is_read():
    ds = make(film(), BitsStored=12)
    buffer = io.BytesIO()
    bare = Dataset()
    bare.update({e.tag: e for e in ds})
    bare.save_as(buffer, implicit_vr=True, little_endian=True)
    data = buffer.getvalue()

    assert dicom.is_dicom(data)
    np.testing.assert_array_equal(decode(data).pixels, decode(ds).pixels)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x89PNG\r\n\x1a\n" + bytes(200), b"file,label\n" * 30, bytes(500)],
)
def test_other_files_are_not_taken_for_dicom(data):
    assert not dicom.is_dicom(data)


def test_opening_decodes_nothing(monkeypatch):
    def never(*_: object, **__: object) -> None:
        message = "decoded while opening"
        raise AssertionError(message)

    monkeypatch.setattr(dicom_decoders, "stored_values", never)

    opened = open_(make(np.stack([film()] * 4), frames=True, PatientID="4711"))

    assert opened.frame_count == 4
    assert opened.identity.patient == "4711"


def test_missing_pydicom_is_a_sentence(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pydicom", None)
    monkeypatch.delitem(__import__("sys").modules, "pydicom.pixels")

    with pytest.raises(
        UnreadableImageError, match="needs the package pydicom"
    ) as caught:
        dicom.open_object(b"", name="film.dcm", max_pixels=1)

    assert caught.value.state == "unsupported"
    assert "pip install pydicom" in caught.value.hint


# --- frames -------------------------------------------------------------------


def _steps(count=5):
    return np.stack([np.full((4, 5), 51 * n, np.uint8) for n in range(count)])


def test_middle_frame_is_the_default_and_others_can_be_named():
    ds = make(_steps(), frames=True)

    middle, last = decode(ds), decode(ds, frame=4)

    assert (middle.frame, middle.frame_count) == (2, 5)
    np.testing.assert_allclose(middle.pixels, 0.4, atol=1e-6)
    np.testing.assert_allclose(last.pixels, 0.8, atol=1e-6)


@pytest.mark.parametrize("frame", [-1, 5])
def test_frame_that_is_not_there_is_a_sentence(frame):
    error = refused(make(_steps(), frames=True), frame=frame)

    assert error.state == "unsupported"
    assert "5 frames" in error.message


@pytest.mark.parametrize("syntax", [uid.RLELossless, uid.JPEG2000Lossless])
def test_each_frame_of_an_encapsulated_object_is_its_own(syntax):
    frames = np.stack([film() + n for n in range(3)])
    ds = make(frames, frames=True, BitsStored=12, WindowCenter=2048, WindowWidth=4096)
    ds.compress(syntax)
    opened = open_(ds)

    for index in range(3):
        expected = np.clip((film() + index) / 4095, 0, 1)
        found = opened.picture(index).pixels
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_one_frame_is_decoded_without_the_others():
    ds = make(np.stack([film()] * 3), frames=True, BitsStored=12)
    ds.compress(uid.RLELossless)
    whole = decode(ds, frame=0).pixels
    frames = list(pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=3))
    ds.PixelData = pydicom.encaps.encapsulate([frames[0], b"\xff" * 70, frames[2]])
    opened = open_(ds)

    np.testing.assert_array_equal(opened.picture(0).pixels, whole)
    np.testing.assert_array_equal(opened.picture(2).pixels, whole)
    with pytest.raises(UnreadableImageError, match="damaged"):
        opened.picture(1)


@pytest.mark.parametrize("count", [10**6, -3, 2**31])
def test_more_frames_than_the_data_can_hold_are_damage(count):
    ds = make(_steps(), frames=True, NumberOfFrames=str(count))

    assert refused(ds).state == "damaged"


# --- refused ------------------------------------------------------------------


def test_announced_picture_without_pixels_is_damaged():
    ds = make(film())
    del ds.PixelData

    assert refused(ds).state == "damaged"


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_object_cut_short_is_damaged_or_holds_no_picture(kept):
    data = as_bytes(make(film()))

    assert refused(data[: int(len(data) * kept)]).state == "damaged"


@pytest.mark.parametrize("syntax", [uid.RLELossless, uid.JPEGLSLossless])
def test_compressed_object_cut_short_is_damaged(syntax):
    ds = make(np.random.default_rng(5).integers(0, 4096, (64, 64), dtype=np.uint16))
    ds.compress(syntax)
    data = as_bytes(ds)

    assert refused(data[: len(data) * 6 // 10]).state == "damaged"


def test_object_over_the_limit_is_refused_before_decoding():
    ds = make(film(), Rows=30_000, Columns=30_000)

    error = refused(ds, max_pixels=150_000_000)

    assert error.state == "unsupported"
    assert "30000 x 30000" in error.message


def test_deflated_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(dicom, "MAX_INFLATED_BYTES", 2**24)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    prefix = as_bytes(make(None, syntax=uid.DeflatedExplicitVRLittleEndian))
    meta_end = 144 + int.from_bytes(prefix[140:144], "little")
    bomb = prefix[:meta_end] + packer.compress(bytes(2**26)) + packer.flush()

    error = refused(bomb)

    assert error.state == "unsupported"
    assert "unpacks to more" in error.message


def test_want_of_memory_is_a_sentence(monkeypatch):
    def too_large(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(dicom_decoders, "stored_values", too_large)

    error = refused(make(film()))

    assert error.state == "unsupported"
    assert "memory" in error.message


def test_panic_of_a_decoder_is_damage(monkeypatch):
    class PanicException(BaseException):
        pass

    def panic(*_: object, **__: object) -> None:
        raise PanicException

    monkeypatch.setattr(dicom_decoders, "stored_values", panic)

    assert refused(make(film())).state == "damaged"


def test_flipped_bytes_never_raise_anything_else():
    rng = np.random.default_rng(6)
    encoded = make(film(), BitsStored=12)
    encoded.compress(uid.RLELossless)
    for data in (
        as_bytes(make(film(), WindowCenter=5, WindowWidth=9, PatientID="4711")),
        as_bytes(encoded),
    ):
        for _ in range(150):
            broken = bytearray(data)
            for place in rng.integers(132, min(len(data), 1000), 4):
                broken[place] = rng.integers(256)
            try:
                pixels = decode(bytes(broken)).pixels
            except UnreadableImageError:
                continue
            assert pixels.min() >= 0
            assert pixels.max() <= 1
