"""Models that come and go as one file, and what is refused."""

from __future__ import annotations

import zipfile

import pytest
from tiny_bundle import make_tiny_bundle

from medhash_gui import catalogue, model_transfer, paths
from medhash_gui.errors import BundleError


@pytest.fixture
def model(tmp_path):
    return tmp_path / "tiny", make_tiny_bundle(tmp_path / "tiny")


def test_a_model_travels_in_one_file_and_is_the_same_afterwards(model, tmp_path):
    folder, card = model
    file = model_transfer.export(folder, tmp_path / f"x{model_transfer.SUFFIX}")

    assert model_transfer.inspect(file) == card
    assert model_transfer.take_in(file) == card
    assert catalogue.find(card.name).card == card


def test_a_model_that_is_here_already_stays(model):
    folder, card = model
    model_transfer.take_in(folder)

    assert model_transfer.take_in(folder).model_id == card.model_id
    assert len(list(paths.user_models().iterdir())) == 1


def test_another_model_of_the_same_name_gets_a_number_behind_it(model, tmp_path):
    folder, card = model
    model_transfer.take_in(folder)
    other = make_tiny_bundle(tmp_path / "other", seed=5)

    taken = model_transfer.take_in(tmp_path / "other")

    assert taken.name == f"{card.name}-2"
    assert taken.model_id == other.model_id
    found, problems = catalogue.find_bundles()
    own = [one for one in found if one.origin == "user"]
    assert [one.card.name for one in own] == [card.name, taken.name]
    assert not problems
    assert model_transfer.inspect(own[1].folder) == taken
    # A second time it is known.
    assert model_transfer.take_in(tmp_path / "other") == taken
    assert len(list(paths.user_models().iterdir())) == 2


@pytest.mark.parametrize("name", ["../card.json", "setup.py", "/etc/passwd"])
def test_a_file_with_anything_else_in_it_is_refused(model, tmp_path, name):
    folder, _ = model
    file = model_transfer.export(folder, tmp_path / f"x{model_transfer.SUFFIX}")
    with zipfile.ZipFile(file, "a") as packed:
        packed.writestr(name, "import os")

    with pytest.raises(BundleError, match="other files"):
        model_transfer.inspect(file)


def test_a_model_whose_weights_were_changed_is_refused(model, tmp_path):
    folder, _ = model
    file = model_transfer.export(folder, tmp_path / "good")
    bad = tmp_path / "bad"
    with zipfile.ZipFile(file) as good, zipfile.ZipFile(bad, "w") as packed:
        for name in good.namelist():
            data = good.read(name)
            packed.writestr(name, data[:-1] + b"?" if "weights" in name else data)

    with pytest.raises(BundleError):
        model_transfer.take_in(bad)

    assert not paths.user_models().exists()


def test_more_than_any_model_needs_is_not_unpacked(model, tmp_path, monkeypatch):
    folder, _ = model
    file = model_transfer.export(folder, tmp_path / "file")
    monkeypatch.setattr(model_transfer, "_MOST_BYTES", 100)

    with pytest.raises(BundleError, match="larger than any model"):
        model_transfer.inspect(file)


@pytest.mark.parametrize("content", [b"", b"PK\3\4 cut short", b"no archive at all"])
def test_what_is_no_model_is_said_in_a_sentence(tmp_path, content):
    file = tmp_path / "thing"
    file.write_bytes(content)

    with pytest.raises(BundleError, match="not a model") as refused:
        model_transfer.inspect(file)

    assert refused.value.hint


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BundleError, match="not there"):
        model_transfer.inspect(tmp_path / "gone")


def test_a_damaged_model_is_not_handed_on(model, tmp_path):
    folder, _ = model
    (folder / "weights.safetensors").write_bytes(b"nothing")

    with pytest.raises(BundleError):
        model_transfer.export(folder, tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_to_is_a_sentence(model, tmp_path):
    folder, _ = model

    with pytest.raises(BundleError, match="cannot be written"):
        model_transfer.export(folder, tmp_path / "no" / "such" / "folder")


def test_a_full_place_for_models_is_a_sentence(model):
    folder, _ = model
    paths.user_data().mkdir(parents=True)
    paths.user_models().write_text("a file")

    with pytest.raises(BundleError, match="cannot be written"):
        model_transfer.take_in(folder)
