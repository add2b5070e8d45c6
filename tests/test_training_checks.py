"""What would spoil a run is said before it begins, with a way out."""

from __future__ import annotations

import shutil

import pytest
import torch
from torch import nn
from training_runs import PLAIN, finish, quick, write_picture, write_set

from medhash_gui.datasets import Source
from medhash_gui.errors import (
    DatasetError,
    DeviceError,
    SettingsError,
    TrainingDivergedError,
)
from medhash_gui.hashing import METHODS, plain
from medhash_gui.hashing.method import Method, Stage
from medhash_gui.training import precision as training_precision
from medhash_gui.training import training
from medhash_gui.training.events import EpochReport, Started, Warned


def refusal(config, kind=DatasetError):
    """Return what a run refuses to begin with; it must not get to an epoch."""
    events = []
    with pytest.raises(kind) as refused:
        events.extend(training.follow(config))
    assert not any(isinstance(event, EpochReport) for event in events)
    assert refused.value.hint
    return refused.value.message


def warnings_of(config):
    """Return the warnings of a run, up to its first step."""
    steps = training.follow(config)
    found = []
    for event in steps:
        if isinstance(event, Started):
            steps.close()
            return found
        if isinstance(event, Warned):
            found.append(event.message)
    pytest.fail("the run did not start")


@pytest.fixture
def folder(tmp_path):
    return write_set(tmp_path / "set", patients=24)


def relabel(folder, change):
    """Rewrite the table: ``change`` maps number, label and patient to new ones."""
    rows = (folder / "labels.csv").read_text(encoding="utf-8").splitlines()
    done = [rows[0]]
    for row in rows[1:]:
        file, label, patient = row.split(",")
        label, patient = change(int(file.split(".")[0]), label, patient)
        done.append(f"{file},{label},{patient}")
    (folder / "labels.csv").write_text("\n".join(done), encoding="utf-8")
    return folder


def test_one_class_only(folder):
    relabel(folder, lambda n, label, patient: ("dark", patient))

    assert "at least two labels" in refusal(quick(folder))


def test_one_class_only_in_the_training_part(folder):
    relabel(folder, lambda n, label, patient: ("odd" if n == 0 else "dark", patient))
    messages = []
    for seed in range(1, 30):
        try:
            warnings_of(quick(folder, seed=seed))
        except DatasetError as error:
            messages.append(error.message)

    assert any("has the same label, dark" in message for message in messages)


def test_one_patient_only(folder):
    relabel(folder, lambda n, label, patient: (label, "same"))

    assert "of one patient" in refusal(quick(folder))


def test_fewer_pictures_than_a_batch(folder):
    message = refusal(quick(folder, batch=1000))

    assert "fewer than the batch of 1000" in message


def test_a_class_with_one_picture_is_a_warning(folder):
    relabel(folder, lambda n, label, patient: ("rare" if n == 5 else label, patient))

    assert any(
        "only one picture with the label rare" in m for m in warnings_of(quick(folder))
    )


def test_pictures_without_a_label_are_counted(folder):
    relabel(folder, lambda n, label, patient: ("" if n < 3 else label, patient))

    [message] = [m for m in warnings_of(quick(folder)) if "no label" in m]

    assert message.startswith("3 of 48 files have no label")


def test_identical_files_with_different_labels_are_refused(folder):
    shutil.copy(folder / "0.png", folder / "2.png")

    message = refusal(quick(folder, test=0.0))

    assert "more than once with different labels" in message
    assert "0.png (dark)" in message
    assert "2.png (bright)" in message


def test_identical_files_in_two_parts_leak(folder):
    # Pictures of one label, so that nothing but the leak is wrong with them.
    for n in range(4, 48, 4):
        shutil.copy(folder / "0.png", folder / f"{n}.png")

    assert any(
        "lie in two parts under different names" in m
        for m in warnings_of(quick(folder))
    )


def test_unknown_patients_are_a_warning(tmp_path):
    for n in range(40):
        label = ("dark", "bright")[n % 2]
        write_picture(tmp_path / label / f"{n}.png", [[n * 6] * 8] * 8)
    config = quick(tmp_path, sources=(Source("toy", tmp_path),))

    assert any(
        "patients of 40 pictures are not known" in m for m in warnings_of(config)
    )


