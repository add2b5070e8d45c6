"""Which models are found on this computer, and how one is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tiny_bundle import make_tiny_bundle

from medhash_gui import bundle, catalogue, paths
from medhash_gui.errors import BundleError


@pytest.fixture
def packaged(tmp_path, monkeypatch) -> Path:
    """An empty folder in the place of the models that MedHash ships."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(paths, "packaged_models", lambda: folder)
    return folder


def make(folder: Path, *, bits: int = 16, **changes: object) -> Path:
    make_tiny_bundle(folder, bits=bits)
    path = folder / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return folder


def test_models_of_medhash_come_before_those_of_the_user(packaged):
    make(packaged / "b", bits=24)
    make(packaged / "a", bits=16)
    make(paths.user_models() / "0", bits=8)

    found, problems = bundle.find_bundles()

    assert [(f.card.name, f.origin) for f in found] == [
        ("tiny-16bit", "packaged"),
        ("tiny-24bit", "packaged"),
        ("tiny-8bit", "user"),
    ]
    assert problems == []


def test_no_folders_are_no_models(packaged):
    packaged.rmdir()

    assert bundle.find_bundles() == ([], [])


def test_files_and_hidden_folders_are_passed_over(packaged):
    (packaged / "README.md").write_text("What a bundle is.")
    make(packaged / ".half-written")

    assert bundle.find_bundles() == ([], [])


def test_copy_of_a_model_is_found_once(packaged):
    make(packaged / "tiny")
    paths.user_models().mkdir(parents=True)
    shutil.copytree(packaged / "tiny", paths.user_models() / "copy")

    found, problems = bundle.find_bundles()

    assert [f.origin for f in found] == ["packaged"]
    assert problems == []


def test_other_model_of_the_same_name_is_reported(packaged):
    make(packaged / "one")
    make(packaged / "two", bits=24, name="tiny-16bit")

    found, problems = bundle.find_bundles()

    assert [f.folder.name for f in found] == ["one"]
    assert "two has the name of another: tiny-16bit" in problems[0].message


@pytest.mark.parametrize("name", ["card.json", "graph.onnx", "weights.safetensors"])
def test_incomplete_model_is_reported_and_the_others_found(packaged, name):
    make(packaged / "broken")
    (packaged / "broken" / name).unlink()
    make(packaged / "sound", bits=24)

    found, problems = bundle.find_bundles()

    assert [f.folder.name for f in found] == ["sound"]
    assert f"broken holds no {name}" in problems[0].message


def test_model_of_a_newer_format_is_reported(packaged):
    make(packaged / "new", format_version=9)

    found, problems = bundle.find_bundles()

    assert found == []
    assert "has format 9" in problems[0].message
    assert "new)" in problems[0].message
    assert "Update MedHash" in problems[0].hint


def test_model_is_found_by_name_by_id_and_by_folder(packaged):
    folder = make(packaged / "folder")
    model_id = catalogue.read_card(folder).model_id

    for what in ("tiny-16bit", model_id, folder, str(folder)):
        assert bundle.find(what).folder == folder
        assert bundle.find(what).origin == "packaged"


def test_folder_elsewhere_is_the_users(packaged, tmp_path):
    found = bundle.find(make(tmp_path / "from a colleague"))

    assert found.origin == "user"


def test_unknown_name_lists_the_names_there_are(packaged):
    make(packaged / "a")
    make(packaged / "b", bits=24)

    with pytest.raises(BundleError, match="no model 'tiny-99bit'") as caught:
        bundle.find("tiny-99bit")

    assert "tiny-16bit, tiny-24bit" in caught.value.hint


def test_unknown_name_where_there_is_no_model_says_none(packaged):
    with pytest.raises(BundleError) as caught:
        bundle.find("tiny")

    assert "Models here: none" in caught.value.hint


def test_folder_that_is_no_model_is_named(packaged, tmp_path):
    (tmp_path / "films").mkdir()

    with pytest.raises(BundleError, match=r"films holds no card\.json"):
        bundle.find(tmp_path / "films")


def test_card_that_is_a_folder_is_named(packaged, tmp_path):
    (tmp_path / "m" / "card.json").mkdir(parents=True)

    with pytest.raises(BundleError, match=r"card\.json in the model folder .* cannot"):
        bundle.find(tmp_path / "m")
