"""Pre-training learns, goes on to the same numbers, and ends as weights of a trunk."""

from __future__ import annotations

import dataclasses
import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from command_runs import write_png

from medhash_gui.errors import (
    BundleError,
    DatasetError,
    MedHashError,
    SettingsError,
    TrainingDivergedError,
)
from medhash_gui.hashing import backbone
from medhash_gui.library import durable
from medhash_gui.pretraining import epochs as pretraining_epochs
from medhash_gui.pretraining import files as pretraining_files
from medhash_gui.pretraining import pretraining
from medhash_gui.pretraining.config import (
    Event,
    PretrainingConfig,
    PretrainingEpoch,
    Skipped,
    Started,
    Warned,
)
from medhash_gui.pretraining.epochs import Run
from medhash_gui.pretraining.pretraining import PretrainingRun

CONFIG = PretrainingConfig("small", size=32, epochs=3, batch=8, temperature=0.2)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """The networks are so small that threads would wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def blobs(count: int, *, size: int = 40, seed: int = 0) -> np.ndarray:
    """Grey pictures, each with four soft spots of its own; uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size] / size
    drawn = np.zeros((count, size, size))
    for picture in drawn:
        for _ in range(4):
            cy, cx, width = *rng.uniform(0.2, 0.8, 2), rng.uniform(0.04, 0.2)
            spot = np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * width**2))
            picture += rng.uniform(0.3, 1) * spot
    return np.round(255 * np.clip(drawn, 0, 1)).astype(np.uint8)


class InMemory:
    """Stands in for pictures on the disk."""

    def __init__(self, drawn: np.ndarray) -> None:
        self.drawn = drawn

    def __len__(self) -> int:
        return len(self.drawn)

    def take(self, rows: np.ndarray) -> np.ndarray:
        return np.repeat(self.drawn[rows][:, None], 3, axis=1)


