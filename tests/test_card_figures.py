"""What a card names as failures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medhash_gui import card_figures
from medhash_gui.datasets import LabelledImage, LabelledImages

CLASSES = ("sound", "ill")


def pictures(name: str, labels: list[str]) -> LabelledImages:
    items = tuple(
        LabelledImage(
            file=Path(f"/somewhere/{name}-{number}.png"),
            labels=(label,),
            own_labels=(label,),
            patient=f"{name}-{number}",
            source="set",
        )
        for number, label in enumerate(labels)
    )
    return LabelledImages(items, CLASSES)


def codes(labels: list[str]) -> np.ndarray:
    return np.array([[1.0] * 8 if label == "sound" else [-1.0] * 8 for label in labels])


def test_failures_are_pictures_whose_ten_nearest_have_another_label() -> None:
    parts = {
        "train": pictures("train", ["sound"] * 12 + ["ill"] * 12),
        "test": pictures("test", ["sound", "ill", "ill"]),
    }
    vectors = {
        "train": codes(["sound"] * 12 + ["ill"] * 12),
        "test": codes(["sound", "sound", "ill"]),  # the second looks sound
    }

    [failure] = card_figures.failures(parts, vectors)

    assert failure["picture"] == "set, test-1.png"
    assert failure["what"].startswith("ill: none of the ten nearest")
    assert "one of 1 in 3 test pictures" in failure["what"]


def test_what_no_training_picture_is_labelled_as_is_no_failure() -> None:
    parts = {
        "train": pictures("train", ["sound"] * 12),
        "test": pictures("test", ["ill"]),
    }
    vectors = {"train": codes(["sound"] * 12), "test": codes(["sound"])}

    assert card_figures.failures(parts, vectors) == []


def test_many_failures_are_spread_over_the_test_part() -> None:
    parts = {
        "train": pictures("train", ["sound"] * 12 + ["ill"] * 12),
        "test": pictures("test", ["ill"] * 40),
    }
    vectors = {
        "train": codes(["sound"] * 12 + ["ill"] * 12),
        "test": codes(["sound"] * 40),
    }

    found = card_figures.failures(parts, vectors)

    assert len(found) == 12
    assert len({one["picture"] for one in found}) == 12
    assert "one of 40 in 40 test pictures" in found[0]["what"]
