"""The first run: samples drawn, indexed, and shown in a window or without one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from command_runs import install_tiny, medhash

from medhash_gui import paths, phantoms
from medhash_gui.command import demo as command_demo
from medhash_gui.command_line import WindowRequest
from medhash_gui.store import CodeStore

PER_KIND = 4 * 2  # classes, and two pictures of one patient


@pytest.fixture(autouse=True)
def few_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "packaged_models", lambda: tmp_path / "packaged")
    draw = phantoms.draw_samples
    monkeypatch.setattr(
        phantoms, "draw_samples", lambda folder: draw(folder, patients_per_class=1)
    )
    install_tiny()


@pytest.fixture
def no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("no_screen")
def test_on_a_screen_the_window_opens_on_the_sample_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISPLAY", ":7")

    ran = medhash("demo")

    assert ran.code == 0, ran.err
    (request,) = ran.windows
    assert request.library == command_demo.library_of("chest-film")
    assert request.screenshot is None
    for kind in phantoms.KINDS:
        with CodeStore.open(command_demo.library_of(kind)) as store:
            assert len(store) == PER_KIND
            assert set(store.label_names()) == set(phantoms.KINDS[kind].classes)
            assert store.indexed_root == paths.samples() / kind


@pytest.mark.usefixtures("no_screen")
def test_without_a_screen_a_query_is_printed_and_a_second_run_only_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    ran = medhash("demo")

    assert ran.code == 0, ran.err
    assert ran.windows == [
        WindowRequest(
            command_demo.library_of("chest-film"),
            paths.samples() / "chest-film/consolidation/synthetic_P003_1.png",
            Path("build") / "medhash-window.png",
        )
    ]
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
    assert "Query consolidation/synthetic_P003_1.png (in the library)" in ran.out
    assert "a demonstration with drawn pictures" in ran.err
    assert "For your own: medhash index FOLDER" in ran.err
    assert str(tmp_path / "build" / "medhash-window.png") in ran.out

    picture = next(paths.samples().rglob("*.png"))
    before = picture.stat().st_mtime_ns
    again = medhash("demo", "--screenshot", "elsewhere.png")

    assert again.code == 0
    assert "drawing" not in again.err
    assert picture.stat().st_mtime_ns == before
    assert again.windows[0].screenshot == Path("elsewhere.png")


@pytest.mark.usefixtures("no_screen")
def test_sample_library_without_its_model_or_of_another_format_is_made_anew() -> None:
    medhash("demo")
    with CodeStore.open(command_demo.library_of("fundus")) as store:
        old = store.model_id
    card = install_tiny(seed=3)
    damaged = command_demo.library_of("chest-film") / "library.json"
    damaged.write_text("{}")

    ran = medhash("demo")

    assert ran.code == 0, ran.err
    with CodeStore.open(command_demo.library_of("fundus")) as store:
        assert store.model_id == card.model_id != old
        assert len(store) == PER_KIND


@pytest.mark.usefixtures("no_screen")
def test_library_that_another_window_writes_to_is_opened_as_it_is() -> None:
    medhash("demo")
    with CodeStore.open(command_demo.library_of("fundus"), writable=True):
        ran = medhash("demo")

    assert ran.code == 0
    assert "opened as it is" in ran.err
