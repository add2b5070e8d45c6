"""Which model and which device make the codes."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from command_runs import install_tiny, noise, write_study
from tiny_bundle import pictures

from medhash_gui import encoders, engine, paths
from medhash_gui.bundle import ModelBundle
from medhash_gui.catalogue import FoundBundle
from medhash_gui.errors import DatasetError, DeviceError


@pytest.fixture(autouse=True)
def only_the_users_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "packaged_models", lambda: tmp_path / "packaged")


@pytest.fixture
def found() -> FoundBundle:
    card = install_tiny()
    return FoundBundle(card, paths.user_models() / card.name, "user")


class FakeTorchEncoder:
    """Stands for torch where none is wanted in a test."""

    refused = False

    def __init__(self, folder: Path, *, device: str) -> None:
        if self.refused:
            message = "torch sees no such device."
            raise DeviceError(message)
        self.folder, self.device = folder, device


@pytest.fixture
def fake_torch(monkeypatch: pytest.MonkeyPatch) -> type[FakeTorchEncoder]:
    class Fresh(FakeTorchEncoder):
        pass

    module: Any = ModuleType("medhash_gui.torch_encoder")
    module.TorchEncoder = Fresh
    monkeypatch.setitem(sys.modules, "medhash_gui.torch_encoder", module)
    return Fresh


def test_auto_without_a_gpu_is_the_processor(
    found: FoundBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "cuda_visible", lambda: False)
    monkeypatch.setitem(sys.modules, "medhash_gui.torch_encoder", None)

    encoder = encoders.open_encoder(found, "auto")

    assert isinstance(encoder, ModelBundle)
    assert encoder.device == "cpu"


def test_auto_with_a_gpu_is_torch_on_it(
    found: FoundBundle,
    fake_torch: type[FakeTorchEncoder],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "cuda_visible", lambda: True)

    encoder = encoders.open_encoder(found, "auto")

    assert isinstance(encoder, fake_torch)
    assert encoder.device == "cuda"


@pytest.mark.parametrize("installed", [True, False])
def test_auto_falls_back_when_torch_cannot_use_the_gpu(
    found: FoundBundle,
    fake_torch: type[FakeTorchEncoder],
    monkeypatch: pytest.MonkeyPatch,
    *,
    installed: bool,
) -> None:
    fake_torch.refused = True
    if not installed:
        monkeypatch.setitem(sys.modules, "medhash_gui.torch_encoder", None)
    monkeypatch.setattr(engine, "cuda_visible", lambda: True)
    monkeypatch.setattr(engine, "available_devices", lambda: ("cpu",))

    encoder = encoders.open_encoder(found, "auto")

    assert isinstance(encoder, ModelBundle)
    with pytest.raises(DeviceError):
        encoders.open_encoder(found, "cuda")


def test_cuda_where_none_is_says_so(
    found: FoundBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "cuda_visible", lambda: False)

    with pytest.raises(DeviceError, match="no CUDA device") as caught:
        encoders.open_encoder(found, "cuda")

    assert "--device" in caught.value.hint


def test_fit_is_the_model_that_knows_the_pictures(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", seed=0)
    install_tiny(bits=8, known=noise(80))
    card = install_tiny(known=pictures(80, seed=50))

    fit = encoders.for_folder(study)

    assert fit.found.card.name == card.name
    assert fit.is_familiar


def test_folder_without_a_picture_says_what_lies_there(tmp_path: Path) -> None:
    install_tiny()
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("Dear colleague")

    with pytest.raises(DatasetError, match="None of the 1 files"):
        encoders.for_folder(tmp_path / "letters")
