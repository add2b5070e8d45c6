"""The commands that merge libraries and share their keys."""

from __future__ import annotations

import stat
import sys

import pytest
from command_runs import install_tiny, medhash, write_study
from small_library import fill, make_store

from medhash_gui.store import CodeStore


@pytest.fixture
def two_libraries(tmp_path):
    """Two folders, each indexed with the tiny model into a library of one key."""
    install_tiny()
    for seed, name in enumerate("ab"):
        write_study(tmp_path / name, each=2, seed=10 * seed)
    one = medhash("index", tmp_path / "a", "--library", tmp_path / "a.medhash")
    two = medhash(
        "index", tmp_path / "b", "--library", tmp_path / "b.medhash",
        "--share-patients-with", tmp_path / "a.medhash",
    )  # fmt: skip
    assert (one.code, two.code) == (0, 0), one.err + two.err
    return tmp_path


def test_libraries_of_one_key_are_merged_and_searched(two_libraries):
    target, source = two_libraries / "a.medhash", two_libraries / "b.medhash"

    ran = medhash("library", "merge", target, source, "--json")
    again = medhash("library", "merge", target, source)

    assert ran.code == 0, ran.err
    assert ran.answer == {
        "found": 4, "added": 4, "present": 0, "hidden": 0, "unlinked": False,
        "images": 8,
    }  # fmt: skip
    assert "4 pictures: 0 added (0 of them hidden), 4 were there already" in again.out
    assert "now shows 8 pictures" in again.out
    query = next((two_libraries / "b").rglob("*.png"))
    found = medhash("search", target, query, "--patients", "include", "--json")
    assert found.code == 0, found.err
    assert any(hit["identical"] for hit in found.answer["hits"])
    # Indexing the target's own folder again leaves the others' pictures alone.
    indexed = medhash(
        "index", two_libraries / "a", "--library", target, "--json",
    )  # fmt: skip
    assert indexed.answer["hidden"] == 0
    with CodeStore.open(target) as store:
        assert len(store) == 8


def test_libraries_of_two_keys_are_merged_only_where_that_is_accepted(tmp_path):
    for name in "ab":
        with make_store(tmp_path / f"{name}.medhash") as store:
            fill(store, 3)
    words = ["library", "merge", tmp_path / "a.medhash", tmp_path / "b.medhash"]

    refused = medhash(*words, "--json")
    accepted = medhash(*words, "--unlinked")
    known = medhash("info", tmp_path / "a.medhash", "--json")

    assert refused.code == 3
    assert refused.answer["error"]["type"] == "LibraryError"
    assert "different keys" in refused.err
    assert "--unlinked" in refused.err
    assert accepted.code == 0
    assert "more than one key" in accepted.err
    assert known.answer["unlinked"] is True


def test_a_key_is_written_into_a_file_and_shared(two_libraries):
    library, file = two_libraries / "a.medhash", two_libraries / "shared.key"

    ran = medhash("library", "key", library, "--to", file)
    again = medhash("library", "key", library, "--to", file, "--json")
    shared = medhash(
        "index", two_libraries / "b", "--library", two_libraries / "c.medhash",
        "--share-patients-with", file,
    )  # fmt: skip

    assert ran.code == 0, ran.err
    secret = CodeStore.open(library)._contents.manifest.key.secret.hex()
    assert secret in file.read_text()
    assert secret not in ran.out + ran.err
    assert "like the pictures themselves" in ran.err
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert again.code == 3
    assert "is there already" in again.err
    assert shared.code == 0, shared.err
    infos = [
        medhash("info", two_libraries / f"{name}.medhash", "--json").answer["key_id"]
        for name in "abc"
    ]
    assert len(set(infos)) == 1


