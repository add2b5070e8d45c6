"""Files are found in a repeatable order, read with a sentence, told by content."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medhash_gui import images
from medhash_gui.errors import DatasetError, SettingsError, UnreadableImageError

REAL = Path(__file__).parents[1] / ".." / "shared" / "data"


def _png(grey=128, size=(4, 3)):
    buffer = io.BytesIO()
    Image.new("L", size, grey).save(buffer, "PNG")
    return buffer.getvalue()


def _paths(root):
    return [found.path for found in images.scan(root)]


def test_scan_finds_every_file_in_the_same_order(tmp_path):
    for path in ("b/2.png", "b/1.png", "a/x/3.dcm", "c.txt", "病例/扫描 😀.png"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"12345")

    assert _paths(tmp_path) == [
        "c.txt",
        "a/x/3.dcm",
        "b/1.png",
        "b/2.png",
        "病例/扫描 😀.png",
    ]
    assert {found.size_bytes for found in images.scan(tmp_path)} == {5}


def test_scan_tells_the_time_of_change(tmp_path):
    (tmp_path / "a.png").write_bytes(b"1")
    os.utime(tmp_path / "a.png", ns=(1, 1_700_000_000_000_000_000))

    (found,) = images.scan(tmp_path)

    assert found.modified_ns == 1_700_000_000_000_000_000


def test_scan_leaves_out_hidden_system_and_library_files(tmp_path):
    for path in (".a.png", ".git/b.png", "Thumbs.db", "desktop.ini", "x.medhash/c.h5"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"1")

    assert _paths(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_scan_follows_links_and_survives_loops(tmp_path):
    study = tmp_path / "study"
    (study / "a").mkdir(parents=True)
    (study / "a" / "1.png").write_bytes(b"1")
    (study / "a" / "loop").symlink_to(study)
    (study / "gone.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "2.png").write_bytes(b"2")
    (study / "linked").symlink_to(tmp_path / "elsewhere")

    assert _paths(study) == ["a/1.png", "linked/2.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_scan_leaves_out_what_is_no_ordinary_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    assert _paths(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse the name")
def test_name_that_is_no_text_is_reported_and_not_found(tmp_path):
    (tmp_path / os.fsdecode(b"film\xff.png")).write_bytes(b"1")
    unreadable: list[str] = []

    assert list(images.scan(tmp_path, unreadable=unreadable)) == []
    assert unreadable == ["film?.png"]


def test_folder_that_vanishes_is_reported_or_raises(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "first.png").write_bytes(b"1")
    unreadable: list[str] = []
    strict, lenient = (
        images.scan(tmp_path),
        images.scan(tmp_path, unreadable=unreadable),
    )
    next(strict)
    next(lenient)
    (tmp_path / "a").rmdir()

    assert list(lenient) == []
    assert unreadable == ["a"]
    with pytest.raises(DatasetError, match="a cannot be listed"):
        list(strict)


def test_scan_of_a_missing_folder_says_so(tmp_path):
    with pytest.raises(DatasetError, match="is not there"):
        list(images.scan(tmp_path / "none"))


def test_read_bytes_gives_the_content(tmp_path):
    path = tmp_path / "扫描 😀.png"
    path.write_bytes(b"abc")

    assert images.read_bytes(path) == b"abc"


@pytest.mark.parametrize(
    ("make", "state", "sentence"),
    [
        (lambda path: None, "damaged", "film.png is not there"),
        (lambda path: path.mkdir(), "not_an_image", "film.png is a folder"),
        (lambda path: path.write_bytes(b""), "damaged", "the file is empty"),
    ],
)
def test_read_bytes_fails_with_a_sentence(tmp_path, make, state, sentence):
    path = tmp_path / "film.png"
    make(path)

    with pytest.raises(UnreadableImageError, match=sentence) as caught:
        images.read_bytes(path)

    assert caught.value.state == state
    assert str(tmp_path) not in caught.value.message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_read_bytes_does_not_wait_on_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(UnreadableImageError, match="not an ordinary file"):
        images.read_bytes(tmp_path / "pipe")


def test_read_bytes_refuses_a_file_without_permission(tmp_path):
    class Locked(type(tmp_path)):
        def read_bytes(self):
            raise PermissionError(13, "Permission denied")

    (tmp_path / "film.png").write_bytes(b"1")

    with pytest.raises(UnreadableImageError, match=r"film.png may not be read"):
        images.read_bytes(Locked(tmp_path / "film.png"))


def test_read_bytes_refuses_a_file_larger_than_memory_allows(tmp_path):
    with (tmp_path / "film.dcm").open("wb") as file:
        file.truncate(images.MAX_FILE_BYTES + 1)  # sparse: takes no space

    with pytest.raises(UnreadableImageError, match="larger than 4 GB") as caught:
        images.read_bytes(tmp_path / "film.dcm")

    assert caught.value.state == "unsupported"


def test_read_bytes_names_a_failing_drive(tmp_path):
    class Failing(type(tmp_path)):
        def read_bytes(self):
            raise OSError(5, "Input/output error")

    (tmp_path / "film.png").write_bytes(b"1")

    with pytest.raises(UnreadableImageError, match="cannot be read from its drive"):
        images.read_bytes(Failing(tmp_path / "film.png"))


def test_digest_is_16_bytes_of_the_content_alone():
    assert len(images.content_digest(b"a")) == 16
    assert images.content_digest(b"a") == images.content_digest(b"a")
    assert images.content_digest(b"a") != images.content_digest(b"b")


def test_decode_goes_by_content_and_not_by_name():
    decoded = images.decode(_png(51), name="folder/scan.dcm")

    np.testing.assert_allclose(decoded.pixels, np.full((3, 4), 0.2), atol=1e-6)
    assert (decoded.frame, decoded.frame_count, decoded.patient_id) == (0, 1, None)


def test_patient_id_is_not_in_the_repr():
    decoded = images.Decoded(np.zeros((1, 1), np.float32), 0, 1, patient_id="4711")

    assert "4711" not in repr(decoded)


def test_empty_content_is_damaged():
    with pytest.raises(UnreadableImageError, match=r"film\.png is damaged") as caught:
        images.decode(b"", name="/home/me/film.png")

    assert caught.value.state == "damaged"
    assert "/home" not in caught.value.message


def test_later_frame_of_a_plain_picture_is_refused():
    with pytest.raises(UnreadableImageError, match="holds one picture only"):
        images.decode(_png(), name="film.png", frame=1)


def test_import_leaves_no_qt_paths_of_opencv_and_loads_nothing_heavy():
    script = (
        "import os, sys; import medhash_gui.images; "
        "print([k for k in os.environ if k.startswith('QT_QPA_P') or 'FONTDIR' in k]);"
        "print([m for m in ('pydicom', 'torch', 'onnxruntime', 'PySide6')"
        " if m in sys.modules])"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("QT_")}

    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )

    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


@pytest.mark.parametrize(
    ("folder", "shape_ends"),
    [
        ("cxr_nih_320", (320, 320)),
        ("cxr_kermany_224", (224, 224, 3)),
        ("fundus_idrid_512", None),
        ("fullres_samples", None),
    ],
)
def test_real_pictures_are_all_decoded(folder, shape_ends):
    root = REAL / folder
    if not root.is_dir():
        pytest.skip(f"the public data set {folder} is not on this machine")

    found = [f for f in images.scan(root) if not f.path.endswith((".csv", ".txt"))]
    for file in found[:: max(1, len(found) // 300)]:
        decoded = images.decode(images.read_bytes(root / file.path), name=file.path)
        assert decoded.pixels.dtype == np.float32
        assert 0 <= decoded.pixels.min() < decoded.pixels.max() <= 1
        assert shape_ends is None or decoded.pixels.shape == shape_ends


@pytest.mark.parametrize(
    ("text", "every"),
    [("middle", 0), ("ALL", 1), ("every 5", 5), (" 5 ", 5), ("every5", 5), ("1", 1)],
)
def test_choice_of_frames_is_read_from_text_and_written_back(text, every):
    choice = images.FrameChoice.parse(text)

    assert choice == images.FrameChoice(every)
    assert images.FrameChoice.parse(str(choice)) == choice


@pytest.mark.parametrize("text", ["", "some", "every", "0", "-2", "every 0", "2.5"])
def test_text_that_names_no_choice_of_frames_is_a_sentence(text):
    with pytest.raises(SettingsError, match="which frames to index") as caught:
        images.FrameChoice.parse(text)

    assert "every 5" in caught.value.hint


def test_choice_of_frames_gives_ascending_frames():
    assert images.FrameChoice().of(1) == (0,)
    assert images.FrameChoice().of(10) == (5,)
    assert images.FrameChoice(1).of(3) == (0, 1, 2)
    assert images.FrameChoice(4).of(10) == (0, 4, 8)
    assert images.FrameChoice(4).of(1) == (0,)
    with pytest.raises(SettingsError):
        images.FrameChoice(-1)


def test_opened_picture_is_decoded_when_asked_for():
    opened = images.open_image(_png(51), name="folder/film.png")

    assert (opened.name, opened.frame_count, opened.details) == ("film.png", 1, ())
    assert opened.frames(images.FrameChoice(3)) == (0,)
    decoded = opened.picture()
    np.testing.assert_allclose(decoded.pixels, np.full((3, 4), 0.2), atol=1e-6)
    assert (decoded.frame, decoded.view, decoded.views) == (0, 0, ())


def test_a_large_file_that_is_no_picture_is_not_read_whole(
    tmp_path, monkeypatch
) -> None:
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        file.write(b"\0\0\0\x18ftypmp42")
        file.truncate(64 * 2**20)  # sparse

    def refuse(_: Path) -> bytes:
        raise AssertionError

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UnreadableImageError) as raised:
        images.read_bytes(path)

    assert raised.value.state == "not_an_image"
