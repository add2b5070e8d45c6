"""A graphics card is not taken whole, and a processor is left alone."""

from __future__ import annotations

import pytest
import torch
from training_runs import finish, quick, write_set

from medhash_gui.training import device as training_device


@pytest.fixture
def card(monkeypatch):
    """Stand in for a card; return what is asked of it."""
    asked = []
    monkeypatch.setattr(
        torch.cuda,
        "set_per_process_memory_fraction",
        lambda share, device: asked.append((share, device)),
    )
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: asked.append("given back"))
    return asked


def test_a_part_of_a_card_is_left_to_others(card):
    training_device.share("cuda:1")
    training_device.share("cuda")
    training_device.give_back("cuda:1")

    share = training_device.SHARE
    assert card == [(share, 1), (share, None), "given back"]
    assert training_device.SHARE < 1


def test_a_run_asks_for_its_share_before_anything_is_computed(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(training_device, "share", asked.append)
    monkeypatch.setattr(training_device, "give_back", asked.append)

    finish(quick(write_set(tmp_path, patients=24), epochs=1, pretraining=1))

    assert asked == ["cpu", "cpu", "cpu"]


def test_a_processor_is_left_alone(card):
    training_device.share("cpu")
    training_device.give_back("mps")

    assert card == []


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_more_than_its_share_of_a_card_is_out_of_memory():
    training_device.share("cuda")
    try:
        total = torch.cuda.get_device_properties("cuda").total_memory
        with pytest.raises(torch.OutOfMemoryError):
            torch.empty(int(0.95 * total), dtype=torch.uint8, device="cuda")
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