def test_a_key_is_given_at_the_start_only(two_libraries):
    own = two_libraries / "own.medhash"
    write = ["index", two_libraries / "b", "--library"]
    share = ["--share-patients-with", two_libraries / "a.medhash"]
    assert medhash(*write, own).code == 0

    late = medhash(*write, own, *share)
    again = medhash(*write, two_libraries / "b.medhash", *share)
    wrong = medhash(
        *write, two_libraries / "new.medhash", "--share-patients-with",
        next((two_libraries / "b").rglob("*.png")),
    )  # fmt: skip

    assert late.code == 3
    assert "has a key of its own" in late.err
    assert "new library" in late.err
    assert again.code == 0, again.err
    assert wrong.code == 3
    assert "neither a library nor a key file" in wrong.err
    assert not (two_libraries / "new.medhash").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["library"],
        ["library", "merge", "a.medhash"],
        ["library", "key", "a.medhash"],
        ["library", "burn"],
    ],
)
def test_half_a_command_is_wrong_usage(words):
    assert medhash(*words).code == 2


def test_a_library_that_is_not_there_is_named(tmp_path):
    with make_store(tmp_path / "a.medhash"):
        pass

    for words in (
        ["merge", tmp_path / "a.medhash", tmp_path / "gone.medhash"],
        ["merge", tmp_path / "gone.medhash", tmp_path / "a.medhash"],
        ["key", tmp_path / "gone.medhash", "--to", tmp_path / "k"],
    ):
        ran = medhash("library", *words)
        assert ran.code == 3
        assert "gone.medhash" in ran.err


# -- upkeep --------------------------------------------------------------------------


def test_a_library_is_purged_compacted_and_exported_by_commands(two_libraries):
    root = two_libraries / "a.medhash"
    gone = next((two_libraries / "a" / "light").iterdir())
    gone.unlink()
    assert medhash("index", two_libraries / "a", "--library", root).code == 0

    looked = medhash("library", "purge", root, "--gone", "--dry-run", "--json")
    purged = medhash("library", "purge", root, "--gone", "--json")
    folder = medhash("library", "purge", root, "--folder", "dark")
    compacted = medhash("library", "compact", root)
    exported = medhash("library", "export", root, two_libraries / "a.csv", "--json")

    assert looked.answer == {"would_remove": 1, "shown": 0}
    assert purged.code == 0, purged.err
    assert (purged.answer["removed"], purged.answer["images"]) == (1, 3)
    assert "Backups" in purged.err
    assert "Removed 2 rows" in folder.out
    assert "takes them in again" in folder.err
    assert "Compacted" in compacted.out
    assert "MiB now" in compacted.out
    again = medhash("library", "export", root, two_libraries / "a.csv")
    over = medhash("library", "export", root, two_libraries / "a.csv", "--replace")

    assert exported.answer["rows"] == 1
    assert again.code == 3
    assert "a.csv is there already" in again.err
    assert over.code == 0, over.err
    text = (two_libraries / "a.csv").read_text("utf-8-sig")
    assert text.startswith("path,frame,code,labels,patient,hidden")
    assert "light/" in text
    assert "dark/" not in text
    assert medhash("info", root, "--json").answer["hidden"] == 0


def test_a_moved_folder_is_relinked_by_one_command(two_libraries):
    root = two_libraries / "a.medhash"
    (two_libraries / "a").rename(two_libraries / "moved")

    indexed = medhash("index", two_libraries / "moved", "--library", root)
    refused = medhash("library", "relink", root, two_libraries / "b", "--json")
    done = medhash("library", "relink", root, two_libraries / "moved")
    again = medhash("index", two_libraries / "moved", "--library", root, "--json")

    assert indexed.code == 3
    assert "library relink" in indexed.err
    assert refused.code == 3
    assert refused.answer["error"]["type"] == "LibraryError"
    assert done.code == 0, done.err
    assert "4 of 4 pictures looked up are there, 4 of 4 that were read" in done.out
    assert again.answer["unchanged"] == 4


@pytest.mark.parametrize(
    "words",
    [
        ["purge", "a.medhash"],
        ["relink", "a.medhash"],
        ["export", "a.medhash"],
        ["compact"],
    ],
)
def test_half_an_upkeep_command_is_wrong_usage(words):
    assert medhash("library", *words).code == 2


