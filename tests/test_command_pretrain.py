"""The command ``pretrain`` streams events, and says what is wrong in a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from command_runs import medhash, write_png
from test_pretraining import blobs, one_thread

from medhash_gui.hashing import backbone
from medhash_gui.pretraining import pretraining
from medhash_gui.pretraining.config import Event, PretrainingConfig, Skipped, Warned
from medhash_gui.training import precision as training_precision

__all__ = ["one_thread"]  # a fixture that holds here, too

SHORT = ("--backbone", "small", "--epochs", "2", "--batch", "8", "--size", "32",
         "--device", "cpu")  # fmt: skip


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for number, drawn in enumerate(blobs(20)):
        write_png(folder / f"{number:02d}.png", drawn / 255.0)
    return folder


def events_of(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_programs_get_one_event_a_line(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "trunk.safetensors"

    ran = medhash("pretrain", films, *SHORT, "--out", out, "--json")

    assert ran.code == 0, ran.err
    events = events_of(ran.out)
    names = [event["event"] for event in events if event["event"] != "progress"]
    assert names == ["started", "warning", "warning", "epoch", "epoch", "finished"]
    epochs = [event for event in events if event["event"] == "epoch"]
    assert epochs[1]["epoch"] == 2
    assert epochs[1]["loss"] == pytest.approx(sum(epochs[1]["terms"].values()))
    assert {"spread", "mean_cosine", "alignment", "uniformity"} <= set(epochs[0])
    assert events[-1]["pictures"] == 20
    assert backbone.weights("small", out)


def test_people_get_a_line_an_epoch(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "trunk.safetensors"

    ran = medhash("pretrain", films, *SHORT, "--out", out)

    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0].startswith("20 pictures (0 files left out, 0 copies), small on cpu")
    assert lines[1].startswith("epoch   1 of 2  loss")
    assert lines[-1] == f"The weights of the trunk are in {out}"
    assert "starts from random numbers" in ran.err


def test_a_failure_is_an_event_of_its_own(films: Path, tmp_path: Path) -> None:
    words = ("--backbone", "resnet99", "--out", tmp_path / "trunk.safetensors")

    ran = medhash("pretrain", films, *words, "--json")

    assert ran.code == 3
    assert ran.answer["error"]["message"] == "There is no backbone 'resnet99'."
    assert "mobilenet_v2" in ran.answer["error"]["hint"]


def test_starting_weights_that_are_not_there_are_named(
    films: Path, tmp_path: Path
) -> None:
    out = tmp_path / "trunk.safetensors"

    ran = medhash("pretrain", films, *SHORT, "--out", out, "--weights", "gone.st")

    assert ran.code == 3
    assert "The starting weights gone.st cannot be read" in ran.err
    assert not list(tmp_path.glob("trunk*"))


def test_ctrl_c_says_how_to_go_on(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> Iterator[Event]:
        yield Warned("about to stop")
        raise KeyboardInterrupt

    monkeypatch.setattr(pretraining, "pretrain", interrupted)

    ran = medhash("pretrain", films, *SHORT, "--out", tmp_path / "t.safetensors")

    assert ran.code == 130
    assert "--resume" in ran.err


def test_only_the_first_of_many_unreadable_files_scroll_by(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def many(*_: object, **__: object) -> Iterator[Event]:
        yield from (Skipped(f"{number}.png", "damaged") for number in range(50))
        raise KeyboardInterrupt

    monkeypatch.setattr(pretraining, "pretrain", many)

    ran = medhash("pretrain", films, *SHORT, "--out", tmp_path / "t.safetensors")

    assert ran.err.count("left out: ") == 20


def test_options_reach_the_run(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[PretrainingConfig, dict[str, Any]]] = []

    def remembered(
        folder: Path, config: PretrainingConfig, **named: object
    ) -> Iterator[Event]:
        assert folder == films
        seen.append((config, named))
        yield Warned("stop")
        raise KeyboardInterrupt

    monkeypatch.setattr(pretraining, "pretrain", remembered)
    medhash(
        "pretrain", films, *SHORT, "--out", tmp_path / "t.safetensors", "--queue", "7",
        "--seed", "5", "--kind", "fundus", "--trim-border", "--rate", "0.01",
        "--frozen", "2", "--weights", "w.safetensors", "--licence", "CC0", "--resume",
    )  # fmt: skip

    config, named = seen[0]
    assert config == PretrainingConfig(
        "small", size=32, epochs=2, batch=8, queue=7, seed=5, kind="fundus",
        trim_border=True, rate=0.01, frozen=2,
    )  # fmt: skip
    assert named == {
        "weights": Path("w.safetensors"),
        "out": tmp_path / "t.safetensors",
        "download": False,
        "resume": True,
        "licence": "CC0",
    }


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_named(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "trunk.safetensors"

    ran = medhash("pretrain", films, *SHORT, "--device", "cuda", "--out", out)

    assert ran.code == 3
    assert "The device cuda is not there" in ran.err


def test_weights_of_torchvision_are_asked_for_by_name(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def fetch(name: str) -> backbone.State:
        fetched.append(name)
        return backbone.trunk(name).state_dict()

    monkeypatch.setattr(backbone, "download", fetch)
    out = tmp_path / "trunk.safetensors"

    ran = medhash("pretrain", films, *SHORT, "--out", out, "--weights", "torchvision",
                  "--epochs", "1", "--json")  # fmt: skip

    assert ran.code == 0, ran.err
    assert fetched == ["small"]
    assert ran.answer["licence"].startswith("BSD-3-Clause")


def test_a_precision_that_the_device_has_not_is_refused(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_precision, "has_bfloat16", lambda device: False)
    out = tmp_path / "trunk.safetensors"

    ran = medhash("pretrain", films, *SHORT, "--precision", "bfloat16", "--out", out)

    assert ran.code == 3
    assert "does not compute in bfloat16" in ran.err
