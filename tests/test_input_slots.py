"""Inputs in shared memory are those that the worker wrote, or go through the pipe."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medhash_gui import input_slots
from medhash_gui.decoding import DecodePool, DecodeTask
from medhash_gui.images import FrameChoice, scan
from medhash_gui.input_slots import InputSlots
from medhash_gui.preprocess import Preprocess


@dataclass(frozen=True)
class Oversized:
    """Gives more than it said that it would."""

    size: int = 2

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        return np.full((3, 5, 5), pixels.mean(), np.float32)


def write_pictures(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        pixels = np.random.default_rng(number).integers(0, 255, (12, 12), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02d}.png")
    return folder


def inputs_of(folder: Path, preprocess, **more) -> dict[tuple[str, int], np.ndarray]:
    with DecodePool(folder, preprocess, **more) as pool:
        return {
            (result.file.path, result.frame): result.inputs.copy()
            for result in pool.map(DecodeTask(file) for file in scan(folder))
            if result is not None
        }


def by_hand(folder: Path, preprocess) -> dict[tuple[str, int], np.ndarray]:
    found = {}
    for file in scan(folder):
        pixels = np.asarray(Image.open(folder / file.path), np.float32) / 255
        found[file.path, 0] = preprocess(pixels)
    return found


def assert_same(found: dict, expected: dict) -> None:
    assert found.keys() == expected.keys()
    for key, inputs in expected.items():
        np.testing.assert_allclose(found[key], inputs, atol=1e-6)


@pytest.mark.parametrize("lends", [True, False])
def test_inputs_are_those_of_each_picture(tmp_path, lends) -> None:
    folder, preprocess = write_pictures(tmp_path / "p", 30), Preprocess(size=8)

    found = inputs_of(folder, preprocess, workers=2, lends=lends)

    assert_same(found, by_hand(folder, preprocess))


def test_inputs_that_are_not_lent_stay_as_they_are(tmp_path) -> None:
    folder, preprocess = write_pictures(tmp_path / "p", 12), Preprocess(size=8)

    with DecodePool(folder, preprocess, workers=1) as pool:
        results = [r for r in pool.map(map(DecodeTask, scan(folder))) if r is not None]

    assert_same({(r.file.path, 0): r.inputs for r in results},
                by_hand(folder, preprocess))  # fmt: skip


def test_further_frames_and_oversized_inputs_go_through_the_pipe(tmp_path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    pages = [Image.fromarray(np.full((9, 9), grey, np.uint8)) for grey in (10, 90, 200)]
    pages[0].save(folder / "pages.tif", save_all=True, append_images=pages[1:])

    small = inputs_of(folder, Preprocess(size=4), frames=FrameChoice(1), workers=1)
    large = inputs_of(folder, Oversized(), frames=FrameChoice(1), workers=1)

    plain = [float(Preprocess(size=4)(np.full((9, 9), g / 255, np.float32))[0, 0, 0])
             for g in (10, 90, 200)]  # fmt: skip
    assert [float(a[0, 0, 0]) for a in small.values()] == pytest.approx(plain, abs=1e-6)
    greys = [float(a[0, 0, 0]) * 255 for a in large.values()]
    assert greys == pytest.approx([10, 90, 200], abs=1e-3)


def test_without_shared_memory_everything_goes_through_the_pipe(
    tmp_path, monkeypatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(input_slots, "_reserve", full)
    folder, preprocess = write_pictures(tmp_path / "p", 6), Preprocess(size=8)

    assert InputSlots.make(1, 100) is None
    assert_same(inputs_of(folder, preprocess, workers=1), by_hand(folder, preprocess))


def test_slots_of_different_workers_lie_apart() -> None:
    slots = InputSlots.make(2, 3 * 4 * 4)
    assert slots is not None
    theirs = InputSlots.attach(slots.name, slots.size_bytes)
    assert theirs is not None
    values = np.arange(12, dtype=np.float32).reshape(3, 2, 2)

    for place in (0, 1):
        for slot in (0, 1):
            assert theirs.write(place, slot, values + 100 * place + 10 * slot)

    for place in (0, 1):
        for slot in (0, 1):
            read = slots.read(place, slot, (3, 2, 2))
            np.testing.assert_array_equal(read, values + 100 * place + 10 * slot)
            assert not read.flags.writeable
    assert not theirs.write(0, 0, np.zeros((3, 9, 9), np.float32))
    with pytest.raises(ValueError, match="cannot hold"):
        slots.read(0, 0, (3, 9, 9))
    del read
    slots.close()


def test_no_memory_is_left_when_the_pool_is_closed(tmp_path) -> None:
    folder = write_pictures(tmp_path / "p", 4)
    with DecodePool(folder, Preprocess(size=8), workers=1, lends=True) as pool:
        held = list(pool.map(map(DecodeTask, scan(folder))))
        slots = pool._slots
        assert slots is not None

    assert held  # views of the memory outlive it without a word
    assert InputSlots.attach(slots.name, slots.size_bytes) is None