def test_a_split_by_image_says_that_it_leaks(folder):
    steps = training.follow(quick(folder, split_by="image"))
    events = []
    for event in steps:
        events.append(event)
        if isinstance(event, Started):
            break
    steps.close()

    assert events[-1].leaks
    assert any("The split leaks" in getattr(e, "message", "") for e in events)


def test_a_split_by_patient_does_not_leak(folder):
    events, _ = finish(quick(folder, epochs=1))

    assert [event.leaks for event in events if isinstance(event, Started)] == [False]
    assert not any("leaks" in getattr(event, "message", "") for event in events)


def test_an_unreadable_picture_is_named(folder):
    (folder / "7.png").write_bytes(b"no picture")

    messages = set()
    for seed in (1, 2, 3, 4):
        try:
            warnings_of(quick(folder, seed=seed, test=0.0))
        except DatasetError as error:
            messages.add(error.message.partition(" of toy")[0])

    assert messages == {"7.png"}


def test_random_starting_numbers_are_a_warning(folder):
    assert any("starts from random numbers" in m for m in warnings_of(quick(folder)))


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"method": "magic"}, "no hashing method 'magic'"),
        ({"options": {"backbone": "vgg"}}, "no backbone 'vgg'"),
        ({"options": {"colour": 1}}, "has no option colour"),
        ({"bits": 0}, "code of 0 bits"),
        ({"epochs": 0}, "run of 0 epochs"),
        ({"batch": 1}, "batch of 1 pictures has no pairs"),
        ({"validation": 0.0}, "must be above 0"),
        ({"validation": 0.5, "test": 0.5}, "leave nothing to learn"),
        ({"rate_new": 0.0}, "Learning rates must be above 0"),
        ({"precision": "int8"}, "no precision 'int8'"),
        ({"split_by": "colour"}, "no split by 'colour'"),
    ],
)
def test_impossible_settings_are_refused_before_a_file_is_read(
    tmp_path, changes, match
):
    settings = quick(tmp_path / "is not even there", **changes)

    assert match in refusal(settings, SettingsError)


def test_float16_is_refused_on_a_processor(folder):
    message = refusal(quick(folder, precision="float16"), DeviceError)

    assert "float16 is for CUDA devices" in message


def test_bfloat16_is_refused_where_the_processor_lacks_it(folder, monkeypatch):
    monkeypatch.setattr(training_precision, "has_bfloat16", lambda device: False)

    message = refusal(quick(folder, precision="bfloat16"), DeviceError)

    assert "does not compute in bfloat16" in message


def test_bfloat16_trains_in_bfloat16_and_ends_in_float32(folder, monkeypatch):
    # Processors without instructions for it compute it nevertheless, slowly.
    monkeypatch.setattr(training_precision, "has_bfloat16", lambda device: True)
    seen = set()
    original = plain.HashNetwork.forward

    def watched(self, images):
        output = original(self, images)
        seen.add((self.training, output.logits.dtype))
        return output

    monkeypatch.setattr(plain.HashNetwork, "forward", watched)

    _, run = finish(quick(folder, epochs=1, precision="bfloat16"))

    assert seen == {(True, torch.bfloat16), (False, torch.float32)}
    assert {p.dtype for p in run.network.parameters()} == {torch.float32}


class Growing(nn.Module):
    """A loss that grows a thousandfold each batch."""

    def __init__(self):
        super().__init__()
        self.scale = 1.0

    def forward(self, output, targets):
        self.scale *= 1000
        return {"growing": output.logits.square().mean() * 0 + self.scale}


def test_a_term_that_explodes_is_named_with_its_epoch(folder, monkeypatch):
    stage = Stage("hash", lambda _sizes, _options: Growing(), plain.groups)
    method = Method(
        name="growing",
        title="Growing",
        paper="none",
        network=plain.network,
        stages=(stage,),
        explains="grad-cam",
        defaults=METHODS["dpsh"].defaults,
    )
    monkeypatch.setitem(METHODS, "growing", method)

    with pytest.raises(TrainingDivergedError, match="epoch 1: the term growing explod"):
        finish(quick(folder, method="growing"))


def test_too_little_memory_is_a_sentence(folder, monkeypatch):
    def full(self, images):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(plain.HashNetwork, "forward", full)

    with pytest.raises(
        DeviceError, match="too small for 8 pictures of 32 px"
    ) as failed:
        finish(quick(folder, options=PLAIN))

    assert "batch of 4" in failed.value.hint
