"""The page of a model's card: everything the card says, and nothing more."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from command_runs import install_tiny, medhash

from medhash_gui import catalogue, model_page, paths
from medhash_gui.card import ModelCard
from medhash_gui.distance_table import DistanceRow, DistanceTable
from medhash_gui.preprocess import Preprocess

CARD = ModelCard(
    name="tiny",
    title="Tiny <script> model",
    modality="synthetic",
    method="dch",
    backbone="mobilenetv2",
    bits=16,
    classes=("light", "dark"),
    preprocess=Preprocess(size=32),
    explains="grad-cam",
    data=(
        {"name": "drawings", "licence": "CC0", "images": 9, "patients": None},
        {"name": "a|b", "licence": "", "images": 3, "patients": 2},
    ),
    metrics=(
        {
            "set": "test pictures",
            "measure": "MAP@10",
            "value": 0.51234,
            "low": 0.4,
            "high": 0.6,
            "chance": 0.2,
            "queries": 77,
        },
    ),
    label_notes="Mined from reports.",
    not_in_data="No children.",
    known_failures=({"picture": "p17.png", "what": "taken for dark"},),
    limits="Knows nothing of people.",
    training={"epochs": 7, "options": {"x": 1}},
    distances=DistanceTable((DistanceRow(0, 2, 300, 0.7, 0.6, 0.8),), 0.3, 40),
)


def test_page_says_what_the_card_says() -> None:
    page = model_page.markdown(CARD)

    for text in (
        *("`tiny`", CARD.model_id, "No children.", "Mined from reports.", "p17.png"),
        *("Knows nothing of people.", "| drawings | 9 | unknown | CC0 |", "taken for"),
        "| test pictures | MAP@10 | 0.512 | 0.400-0.600 | 0.200 | 77 |",
        *("| 0-2 | 300 | 70% | 60%-80% |", "of all pairs 30% did", "| epochs | 7 |"),
        "not for diagnosis",
    ):
        assert text in page


def test_what_the_card_does_not_say_is_named() -> None:
    bare = dataclasses.replace(
        CARD, limits="", not_in_data="", label_notes="", metrics=(), distances=None
    )

    page = model_page.markdown(bare)

    assert page.count(model_page.NOT_STATED) >= 4
    assert "Not counted." in page


def test_a_strangers_words_are_no_markup() -> None:
    page = model_page.markdown(CARD)

    assert "<script>" not in page
    assert "a\\|b" in page


def test_card_with_all_words_survives_json() -> None:
    assert (
        ModelCard.from_json(
            {**CARD.as_json(), "graph_sha256": "", "weights_sha256": ""}
        ).as_json()
        == CARD.as_json()
    )


def test_models_shows_a_card_and_saving_writes_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "packaged_models", lambda: tmp_path / "packaged")
    card = install_tiny()

    ran = medhash("models", card.name)

    assert ran.code == 0
    assert ran.out.startswith(f"# {card.title}")
    written = paths.user_models() / card.name / catalogue.PAGE
    assert written.read_text(encoding="utf-8") == model_page.markdown(card)


def test_model_that_is_not_there_is_named() -> None:
    ran = medhash("models", "nobody")

    assert ran.code == 3
    assert "nobody" in ran.err
