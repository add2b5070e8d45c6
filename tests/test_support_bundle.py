"""The bundle for support tells enough and names nobody."""

from __future__ import annotations

import json
import shutil
import stat
import sys
import zipfile
from pathlib import Path

import pytest
from clear_text import found
from command_runs import install_tiny, medhash
from small_library import fill, make_store

from medhash_gui import installation, owner_only, paths, support_bundle
from medhash_gui.errors import MedHashError
from medhash_gui.settings import Settings

NAME = "Doe Jane"


@pytest.fixture
def home() -> Path:
    """Return the user's data, in which everything is called after a patient."""
    card = install_tiny()
    shutil.move(paths.user_models() / card.name, paths.user_models() / NAME)
    root = paths.libraries() / f"{NAME}.medhash"
    root.parent.mkdir(parents=True)
    with make_store(root) as store:
        fill(store, 6)
    (paths.libraries() / f"{NAME} 2.medhash").mkdir()
    settings = Settings.load()
    settings.set("last_library", str(root))
    settings.set("top", 12)
    settings.save()
    paths.logs().mkdir()
    (paths.logs() / "medhash.log").write_text(
        f"2026 WARNING medhash_gui.qt: cannot open /data/{NAME}/1.dcm\nafter it\n"
    )
    return paths.user_data()


def test_a_bundle_tells_enough_and_names_neither_places_nor_people(home, tmp_path):
    file = tmp_path / "support.zip"

    ran = medhash("doctor", "--bundle", file, "--json")

    assert ran.code == 0, ran.err
    assert found([NAME, "Doe", str(tmp_path), str(Path.home())], file) == set()
    with zipfile.ZipFile(file) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert texts == ran.answer["texts"]
    told = json.loads(texts["doctor.json"])
    assert told["versions"]["onnxruntime"]
    assert told["installation"]["settings"]["top"] == 12
    (sound, broken) = sorted(
        told["installation"]["libraries"], key=lambda one: "problem" in one
    )
    assert (sound["images"], sound["model_here"]) == (6, False)
    assert broken == {"problem": "LibraryError"}
    assert "after it" in texts["medhash.log"]
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_saved_is_what_was_shown(tmp_path):
    texts = {"a.txt": "one", "b.txt": "ö"}

    support_bundle.save(texts, tmp_path / "a.zip")

    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert {n: archive.read(n).decode() for n in archive.namelist()} == texts


@pytest.mark.parametrize(
    ("name", "said"), [("a.txt", "does not end in .zip"), ("none/a.zip", "cannot be")]
)
def test_a_bundle_that_cannot_be_saved_is_a_sentence(name, said, tmp_path):
    with pytest.raises(MedHashError, match=said):
        support_bundle.save({}, tmp_path / name)


def test_the_doctor_says_what_support_asks_first(home):
    text = medhash("doctor")
    answer = medhash("doctor", "--json").answer["installation"]

    assert {*answer} == {*installation.facts()}
    for topic in answer:
        assert f"{topic}: " in text.out
    assert answer["limits"]["pixels_of_a_picture"] > 10**6
    assert answer["models"][0]["model_id"]
    assert answer["space"]["user_data_free_gb"] > 0


@pytest.mark.skipif(sys.platform == "win32", reason="rights are those of POSIX")
def test_the_doctor_says_what_others_can_read_and_how_to_stop_it(home):
    home.chmod(0o755)

    ran = medhash("doctor")

    assert "others can read" in ran.out
    assert f"chmod -R go-rwx {home}" in ran.out
    home.chmod(0o700)
    assert owner_only.readable_by_others(home) == []
    assert "others can read" not in medhash("doctor").out
