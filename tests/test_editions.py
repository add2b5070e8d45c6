"""Without PyTorch: what needs it says so with the way out, everything else goes on."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from command_runs import medhash

from medhash_gui import api, editions
from medhash_gui.errors import MissingExtraError
from medhash_gui.ui import training_tasks


@pytest.fixture
def reader_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    find: Callable[[str], ModuleSpec | None] = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "torch" else find(name),
    )


@pytest.mark.usefixtures("reader_edition")
def test_training_without_torch_names_the_extra() -> None:
    assert not editions.can_train()

    with pytest.raises(MissingExtraError, match="Training needs PyTorch") as failure:
        editions.need_training("Training")

    assert failure.value.hint == "Install it: python -m pip install 'medhash[train]'"


@pytest.mark.usefixtures("reader_edition")
def test_training_in_a_frozen_reader_edition_names_the_full_edition(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)

    assert "full edition" in editions.how_to_get_training()


@pytest.mark.usefixtures("reader_edition")
@pytest.mark.parametrize(
    "words",
    [
        ("train", "{study}", "--out", "{out}"),
        ("compare", "{study}", "--methods", "all", "--out", "{out}"),
        (
            "pretrain",
            "{study}",
            "--backbone",
            "mobilenetv2",
            "--out",
            "{out}.safetensors",
        ),
    ],
)
def test_commands_that_train_end_with_3_and_the_way_out(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    out = tmp_path / "out"

    ran = medhash(*(word.format(study=tmp_path, out=out) for word in words))

    assert ran.code == 3
    assert "needs PyTorch" in ran.err
    assert "medhash[train]" in ran.err
    assert not out.exists()


@pytest.mark.usefixtures("reader_edition")
def test_training_from_python_says_the_same(tmp_path: Path) -> None:
    with pytest.raises(MissingExtraError, match="Training needs PyTorch"):
        api.train(tmp_path, tmp_path / "out")


@pytest.mark.usefixtures("reader_edition")
def test_the_wizard_says_so_before_it_opens() -> None:
    with pytest.raises(MissingExtraError, match="Training needs PyTorch"):
        next(training_tasks.prepare())


def test_with_torch_nothing_is_in_the_way() -> None:
    editions.need_training("Training")
