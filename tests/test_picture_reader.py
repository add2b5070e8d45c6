"""One warm process reads pictures as ``images.decode`` does, whatever they hold."""

from __future__ import annotations

import io
import multiprocessing
import threading
import time

import numpy as np
import pytest
from PIL import Image

from medhash_gui import decode_process, images, picture_reader
from medhash_gui.errors import MedHashError, UnreadableImageError
from medhash_gui.picture_reader import PictureReader


@pytest.fixture(scope="module")
def reader():
    with PictureReader() as shared:
        yield shared


@pytest.fixture(autouse=True)
def nothing_left_running():
    """The reader of the module outlives its tests; its own end is a test."""
    return


@pytest.fixture
def treacherous(monkeypatch):
    monkeypatch.setattr(picture_reader, "SERVER", "treacherous_codec")


def png(grey=51, size=(40, 30), mode="L"):
    buffer = io.BytesIO()
    Image.new(mode, size, grey).save(buffer, "PNG")
    return buffer.getvalue()


def same(one: images.Decoded, other: images.Decoded) -> bool:
    np.testing.assert_array_equal(one.pixels, other.pixels)
    names = (
        *("frame", "frame_count", "patient_id", "notes", "identity", "details"),
        *("views", "view"),
    )
    return all(getattr(one, name) == getattr(other, name) for name in names)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_reading_is_what_decode_gives(reader, tmp_path, mode):
    data = png(51 if mode == "L" else (1, 2, 3), mode=mode)
    (tmp_path / "病 例.png").write_bytes(data)

    by_path = reader.read(tmp_path / "病 例.png", name="病 例.png")
    by_bytes = reader.read(data, name="a/b/病 例.png")

    expected = images.decode(data, name="病 例.png")
    assert same(by_path.decoded, expected)
    assert same(by_bytes.decoded, expected)
    assert by_path.digest == by_bytes.digest == images.content_digest(data)
    assert by_path.decoded.pixels.dtype == np.float32


def test_large_picture_comes_whole(reader):
    values = np.random.default_rng(0).integers(0, 256, (900, 700, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "BMP")

    pixels = reader.read(buffer.getvalue(), name="a.bmp").decoded.pixels

    np.testing.assert_array_equal(np.rint(pixels * 255), values)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"words", "letter.txt"),
        (b"", "empty.png"),
        (png()[:60], "short.png"),
        (b"8BPS\x00\x01", "layers.psd"),
    ],
)
def test_failure_is_the_one_of_decode(reader, tmp_path, content, name):
    with pytest.raises(UnreadableImageError) as expected:
        images.decode(content, name=name)
    (tmp_path / name).write_bytes(content)

    for source in (content, tmp_path / name):
        with pytest.raises(UnreadableImageError) as caught:
            reader.read(source, name=name)
        assert caught.value.message == expected.value.message
        assert caught.value.state == expected.value.state
        assert caught.value.hint == expected.value.hint


def test_missing_file_is_said_without_its_folder(reader, tmp_path):
    with pytest.raises(UnreadableImageError, match=r"^gone\.png is not there") as found:
        reader.read(tmp_path / "gone.png", name="gone.png")

    assert str(tmp_path) not in str(found.value)


def test_frame_that_is_not_there_is_refused(reader):
    with pytest.raises(UnreadableImageError):
        reader.read(png(), name="a.png", frame=1)


def test_picture_over_the_limit_is_refused():
    with PictureReader(max_pixels=1000) as strict:
        with pytest.raises(UnreadableImageError, match="40 x 30 pixels"):
            strict.read(png(), name="a.png")
        assert strict.read(png(size=(9, 9)), name="a.png").decoded.pixels.size == 81


@pytest.mark.parametrize(
    ("trouble", "sentence", "state"),
    [
        (b"CRASH", "a.png: the decoder crashed on it", "damaged"),
        (b"HANG", "a.png: decoding took longer than 5 s", "damaged"),
        (b"GREED", "a.png: decoding it takes more memory than is allowed", None),
        (b"PANIC", r"a.png could not be decoded \(PanicException\)", "damaged"),
    ],
)
def test_trouble_costs_one_picture(treacherous, trouble, sentence, state):
    limit = 5 if trouble == b"HANG" else 60
    with PictureReader(time_limit_s=limit, memory_limit_bytes=2**30) as reader:
        assert reader.read(png(), name="a.png").decoded.frame_count == 1

        with pytest.raises(UnreadableImageError, match=sentence) as caught:
            reader.read(png() + trouble, name="a.png")

        assert caught.value.state == (state or "unsupported")
        assert reader.read(png(), name="a.png").decoded.frame_count == 1


def test_process_starts_once_and_ends_with_the_reader():
    before = set(multiprocessing.active_children())
    reader = PictureReader()
    reader.start()
    reader.start()
    (process,) = set(multiprocessing.active_children()) - before

    reader.read(png(), name="a.png")
    assert set(multiprocessing.active_children()) - before == {process}
    reader.close()
    reader.close()

    assert set(multiprocessing.active_children()) == before
    with pytest.raises(UnreadableImageError, match="reading was ended"):
        reader.read(png(), name="a.png")


def test_closing_ends_a_reading_that_hangs(treacherous):
    reader = PictureReader()
    reader.read(png(), name="a.png")
    failures = []

    def read():
        try:
            reader.read(png() + b"HANG", name="a.png")
        except UnreadableImageError as error:
            failures.append(error.message)

    thread = threading.Thread(target=read)
    thread.start()
    while not reader._reading.locked():
        time.sleep(0.01)
    reader.close()
    thread.join(20)

    assert failures == ["a.png is not read: reading was ended."]


def test_threads_are_served_in_turn(reader):
    found = {}

    def read(grey):
        pixels = reader.read(png(grey), name=f"{grey}.png").decoded.pixels
        found[grey] = round(float(pixels.mean() * 255))

    threads = [threading.Thread(target=read, args=(grey,)) for grey in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == {grey: grey for grey in range(12)}


@pytest.mark.parametrize("server", ["silent_worker", "no_such_module"])
def test_machine_on_which_nothing_starts_is_a_sentence(monkeypatch, capfd, server):
    monkeypatch.setattr(picture_reader, "SERVER", server)
    monkeypatch.setattr(decode_process, "START_LIMIT_S", 2.0)

    with (
        PictureReader() as reader,
        pytest.raises(MedHashError, match="cannot be started"),
    ):
        reader.read(png(), name="a.png")