@pytest.fixture(scope="module")
def decoded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 24 pictures, one of them twice, a text and a broken file; decoded.

    The processes that decode take seconds to start, so they do it once.
    """
    root = tmp_path_factory.mktemp("pretraining")
    for number, drawn in enumerate(blobs(24)):
        write_png(root / "films" / f"{number:02d}.png", drawn / 255.0)
    shutil.copy(root / "films" / "03.png", root / "films" / "copy.png")
    (root / "films" / "labels.csv").write_text("file,label\n")
    (root / "films" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    (root / "kept.safetensors.run").mkdir()
    reading = pretraining.pretraining_pictures.gather(
        root / "films", root / "kept.safetensors.run", size=CONFIG.stored_size
    )
    assert list(reading)[-1] == (27, 27)
    return root


@pytest.fixture
def films(decoded: Path, tmp_path: Path) -> Path:
    """The folder, its pictures decoded for a run that writes ``out.safetensors``."""
    shutil.copytree(decoded / "kept.safetensors.run", tmp_path / "out.safetensors.run")
    return decoded / "films"


def finish(
    films: Path,
    out: Path,
    config: PretrainingConfig = CONFIG,
    *,
    weights: Path | None = None,
    resume: bool = False,
) -> tuple[PretrainingRun, list[Event]]:
    events: list[Event] = []
    running = pretraining.pretrain(
        films, config, weights=weights, out=out, resume=resume
    )
    while True:
        try:
            events.append(next(running))
        except StopIteration as end:
            return end.value, events


def stop_after(epochs: int, films: Path, out: Path) -> None:
    running = pretraining.pretrain(films, CONFIG, weights=None, out=out)
    for event in running:
        if isinstance(event, PretrainingEpoch) and event.epoch == epochs:
            break
    running.close()


def epochs_of(run: Run, count: int) -> Iterator[PretrainingEpoch]:
    for epoch in range(1, count + 1):
        learning = run.learn(epoch)
        while True:
            try:
                next(learning)
            except StopIteration as end:
                yield end.value
                break


def test_the_loss_falls_and_own_views_are_found_more_often() -> None:
    config = dataclasses.replace(
        CONFIG, epochs=30, batch=16, momentum=0.97, queue=48, seed=3
    )
    student = pretraining_epochs.make_student(config, None)
    run = Run(config, student, InMemory(blobs(96)), pretrained=False)
    run.begin()

    reports = list(epochs_of(run, config.epochs))

    # Single epochs differ by the crops they happen to see.
    early, late = reports[:3], reports[-5:]
    found = [np.mean([r.found for r in part]) for part in (early, late)]
    losses = [np.mean([r.loss for r in part]) for part in (early, late)]
    assert losses[1] < 0.9 * losses[0]
    assert found[1] > 1.5 * found[0]
    assert found[1] > 0.15  # one of 96 by chance


def test_the_result_is_read_by_every_method(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.safetensors"

    run, events = finish(films, out)

    state = backbone.weights("small", out)
    fresh = pretraining_epochs.make_student(CONFIG, None).trunk.state_dict()
    assert set(state) == set(fresh)
    assert not torch.equal(state["0.weight"], fresh["0.weight"])
    said = pretraining_files.header(out)
    assert said["backbone"] == "small"
    assert said["pictures"] == 24
    assert said["epochs"] == 3
    assert said["licence"] == "random start, no foreign weights"
    assert run.epochs == tuple(e for e in events if isinstance(e, PretrainingEpoch))
    assert [path.name for path in tmp_path.iterdir()] == ["out.safetensors"]


def test_the_start_says_what_was_found(films: Path, tmp_path: Path) -> None:
    _, events = finish(films, tmp_path / "out.safetensors")

    started = next(e for e in events if isinstance(e, Started))
    assert (started.pictures, started.copies, started.skipped) == (24, 1, 1)
    assert (started.steps, started.queue) == (3, 12)
    assert [e.path for e in events if isinstance(e, Skipped)] == ["broken.png"]
    warned = " ".join(e.message for e in events if isinstance(e, Warned))
    assert "starts from random numbers" in warned
    assert "24 pictures are few" in warned


def test_a_stopped_run_goes_on_to_the_same_numbers(films: Path, tmp_path: Path) -> None:
    out, other = tmp_path / "out.safetensors", tmp_path / "other.safetensors"
    shutil.copytree(pretraining_files.run_folder(out),
                    pretraining_files.run_folder(other))  # fmt: skip

    whole, _ = finish(films, other)
    stop_after(1, films, out)
    resumed, events = finish(films, out, resume=True)

    assert next(e for e in events if isinstance(e, Started)).resumed == 1
    assert [e.terms for e in resumed.epochs] == [e.terms for e in whole.epochs]
    mine, theirs = (backbone.weights("small", path) for path in (out, other))
    assert all(torch.equal(mine[name], theirs[name]) for name in mine)


def test_another_seed_is_another_run() -> None:
    losses = []
    for seed in (1, 1, 2):
        config = dataclasses.replace(CONFIG, seed=seed)
        student = pretraining_epochs.make_student(config, None)
        run = Run(config, student, InMemory(blobs(24)), pretrained=False)
        run.begin()
        losses += [report.loss for report in epochs_of(run, 1)]

    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


def test_a_run_can_start_from_the_result_of_another(
    films: Path, decoded: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "out.safetensors", tmp_path / "two.safetensors"
    finish(films, first)
    shutil.copytree(decoded / "kept.safetensors.run",
                    pretraining_files.run_folder(second))  # fmt: skip

    frozen = dataclasses.replace(CONFIG, frozen=1, epochs=1)
    run, _ = finish(films, second, frozen, weights=first)

    before, after = (backbone.weights("small", path) for path in (first, second))
    assert run.start.name == "out.safetensors"
    assert run.start.licence == "random start, no foreign weights"
    assert torch.equal(before["0.weight"], after["0.weight"])
    assert not torch.equal(before["2.weight"], after["2.weight"])


def test_queue_is_filled_with_real_keys_and_written_once_a_step() -> None:
    config = dataclasses.replace(CONFIG, queue=12)
    student = pretraining_epochs.make_student(config, None)
    run = Run(config, student, InMemory(blobs(24)), pretrained=False)
    run.begin()
    written = []
    write = run.queue.write
    run.queue.write = lambda keys, rows: written.append(len(rows)) or write(keys, rows)  # type: ignore[method-assign]

    assert len(run.queue) == 12
    assert run.queue.keys.norm(dim=1).tolist() == pytest.approx([1] * 12)
    list(epochs_of(run, 1))

    assert written == [8, 8, 8]


def test_a_loss_that_is_no_number_is_named() -> None:
    student = pretraining_epochs.make_student(CONFIG, None)
    run = Run(CONFIG, student, InMemory(blobs(24)), pretrained=False)
    with torch.no_grad():
        student.head[0].weight.fill_(torch.nan)

    with pytest.raises(
        TrainingDivergedError, match=r"epoch 1, step 1: the loss is nan"
    ):
        list(epochs_of(run, 1))


def test_a_collapse_is_named() -> None:
    # So slow that it cannot recover.
    config = dataclasses.replace(CONFIG, rate=1e-12, rate_head=1e-12)
    student = pretraining_epochs.make_student(config, None)
    run = Run(config, student, InMemory(blobs(24)), pretrained=False)
    with torch.no_grad():
        student.head[2].weight.zero_()

    with pytest.raises(TrainingDivergedError, match="collapsed in epoch 1"):
        list(epochs_of(run, 1))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"backbone": "resnet99"}, "There is no backbone 'resnet99'"),
        ({"epochs": 0}, "A run of 0 epochs"),
        ({"batch": 1}, "A batch of 1 has nothing to mix"),
        ({"size": 4}, "Pictures of 4 px are not possible"),
        ({"queue": 0}, "A queue of 0 keys"),
        ({"queue": 24}, "A queue of 24 keys is not smaller than the set of 24"),
        ({"kind": "cat"}, "no kind of pictures 'cat'"),
        ({"precision": "int8"}, "no precision 'int8'"),
        ({"rate": 0.0}, "Learning rates must be above 0"),
        ({"momentum": 1.0}, "momentum must be in"),
        ({"temperature": 0.0}, "temperature must be above 0"),
        ({"frozen": 8}, "All 8 blocks of small would be frozen"),
    ],
)
def test_impossible_values_are_refused(
    films: Path, tmp_path: Path, changed: dict[str, object], sentence: str
) -> None:
    config = dataclasses.replace(CONFIG, **changed)  # type: ignore[arg-type]

    with pytest.raises(SettingsError, match=sentence) as failure:
        finish(films, tmp_path / "out.safetensors", config)

    assert failure.value.hint


def test_fewer_pictures_than_a_batch_are_refused(films: Path, tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, batch=25)

    with pytest.raises(DatasetError, match="24 different pictures, fewer than a batch "
                       "of 25") as failure:  # fmt: skip
        finish(films, tmp_path / "out.safetensors", config)

    assert "--batch 12" in failure.value.hint


def test_a_folder_that_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, sentence in (("gone", "is not there"), ("empty", "is empty")):
        with pytest.raises(DatasetError, match=sentence):
            finish(tmp_path / name, tmp_path / "out.safetensors")
    assert not (tmp_path / "out.safetensors.run").exists()


def test_a_result_is_never_overwritten(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.safetensors"
    out.write_bytes(b"dear weights")

    with pytest.raises(SettingsError, match="is there already"):
        finish(films, out)

    assert out.read_bytes() == b"dear weights"


def test_a_name_that_is_no_name_for_weights_is_refused(
    films: Path, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="no name for weights"):
        finish(films, tmp_path / "out.pth")


def test_an_unfinished_run_is_not_begun_anew_by_accident(
    films: Path, tmp_path: Path
) -> None:
    stop_after(1, films, tmp_path / "out.safetensors")

    with pytest.raises(SettingsError, match="unfinished run") as failure:
        finish(films, tmp_path / "out.safetensors")

    assert "--resume" in failure.value.hint


def test_a_checkpoint_of_another_run_is_refused(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.safetensors"
    stop_after(1, films, out)
    other = dataclasses.replace(CONFIG, seed=2)

    with pytest.raises(SettingsError, match="seed is 1 there and 2 here"):
        finish(films, out, other, resume=True)


def test_a_damaged_checkpoint_is_named(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.safetensors"
    stop_after(1, films, out)
    checkpoint = pretraining_files.run_folder(out) / pretraining_files.CHECKPOINT
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])

    with pytest.raises(BundleError, match="cannot be read"):
        finish(films, out, resume=True)


def test_weights_of_another_network_are_refused(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.safetensors"
    finish(films, out)
    config = dataclasses.replace(CONFIG, backbone="squeezenet1_1")

    with pytest.raises(BundleError, match=r"does not hold SqueezeNet 1\.1 weights"):
        finish(films, tmp_path / "two.safetensors", config, weights=out)


def test_a_full_disk_is_named_and_the_run_goes_on_afterwards(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.safetensors"
    place, full = durable.place, [2]

    def place_until_full(path: Path, data: bytes) -> None:
        full[0] -= 1
        if full[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        place(path, data)

    monkeypatch.setattr(durable, "place", place_until_full)
    with pytest.raises(MedHashError, match="The disk is full") as failure:
        finish(films, out)
    monkeypatch.setattr(durable, "place", place)
    run, events = finish(films, out, resume=True)

    assert "--resume" in failure.value.hint
    assert next(e for e in events if isinstance(e, Started)).resumed == 2
    assert len(run.epochs) == 3


def test_resume_without_a_checkpoint_starts_and_says_so(
    films: Path, tmp_path: Path
) -> None:
    run, events = finish(films, tmp_path / "out.safetensors", resume=True)

    assert len(run.epochs) == 3
    assert any(isinstance(e, Warned) and "from the beginning" in e.message
               for e in events)  # fmt: skip
