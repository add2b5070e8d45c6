"""What people say of single pictures outlives indexing, moves, merges and upkeep."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from crash_disk import CrashDisk, restore
from indexing_runs import FakeEncoder, draw, index, new_store
from small_library import fill, make_store, state

from medhash_gui import curation, store_merge
from medhash_gui.errors import DatasetError, LibraryError, UnreadableImageError
from medhash_gui.import_choices import ImportChoices
from medhash_gui.library import durable
from medhash_gui.search import Query, search
from medhash_gui.store import CodeStore
from medhash_gui.store_check import repairing_of
from medhash_gui.store_purge import choose_rows, compacting, purging
from medhash_gui.store_relink import relinking


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    root = tmp_path / "study"
    for seed in range(6):
        draw(root / ("normal" if seed % 2 else "nodule") / f"{seed}.png", seed)
    return root


@pytest.fixture
def library(tmp_path: Path, study: Path) -> CodeStore:
    made = new_store(tmp_path / "lib.medhash", study)
    index(made, study, FakeEncoder())
    yield made
    made.close()


def row_of(library: CodeStore, path: str) -> int:
    (row,) = curation.rows_at(library, [path])
    return row


def leave_out(library: CodeStore, path: str) -> int:
    row = row_of(library, path)
    library.change(curation.leaving_out(library, [row]))
    return row


def label(library: CodeStore, path: str, *labels: str) -> int:
    row = row_of(library, path)
    library.change(curation.labelling(library, [row], labels))
    return row


def paths_left_out(library: CodeStore) -> list[str]:
    return [one.path for one in curation.left_out(library)]


def test_a_picture_that_is_left_out_is_no_hit_until_it_is_taken_back(library):
    row = leave_out(library, "nodule/2.png")
    query = Query(library.codes([row]), None, 0, None)

    without = search(library, query, top=9)
    library.change(curation.leaving_out(library, [row], take_back=True))
    again = search(library, query, top=9)

    assert row not in {hit.row for hit in without.hits}
    assert (without.searched, again.searched) == (5, 6)
    assert again.hits[0].row == row
    assert curation.left_out(library) == []


@pytest.mark.parametrize("choices", [None, ImportChoices(class_folders=False)])
def test_indexing_does_not_take_a_picture_back(library, study, choices):
    leave_out(library, "nodule/2.png")

    report = index(library, study, FakeEncoder(), choices=choices)

    assert paths_left_out(library) == ["nodule/2.png"]
    assert (len(library), library.hidden, report.hidden) == (5, 0, 0)
    # And nothing is written for it, again and again.
    assert index(library, study, FakeEncoder()).relabelled == 0


def test_a_moved_file_stays_left_out_with_its_labels(library, study):
    leave_out(library, "nodule/2.png")
    label(library, "nodule/2.png", "seen")
    (study / "elsewhere").mkdir()
    (study / "nodule/2.png").rename(study / "elsewhere/two.png")

    report = index(library, study, FakeEncoder())

    assert (report.moved, report.added) == (1, 0)
    (one,) = curation.left_out(library)
    assert (one.path, one.labels) == ("elsewhere/two.png", ("seen",))


def test_a_file_that_comes_back_is_still_left_out(library, study, tmp_path):
    row = leave_out(library, "nodule/2.png")
    shutil.move(study / "nodule/2.png", tmp_path / "away.png")
    index(library, study, FakeEncoder())
    assert (library.hidden, len(library)) == (1, 5)

    shutil.move(tmp_path / "away.png", study / "nodule/2.png")
    index(library, study, FakeEncoder())

    assert (library.hidden, len(library)) == (0, 5)
    assert np.flatnonzero(library.left_out).tolist() == [row]


def test_what_is_said_of_a_picture_holds_for_its_copies_old_and_new(library, study):
    shutil.copy(study / "nodule/2.png", study / "nodule/copy.png")
    index(library, study, FakeEncoder())
    leave_out(library, "nodule/copy.png")
    label(library, "nodule/copy.png", "seen")
    shutil.copy(study / "nodule/2.png", study / "normal/later.png")

    index(library, study, FakeEncoder())

    expected = ["nodule/2.png", "nodule/copy.png", "normal/later.png"]
    assert paths_left_out(library) == expected
    assert {one.labels for one in curation.left_out(library)} == {("seen",)}
    assert len(library) == 5


def test_another_content_in_its_place_is_another_picture(library, study):
    leave_out(library, "nodule/2.png")
    draw(study / "nodule/2.png", 99)

    index(library, study, FakeEncoder())

    assert len(library) == 6
    assert library.hidden == 1


def test_labels_by_hand_outlive_runs_from_every_source(library, study, tmp_path):
    row = label(library, "nodule/2.png", "cyst", "left")
    table = tmp_path / "labels.csv"
    table.write_text("file,label\n2.png,from table\n3.png,from table\n", "utf-8")

    plain = index(library, study, FakeEncoder())
    named = index(library, study, FakeEncoder(), choices=ImportChoices(table=table))
    tag = ImportChoices(table=table, label_tag="BodyPartExamined")
    headers = index(library, study, FakeEncoder(), choices=tag)

    assert library.labels(row) == ("cyst", "left")
    assert library.labels(row_of(library, "normal/3.png")) == ("from table",)
    assert (plain.relabelled, named.relabelled, headers.relabelled) == (0, 5, 0)


def test_the_label_of_the_source_comes_back_when_it_is_asked_for(library, study):
    row = label(library, "nodule/2.png", "cyst")

    library.change(curation.labelling_as_source(library, [row]))

    assert library.labels(row) == ("nodule",)
    assert not library.own_labels[row]
    assert curation.labelling_as_source(library, [row]) == []
    assert index(library, study, FakeEncoder()).relabelled == 0


def test_the_label_comes_back_from_a_table_and_from_a_header(library, study, tmp_path):
    row = label(library, "nodule/2.png", "cyst")
    table = tmp_path / "labels.csv"
    table.write_text("file,label\n2.png,from table\n", "utf-8")
    library.choose(ImportChoices(table=table).as_json())
    (change,) = curation.labelling_as_source(library, [row])
    assert change.labels == ("from table",)

    library.choose(ImportChoices(label_tag="BodyPartExamined").as_json())
    (change,) = curation.labelling_as_source(library, [row])
    assert change.labels == ()  # a PNG has no header to say it

    (study / "nodule/2.png").unlink()
    with pytest.raises(UnreadableImageError, match=r"2\.png"):
        curation.labelling_as_source(library, [row])
    table.unlink()
    library.choose(ImportChoices(table=table).as_json())
    with pytest.raises(DatasetError, match=r"labels\.csv"):
        curation.labelling_as_source(library, [row])


def test_undoing_brings_back_what_was(library):
    row = label(library, "nodule/2.png", "cyst")
    before = state(library)
    for changes in (
        curation.leaving_out(library, [row]),
        curation.labelling(library, [row], ()),
        curation.labelling_as_source(library, [row]),
    ):
        back = curation.undoing(library, changes)
        library.change(changes)
        assert state(library) != before
        library.change(back)
        assert state(library) == before


def test_what_is_so_already_is_no_change(library):
    row = leave_out(library, "nodule/2.png")
    label(library, "nodule/2.png", "cyst")

    assert curation.leaving_out(library, [row]) == []
    assert curation.labelling(library, [row], ("cyst",)) == []


def test_a_file_that_is_not_in_the_library_is_named(library, study):
    inside = str(study / "nodule/2.png")
    assert curation.rows_at(library, [inside, "nodule/2.png"]) == [
        row_of(library, "nodule/2.png")
    ]
    with pytest.raises(LibraryError, match=r"no\.png is no picture of .*lib\.medhash"):
        curation.rows_at(library, ["nodule/2.png", "no.png"])
    with pytest.raises(LibraryError, match=r"Frame 4 of nodule/2\.png"):
        curation.rows_at(library, ["nodule/2.png"], frame=3)


def test_marks_outlive_compacting_and_merging_and_repairing(library, study, tmp_path):
    leave_out(library, "nodule/2.png")
    label(library, "nodule/4.png", "cyst")
    library.change(curation.leaving_out(library, [row_of(library, "normal/1.png")]))
    before = state(library)

    list(compacting(library))
    assert state(library) == before
    with make_copy_target(tmp_path, study) as target:
        store_merge.merge(target, library, unlinked=True)
        assert paths_left_out(target) == ["nodule/2.png", "normal/1.png"]
        assert target.labels(row_of(target, "nodule/4.png")) == ("cyst",)
        assert target.own_labels[row_of(target, "nodule/4.png")]
    list(relinking(library, study))
    assert state(library) == before


def make_copy_target(tmp_path: Path, study: Path) -> CodeStore:
    return new_store(tmp_path / "target.medhash", study)


def test_purging_what_is_hidden_leaves_what_is_left_out(library, study):
    row = leave_out(library, "nodule/2.png")
    (study / "nodule/4.png").unlink()
    index(library, study, FakeEncoder())

    chosen = choose_rows(library, hidden=True)
    list(purging(library, chosen))

    assert np.flatnonzero(chosen).tolist() == [row_of_removed(library)]
    assert library.left_out[row]


def row_of_removed(library: CodeStore) -> int:
    (row,) = np.flatnonzero(library.removed).tolist()
    return row


@pytest.mark.parametrize("column", ["hidden", "own_labels"])
def test_repairing_loses_no_label_that_a_person_gave(tmp_path, column):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 6)
        library.change(curation.leaving_out(library, [2]))
        library.change(curation.labelling(library, [3], ("cyst",)))
        library.seal()
    (records,) = root.glob("records-*.h5")
    with h5py.File(records, "r+") as file:
        file[column][1] ^= 1  # and the checksum stays

    list(repairing_of(root))

    with CodeStore.open(root) as library:
        assert library.labels(3) == ("cyst",)
        assert library.own_labels[3]
        # What cannot be read is taken for hidden: the next run of index shows it again.
        assert not library.visible[2]
        assert library.hidden_rows.all() == (column == "hidden")
        assert library.own_labels.all() == (column == "own_labels")


@pytest.mark.parametrize("accident", ["kill", "power cut"])
def test_a_kill_leaves_a_picture_as_it_was_or_left_out(tmp_path, monkeypatch, accident):
    disk = CrashDisk(tmp_path / "live.medhash", monkeypatch)
    with make_store(tmp_path / "live.medhash") as library:
        fill(library, 6)
        library.seal()
        disk.moments.clear()
        states = [state(library)]
        steps = [
            lambda: curation.leaving_out(library, [2]),
            lambda: curation.labelling(library, [3], ("cyst",)),
            lambda: curation.leaving_out(library, [2], take_back=True),
        ]
        for step in steps:
            library.change(step())
            states.append(state(library))
            disk.acknowledged = len(states) - 1
        list(library.compacting())
    disk.is_recording = False

    for number, moment in enumerate(disk.moments):
        files = moment.after_kill if accident == "kill" else moment.after_power_cut
        root = restore(tmp_path / f"{number}.medhash", files)
        done = moment.acknowledged
        with CodeStore.open(root) as found:
            assert state(found) in states[done : done + 2], (number, moment.call)
    assert len(disk.moments) > 6
