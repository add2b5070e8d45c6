"""The commands that say something of single pictures."""

from __future__ import annotations

import pytest
from command_runs import install_tiny, medhash, write_study

from medhash_gui import audit, audit_chain
from medhash_gui.store import CodeStore


@pytest.fixture
def library(tmp_path):
    install_tiny()
    write_study(tmp_path / "study", each=2)
    root = tmp_path / "study.medhash"
    ran = medhash("index", tmp_path / "study", "--library", root)
    assert ran.code == 0, ran.err
    return root


def paths_of(root):
    with CodeStore.open(root) as store:
        return sorted(store.files())


def test_pictures_are_left_out_listed_and_taken_back(library, tmp_path):
    first, second, *_ = paths_of(library)

    left = medhash("library", "leave-out", library, first, second, "--json")
    again = medhash("library", "leave-out", library, str(tmp_path / "study" / first))
    indexed = medhash("index", tmp_path / "study", "--library", library)
    listed = medhash("library", "left-out", library, "--json")
    said = medhash("library", "left-out", library)
    info = medhash("info", library, "--json")
    back = medhash("library", "take-back", library, first, "--json")
    rest = medhash("library", "take-back", library, "--all", "--json")

    entries = list(audit_chain.entries(audit.folder()))
    assert [e["what"] for e in entries if e["event"] == "pictures-marked"] == [
        "left out", "taken back", "taken back",
    ]  # fmt: skip
    assert (left.code, left.answer) == (0, {"changed": 2, "images": 2})
    assert "0 pictures of" in again.out
    assert indexed.code == 0
    assert [one["path"] for one in listed.answer["left_out"]] == [first, second]
    assert f"{first} (" in said.out
    assert "2 pictures of" in said.out
    assert (info.answer["images"], info.answer["left_out"]) == (2, 2)
    assert back.answer == {"changed": 1, "images": 3}
    assert rest.answer == {"changed": 1, "images": 4}


def test_a_picture_that_is_left_out_is_no_hit(library, tmp_path):
    query = tmp_path / "study" / paths_of(library)[0]
    words = ("search", library, query, "--patients", "include", "--json")
    nearest = medhash(*words).answer["hits"][1]["path"]

    medhash("library", "leave-out", library, nearest)

    assert nearest not in {hit["path"] for hit in medhash(*words).answer["hits"]}


def test_labels_by_hand_stay_until_the_source_is_asked_for(library, tmp_path):
    path = paths_of(library)[0]
    with CodeStore.open(library) as store:
        row = store.files()[path].rows[0]
        before = store.labels(row)

    named = medhash("library", "label", library, path, "--as", "cyst", "--as", "left")
    medhash("index", tmp_path / "study", "--library", library)
    with CodeStore.open(library) as store:
        assert store.labels(row) == ("cyst", "left")
    source = medhash("library", "label", library, path, "--from-source", "--json")

    assert "1 pictures of" in named.out
    assert "labels by hand now" in named.out
    assert source.answer["changed"] == 1
    with CodeStore.open(library) as store:
        assert store.labels(row) == before
    none = medhash("library", "label", library, path, "--none")
    assert none.code == 0
    with CodeStore.open(library) as store:
        assert store.labels(row) == ()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("leave-out", "no.png"), 3, "no.png is no picture of the library"),
        (("take-back",), 2, "take-back needs a PATH, or --all"),
        (("label", "x.png"), 2, "one of the arguments --as --none --from-source"),
    ],
)
def test_what_cannot_be_done_is_said(library, words, code, told):
    action, *paths = words

    ran = medhash("library", action, library, *paths)

    assert ran.code == code
    assert told in ran.err
