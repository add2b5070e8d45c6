"""Settings: their defaults, what is kept, and what a spoiled file does."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from medhash_gui import overlay, paths
from medhash_gui.errors import SettingsError
from medhash_gui.settings import BY_KEY, SETTINGS, Settings


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.json"


def test_every_default_is_possible_and_every_setting_is_named_once():
    assert [s.problem(s.default) for s in SETTINGS] == [""] * len(SETTINGS)
    assert len(BY_KEY) == len(SETTINGS)
    assert all(setting.label for setting in SETTINGS)


def test_colour_maps_are_those_of_the_overlay():
    assert BY_KEY["colour_map"].choices == overlay.COLOUR_MAPS


def test_without_a_file_the_defaults_hold(file):
    settings = Settings.load(file)

    assert settings.problems == ()
    assert settings.text("theme") == "dark"
    assert settings.whole("top") == 24
    assert settings.text("patients") == "exclude"
    assert settings.number("overlay_opacity") == 0.45
    assert settings.whole("decode_workers") == 0
    assert settings.flag("accepted_research_notice") is False
    assert settings.text("last_library") == ""
    assert settings.flag("show_patient_banner") is True
    assert not file.exists()


def test_the_users_file_is_read_by_default():
    first = Settings.load()
    first.set("theme", "light")
    first.save()

    assert first.file == paths.settings_file()
    assert Settings.load().text("theme") == "light"


def test_only_what_differs_from_the_default_is_written(file):
    settings = Settings.load(file)
    settings.set("theme", "light")
    settings.set("top", 24)
    settings.set("overlay_opacity", 1)
    settings.save()

    assert json.loads(file.read_text()) == {"overlay_opacity": 1.0, "theme": "light"}


def test_values_survive_saving(file):
    chosen = {
        "theme": "system",
        "top": 200,
        "patients": "group",
        "overlay_opacity": 0.0,
        "colour_map": "magma",
        "device": "cpu",
        "decode_workers": 3,
        "accepted_research_notice": True,
        "last_library": "/データ/lib 1.medhash",
        "show_patient_banner": False,
    }
    settings = Settings.load(file)
    for key, value in chosen.items():
        settings.set(key, value)
    settings.save()

    read = Settings.load(file)

    assert {key: read[key] for key in chosen} == chosen
    assert read.problems == ()


def test_reset_goes_back_to_the_default(file):
    settings = Settings.load(file)
    settings.set("top", 50)
    settings.reset("top")
    settings.save()

    assert settings.whole("top") == 24
    assert json.loads(file.read_text()) == {}


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("theme", "pink", "'Theme' must be one of dark, light, system, not 'pink'"),
        ("top", 11, "'Hits shown' must be a whole number from 12 to 200, not 11"),
        ("top", 24.0, "must be a whole number"),
        ("top", True, "must be a whole number"),
        ("overlay_opacity", 1.01, "must be a number from 0 to 1, not 1.01"),
        ("overlay_opacity", float("nan"), "must be a number"),
        ("overlay_opacity", True, "must be a number"),
        ("show_patient_banner", 1, "must be true or false, not 1"),
        ("last_library", None, "must be text, not None"),
    ],
)
def test_impossible_value_is_refused_and_the_old_one_stays(file, key, value, sentence):
    settings = Settings.load(file)

    with pytest.raises(SettingsError, match=sentence):
        settings.set(key, value)

    assert settings[key] == BY_KEY[key].default


def test_unknown_key_is_reported_and_kept(file):
    file.write_text('{"hologram": [1, 2], "top": 30}')

    settings = Settings.load(file)
    settings.set("theme", "light")
    settings.save()

    assert settings.whole("top") == 30
    assert settings.problems == (
        "The setting 'hologram' is not known to this version of MedHash.",
    )
    assert json.loads(file.read_text())["hologram"] == [1, 2]


def test_impossible_value_in_the_file_is_reported_and_the_default_holds(file):
    file.write_text('{"top": 5, "theme": "light"}')

    settings = Settings.load(file)

    assert settings.whole("top") == 24
    assert settings.text("theme") == "light"
    assert "'top' must be a whole number from 12 to 200, not 5" in settings.problems[0]


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_damaged_file_is_reported_and_kept_beside_the_next(file, text):
    file.write_bytes(text)

    settings = Settings.load(file)
    settings.set("top", 30)
    settings.save()

    assert "are damaged; the defaults are used" in settings.problems[0]
    assert file.with_name("settings.json.damaged").read_bytes() == text
    assert Settings.load(file).whole("top") == 30


def test_file_that_cannot_be_read_is_reported(tmp_path):
    (tmp_path / "settings.json").mkdir()

    settings = Settings.load(tmp_path / "settings.json")

    assert "cannot be read" in settings.problems[0]
    assert settings.whole("top") == 24


def test_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    settings = Settings(tmp_path / "file" / "settings.json")

    with pytest.raises(SettingsError, match="cannot be written to") as caught:
        settings.save()

    assert caught.value.hint


def test_failed_saving_leaves_the_old_file_and_nothing_else(file, monkeypatch):
    settings = Settings.load(file)
    settings.set("top", 30)
    settings.save()
    settings.set("top", 40)

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match="No space left"):
        settings.save()

    assert Settings.load(file).whole("top") == 30
    assert [path.name for path in file.parent.glob("*settings*")] == ["settings.json"]


def test_settings_load_without_numpy_or_opencv():
    program = (
        "import sys, medhash_gui.settings;"
        "print([m for m in ('numpy', 'cv2', 'PySide6') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
