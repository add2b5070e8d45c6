"""Files that crash, hang or bloat their decoder cost a sentence, never the window."""

from __future__ import annotations

import threading

import pytest
from drops import drop

from medhash_gui import images, picture_reader
from medhash_gui.ui import picture_process
from medhash_gui.ui.hit_list import MISSING


def answered(window) -> bool:
    return window.session.result is not None and not window.session.is_busy


# Patient enough for a sound picture on a busy machine.
LIMIT_S = 5


@pytest.fixture
def treacherous(monkeypatch):
    """Let every process that reads pictures do what the bytes ask for."""
    monkeypatch.setattr(picture_reader, "SERVER", "treacherous_codec")

    def impatient() -> picture_reader.PictureReader:
        return picture_reader.PictureReader(
            time_limit_s=LIMIT_S, memory_limit_bytes=2**30
        )

    monkeypatch.setattr(picture_process, "usual_reader", impatient)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (b"CRASH", "the decoder crashed on it"),
        (b"HANG", f"decoding took longer than {LIMIT_S} s"),
        (b"GREED", "more memory than is allowed"),
    ],
)
def test_a_file_that_kills_its_decoder_leaves_the_last_answer(
    flight, library, study, tmp_path, treacherous, trouble, words
):
    bad = tmp_path / "bad.png"
    bad.write_bytes((study / "dark" / "picture 02.png").read_bytes() + trouble)

    def pilot(window):
        session = window.session
        yield lambda: answered(window)
        result = session.result
        drop(window, bad)
        yield lambda: window.bar.notice is not None and not session.is_busy
        assert "bad.png" in window.bar.notice.text
        assert words in window.bar.notice.text
        assert session.result is result
        assert window.pair.query.view.picture.name == "picture 00.png"
        drop(window, study / "light" / "picture 01.png")
        yield (
            lambda: (
                answered(window)
                and window.pair.query.view.picture.name == "picture 01.png"
            )
        )

    image = study / "dark" / "picture 00.png"
    assert flight.run(pilot, library, "--image", image) == 0


def test_a_window_closed_over_a_file_that_hangs_ends_at_once(
    flight, library, study, tmp_path, monkeypatch
):
    monkeypatch.setattr(picture_reader, "SERVER", "treacherous_codec")
    bad = tmp_path / "bad.png"
    bad.write_bytes((study / "dark" / "picture 02.png").read_bytes() + b"HANG")

    def pilot(window):
        yield lambda: window.session.facts is not None
        drop(window, bad)
        yield lambda: window.session.inquiry.is_searching

    assert flight.run(pilot, library, seconds=30) == 0


def test_a_hit_that_kills_its_decoder_is_a_cell_without_a_picture(
    flight, library, study, treacherous
):
    file = study / "light" / "picture 01.png"
    file.write_bytes(file.read_bytes() + b"CRASH")

    def pilot(window):
        yield lambda: answered(window)
        model = window.results.hits.hits
        paths = [hit.record.path for hit in window.session.result.hits]
        row = paths.index("light/picture 01.png")
        yield lambda: model.index(row).data(MISSING)
        others = [model.index(n) for n in range(model.rowCount()) if n != row]
        yield lambda: not window.session.is_busy
        assert not any(one.data(MISSING) for one in others)

    image = study / "dark" / "picture 00.png"
    assert flight.run(pilot, library, "--image", image) == 0


def test_no_picture_of_a_query_a_hit_or_a_cell_is_decoded_in_the_window(
    flight, library, study, monkeypatch
):
    decoded_here = []

    def refuse(*_: object, **__: object):
        decoded_here.append(threading.current_thread().name)
        raise AssertionError

    monkeypatch.setattr(images, "open_image", refuse)
    monkeypatch.setattr(images, "decode", refuse)

    def pilot(window):
        yield lambda: answered(window)
        assert window.pair.hit.view.picture is not None

    image = study / "dark" / "picture 00.png"
    assert flight.run(pilot, library, "--image", image) == 0

    assert decoded_here == []
