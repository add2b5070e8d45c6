"""A run judged from the codes that it kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medhash_gui import judgement
from medhash_gui.coded_parts import CodedParts
from medhash_gui.errors import DatasetError


def parts_of(labels, logits, groups, prefix):
    files = [Path(f"/{prefix}/{n}\udcff.png") for n in range(len(labels))]
    hot = np.eye(2, dtype=np.float32)[labels]
    return files, hot, groups, np.asarray(logits, np.float32)


@pytest.fixture
def coded():
    """Codes of four bits: label 0 is ++.., label 1 is --.., one test picture errs."""
    a, b = [2, 2, 1, 1], [-2, -2, 1, 1]
    test = parts_of([0, 0, 1, 1], [a, b, b, b], ["p", "q", "r", "s"], "test")
    train = parts_of([0, 1, 0, 1], [a, b, a, b], ["t", "u", "v", "w"], "train")
    return CodedParts.of(("none", "some"), {"train": train, "test": test})


def test_codes_come_back_as_they_were_kept(coded, tmp_path):
    file = tmp_path / "codes.npz"
    coded.save(file)

    found = CodedParts.load(file)

    assert found.classes == coded.classes
    for name, part in coded.parts.items():
        assert found.parts[name].files == part.files
        for value in ("labels", "groups", "logits"):
            kept = getattr(found.parts[name], value)
            assert np.array_equal(kept, getattr(part, value))


@pytest.mark.parametrize("content", [None, b"", b"PK\3\4 nothing"])
def test_codes_that_cannot_be_read_are_a_sentence(tmp_path, content):
    file = tmp_path / "codes.npz"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(DatasetError, match="cannot be read") as failed:
        CodedParts.load(file)

    assert failed.value.hint


def test_nobody_finds_own_pictures(coded):
    test = coded.parts["test"]

    rows, distances = judgement.nearest(test, test, places=4)

    assert all(at not in found for at, found in enumerate(rows.tolist()))
    assert (rows[:, 3] == -1).all()
    assert distances[2].tolist()[:2] == [0, 0]


def test_the_confusion_shares_add_up_to_what_was_found(coded):
    judged = judgement.judge(coded)

    shares = judged.confusions["train"].shares
    # All four training pictures are among the ten places: half of each label.
    assert shares.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert judged.confusions["train"].queries.tolist() == [2, 2]
    assert judged.reports["test"].queries == 4
    assert judged.health.bits == 4


def test_a_cell_gives_the_pictures_behind_it(coded):
    pairs = judgement.pairs(coded, "train", "none", "some")

    assert {pair.query for pair in pairs} == set(coded.parts["test"].files[:2])
    assert {pair.hit for pair in pairs} == {
        coded.parts["train"].files[n] for n in (1, 3)
    }
    erring = [p for p in pairs if p.query == coded.parts["test"].files[1]]
    assert [(pair.distance, pair.place) for pair in erring] == [(0, 1), (0, 2)]


def test_a_run_without_a_test_part_cannot_be_judged(coded):
    alone = CodedParts(coded.classes, {"train": coded.parts["train"]})

    with pytest.raises(DatasetError, match="no pictures apart") as failed:
        judgement.judge(alone)

    assert failed.value.hint