def test_upkeep_of_what_cannot_be_used_is_a_sentence(tmp_path):
    with make_store(tmp_path / "a.medhash") as store:
        fill(store, 2)
        busy = medhash("library", "compact", store.root)
    assert busy.code == 3
    assert "is being written to by process" in busy.err
    missing = tmp_path / "gone.medhash"
    for words in (
        ["compact", missing],
        ["purge", missing, "--hidden"],
        ["relink", missing, tmp_path],
        ["export", missing, tmp_path / "x.csv"],
    ):
        ran = medhash("library", *words)
        assert ran.code == 3
        assert "There is no library" in ran.err
    for words, said in (
        (["purge", store.root, "--patient", "P-1"], "has the patient key P-1"),
        (["purge", store.root, "--gone"], "is not there"),
        (["relink", store.root, tmp_path / "none"], "is not there"),
        (["export", store.root, tmp_path / "x.txt"], "neither .csv nor .npz"),
    ):
        ran = medhash("library", *words)
        assert (ran.code, said in ran.err) == (3, True), ran.err


def test_damage_is_found_by_one_command_and_repaired_by_another(two_libraries):
    root, folder = two_libraries / "a.medhash", two_libraries / "a"
    with CodeStore.open(root, writable=True) as store:
        store.seal()
    assert medhash("library", "verify", root, "--json").answer["sound"] is True
    codes = next(root.glob("codes-*"))
    codes.unlink()

    found = medhash("library", "verify", root)
    as_json = medhash("library", "verify", root, "--json")
    searched = medhash("search", root, next(folder.rglob("*.png")))
    repaired = medhash("library", "repair", root)
    again = medhash("library", "verify", root)
    indexed = medhash("index", folder, "--library", root, "--json")

    assert found.code == as_json.code == 1
    assert f"{codes.name} is missing; repairing loses: 4 pictures" in found.out
    assert "4 files have to be indexed again" in found.out
    assert as_json.answer["sound"] is False
    assert as_json.answer["problems"][0]["file"] == codes.name
    assert len(as_json.answer["again"]) == 4
    assert searched.code == 3
    assert "library verify" in searched.err
    assert repaired.code == 0, repaired.err
    assert "is repaired" in repaired.out
    assert "set-aside-" in repaired.out
    assert (again.code, "is sound: 0 pictures" in again.out) == (0, True)
    assert indexed.answer["added"] == 4
    assert medhash("library", "verify", root, "--json").answer["shown"] == 4
    assert medhash("library", "repair", root).out.startswith(f"{root} is sound")


def test_a_lost_key_has_to_be_given_or_given_up(two_libraries):
    root = two_libraries / "a.medhash"
    with CodeStore.open(root, writable=True) as store:
        store.seal()
    for name in ("library.json", "library-copy.json"):
        (root / name).unlink()
    words = ["library", "repair", root]

    looked = medhash("library", "verify", root)
    bare = medhash(*words)
    keyless = medhash(*words, "--root", two_libraries / "a")
    whole = medhash(
        *words, "--root", two_libraries / "a", "--key", two_libraries / "b.medhash"
    )

    assert looked.code == 1
    assert "the key of the patients" in looked.out
    assert (bare.code, "--root" in bare.err) == (3, True)
    assert (keyless.code, "--unlinked" in keyless.err) == (3, True)
    assert whole.code == 0, whole.err
    infos = [
        medhash("info", two_libraries / f"{name}.medhash", "--json").answer["key_id"]
        for name in "ab"
    ]
    assert infos[0] == infos[1]


@pytest.mark.parametrize("action", ["verify", "repair"])
def test_what_is_no_library_is_a_sentence(tmp_path, action):
    ran = medhash("library", action, tmp_path / "gone.medhash", "--json")
    assert ran.code == 3
    assert "There is no library" in ran.answer["error"]["message"]
