"""Pictures at full size: decoded elsewhere while the window goes on."""

from __future__ import annotations

import threading

import pytest
from drops import drop
from PySide6.QtCore import QTimer

from medhash_gui import images
from medhash_gui.ui import picture


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("idrid_test_IDRiD_015.jpg", (4288, 2848)),
        ("nih_00000100_000_RGBA.png", (1024, 1024)),
    ],
)
def test_a_picture_of_full_size_is_read_while_the_window_goes_on(
    flight, library, shared_data, monkeypatch, name, size
):
    ui = threading.get_ident()
    on_ui, ticks = [], []

    def watched(call):
        def run(*arguments, **options):
            if threading.get_ident() == ui:
                on_ui.append(call.__name__)
            return call(*arguments, **options)

        return run

    for module, function in (
        (images, "open_image"),
        (images, "decode"),
        (images, "read_bytes"),
        (picture, "to_image"),
        (picture, "pyramid"),
    ):
        monkeypatch.setattr(module, function, watched(getattr(module, function)))

    def pilot(window):
        session = window.session
        yield lambda: session.facts is not None and not session.is_busy
        timer = QTimer(window)
        timer.timeout.connect(lambda: ticks.append(session.inquiry.is_searching))
        timer.start(0)
        drop(window, shared_data / "fullres_samples" / name)
        yield lambda: session.result is not None and not session.is_busy
        timer.stop()
        shown = window.pair.query.view.picture
        assert (shown.size.width(), shown.size.height()) == size

    assert flight.run(pilot, library) == 0

    assert on_ui == []
    # The loop turned while the picture was on its way, not only before and after.
    assert sum(ticks) > 1
