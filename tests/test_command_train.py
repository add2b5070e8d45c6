"""The command ``train``, from the folder to the model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from command_runs import medhash
from training_runs import SIDE, write_set

from medhash_gui import run_folder
from medhash_gui.bundle import ModelBundle

QUICK = (
    *("--method", "dpsh", "--bits", "8", "--backbone", "small", "--size", SIDE),
    *("--epochs", "2", "--batch", "16", "--rate", "3e-3", "--device", "cpu"),
    *("--validation", "0.2", "--precision", "float32"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("films"), patients=40)


def words(folder, out, *more):
    table = folder / "labels.csv"
    given = ("train", folder, "--labels", table, "--out", out, *QUICK, *more)
    return [str(word) for word in given]


@pytest.fixture(scope="module")
def done(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "one"
    return medhash(*words(folder, out, "--json", "--name", "toy")), out


def test_every_event_is_a_line_and_the_last_one_is_the_end(done):
    ran, out = done

    assert ran.code == 0, ran.err
    events = [json.loads(line) for line in ran.out.splitlines()]
    kinds = [event["event"] for event in events]
    assert [kind for kind in kinds if kind not in ("warning", "progress")] == [
        *("started", "references"),
        *("epoch", "checkpoint", "neighbours") * 2,
        "finished",
    ]
    assert events == list(run_folder.events_of(out))
    assert all("time" in event for event in events)


def test_the_model_opens_and_its_card_tells_the_run(done):
    ran, out = done

    bundle = ModelBundle.open(out / "toy")

    assert bundle.card.model_id == ran.answer["model_id"]
    assert bundle.card.backbone == "small"
    assert bundle.card.training["split_by"] == "patient"
    assert bundle.card.training["precision"] == "float32"
    assert bundle.card.training["flipped_bits_torch_to_onnx"] <= 0.001
    assert "By patient" in bundle.card.split


def test_the_configuration_is_written_down(done):
    _, out = done

    values = json.loads((out / "config.json").read_text(encoding="utf-8"))

    assert (values["method"], values["bits"], values["epochs"]) == ("dpsh", 8, 2)
    assert values["augment"]["flip_horizontal"] is False
    assert values["options"]["frozen_blocks"] == 0


def test_a_folder_that_holds_a_run_is_not_overwritten(folder, done):
    _, out = done

    ran = medhash(*words(folder, out))

    assert ran.code == 3
    assert "There is a run in" in ran.err
    assert "--resume" in ran.err


def test_a_finished_run_resumes_at_once_to_the_same_model(folder, done):
    first, out = done

    ran = medhash(*words(folder, out, "--json", "--name", "toy", "--resume"))

    assert ran.code == 0, ran.err
    assert ran.answer["model_id"] == first.answer["model_id"]


def test_another_configuration_is_refused_and_the_event_says_so(folder, done):
    _, out = done

    ran = medhash(*words(folder, out, "--json", "--resume", "--seed", "9"))

    assert ran.code == 3
    assert ran.answer["error"]["type"] == "CheckpointError"
    failed = json.loads(ran.out.splitlines()[-2])
    assert failed["event"] == "failed"
    assert "seed is 1 there and 9 here" in failed["message"]


def test_people_get_a_line_an_epoch(folder, tmp_path):
    ran = medhash(*words(folder, tmp_path / "run", "--image-wise", "--flip"))

    assert ran.code == 0, ran.err
    assert "epoch 2 of 2 (hash): loss" in ran.out
    assert "The split leaks" in ran.err
    assert "MAP@10" in ran.out
    [model] = (tmp_path / "run").glob("*/card.json")
    card = json.loads(model.read_text(encoding="utf-8"))
    assert "leaks" in card["split"]
    assert card["training"]["augment"]["flip_horizontal"] is True


@pytest.mark.parametrize(
    ("more", "match"),
    [
        (("--method", "magic"), "no hashing method 'magic'"),
        (("--backbone", "vgg"), "no backbone 'vgg'"),
        (("--augment", "cat"), "no augmentation 'cat'"),
        (("--option", "colour"), "does not name an option"),
        (("--label-column", "grade"), "grade"),
        (("--weights", "nowhere.safetensors"), "nowhere.safetensors"),
        (("--views", "2"), "No block of this network is frozen"),
    ],
)
def test_wrong_wishes_are_sentences(folder, tmp_path, more, match):
    ran = medhash(*words(folder, tmp_path / "run", *more))

    assert ran.code == 3
    assert match in ran.err


def test_a_missing_folder_is_named(tmp_path):
    ran = medhash("train", tmp_path / "none", "--out", tmp_path / "run")

    assert ran.code == 3
    assert "is not there" in ran.err


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform == "win32", reason="no Ctrl-C for a child there")
def test_ctrl_c_stops_between_batches_and_resume_gives_the_same_model(folder, tmp_path):
    def start(out, *more):
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "medhash_gui"),
                *words(folder, out, "--json", "--epochs", "40", "--name", "toy", *more),
            ],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    straight, _ = start(tmp_path / "straight").communicate(timeout=200)
    stopped = start(tmp_path / "stopped")
    events = tmp_path / "stopped" / "events.jsonl"
    while not (events.is_file() and '"epoch": 3' in events.read_text("utf-8")):
        time.sleep(0.05)
        assert stopped.poll() is None
    stopped.send_signal(signal.SIGINT)
    said, _ = stopped.communicate(timeout=200)
    resumed, _ = start(tmp_path / "stopped", "--resume").communicate(timeout=200)

    assert stopped.returncode == 130
    assert json.loads(said.splitlines()[-2])["event"] == "stopped"
    ends = [json.loads(text.splitlines()[-1]) for text in (straight, resumed)]
    assert ends[0]["model_id"] == ends[1]["model_id"]
