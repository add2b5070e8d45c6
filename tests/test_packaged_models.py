"""The models that MedHash ships: whole, honest, and looking where the lesion is."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import SHARED_DATA

from medhash_gui import (
    bundle,
    catalogue,
    evaluation,
    images,
    paths,
    phantoms,
    reliability,
)
from medhash_gui.bundle import ModelBundle
from medhash_gui.evaluation import Coded
from medhash_gui.saliency import SaliencyMap

METHODS = {"chest-film": "ecoc", "fundus": "ecoc", "synthetic": "ash"}
NAMES = tuple(METHODS)
SEED = 7  # neither that of training nor that of the sample folders


def folder_of(kind):
    return paths.packaged_models() / f"{kind}-{METHODS[kind]}-mobilenetv2-64bit"


@pytest.fixture(scope="module")
def drawings():
    """Two pictures of three patients of every class of both kinds."""
    return [
        (
            kind,
            label,
            patient,
            phantoms.draw(kind, label, patient=patient, picture=p, seed=SEED),
        )
        for kind, recipe in phantoms.KINDS.items()
        for label in recipe.classes
        for patient in range(3)
        for p in range(2)
    ]


@pytest.fixture(scope="module")
def synthetic(drawings):
    opened = ModelBundle.open(folder_of("synthetic"))
    return opened, [opened.look(as_pixels(d[3])) for d in drawings]


def as_pixels(phantom):
    return phantom.pixels.astype(np.float32) / 255


def test_every_packaged_model_is_found_and_opens():
    found, problems = bundle.find_bundles()

    packaged = [f for f in found if f.origin == "packaged"]
    assert not problems
    assert {f.folder.name for f in packaged} >= {folder_of(n).name for n in NAMES}
    for item in packaged:
        assert ModelBundle.open(item.folder).bits == 64


@pytest.mark.parametrize("kind", NAMES)
def test_card_says_what_a_person_must_know(kind):
    card = bundle.read_card(folder_of(kind))

    assert card.data
    assert all(entry["licence"] and entry["source"] for entry in card.data)
    assert "Research and education" in card.intended_use or kind == "synthetic"
    assert card.split
    assert card.limits
    assert card.licence
    figures = [row for row in card.metrics if row["measure"].startswith("MAP@10")]
    assert figures
    assert all(row["low"] <= row["value"] <= row["high"] for row in figures)
    assert all(0 < row["chance"] < 1 for row in figures)


@pytest.mark.parametrize("kind", NAMES)
def test_card_says_what_counts_meant_on_its_test_part(kind):
    card = bundle.read_card(folder_of(kind))

    known = card.reliability
    assert known is not None
    assert known.pictures == card.training["images"]["test"]
    assert known.patients == card.training["kept_together"]["test"]
    assert known.by_patient == (kind != "fundus")
    assert {5, 10, 16} <= set(known.measured)
    assert {curve.label for curve in known.curves} == {None, *card.classes}
    for neighbours in known.measured:
        curve = known.curve(neighbours, None)
        assert curve.gain.low > 0  # neighbours tell more than the base rate
        assert all(row.patients >= reliability.MIN_PATIENTS for row in curve.rows)


@pytest.mark.parametrize("kind", NAMES)
def test_page_of_the_card_says_what_the_card_says(kind):
    folder = folder_of(kind)

    for name, content in catalogue.card_files(bundle.read_card(folder)).items():
        assert (folder / name).read_bytes() == content


@pytest.mark.parametrize("kind", NAMES)
def test_model_is_small_enough_for_git(kind):
    size = sum(file.stat().st_size for file in folder_of(kind).iterdir())

    assert size < 12e6


def test_synthetic_model_finds_the_class_of_drawings_it_has_not_seen(
    synthetic, drawings
):
    _, looks = synthetic
    names = sorted({(kind, label) for kind, label, *_ in drawings})
    labels = np.eye(len(names), dtype=np.float32)[
        [names.index((kind, label)) for kind, label, *_ in drawings]
    ]
    patients = [f"{kind}{label}{patient}" for kind, label, patient, _ in drawings]
    codes = np.concatenate([look.codes.signs() for look in looks]).astype(np.float32)
    pictures = Coded(codes, labels, patients)

    report = evaluation.evaluate(
        pictures, pictures, classes=[f"{k} {name}" for k, name in names], k=4
    )

    assert report["MAP@4"].value > 0.8
    assert report["MAP@4"].chance < 0.2


def test_synthetic_maps_point_at_the_lesion_of_fundus_drawings(synthetic, drawings):
    opened, looks = synthetic
    near = []
    for (kind, _, _, drawing), look in zip(drawings, looks, strict=True):
        if kind != "fundus" or drawing.lesion is None:
            continue
        shown = opened.explain(look)
        assert isinstance(shown, SaliencyMap)
        # The centre of the brightest tenth: the peak itself can only be the middle of
        # a cell, and a cell is 46 px wide.
        bright = np.maximum(shown.values - np.quantile(shown.values, 0.9), 0)
        rows, columns = np.indices(bright.shape)
        row, column = (
            (bright * place).sum() / bright.sum() for place in (rows, columns)
        )
        x, y, _ = drawing.lesion
        near.append(np.hypot(column - x, row - y) <= 32)

    assert len(near) == 18
    assert np.mean(near) >= 0.75


def test_synthetic_model_knows_drawings_and_is_strange_to_noise(synthetic):
    opened, looks = synthetic

    known = np.mean([look.familiarity <= 1 for look in looks])
    noise = np.random.default_rng(0).random((320, 320)).astype(np.float32)

    assert known > 0.8
    assert opened.look(noise).familiarity > 1


def test_torch_and_the_graph_agree_on_packaged_weights(drawings):
    from medhash_gui.torch_encoder import TorchEncoder

    encoder = TorchEncoder(folder_of("synthetic"), "cpu")
    inputs = np.stack([encoder.preprocess(as_pixels(d[3])) for d in drawings])

    ours = encoder.encode(inputs).signs()

    reference = ModelBundle.open(folder_of("synthetic")).encode(inputs).signs()
    assert (ours != reference).mean() <= 0.001


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("cxr_nih_320/images", "chest-film"),
        ("cxr_kermany_224/images/train/NORMAL", "chest-film"),
        ("fundus_idrid_512/images", "fundus"),
    ],
)
def test_real_pictures_meet_the_model_made_for_them(place, kind):
    folder = SHARED_DATA / place
    if not folder.is_dir():
        pytest.skip("the real pictures are not on this computer")
    files = sorted(folder.iterdir())
    some = files[:: len(files) // 12]
    pictures = [images.decode(f.read_bytes(), name=f.name).pixels for f in some]
    found, _ = bundle.find_bundles()

    best, ratio = bundle.best_fit(found, pictures)

    assert best.folder == folder_of(kind)
    assert ratio <= 1
