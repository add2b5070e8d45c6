"""``medhash weights``: what torchvision publishes, checked and kept as safetensors."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
import torchvision
from command_runs import medhash
from safetensors.torch import load_file, save_file

from medhash_gui import paths
from medhash_gui.hashing import backbone


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Return a file as torchvision publishes them, with random numbers."""
    torch.manual_seed(0)
    network = torchvision.models.squeezenet1_1(weights=None)
    torch.save(network.state_dict(), tmp_path / "squeezenet.pth")
    return tmp_path / "squeezenet.pth"


def digest_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_weights_of_a_file_are_kept_and_used_by_training(published):
    ran = medhash(
        "weights", "squeezenet1_1", "--from", published,
        "--sha256", digest_of(published), "--json",
    )  # fmt: skip
    listed = medhash("weights", "--json").answer["weights"]

    assert ran.code == 0, ran.err
    kept = paths.weights_of("squeezenet1_1")
    assert ran.answer["file"] == str(kept)
    assert [file.name for file in kept.parent.iterdir()] == [kept.name]
    assert listed.pop("squeezenet1_1")
    assert not any(listed.values())
    state = backbone.download("squeezenet1_1")  # without a network
    assert {key: value.tolist() for key, value in state.items()} == {
        key: value.tolist()
        for key, value in backbone.weights("squeezenet1_1", kept).items()
    }


def test_a_file_with_another_hash_than_the_published_one_is_refused(published):
    ran = medhash("weights", "squeezenet1_1", "--from", published)

    assert ran.code == 3
    assert "is not the file that was expected" in ran.err
    assert not paths.weights_of("squeezenet1_1").exists()


def test_safetensors_with_the_same_keys_will_do(published, tmp_path):
    file = tmp_path / "a.safetensors"
    save_file(torch.load(published, weights_only=True), file)

    ran = medhash(
        "weights", "squeezenet1_1", "--from", file, "--sha256", digest_of(file)
    )

    assert ran.code == 0, ran.err
    assert load_file(paths.weights_of("squeezenet1_1")).keys() == load_file(file).keys()


def test_what_holds_no_weights_of_the_backbone_is_refused(published, tmp_path):
    (tmp_path / "text").write_text("no weights at all")
    for name, file in (("resnet18", published), ("resnet18", tmp_path / "text")):
        ran = medhash("weights", name, "--from", file, "--sha256", digest_of(file))

        assert ran.code == 3
        assert "holds no ResNet-18 weights" in ran.err
        assert list(paths.weights_of(name).parent.iterdir()) == []


@pytest.mark.parametrize("name", ["small", "nonsense"])
def test_a_backbone_without_published_weights_is_a_sentence(name):
    ran = medhash("weights", name)

    assert ran.code == 3
    assert name in ran.err


@pytest.mark.parametrize("name", [n for n in backbone.BACKBONES if n != "small"])
def test_where_weights_are_published_is_torchvisions_word(name):
    found = backbone.published(name)

    assert found.address.startswith("https://")
    assert found.digest in found.address
    assert len(found.digest) >= 8
