"""The command line: grammar, exit codes, and the commands that take one step."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from command_runs import install_tiny, medhash, write_study

from medhash_gui import __main__, __version__, command_line, paths
from medhash_gui.command import grammar
from medhash_gui.command_line import WindowRequest
from medhash_gui.errors import MedHashError


@pytest.fixture(autouse=True)
def only_the_users_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "packaged_models", lambda: tmp_path / "packaged")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    install_tiny()
    study, place = write_study(tmp_path / "study"), tmp_path / "lib.medhash"
    assert medhash("index", study, "--library", place).code == 0
    return place


# ------------------------------------------------------------------------- grammar
@pytest.mark.parametrize(
    "words",
    [
        ("unknown",),
        ("index", "folder"),
        ("index", "f", "--library", "l", "--device", "tpu"),
        ("index", "f", "--library", "l", "--label-column", "x"),
        ("search", "lib"),
        ("search", "lib", "image", "--top", "0"),
        ("search", "lib", "image", "--top", "many"),
        ("search", "lib", "image", "--within", "-1"),
        ("search", "lib", "image", "--patients", "some"),
        ("search", "lib", "image", "--where", "patient=1"),
        ("search", "lib", "image", "--where", "label="),
        ("info",),
    ],
)
def test_wrong_usage_ends_with_2_and_the_usage(words: tuple[str, ...]) -> None:
    ran = medhash(*words)

    assert ran.code == 2
    assert ran.err.startswith("usage: medhash")
    assert not ran.out


def test_help_and_version_end_with_0() -> None:
    assert medhash("--help").code == 0
    ran = medhash("--version")

    assert (ran.code, ran.out.strip()) == (0, f"medhash {__version__}")


@pytest.mark.parametrize("command", ["index", "search", "info", "models", "sample"])
def test_every_command_explains_itself(command: str) -> None:
    ran = medhash(command, "--help")

    assert ran.code == 0
    assert "--json" in ran.out


# ---------------------------------------------------------------------- exit codes
def test_failure_is_a_sentence_a_hint_and_code_3(tmp_path: Path) -> None:
    ran = medhash("info", tmp_path / "none.medhash")

    assert ran.code == 3
    first, second = ran.err.splitlines()
    assert first.startswith("medhash: ")
    assert "none.medhash" in first
    assert second.startswith("  ")
    assert not ran.out


def test_failure_under_json_is_an_object_on_the_last_line(tmp_path: Path) -> None:
    ran = medhash("info", tmp_path / "none.medhash", "--json")

    assert ran.code == 3
    error = ran.answer["error"]
    assert error["type"] == "LibraryError"
    assert "none.medhash" in error["message"]
    assert error["hint"]
    assert error["message"] in ran.err


def test_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(command_line._COMMANDS, "models", interrupted)

    ran = medhash("models", "--json")

    assert ran.code == 130
    assert "Cancelled" in ran.err
    assert ran.answer["error"]["type"] == "Cancelled"


def test_reader_that_closes_the_pipe_is_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    monkeypatch.setattr(sys, "stdout", stream)

    code = command_line.main(["models"], open_window=lambda request: 0)

    assert code == 0
    stream.close()  # what is left in its buffer goes nowhere, without a complaint


def test_bug_is_not_hidden_behind_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> int:
        message = "a bug"
        raise ZeroDivisionError(message)

    monkeypatch.setitem(command_line._COMMANDS, "models", broken)

    with pytest.raises(ZeroDivisionError):
        medhash("models")


# ---------------------------------------------------------------- info, models, …
def test_info_counts_pictures_and_names_model_and_root(
    library: Path, tmp_path: Path
) -> None:
    ran = medhash("info", library, "--json")

    answer = ran.answer
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 1
    assert answer["images"] == 8
    assert answer["hidden"] == 0
    assert answer["bits"] == 16
    assert answer["format_version"] == 3
    assert (answer["patients"], answer["cases"]) == (0, 0)
    assert answer["choices"] == {"class_folders": True}
    assert answer["root"] == str(tmp_path / "study")
    assert answer["labels"] == {"light": 4, "dark": 4}
    assert len(answer["model_id"]) == 16


def test_info_for_people_has_no_json(library: Path) -> None:
    ran = medhash("info", library)

    assert "images          8" in ran.out
    assert "{" not in ran.out


def test_models_lists_what_is_there_and_names_the_broken_one() -> None:
    card = install_tiny()
    broken = paths.user_models() / "broken"
    broken.mkdir()
    (broken / "card.json").write_text("not json")

    ran = medhash("models", "--json")

    assert ran.code == 0
    assert ran.answer == {
        "models": [
            {
                "name": card.name,
                "modality": "synthetic",
                "method": "ash",
                "backbone": "tiny",
                "bits": 16,
                "origin": "user",
                "model_id": card.model_id,
            }
        ]
    }
    assert str(broken) in ran.err


def test_models_says_so_when_there_is_none() -> None:
    ran = medhash("models")

    assert ran.code == 0
    assert "no model" in ran.out


def test_sample_draws_both_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from medhash_gui import phantoms

    draw = phantoms.draw_samples
    monkeypatch.setattr(
        phantoms, "draw_samples", lambda folder: draw(folder, patients_per_class=1)
    )

    ran = medhash("sample", tmp_path / "samples", "--json")

    assert ran.code == 0
    assert [Path(folder).name for folder in ran.answer["folders"]] == [
        "chest-film",
        "fundus",
    ]
    assert phantoms.is_complete(tmp_path / "samples")


def test_sample_refuses_a_folder_of_other_things(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    ran = medhash("sample", tmp_path)

    assert ran.code == 3
    assert "holds other files" in ran.err


# -------------------------------------------------------------------------- window
@pytest.fixture
def no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        # setenv first, so that what a command sets is undone after the test
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.fixture
def screen(no_screen: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":7")


@pytest.mark.usefixtures("screen")
def test_no_command_opens_the_window() -> None:
    assert medhash().windows == [WindowRequest()]


def test_no_words_are_what_the_grammar_makes_of_the_window() -> None:
    assert grammar.parse([]) == grammar.parse(["window"])


@pytest.mark.usefixtures("screen")
def test_options_without_a_command_are_the_windows() -> None:
    ran = medhash("--image", "film.png")

    assert ran.windows == [WindowRequest(image=Path("film.png"))]


@pytest.mark.usefixtures("screen")
def test_window_command_takes_library_image_and_screenshot() -> None:
    ran = medhash("window", "l.medhash", "--image", "a.png", "--screenshot", "w.png")

    assert ran.windows == [
        WindowRequest(Path("l.medhash"), Path("a.png"), Path("w.png"))
    ]
    assert "QT_QPA_PLATFORM" not in os.environ


@pytest.mark.usefixtures("no_screen")
def test_window_without_a_screen_is_a_sentence_not_an_abort() -> None:
    ran = medhash()

    assert ran.code == 3
    assert not ran.windows
    assert "no screen" in ran.err
    assert "--screenshot" in ran.err


@pytest.mark.usefixtures("no_screen")
def test_screenshot_without_a_screen_is_drawn_offscreen() -> None:
    ran = medhash("--screenshot", "w.png")

    assert ran.windows == [WindowRequest(screenshot=Path("w.png"))]
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"


def test_entry_point_hands_its_words_to_the_command_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())

    assert __main__.main(["models"]) == 0


def test_window_that_cannot_load_qt_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Where other tests have loaded it, it is also an attribute of its package.
    monkeypatch.delattr("medhash_gui.ui.app", raising=False)
    monkeypatch.setitem(sys.modules, "medhash_gui.ui.app", None)

    with pytest.raises(MedHashError, match="cannot be opened") as caught:
        __main__._open_window(WindowRequest())

    assert "medhash doctor" in caught.value.hint
