"""The self-test passes where everything works, and names what does not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from command_runs import medhash

from medhash_gui import catalogue, paths, phantoms
from medhash_gui.command import self_test as command_self_test
from medhash_gui.command_line import WindowRequest


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation: resources as they are shipped, here without building them."""
    shipped = tmp_path / "resources"
    for name in command_self_test.RESOURCES:
        file = shipped / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("shipped")
    monkeypatch.setattr(paths, "resource", lambda name: shipped / name)
    return shipped


def draws(request: WindowRequest) -> int:
    assert request.screenshot is not None
    cv2.imwrite(str(request.screenshot), np.zeros((4, 4), np.uint8))
    return 0


@pytest.mark.usefixtures("installed")
def test_a_whole_installation_passes_and_leaves_the_user_alone(
    clean_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")

    ran = medhash("--self-test", "--json", window=draws)

    assert ran.code == 0, ran.err
    assert ran.answer["passed"] is True
    assert [step["problem"] for step in ran.answer["steps"]] == [""] * 6
    assert paths.user_data() == clean_home
    assert not clean_home.exists()


def test_a_missing_resource_is_named_and_ends_with_1(installed: Path) -> None:
    (installed / "themes" / "dark.json").unlink()

    ran = medhash("--self-test")

    assert ran.code == 1
    assert "themes/dark.json" in ran.err
    assert ran.out.splitlines()[0] == "FAILED  icons, themes, translations"
    assert ran.out.splitlines()[-1] == "MedHash does not work here."


@pytest.mark.usefixtures("installed")
def test_an_installation_without_models_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "packaged_models", lambda: tmp_path / "none")
    assert not catalogue.find_bundles()[0]

    ran = medhash("self-test")

    assert ran.code == 1
    assert "There is no model" in ran.err


@pytest.mark.usefixtures("installed")
def test_a_window_that_does_not_come_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")

    ran = medhash("self-test", window=lambda request: 3)

    assert ran.code == 1
    assert "The window was not drawn (exit code 3)." in ran.err


@pytest.mark.usefixtures("installed")
def test_a_failure_that_nobody_foresaw_is_an_answer_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crash(*_: object, **__: object) -> None:
        message = "no room"
        raise OSError(message)

    monkeypatch.setattr(phantoms, "draw_samples", crash)

    ran = medhash("self-test", "--json")

    assert ran.code == 1
    assert ran.answer["steps"][-1]["problem"] == "OSError: no room"
