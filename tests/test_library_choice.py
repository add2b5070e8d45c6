"""Which of a folder's libraries is in use."""

from __future__ import annotations

import pytest
from tiny_bundle import tiny_card

from medhash_gui import library_choice, paths
from medhash_gui.errors import LibraryError
from medhash_gui.store import CodeStore


def make(root, folder):
    card = tiny_card()
    CodeStore.create(
        root,
        indexed_root=folder,
        model_id=card.model_id,
        model_name=card.name,
        bits=card.bits,
    ).close()
    return root


def test_a_folder_has_its_usual_library_until_another_is_used(tmp_path):
    folder = tmp_path / "films"
    new = make(library_choice.for_model(folder, "abc"), folder)
    assert library_choice.in_use(folder) == library_choice.usual(folder)

    library_choice.use(folder, new)
    assert library_choice.in_use(folder) == new.absolute()

    library_choice.use(folder, library_choice.usual(folder))
    assert library_choice.in_use(folder) == library_choice.usual(folder)


def test_a_library_that_is_gone_is_not_in_use(tmp_path):
    folder = tmp_path / "films"
    library_choice.use(folder, tmp_path / "gone.medhash")

    assert library_choice.in_use(folder) == library_choice.usual(folder)


def test_the_other_libraries_of_a_folder_are_found(tmp_path):
    folder, other = tmp_path / "films", tmp_path / "eyes"
    old = make(library_choice.usual(folder), folder)
    new = make(library_choice.for_model(folder, "abc"), folder)
    make(library_choice.for_model(other, "abc"), other)

    assert library_choice.others(folder, new) == [old.absolute()]
    assert library_choice.others(folder, old) == [new.absolute()]


def test_a_damaged_list_is_no_list(tmp_path):
    paths.libraries().mkdir(parents=True)
    (paths.libraries() / "in-use.json").write_text("[")

    assert library_choice.in_use(tmp_path) == library_choice.usual(tmp_path)


def test_a_choice_that_cannot_be_written_is_a_sentence(tmp_path):
    paths.user_data().mkdir(parents=True)
    paths.libraries().write_text("a file")

    with pytest.raises(LibraryError) as failed:
        library_choice.use(tmp_path, tmp_path / "any.medhash")

    assert failed.value.hint
