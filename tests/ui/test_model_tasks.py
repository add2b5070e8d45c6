"""Indexing anew with another model: the old library stays, and can be gone back to."""

from __future__ import annotations

import hashlib

import pytest
from tiny_bundle import make_tiny_bundle
from training_runs import drained

from medhash_gui import library_choice, paths
from medhash_gui.indexing import IndexProgress
from medhash_gui.settings import Settings
from medhash_gui.store import CodeStore
from medhash_gui.ui import library_tasks, model_tasks
from medhash_gui.ui.picture_process import PictureProcess


@pytest.fixture
def device():
    return library_tasks.device_of(Settings.load())


@pytest.fixture
def model(tmp_path):
    make_tiny_bundle(tmp_path / "new", seed=7)
    return tmp_path / "new"


def content(root):
    """Return a digest of each file of a library, but for locks."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in root.iterdir()
        if file.suffix != ".lock"
    }


def test_the_old_library_stays_as_it_is_until_it_is_switched_and_after(
    library, study, model, device
):
    library_choice.use(study, library)
    before = content(library)

    new = drained(model_tasks.reindex(model, library, device, 1))

    assert content(library) == before
    assert library_choice.in_use(study) == library
    with CodeStore.open(library) as old, CodeStore.open(new.root) as made:
        assert len(made) == len(old)
        assert made.model_id != old.model_id
    assert drained(model_tasks.switch(new.root)) == new.root
    assert library_choice.in_use(study) == new.root
    drained(model_tasks.switch(library))
    assert library_choice.in_use(study) == library
    assert content(library) == before


def test_indexing_anew_that_was_broken_off_goes_on_where_it_was(
    library, study, model, device
):
    library_choice.use(study, library)
    steps = model_tasks.reindex(model, library, device, 1)
    for step in steps:
        if isinstance(step, IndexProgress) and step.done > 0:
            break
    steps.close()
    assert library_choice.in_use(study) == library

    new = drained(model_tasks.reindex(model, library, device, 1))

    report = new.report
    assert report.added + report.unchanged == 12
    with CodeStore.open(new.root) as made:
        assert len(made) == 12


def test_both_libraries_are_asked_with_the_users_own_picture(
    library, study, model, device, tmp_path
):
    new = drained(model_tasks.reindex(model, library, device, 1))
    query = tmp_path / "own.png"
    query.write_bytes(next((study / "dark").iterdir()).read_bytes() + b" ")
    pictures = PictureProcess()
    try:
        found = drained(
            model_tasks.find_in_both(query, library, new.root, device, pictures)
        )
    finally:
        pictures.close()

    assert found.query == query
    assert len(found.before) == len(found.after) == 10
    assert {file.parent.parent for file, _ in found.before} == {study}
    assert [distance for _, distance in found.before] == sorted(
        distance for _, distance in found.before
    )


def test_the_model_is_among_those_of_the_user_before_its_library_is_there(
    library, model, device
):
    steps = model_tasks.reindex(model, library, device, 1)
    next(steps)
    next(steps)
    steps.close()

    names = {folder.name for folder in paths.user_models().iterdir()}
    assert len(names) == 2
