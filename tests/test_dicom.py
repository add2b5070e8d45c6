"""DICOM objects are shown as a workstation shows them, never inverted, or refused."""

from __future__ import annotations

import csv
import io
import zlib
from pathlib import Path

import numpy as np
import pytest

from medhash_gui import dicom, dicom_display, images
from medhash_gui.errors import UnreadableImageError

pydicom = pytest.importorskip("pydicom")  # a machine may be without it

from pydicom import uid  # noqa: E402
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset  # noqa: E402
from pydicom.pixels import (  # noqa: E402
    apply_color_lut,
    apply_modality_lut,
    apply_voi_lut,
)

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "dicom_dev"
CT = "1.2.840.10008.5.1.4.1.1.2"
DX = "1.2.840.10008.5.1.4.1.1.1.1"


def _film(height=48, width=40):
    """A film-like phantom of 12 bits: dark ground, a body, a bright bone."""
    rows, columns = np.mgrid[:height, :width]
    body = (rows - height / 2) ** 2 / 300 + (columns - width / 2) ** 2 / 200 < 1
    film = np.where(body, 1500 + 10 * rows, 100 + columns)
    film[20:26, 10:30] = 3800
    return film.astype(np.uint16)


def _object(values, *, syntax=uid.ExplicitVRLittleEndian, sop_class=DX, **elements):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    little = syntax != uid.ExplicitVRBigEndian
    implicit = syntax == uid.ImplicitVRLittleEndian
    ds = FileDataset(
        "",
        {},
        file_meta=meta,
        preamble=bytes(128),
        is_implicit_VR=implicit,
        is_little_endian=little,
    )
    ds.SOPClassUID = sop_class
    ds.SOPInstanceUID = "1.2.3"
    if values is not None:
        colour = values.shape[-1] == 3 and values.ndim >= 3
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
        ds.PixelData = raw + b"\0" * (len(raw) % 2)
        ds["PixelData"].VR = "OB" if values.dtype.itemsize == 1 else "OW"
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    if "BitsStored" in elements:
        ds.HighBit = ds.BitsStored - 1
    return ds


def _bytes(ds):
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _decode(ds, *, frame=None, max_pixels=1_000_000):
    data = ds if isinstance(ds, bytes) else _bytes(ds)
    return dicom.decode(data, name="film.dcm", frame=frame, max_pixels=max_pixels)


def _table(entries, *, first=0, bits=None, vr="OW"):
    item = Dataset()
    bits = bits or entries.dtype.itemsize * 8
    item.add_new(0x00283002, "US" if first >= 0 else "SS", [len(entries), first, bits])
    item.add_new(
        0x00283006,
        vr,
        entries.astype("<u2").tobytes() if vr == "OW" else entries.tolist(),
    )
    return item


def _state(ds, **options):
    with pytest.raises(UnreadableImageError) as caught:
        _decode(ds, **options)
    assert "film.dcm" in caught.value.message
    return caught.value.state, caught.value.message


# --- never inverted -----------------------------------------------------------


@pytest.mark.parametrize("window", [{}, {"WindowCenter": 2000, "WindowWidth": 3000}])
def test_monochrome1_and_2_of_one_film_decode_to_one_picture(window):
    film = _film()
    inverse = {"WindowCenter": 4095 - 2000 + 1} if window else {}

    two = _decode(_object(film, BitsStored=12, **window))
    one = _decode(
        _object(
            (4095 - film).astype(np.uint16),
            BitsStored=12,
            PhotometricInterpretation="MONOCHROME1",
            **{**window, **inverse},
        )
    )

    np.testing.assert_allclose(one.pixels, two.pixels, atol=1e-3)
    assert two.pixels[22, 20] == 1.0  # the bone is white
    assert two.pixels[0, 0] < 0.1  # the ground is black


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted"),
    [
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME2", "INVERSE", True),
        ("MONOCHROME1", "INVERSE", True),
        ("MONOCHROME1", None, True),
    ],
)
def test_inversion_happens_once(photometric, shape, inverted):
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    extra = {"PresentationLUTShape": shape} if shape else {}

    pixels = _decode(
        _object(ramp, PhotometricInterpretation=photometric, **extra)
    ).pixels

    expected = (255 - ramp if inverted else ramp) / 255
    np.testing.assert_allclose(pixels, expected, atol=1e-6)


def test_padding_is_black_also_where_the_film_is_inverted():
    film = (4095 - _film()).astype(np.uint16)
    film[:5] = 0

    pixels = _decode(
        _object(
            film,
            BitsStored=12,
            PhotometricInterpretation="MONOCHROME1",
            PixelPaddingValue=0,
        )
    ).pixels

    assert pixels[:5].max() == 0


