"""Batches go through an encoder in threads, and none is lost on its way."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np
import pytest

from medhash_gui.codes import HashCodes
from medhash_gui.encoding import EncodingQueue
from medhash_gui.errors import BundleError, DeviceError

SHAPE = (3, 2, 2)


def picture(number: int) -> np.ndarray:
    return np.full(SHAPE, number, np.float32)


def codes_of(inputs: np.ndarray) -> HashCodes:
    """The number of a picture in binary."""
    numbers = inputs[:, 0, 0, 0].astype(np.uint8)
    return HashCodes(numbers[:, np.newaxis], 8)


@dataclass
class Numbers:
    """Encodes pictures of one number each; holds ``room`` of them at once."""

    device: str = "cuda"
    lanes: int = 1
    batch: int = 4
    room: int = 1000
    broken: bool = False
    sizes: list[int] = field(default_factory=list)

    def encode(self, inputs: np.ndarray) -> HashCodes:
        if self.broken:
            message = "The driver was reset."
            raise DeviceError(message)
        if len(inputs) > self.room:
            raise MemoryError
        self.sizes.append(len(inputs))
        return codes_of(inputs)


@dataclass
class WithProcessor(Numbers):
    """Can go on elsewhere."""

    processor: Numbers = field(default_factory=lambda: Numbers(device="cpu"))

    def on_processor(self) -> Numbers:
        return self.processor


def through(queue: EncodingQueue[int], count: int) -> dict[int, int]:
    """Send numbered pictures through and return the code of each."""
    found: dict[int, int] = {}
    for number in range(count):
        queue.add(number, picture(number))
    queue.send()
    for items, codes in queue.finished(wait=True):
        found |= dict(zip(items, codes.packed[:, 0].tolist(), strict=True))
    return found


@pytest.mark.parametrize("lanes", [1, 3])
def test_each_picture_comes_back_in_its_order_with_its_code(lanes) -> None:
    with EncodingQueue[int](Numbers(lanes=lanes)) as queue:
        found = through(queue, 30)

    assert list(found) == list(range(30))
    assert found == {number: number for number in range(30)}


def test_a_batch_that_does_not_fit_is_halved_and_so_are_those_after_it() -> None:
    encoder = Numbers(batch=8, room=3)
    with EncodingQueue[int](encoder) as queue:
        found = through(queue, 24)

        assert found == {number: number for number in range(24)}
        assert max(encoder.sizes) == 2
        assert queue.batch == 2
        assert len(queue.notices) == 2  # 8 to 4, 4 to 2: said once each
        assert "does not hold 8 pictures" in queue.notices[0]


def test_what_one_picture_is_too_much_for_is_given_up_for_the_processor() -> None:
    encoder = WithProcessor(room=0)
    with EncodingQueue[int](encoder) as queue:
        found = through(queue, 10)

        assert found == {number: number for number in range(10)}
        assert queue.devices == ["cuda", "cpu"]
        assert "the processor takes over" in queue.notices[-1]


def test_a_device_that_fails_is_given_up_with_a_notice_and_no_picture_is_lost() -> None:
    encoder = WithProcessor(lanes=2)
    with EncodingQueue[int](encoder) as queue:
        first = through(queue, 8)
        encoder.broken = True
        second = through(queue, 12)

        assert first == {number: number for number in range(8)}
        assert second == {number: number for number in range(12)}
        assert queue.devices == ["cuda", "cpu"]  # once, though two lanes met it
        assert queue.notices == [
            "The device cuda cannot go on (The driver was reset); the processor takes "
            "over."
        ]


def test_without_another_device_a_failure_is_raised() -> None:
    with (
        EncodingQueue[int](Numbers(room=0)) as queue,
        pytest.raises(MemoryError),
    ):
        through(queue, 4)


def test_what_the_encoder_refuses_is_raised() -> None:
    class Refuses(Numbers):
        def encode(self, inputs: np.ndarray) -> HashCodes:
            message = "not numbers"
            raise BundleError(message)

    with EncodingQueue[int](Refuses()) as queue, pytest.raises(BundleError):
        through(queue, 4)


class Gated(Numbers):
    """Waits for a sign with each batch, and counts how many wait at once."""

    def __init__(self, lanes: int) -> None:
        super().__init__(lanes=lanes, batch=2)
        self.gate = threading.Event()
        self.all_in = threading.Barrier(lanes + 1)

    def encode(self, inputs: np.ndarray) -> HashCodes:
        if not self.gate.is_set():
            self.all_in.wait(timeout=20)
        self.gate.wait(timeout=20)
        return super().encode(inputs)


def test_lanes_work_at_once_and_two_batches_wait_for_them() -> None:
    encoder = Gated(lanes=2)
    with EncodingQueue[int](encoder) as queue:
        for number in range(4):
            queue.add(number, picture(number))
        encoder.all_in.wait(timeout=20)  # both lanes are in ``encode``

        assert not queue.is_busy
        for number in range(4, 8):
            queue.add(number, picture(number))
        assert queue.is_busy
        assert list(queue.finished()) == []
        encoder.gate.set()


def test_cancel_drops_what_waits_and_keeps_what_is_being_encoded() -> None:
    encoder = Gated(lanes=1)
    with EncodingQueue[int](encoder) as queue:
        for number in range(7):  # three batches, and an open one
            queue.add(number, picture(number))
        encoder.all_in.wait(timeout=20)
        threading.Timer(0.1, encoder.gate.set).start()

        queue.cancel()

        kept = [number for items, _ in queue.finished(wait=True) for number in items]
        assert kept == [0, 1]
        assert encoder.sizes == [2]


def test_memory_of_a_batch_is_the_encoders_and_is_used_again() -> None:
    made: list[int] = []

    class Pinned(Numbers):
        def new_batch(self, count: int) -> np.ndarray:
            made.append(count)
            return np.empty((count, *SHAPE), np.float32)

    with EncodingQueue[int](Pinned()) as queue:
        for _ in range(10):
            through(queue, 8)

    assert made == [4, 4]  # two batches were open at once
