"""A finished run becomes a bundle: complete, measured on new patients, and openable."""

from __future__ import annotations

import dataclasses
import json

import cv2
import numpy as np
import pytest

from medhash_gui import bundle, bundling
from medhash_gui.bundle import ModelBundle
from medhash_gui.bundling import About
from medhash_gui.datasets import LabelledImages, Source
from medhash_gui.preprocess import Preprocess
from medhash_gui.torch_encoder import TorchEncoder
from medhash_gui.training import training
from medhash_gui.training.training import TrainingConfig

SIDE = 32
WORDS = About(
    name="toy-ash",
    title="Toy",
    modality="synthetic",
    data=({"name": "toy", "licence": "Apache-2.0"},),
    split="by patient",
    intended_use="tests",
    limits="everything",
    licence="Apache-2.0",
    starting_weights="none",
)


def write_source(folder, name, shift, patients=90):
    rng = np.random.default_rng(shift)
    (folder / name).mkdir()
    rows = ["file,label,patient"]
    for n in range(patients):
        pixels = rng.normal((60, 190)[n % 2] + shift, 20, size=(SIDE, SIDE))
        data = cv2.imencode(".png", pixels.clip(0, 255).astype(np.uint8))[1]
        (folder / name / f"{n}.png").write_bytes(data.tobytes())
        rows.append(f"{n}.png,{('dark', 'bright')[n % 2]},p{n}")
    (folder / name / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    return Source(name, folder / name, csv="labels.csv")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    config = TrainingConfig(
        sources=(write_source(folder, "one", 0), write_source(folder, "two", 15)),
        options={"variant": "ashnet", "size": SIDE},
        bits=8,
        preprocess=Preprocess(size=SIDE),
        epochs=1,
        batch=16,
    )
    steps = training.train(config)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.fixture(scope="module")
def card_and_folder(finished, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "toy-ash"
    card = bundling.save_bundle(finished, folder, WORDS, created="2026-01-01")
    return card, folder


def test_card_holds_what_counts_meant_on_the_test_part(finished, card_and_folder):
    card, folder = card_and_folder
    known = bundle.read_card(folder).reliability

    assert known is not None
    assert known == card.reliability
    test = bundling.parts_of(finished)["test"]
    assert known.pictures == len(test)
    assert known.patients == len(set(test.groups()))
    assert known.by_patient
    assert known.of == "test pictures"
    assert all(k * 5 < known.patients for k in known.measured)


def test_where_no_patient_is_known_pictures_stand_for_them(finished):
    test = bundling.parts_of(finished)["test"]
    unknown = LabelledImages(
        tuple(dataclasses.replace(item, patient=None) for item in test.items),
        test.classes,
    )
    logits = np.random.default_rng(1).normal(size=(len(test), 8)).astype(np.float32)

    _, known = bundling.held_out_tables(unknown, logits, seed=1)

    assert known is not None
    assert not known.by_patient
    assert known.patients == len(test)


def test_bundle_opens_and_explains_with_its_own_map(card_and_folder):
    _, folder = card_and_folder
    opened = ModelBundle.open(folder)

    look = opened.look(np.full((40, 50), 0.7, np.float32))

    assert look.codes.bits == 8
    assert look.familiarity is not None
    assert opened.card.explains == "attention"


def test_card_says_what_was_measured_beside_chance(card_and_folder):
    card, _ = card_and_folder

    rows = [row for row in card.metrics if row["measure"] == "MAP@10"]

    assert [row["set"] for row in rows] == [
        f"test queries ({source}) in {where} pictures of other patients"
        for source in ("all", "one", "two")
        for where in ("training", "test")
    ]
    for row in rows:
        assert 0 <= row["low"] <= row["value"] <= row["high"] <= 1
        assert 0 < row["chance"] < 1
        assert row["queries"] > 0


def test_card_gives_each_label_its_figure_with_interval_and_chance(card_and_folder):
    card, _ = card_and_folder

    rows = [row for row in card.metrics if row["measure"] == "MAP@10 by label"]

    assert [row["set"].rpartition(", ")[2] for row in rows] == [
        "label bright",
        "label dark",
        "label bright",
        "label dark",
    ]
    for row in rows:
        assert 0 <= row["low"] <= row["value"] <= row["high"] <= 1
        assert 0 < row["chance"] < 1


@pytest.mark.row("D7")
def test_card_judges_the_map_that_is_shown_first(card_and_folder):
    card, _ = card_and_folder

    rows = [row for row in card.metrics if row["measure"].startswith("attention map: ")]

    assert rows
    assert all(row["set"].endswith(" test pictures") for row in rows)


def test_failures_name_test_pictures_only_where_asked(
    finished, tmp_path, card_and_folder
):
    card, _ = card_and_folder

    named = bundling.save_bundle(
        finished, tmp_path / "named", WORDS, created="2026-01-01", names_failures=True
    )

    assert card.known_failures == ()
    assert all(one["picture"].endswith(".png") for one in named.known_failures)


def test_card_tells_what_the_run_was(card_and_folder, finished):
    card, _ = card_and_folder

    assert card.classes == ("bright", "dark")
    assert card.seed == finished.config.seed
    assert card.training["images"]["test"] == len(finished.split.test)
    assert card.training["best_epoch"] == 1
    assert card.training["options"]["variant"] == "ashnet"
    assert card.created == "2026-01-01"
    assert card.limits == "everything"


def test_card_names_no_place_of_the_training_machine(card_and_folder, finished):
    _, folder = card_and_folder

    text = (folder / "card.json").read_text(encoding="utf-8")

    assert finished.config.sources[0].root.as_posix() not in text
    assert json.loads(text)["name"] == "toy-ash"


def test_torch_rebuilds_the_network_of_the_bundle(card_and_folder):
    _, folder = card_and_folder
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(50, 3, SIDE, SIDE)).astype(np.float32)

    ours = TorchEncoder(folder, "cpu").encode(inputs).signs()

    reference = ModelBundle.open(folder).encode(inputs).signs()
    assert (ours != reference).mean() <= 0.001