# --- grey pipeline ------------------------------------------------------------


def test_ct_goes_through_rescale_and_window_in_hounsfield_units():
    hounsfield = np.array([[-1000, -110, 40, 190, 1000]], np.int16)

    pixels = _decode(
        _object(
            hounsfield + 1024,
            sop_class=CT,
            RescaleSlope=1,
            RescaleIntercept=-1024,
            WindowCenter=40,
            WindowWidth=300,
        )
    ).pixels

    np.testing.assert_allclose(pixels, [[0, 0, 0.5 + 0.5 / 299, 1, 1]], atol=2e-3)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize("intercept", [0, -1024])
def test_windows_equal_pydicom(function, intercept):
    ds = _object(
        _film(),
        BitsStored=12,
        RescaleSlope=1,
        RescaleIntercept=intercept,
        WindowCenter=[1800 + intercept, 5],
        WindowWidth=[900, 6],
        VOILUTFunction=function,
    )
    shown = apply_voi_lut(apply_modality_lut(_film(), ds), ds)
    expected = (shown - intercept) / 4095

    np.testing.assert_allclose(_decode(ds).pixels, expected, atol=1e-4)


@pytest.mark.parametrize("vr", ["OW", "US"])
@pytest.mark.parametrize("first", [0, 200])
def test_modality_and_voi_tables_equal_pydicom(vr, first):
    modality = (np.arange(3000) ** 2 // 300).astype(np.uint16)
    voi = np.sqrt(np.arange(20000) * 800).astype(np.uint16)
    ds = _object(
        _film(),
        BitsStored=12,
        ModalityLUTSequence=[_table(modality, first=first, vr=vr)],
        VOILUTSequence=[_table(voi, bits=12, vr=vr)],
        WindowCenter=5,
        WindowWidth=6,
    )
    expected = apply_voi_lut(apply_modality_lut(_film(), ds), ds) / 4095

    np.testing.assert_allclose(_decode(ds).pixels, expected, atol=1e-4)


def test_voi_table_with_8_bit_entries_does_not_wrap():
    voi = (np.arange(4096) // 16).astype(np.uint16)

    pixels = _decode(
        _object(_film(), BitsStored=12, VOILUTSequence=[_table(voi, bits=8)])
    ).pixels

    np.testing.assert_allclose(pixels, (_film() // 16) / 255, atol=1e-6)


def test_table_with_negative_first_value_is_looked_up_from_there():
    values = np.array([[-5, -2, 0, 3]], np.int16)
    entries = np.array([0, 10, 20, 30, 255], np.uint16)

    pixels = _decode(
        _object(values, VOILUTSequence=[_table(entries, first=-2, bits=8)])
    ).pixels

    np.testing.assert_allclose(pixels * 255, [[0, 0, 20, 255]], atol=1e-4)


def test_empty_tables_are_passed_over():
    ds = _object(_film(), BitsStored=12, WindowCenter=2048, WindowWidth=4096)
    ds.ModalityLUTSequence = [Dataset()]
    ds.VOILUTSequence = [Dataset()]

    np.testing.assert_allclose(_decode(ds).pixels, _film() / 4095, atol=1e-3)


def test_without_a_window_percentiles_become_black_and_white():
    film = _film()
    film[0, 0] = 60_000  # a lead letter must not darken the film

    pixels = _decode(_object(film)).pixels

    low, high = np.percentile(film, dicom_display.DEFAULT_PERCENTILES)
    np.testing.assert_allclose(
        pixels, np.clip((film - low) / (high - low), 0, 1), atol=1e-5
    )


def test_object_of_8_bits_without_a_window_keeps_its_range():
    film = (_film() // 32).astype(np.uint8)

    np.testing.assert_allclose(_decode(_object(film)).pixels, film / 255, atol=1e-6)


@pytest.mark.parametrize(
    ("centre", "width", "note"), [(10, 0, "invalid"), (60_000, 10, "shows nothing")]
)
def test_useless_window_gives_the_default_one_and_a_note(centre, width, note):
    plain = _decode(_object(_film(), BitsStored=12))

    picture = _decode(
        _object(_film(), BitsStored=12, WindowCenter=centre, WindowWidth=width)
    )

    assert note in picture.notes[0]
    np.testing.assert_array_equal(picture.pixels, plain.pixels)


@pytest.mark.parametrize("value", [0, 77])
def test_flat_frame_is_decoded_without_a_warning(value):
    pixels = _decode(_object(np.full((8, 8), value, np.uint16))).pixels

    assert np.all(pixels == 0)


def test_window_of_enhanced_object_is_taken_from_its_frame():
    frames = np.stack([_film(), _film()])
    ds = _object(frames, BitsStored=12)
    groups = []
    for centre in (500, 2000):
        voi, rescale, group = Dataset(), Dataset(), Dataset()
        voi.WindowCenter, voi.WindowWidth = centre, 400
        rescale.RescaleSlope, rescale.RescaleIntercept = 2, -10
        group.FrameVOILUTSequence = [voi]
        group.PixelValueTransformationSequence = [rescale]
        groups.append(group)
    ds.PerFrameFunctionalGroupsSequence = groups

    pixels = _decode(ds, frame=1).pixels

    expected = dicom_display.window(_film() * 2.0 - 10, centre=2000, width=400)
    np.testing.assert_allclose(pixels, expected, atol=1e-6)


def test_float_pixels_with_gaps_stay_in_range():
    ds = _object(np.zeros((4, 6), np.uint32))
    values = np.linspace(-1, 3, 24, dtype="<f4").reshape(4, 6)
    values[0, 0] = np.nan
    del ds.PixelData
    ds.FloatPixelData = values.tobytes()

    pixels = _decode(ds).pixels

    assert np.isfinite(pixels).all()
    assert pixels[-1, -1] == 1


# --- colour -------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_rgb_is_kept(dtype):
    top = np.iinfo(dtype).max
    values = np.array([[[top, 0, 0], [0, top // 2, top]]], dtype)

    pixels = _decode(_object(values)).pixels

    np.testing.assert_allclose(pixels, values / top, atol=1e-6)


def test_ybr_full_becomes_rgb():
    red = np.array([[[76, 85, 255]]], np.uint8)

    pixels = _decode(_object(red, PhotometricInterpretation="YBR_FULL")).pixels

    np.testing.assert_allclose(pixels, [[[1, 0, 0]]], atol=0.01)


@pytest.mark.parametrize(
    "syntax", [uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian]
)
def test_palette_colours_equal_pydicom(syntax):
    ds = _object(
        np.arange(60, dtype=np.uint8).reshape(6, 10),
        syntax=syntax,
        PhotometricInterpretation="PALETTE COLOR",
    )
    little = _object(np.zeros((1, 1), np.uint8))
    for factor, colour in enumerate(("Red", "Green", "Blue"), start=1):
        keyword = f"{colour}PaletteColorLookupTable"
        entries = np.arange(50, dtype=np.uint16) * 400 * factor
        order = ">u2" if syntax == uid.ExplicitVRBigEndian else "<u2"
        for target, kind in ((ds, order), (little, "<u2")):
            setattr(target, f"{keyword}Descriptor", [50, 5, 16])
            target[f"{keyword}Descriptor"].VR = "US"
            setattr(target, f"{keyword}Data", entries.astype(kind).tobytes())
    stored = np.arange(60, dtype=np.uint8).reshape(6, 10)
    expected = apply_color_lut(stored, little) / 65535

    np.testing.assert_allclose(_decode(ds).pixels, expected, atol=1e-6)


def test_palette_with_8_bit_entries_and_16_bit_indices_does_not_wrap():
    stored = np.array([[0, 300, 4095, 60_000]], np.uint16)
    ds = _object(stored, PhotometricInterpretation="PALETTE COLOR")
    for colour in ("Red", "Green", "Blue"):
        keyword = f"{colour}PaletteColorLookupTable"
        setattr(ds, f"{keyword}Descriptor", [4096, 0, 8])
        ds[f"{keyword}Descriptor"].VR = "US"
        entries = (np.arange(4096) // 16).astype(np.uint8)
        setattr(ds, f"{keyword}Data", entries.tobytes())

    pixels = _decode(ds).pixels

    np.testing.assert_allclose(pixels[0, :, 0] * 255, [0, 18, 255, 255], atol=1e-4)


def test_retired_colour_space_is_unsupported():
    values = np.zeros((2, 2, 3), np.uint8)

    state, message = _state(_object(values, PhotometricInterpretation="HSV"))

    assert state == "unsupported"
    assert "HSV" in message


# --- encodings ----------------------------------------------------------------


@pytest.mark.parametrize(
    "syntax",
    [
        uid.ImplicitVRLittleEndian,
        uid.ExplicitVRBigEndian,
        uid.DeflatedExplicitVRLittleEndian,
        uid.RLELossless,
        uid.JPEGLSLossless,
        uid.JPEG2000Lossless,
    ],
)
def test_lossless_encodings_give_the_same_picture(syntax):
    plain = _object(_film(), BitsStored=12)
    encoded = _object(_film(), BitsStored=12, syntax=syntax)
    if syntax.is_compressed and syntax != uid.DeflatedExplicitVRLittleEndian:
        encoded = _object(_film(), BitsStored=12)
        encoded.compress(syntax)

    np.testing.assert_array_equal(_decode(encoded).pixels, _decode(plain).pixels)


def test_object_without_preamble_and_header_is_read():
    ds = _object(_film(), BitsStored=12)
    buffer = io.BytesIO()
    bare = Dataset()
    bare.update({e.tag: e for e in ds})
    bare.save_as(buffer, implicit_vr=True, little_endian=True)
    data = buffer.getvalue()

    assert dicom.is_dicom(data)
    np.testing.assert_array_equal(_decode(data).pixels, _decode(ds).pixels)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x89PNG\r\n\x1a\n" + bytes(200), b"file,label\n" * 30, bytes(500)],
)
def test_other_files_are_not_taken_for_dicom(data):
    assert not dicom.is_dicom(data)


def test_jpeg_of_12_bits_is_unsupported_and_not_damaged():
    ds = _object(_film(), BitsStored=12)
    ds.file_meta.TransferSyntaxUID = uid.JPEGExtended12Bit
    ds.PixelData = pydicom.encaps.encapsulate([bytes(64)])

    state, message = _state(ds)

    assert state == "unsupported"
    assert "JPEG Extended" in message


def test_syntax_without_a_decoder_is_named_with_the_way_out():
    ds = _object(_film())
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.100"
    ds.PixelData = pydicom.encaps.encapsulate([bytes(64)])

    with pytest.raises(UnreadableImageError, match="MPEG2") as caught:
        _decode(ds)

    assert caught.value.state == "unsupported"
    assert "1.2.840.10008.1.2.4.100" in caught.value.message
    assert "Export it again" in caught.value.hint


def test_decoder_table_names_what_is_decoded_here():
    table = {row.uid: row for row in dicom.decoder_table()}

    for syntax in (uid.ExplicitVRLittleEndian, uid.JPEG2000Lossless, uid.RLELossless):
        assert table[syntax].decodable, syntax.name
    assert table[uid.JPEGExtended12Bit].note == "8 bits only"
    assert table[uid.JPEGBaseline8Bit].name == "JPEG Baseline (Process 1)"


# --- frames, patients ---------------------------------------------------------


def test_middle_frame_is_the_default_and_others_can_be_named():
    frames = np.stack([np.full((4, 5), 51 * n, np.uint8) for n in range(5)])
    ds = _object(frames)

    middle, last = _decode(ds), _decode(ds, frame=4)

    assert (middle.frame, middle.frame_count) == (2, 5)
    np.testing.assert_allclose(middle.pixels, 0.4, atol=1e-6)
    np.testing.assert_allclose(last.pixels, 0.8, atol=1e-6)
    assert _state(ds, frame=5)[0] == "unsupported"


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ("4711", "4711"),
        (" MRN-0042 ", "MRN-0042"),
        *(
            (name, None)
            for name in ("", "ANONYMOUS", "anonymized", "Anonymous Patient")
        ),
        *((name, None) for name in ("UNKNOWN", "0", "000", "xxx", "N/A", "NONE", "-")),
    ],
)
def test_placeholder_patient_ids_name_nobody(stored, found):
    picture = _decode(_object(_film(), PatientID=stored))

    assert picture.patient_id == found
    assert "patient" not in repr(picture)


# --- refused ------------------------------------------------------------------


@pytest.mark.parametrize(
    "sop_class",
    [
        "1.2.840.10008.5.1.4.1.1.88.11",  # Basic Text SR
        "1.2.840.10008.5.1.4.1.1.11.1",  # Grayscale Softcopy Presentation State
        "1.2.840.10008.5.1.4.1.1.88.59",  # Key Object Selection
        "1.2.840.10008.5.1.4.1.1.481.5",  # RT Plan
        "1.2.840.10008.5.1.4.1.1.9.1.1",  # 12-lead ECG
        "1.2.840.10008.1.3.10",  # DICOMDIR
    ],
)
def test_objects_without_pixels_are_no_image(sop_class):
    assert _state(_object(None, sop_class=sop_class))[0] == "not_an_image"


@pytest.mark.parametrize(
    "sop_class", ["1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.481.2"]
)
def test_segmentations_and_dose_grids_are_no_image(sop_class):
    assert _state(_object(_film(), sop_class=sop_class))[0] == "not_an_image"


def test_announced_picture_without_pixels_is_damaged():
    ds = _object(_film())
    del ds.PixelData

    assert _state(ds)[0] == "damaged"


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_object_cut_short_is_damaged_or_holds_no_picture(kept):
    data = _bytes(_object(_film()))

    state, _ = _state(data[: int(len(data) * kept)])

    assert state == "damaged"


@pytest.mark.parametrize("syntax", [uid.RLELossless, uid.JPEGLSLossless])
def test_compressed_object_cut_short_is_damaged(syntax):
    ds = _object(np.random.default_rng(5).integers(0, 4096, (64, 64), dtype=np.uint16))
    ds.compress(syntax)
    data = _bytes(ds)

    assert _state(data[: len(data) * 6 // 10])[0] == "damaged"


def test_object_over_the_limit_is_refused_before_decoding():
    ds = _object(_film(), Rows=30_000, Columns=30_000)

    state, message = _state(ds, max_pixels=150_000_000)

    assert state == "unsupported"
    assert "30000 x 30000" in message


def test_deflated_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(dicom, "MAX_INFLATED_BYTES", 2**24)
    data = _bytes(_object(_film(), syntax=uid.DeflatedExplicitVRLittleEndian))
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    header = data[: data.index(b"1.2.840.10008.1.2.1.99") + 22]
    header += b"\0" * (len(header) % 2)
    ds = _object(None, syntax=uid.DeflatedExplicitVRLittleEndian)
    prefix = _bytes(ds)
    meta_end = 144 + int.from_bytes(prefix[140:144], "little")
    bomb = prefix[:meta_end] + packer.compress(bytes(2**26)) + packer.flush()

    state, message = _state(bomb)

    assert state == "unsupported"
    assert "unpacks to more" in message


def test_missing_pydicom_is_a_sentence(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pydicom", None)
    monkeypatch.delitem(__import__("sys").modules, "pydicom.pixels")

    with pytest.raises(
        UnreadableImageError, match="needs the package pydicom"
    ) as caught:
        dicom.decode(b"", name="film.dcm", frame=None, max_pixels=1)

    assert caught.value.state == "unsupported"
    assert "pip install pydicom" in caught.value.hint


def test_flipped_bytes_never_raise_anything_else():
    rng = np.random.default_rng(6)
    encoded = _object(_film(), BitsStored=12)
    encoded.compress(uid.RLELossless)
    for data in (
        _bytes(_object(_film(), WindowCenter=5, WindowWidth=9)),
        _bytes(encoded),
    ):
        for _ in range(150):
            broken = bytearray(data)
            for place in rng.integers(132, min(len(data), 1000), 4):
                broken[place] = rng.integers(256)
            try:
                pixels = _decode(bytes(broken)).pixels
            except UnreadableImageError:
                continue
            assert pixels.min() >= 0
            assert pixels.max() <= 1


# --- real objects -------------------------------------------------------------


@pytest.mark.skipif(not REAL.is_dir(), reason="the DICOM test set is not here")
def test_every_real_object_is_decoded_or_refused_with_a_reason():
    with (REAL / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    expected_no_picture = {"SEG", "RTDOSE"}

    undecoded, reasons, states = [], [], set()
    for row in rows:
        path = REAL / row["file"]
        try:
            decoded = images.decode(images.read_bytes(path), name=path.name)
        except UnreadableImageError as error:
            reasons.append(error.message)
            if row["has_pixels"] == "0":
                states.add(error.state)
            elif row["decode"].startswith("ok"):
                undecoded.append((row["Modality"], row["ts"], error.state))
            continue
        assert decoded.pixels.dtype == np.float32
        assert decoded.pixels.shape[:2] == (int(row["Rows"]), int(row["Columns"]))
        assert 0 <= decoded.pixels.min() <= decoded.pixels.max() <= 1

    assert not [reason for reason in reasons if str(REAL) in reason]
    assert states == {"not_an_image", "damaged"}
    # 12-bit JPEG Extended was decoded by a plugin whose licence we cannot ship under.
    assert [
        entry
        for entry in undecoded
        if entry[0] not in expected_no_picture
        and entry[2] != "not_an_image"  # two parametric maps of modality OT
        and entry[1:] != ("JPEG Extended (Process 2 and 4)", "unsupported")
    ] == []
    assert len(rows) > 280
