"""The doctor says what is here, what is missing, for which task, and how to get it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from command_runs import install_tiny, medhash

from medhash_gui import __version__, doctor, engine, paths
from medhash_gui.dicom import dicom
from medhash_gui.dicom.dicom import TransferSyntax
from medhash_gui.errors import UnreadableImageError


@pytest.fixture(autouse=True)
def only_the_users_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "packaged_models", lambda: tmp_path / "packaged")


def test_examination_names_versions_devices_decoders_and_models() -> None:
    card = install_tiny()

    found = doctor.examine()

    assert found.versions["medhash"] == __version__
    assert found.versions["onnxruntime"] == importlib.metadata.version("onnxruntime")
    assert found.devices[0] == "cpu"
    assert found.models == (card.name,)


def test_dicom_decoders_are_listed() -> None:
    pytest.importorskip("pydicom", reason="DICOM is an absent capability here")

    syntaxes = {syntax.name: syntax.decoders for syntax in doctor.examine().decoders}

    assert syntaxes["JPEG Baseline (Process 1)"]


def test_absent_package_is_named_with_its_task_and_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    version = importlib.metadata.version

    def without_torch(name: str) -> str:
        if name == "torch":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", without_torch)

    found = doctor.examine()

    missing = {entry.what: entry for entry in found.missing}
    assert found.versions["torch"] == ""
    assert "training" in missing["torch"].needed_for
    assert "medhash[train]" in missing["torch"].how


def test_without_pydicom_there_are_no_decoders_and_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_pydicom() -> list[TransferSyntax]:
        message = "The table of decoders needs pydicom."
        raise UnreadableImageError(message, state="unsupported")

    monkeypatch.setattr(dicom, "decoder_table", no_pydicom)

    assert doctor.examine().decoders == ()


def test_syntax_without_a_decoder_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    table = [TransferSyntax("A", "1.2", ("x",)), TransferSyntax("B", "1.3", ())]
    monkeypatch.setattr(dicom, "decoder_table", lambda: table)

    missing = [entry.what for entry in doctor.examine().missing]

    assert "a decoder for B" in missing


def test_missing_decoders_come_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = [
        TransferSyntax("A", "1.2", (), remedy="pip install a"),
        TransferSyntax("B", "1.3", (), remedy="pip install b"),
        TransferSyntax("C", "1.4", (), remedy="pip install a"),
        TransferSyntax("D", "1.5", ("x",), "8 bits only", "for 12 bits: pip install d"),
    ]
    monkeypatch.setattr(dicom, "decoder_table", lambda: table)

    found = {entry.what: entry.how for entry in doctor.examine().missing}

    assert found["a decoder for A, C"] == "pip install a"
    assert found["a decoder for B"] == "pip install b"
    assert not any("decoder for D" in what for what in found)


def test_optional_package_is_never_missing() -> None:
    found = doctor.examine()

    assert "imagecodecs" not in {entry.what for entry in found.missing}


def test_missing_qt_libraries_become_one_apt_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    absent = {"libEGL.so.1", "libxcb-cursor.so.0", "libxcb-shape.so.0"}
    monkeypatch.setattr(doctor, "_loads", lambda library: library not in absent)
    monkeypatch.setattr(doctor.sys, "platform", "linux")

    missing = {entry.needed_for: entry for entry in doctor.examine().missing}

    assert missing["the window"].how == "sudo apt-get install libegl1"
    assert missing["the window on an X11 screen"].how == (
        "sudo apt-get install libxcb-cursor0 libxcb-shape0"
    )


def test_system_libraries_are_looked_for_on_linux_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "_loads", lambda library: False)
    monkeypatch.setattr(doctor.sys, "platform", "darwin")

    assert not any("apt-get" in entry.how for entry in doctor.examine().missing)


def test_no_model_and_broken_model_are_missing() -> None:
    broken = paths.user_models() / "broken"
    broken.mkdir(parents=True)
    (broken / "card.json").write_text("{}")

    what = [entry.what for entry in doctor.examine().missing]

    assert "any model" in what
    assert any(str(broken) in entry for entry in what)


def test_cuda_device_without_torch_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    version = doctor._version
    monkeypatch.setattr(
        doctor, "_version", lambda name: "" if name == "torch" else version(name)
    )
    monkeypatch.setattr(engine, "cuda_visible", lambda: True)
    monkeypatch.setattr(engine, "available_devices", lambda: ("cpu",))

    what = [entry.what for entry in doctor.examine().missing]

    assert "torch with CUDA" in what


def test_disk_that_is_nearly_full_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        total: int
        used: int
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(10**12, 0, 10**8))

    what = [entry.what for entry in doctor.examine().missing]

    assert any(entry.startswith("room: 0.1 GB free") for entry in what)


def test_place_that_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.os, "access", lambda place, mode: False)

    what = [entry.what for entry in doctor.examine().missing]

    assert any(entry.startswith("the right to write to") for entry in what)


def test_command_prints_text_or_one_json_line() -> None:
    install_tiny()

    text = medhash("doctor")
    ran = medhash("doctor", "--json")

    assert text.code == ran.code == 0
    assert "devices: cpu" in text.out
    if importlib.util.find_spec("pydicom"):
        assert "1.2.840.10008.1.2.4.90" in text.out
        assert "JPEG Extended (Process 2 and 4)" in text.out
    assert len(ran.out.splitlines()) == 1
    assert set(ran.answer) == {
        "versions", "devices", "decoders", "models", "folders", "missing",
        "installation",
    }  # fmt: skip
