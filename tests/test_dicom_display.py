"""Grey DICOM frames are shown as the Standard orders, and never inverted."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pydicom")  # a machine may be without it

from dicom_objects import CT, as_bytes, decode, film, make, open_, refused, table
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, apply_voi_lut

from medhash_gui.dicom import display as dicom_display

XA = "1.2.840.10008.5.1.4.1.1.12.1"

# --- never inverted -----------------------------------------------------------


@pytest.mark.parametrize("window", [{}, {"WindowCenter": 2000, "WindowWidth": 3000}])
def test_monochrome1_and_2_of_one_film_decode_to_one_picture(window):
    values = film()
    inverse = {"WindowCenter": 4095 - 2000 + 1} if window else {}

    two = decode(make(values, BitsStored=12, **window))
    one = decode(
        make(
            (4095 - values).astype(np.uint16),
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

    pixels = decode(make(ramp, PhotometricInterpretation=photometric, **extra)).pixels

    expected = (255 - ramp if inverted else ramp) / 255
    np.testing.assert_allclose(pixels, expected, atol=1e-6)


# --- modality -----------------------------------------------------------------


def test_ct_goes_through_rescale_and_window_in_hounsfield_units():
    hounsfield = np.array([[-1000, -110, 40, 190, 1000]], np.int16)

    pixels = decode(
        make(
            hounsfield + 1024,
            sop_class=CT,
            RescaleSlope=1,
            RescaleIntercept=-1024,
            WindowCenter=40,
            WindowWidth=300,
        )
    ).pixels

    np.testing.assert_allclose(pixels, [[0, 0, 0.5 + 0.5 / 299, 1, 1]], atol=2e-3)


def test_modality_lut_of_angiography_is_no_part_of_the_display():
    ds = make(film(), BitsStored=12, sop_class=XA, WindowCenter=2048, WindowWidth=4096)
    plain = decode(ds).pixels
    ds.ModalityLUTSequence = [table(np.arange(4096)[::-1].astype(np.uint16), bits=12)]

    np.testing.assert_array_equal(decode(ds).pixels, plain)


def test_rescale_that_inverts_an_8_bit_object_is_kept_without_a_window():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)

    pixels = decode(make(ramp, RescaleSlope=-2, RescaleIntercept=510)).pixels

    np.testing.assert_allclose(pixels, (255 - ramp) / 255, atol=1e-6)


def test_real_world_values_play_no_part():
    mapping = Dataset()
    mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = -5.0, 1000.0
    ds = make(film(), BitsStored=12, WindowCenter=2048, WindowWidth=4096)
    plain = decode(ds).pixels
    ds.RealWorldValueMappingSequence = [mapping]

    np.testing.assert_array_equal(decode(ds).pixels, plain)


# --- windows and tables -------------------------------------------------------


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize("intercept", [0, -1024])
def test_windows_equal_pydicom(function, intercept):
    ds = make(
        film(),
        BitsStored=12,
        RescaleSlope=1,
        RescaleIntercept=intercept,
        WindowCenter=[1800 + intercept, 5],
        WindowWidth=[900, 6],
        VOILUTFunction=function,
    )
    shown = apply_voi_lut(apply_modality_lut(film(), ds), ds)
    expected = (shown - intercept) / 4095

    np.testing.assert_allclose(decode(ds).pixels, expected, atol=1e-4)


def test_narrowest_linear_window_is_a_step():
    values = np.array([[98, 99, 100, 101]], np.uint16)

    pixels = decode(make(values, WindowCenter=100, WindowWidth=1)).pixels

    np.testing.assert_array_equal(pixels, [[0, 0, 1, 1]])


@pytest.mark.parametrize("vr", ["OW", "US"])
@pytest.mark.parametrize("first", [0, 200])
def test_modality_and_voi_tables_equal_pydicom(vr, first):
    modality = (np.arange(3000) ** 2 // 300).astype(np.uint16)
    voi = np.sqrt(np.arange(20000) * 800).astype(np.uint16)
    ds = make(
        film(),
        BitsStored=12,
        ModalityLUTSequence=[table(modality, first=first, vr=vr)],
        VOILUTSequence=[table(voi, bits=12, vr=vr)],
        WindowCenter=5,
        WindowWidth=6,
    )
    expected = apply_voi_lut(apply_modality_lut(film(), ds), ds) / 4095

    np.testing.assert_allclose(decode(ds).pixels, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("centre", "width", "note"), [(10, 0, "invalid"), (60_000, 10, "shows nothing")]
)
def test_useless_window_gives_the_default_one_and_a_note(centre, width, note):
    plain = decode(make(film(), BitsStored=12))

    picture = decode(
        make(film(), BitsStored=12, WindowCenter=centre, WindowWidth=width)
    )

    assert note in picture.notes[0]
    np.testing.assert_array_equal(picture.pixels, plain.pixels)


def test_window_that_cannot_be_parsed_costs_the_window_alone():
    ds = make(film(), BitsStored=12)
    plain = decode(ds).pixels
    ds.WindowCenter = ds.WindowWidth = "2222.5"

    picture = decode(as_bytes(ds).replace(b"2222.5", b"broad!"))

    assert picture.notes == ("Its window is invalid; the default window was used.",)
    np.testing.assert_array_equal(picture.pixels, plain)


# --- views --------------------------------------------------------------------


def _with_views():
    lut = table(np.arange(4096)[::-1].astype(np.uint16), bits=12, explanation="NEG")
    return make(
        film(),
        BitsStored=12,
        VOILUTSequence=[lut, table(np.arange(4096, dtype=np.uint16), bits=12)],
        WindowCenter=[2048, 1000],
        WindowWidth=[4096, 200],
        WindowCenterWidthExplanation=["WHOLE", ""],
    )


def test_every_table_and_window_can_be_chosen_by_name():
    opened = open_(_with_views())

    assert opened.views == ("NEG", "Table 2", "WHOLE", "Window 1000, width 200")
    pictures = [opened.picture(view=view) for view in range(4)]
    assert [picture.view for picture in pictures] == [0, 1, 2, 3]
    np.testing.assert_allclose(pictures[0].pixels, (4095 - film()) / 4095, atol=1e-6)
    np.testing.assert_allclose(pictures[1].pixels, film() / 4095, atol=1e-6)
    np.testing.assert_allclose(pictures[2].pixels, film() / 4095, atol=1e-6)
    narrow = dicom_display.window(film(), centre=1000, width=200)
    np.testing.assert_array_equal(pictures[3].pixels, narrow)


def test_view_that_is_not_there_is_a_sentence():
    error = refused(_with_views(), view=4)

    assert error.state == "unsupported"
    assert "4 windows" in error.message


def test_single_window_leaves_nothing_to_choose():
    opened = open_(make(film(), WindowCenter=1000, WindowWidth=200))

    assert opened.views == ()


def test_chosen_window_is_applied_even_where_it_shows_nothing():
    ds = make(film(), WindowCenter=[2000, 60_000], WindowWidth=[4000, 10])

    picture = decode(ds, view=1)

    assert picture.pixels.max() == 0
    assert picture.notes == ()


def test_invalid_window_is_no_view():
    ds = make(film(), WindowCenter=[5, 1000, 2000], WindowWidth=[0, 200, 4000])

    assert open_(ds).views == ("Window 1000, width 200", "Window 2000, width 4000")


def _enhanced(shared=None, per_frame=()):
    ds = make(np.stack([film(), film()]), frames=True, BitsStored=12)
    if shared is not None:
        ds.SharedFunctionalGroupsSequence = [shared]
    if per_frame:
        ds.PerFrameFunctionalGroupsSequence = list(per_frame)
    return ds


def _group(centre, width, explanation=None):
    voi, rescale, group = Dataset(), Dataset(), Dataset()
    voi.WindowCenter, voi.WindowWidth = centre, width
    if explanation:
        voi.WindowCenterWidthExplanation = explanation
    rescale.RescaleSlope, rescale.RescaleIntercept = 2, -10
    group.FrameVOILUTSequence = [voi]
    group.PixelValueTransformationSequence = [rescale]
    return group


@pytest.mark.parametrize("frame", [0, 1])
def test_window_of_enhanced_object_is_taken_from_its_frame(frame):
    groups = [_group(500, 400), _group(2000, 400)]

    pixels = decode(_enhanced(per_frame=groups), frame=frame).pixels

    expected = dicom_display.window(
        film() * 2.0 - 10, centre=(500, 2000)[frame], width=400
    )
    np.testing.assert_allclose(pixels, expected, atol=1e-6)


def test_window_shared_by_all_frames_is_used():
    pixels = decode(_enhanced(shared=_group(900, 400)), frame=1).pixels

    expected = dicom_display.window(film() * 2.0 - 10, centre=900, width=400)
    np.testing.assert_allclose(pixels, expected, atol=1e-6)


def test_frames_of_an_enhanced_object_have_views_of_their_own():
    groups = [
        _group([500, 600], [400, 40], ["LUNG", "BONE"]),
        _group([700, 800, 900], [10, 20, 30], ["A", "B", "C"]),
    ]
    opened = open_(_enhanced(per_frame=groups))

    assert opened.picture(0).views == ("LUNG", "BONE")
    assert opened.views == opened.picture(1, view=2).views == ("A", "B", "C")


# --- padding and the default window -------------------------------------------


@pytest.mark.parametrize("limit", [None, 20])
def test_padding_is_left_out_of_the_default_window(limit):
    values = film()
    plain = decode(make(values, BitsStored=12)).pixels
    padded = np.vstack([np.full((400, 40), 20, np.uint16), values])
    padded[:9] = 7
    padding = {"PixelPaddingValue": 7, "PixelPaddingRangeLimit": limit}
    if limit is None:
        padded[:400], padding = 7, {"PixelPaddingValue": 7}

    pixels = decode(make(padded, BitsStored=12, **padding)).pixels

    np.testing.assert_array_equal(pixels[400:], plain)
    assert pixels[:400].max() == 0


def test_padding_is_black_also_where_the_film_is_inverted():
    values = (4095 - film()).astype(np.uint16)
    values[:5] = 0

    pixels = decode(
        make(
            values,
            BitsStored=12,
            PhotometricInterpretation="MONOCHROME1",
            PixelPaddingValue=0,
        )
    ).pixels

    assert pixels[:5].max() == 0


def test_negative_padding_that_was_written_as_unsigned_is_found():
    values = film().astype(np.int16)
    values[:5] = -2000
    ds = make(values, RescaleSlope=1, RescaleIntercept=0)
    ds.add_new(0x00280120, "US", 2**16 - 2000)

    pixels = decode(ds).pixels

    assert pixels[:5].max() == 0
    low, high = np.percentile(film()[5:], dicom_display.DEFAULT_PERCENTILES)
    expected = np.clip((film()[5:] - low) / (high - low), 0, 1)
    np.testing.assert_allclose(pixels[5:], expected, atol=1e-5)


def test_without_a_window_percentiles_become_black_and_white():
    values = film()
    values[0, 0] = 60_000  # a lead letter must not darken the film

    pixels = decode(make(values)).pixels

    low, high = np.percentile(values, dicom_display.DEFAULT_PERCENTILES)
    np.testing.assert_allclose(
        pixels, np.clip((values - low) / (high - low), 0, 1), atol=1e-5
    )


def test_object_of_8_bits_without_a_window_keeps_its_range():
    values = (film() // 32).astype(np.uint8)

    np.testing.assert_allclose(decode(make(values)).pixels, values / 255, atol=1e-6)


@pytest.mark.parametrize("value", [0, 77])
def test_flat_frame_is_decoded_without_a_warning(value):
    pixels = decode(make(np.full((8, 8), value, np.uint16))).pixels

    assert np.all(pixels == 0)


def test_frame_of_padding_alone_is_black():
    ds = make(np.full((8, 8), 9, np.uint16), PixelPaddingValue=9)

    assert np.all(decode(ds).pixels == 0)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_float_pixels_with_gaps_stay_in_range_and_gaps_are_black(kind):
    values = np.linspace(-1, 3, 24, dtype=kind).reshape(4, 6)
    values[0, :3] = np.nan, np.inf, -np.inf
    inverted = make(values, PhotometricInterpretation="MONOCHROME1")

    for pixels in (decode(make(values)).pixels, decode(inverted).pixels):
        assert np.isfinite(pixels).all()
        assert np.all(pixels[0, :3] == 0)
    assert decode(make(values)).pixels[-1, -1] == 1


@pytest.mark.parametrize("window", [{}, {"WindowCenter": 0, "WindowWidth": 100}])
def test_values_at_the_end_of_their_kind_stay_in_range(window):
    values = np.array([[-1.7e308, -1, 0, 1, 1.7e308]])

    pixels = decode(make(values, **window)).pixels

    assert pixels[0, 0] == 0
    assert pixels[0, -1] == 1
    assert 0.4 < pixels[0, 2] < 0.6


def test_float_padding_is_left_out():
    values = np.linspace(0, 1, 24, dtype=np.float32).reshape(4, 6)
    values[0, 0] = -1e6
    ds = make(values)
    ds.FloatPixelPaddingValue = -1e6

    pixels = decode(ds).pixels

    assert pixels[0, 0] == 0
    assert 0.4 < pixels[2, 0] < 0.6
