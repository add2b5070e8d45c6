"""What a run says for whoever watches it."""

from __future__ import annotations

import pytest
from training_runs import finish, quick, write_set

from medhash_gui.training import watch as training_watch
from medhash_gui.training.events import Neighbours, References


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    folder = write_set(tmp_path_factory.mktemp("films"), patients=40)
    return folder, *finish(quick(folder), tells=True)


def test_chance_and_controls_are_said_once_before_the_first_epoch(followed):
    _, events, _ = followed
    found = [event for event in events if isinstance(event, References)]

    [levels] = found
    assert 0 < levels.chance < 1
    # Dark and bright pictures are told apart without any training.
    assert levels.controls["features"] > levels.chance
    assert set(levels.controls) == {"features", "class-probability"}


def test_the_same_pictures_ask_after_every_epoch_and_never_find_their_patient(followed):
    folder, events, run = followed
    told = [event for event in events if isinstance(event, Neighbours)]
    patient_of = {
        item.file.relative_to(folder).as_posix(): item.patient
        for item in run.data.items
    }

    assert [one.epoch for one in told] == [1, 2]
    asked = [[query["file"] for query in one.queries] for one in told]
    assert asked[0] == asked[1]
    assert len(asked[0]) == training_watch.QUERIES
    for query in told[-1].queries:
        assert 1 <= len(query["hits"]) <= training_watch.HITS
        distances = [hit["distance"] for hit in query["hits"]]
        assert distances == sorted(distances)
        for hit in query["hits"]:
            assert patient_of[hit["file"]] != patient_of[query["file"]]


def test_the_pictures_that_ask_are_of_different_labels(followed):
    _, _, run = followed
    check = run.data.take(run.split.validation)

    rows = training_watch.chosen(check)

    assert len(set(rows)) == len(rows)
    labels = {name for row in rows[:2] for name in check.items[row].labels}
    assert labels == {"dark", "bright"}


def test_nobody_is_told_who_did_not_ask(followed):
    folder, *_ = followed

    events, _ = finish(quick(folder, epochs=1))

    assert not [e for e in events if isinstance(e, References | Neighbours)]
