"""Make the codes of batches in threads, while the next pictures are being decoded.

Promises: what goes in comes out in its order, each picture with its code; a batch that
does not fit into memory is halved, and so are those after it; a device that fails is
given up for the processor, with a notice; nothing else is passed over.

A processor computes fastest with one batch a core, each in one thread: threads that
share a batch wait for each other, and spin while they wait. A graphics card gets two
batches at once, so that one is copied while the other is computed.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

import numpy as np
import numpy.typing as npt

from medhash_gui import routes
from medhash_gui.codes import HashCodes
from medhash_gui.errors import DeviceError

if TYPE_CHECKING:
    from medhash_gui.codes import Encoder

Floats = npt.NDArray[np.float32]
Item = TypeVar("Item")

BATCH = 16
"""Pictures of a batch where the encoder does not say."""

# Batches that wait for a lane, so that none stands idle while the next is gathered; and
# how many a lane may be ahead of the slowest, whose place in the order is before them.
_WAITING = 2
_MOST_SENT = 4

_NO_ROOM = (
    "The memory of the device ({device}) does not hold {count} pictures at once; going "
    "on with {half}."
)
_GIVEN_UP = "The device {device} cannot go on ({reason}); the processor takes over."


@dataclass(slots=True)
class _Sent(Generic[Item]):
    """A batch that is being encoded, and the memory that its pictures lie in."""

    items: list[Item]
    memory: Floats
    codes: Future[HashCodes]


class EncodingQueue(Generic[Item]):
    """Batches on their way through an encoder.

    An encoder may have attributes besides those of ``Encoder``: ``lanes``, how many
    batches it can work on at once (1); ``batch``, pictures of a batch (16);
    ``new_batch(count)``, the memory for one, such as pinned memory; ``on_processor()``,
    the same model on the processor, for when the device fails; ``route``, the engine,
    precision and device, which are kept with the codes.

    Args:
        encoder: makes the codes.
        batch: pictures of a batch; None for what suits the device.

    Attributes:
        batch: pictures of a batch, fewer once that many did not fit.
        notices: what the user should know, as sentences.
        devices: where codes were made, the one in use last.
    """

    def __init__(self, encoder: Encoder, *, batch: int | None = None) -> None:
        suits: int = getattr(encoder, "batch", BATCH)
        self.batch = batch or suits
        self.notices: list[str] = []
        self.devices = [encoder.device]
        self._encoder = encoder
        self._lanes = max(1, getattr(encoder, "lanes", 1))
        self._threads = ThreadPoolExecutor(self._lanes, "medhash-encode")
        self._changing = threading.Lock()
        self._sent = deque[_Sent[Item]]()
        self._items: list[Item] = []
        self._memory: Floats | None = None
        self._spare: list[Floats] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cancel()
        self._threads.shutdown()

    @property
    def is_busy(self) -> bool:
        """Whether enough batches wait for a lane, or for those before them."""
        return (
            len(self._on_the_way()) >= self._lanes + _WAITING
            or len(self._sent) > _MOST_SENT * self._lanes
        )

    @property
    def is_open(self) -> bool:
        """Whether batches are still to come back."""
        return bool(self._sent)

    def add(self, item: Item, inputs: Floats) -> None:
        """Add a picture to the open batch, which is sent when it is full.

        Args:
            item: comes back with the code.
            inputs: float32 (3, S, S); copied.
        """
        if self._memory is None:
            self._memory = self._room_for(inputs.shape)
        self._memory[len(self._items)] = inputs
        self._items.append(item)
        if len(self._items) >= min(self.batch, len(self._memory)):
            self.send()

    def send(self) -> None:
        """Have the open batch encoded as it is."""
        if self._memory is None:
            return
        inputs = self._memory[: len(self._items)]  # (B, 3, S, S)
        codes = self._threads.submit(self._encode, inputs)
        self._sent.append(_Sent(self._items, self._memory, codes))
        self._items, self._memory = [], None

    def finished(self, *, wait: bool = False) -> Iterator[tuple[list[Item], HashCodes]]:
        """Yield the batches that are done, in the order in which they were sent.

        Args:
            wait: wait for all that were sent.

        Raises:
            MemoryError: not even one picture fits into memory.
            MedHashError: the encoder refused.
        """
        while self._sent and (wait or self._sent[0].codes.done()):
            codes = self._sent[0].codes.result()
            done = self._sent.popleft()
            self._spare.append(done.memory)
            yield done.items, codes

    def wait(self, seconds: float) -> None:
        """Wait until a batch is done, or as long as that."""
        on_the_way = self._on_the_way()
        if on_the_way:
            futures.wait(on_the_way, seconds, futures.FIRST_COMPLETED)

    def cancel(self) -> None:
        """Give up what is not being encoded yet; ``finished`` has the rest."""
        self._items, self._memory = [], None
        while self._sent and self._sent[-1].codes.cancel():
            self._sent.pop()
        futures.wait([sent.codes for sent in self._sent])

    def _on_the_way(self) -> list[Future[HashCodes]]:
        return [sent.codes for sent in self._sent if not sent.codes.done()]

    # -- in the threads ------------------------------------------------------------

    def _encode(self, inputs: Floats) -> HashCodes:
        parts: list[HashCodes] = []
        start = 0
        while start < len(inputs):
            encoder = self._encoder
            piece = inputs[start : start + self.batch]
            try:
                codes = encoder.encode(piece)
                route = getattr(encoder, "route", "")
                parts.append(replace(codes, routes=routes.same(len(codes), route)))
            except MemoryError as error:
                self._take_fewer(encoder, len(piece), error)
            except DeviceError as error:
                self._give_up(encoder, error.message.rstrip("."), error)
            else:
                start += len(piece)
        return parts[0] if len(parts) == 1 else HashCodes.join(parts)

    def _take_fewer(self, encoder: Encoder, count: int, error: MemoryError) -> None:
        if count == 1:
            self._give_up(encoder, "not even one picture fits into its memory", error)
            return
        with self._changing:
            if count <= self.batch:  # else another thread has found out already
                self.batch = count // 2
                self.notices.append(
                    _NO_ROOM.format(device=encoder.device, count=count, half=self.batch)
                )

    def _give_up(self, encoder: Encoder, reason: str, error: Exception) -> None:
        """Go on with the processor, or raise where it is in use already."""
        on_processor = getattr(encoder, "on_processor", None)
        if on_processor is None or encoder.device == "cpu":
            raise error
        with self._changing:
            if self._encoder is encoder:
                self._encoder = on_processor()
                self.devices.append(self._encoder.device)
                self.notices.append(
                    _GIVEN_UP.format(device=encoder.device, reason=reason)
                )

    def _room_for(self, shape: tuple[int, ...]) -> Floats:
        while self._spare:
            memory = self._spare.pop()
            if len(memory) >= self.batch and memory.shape[1:] == shape:
                return memory
        new_batch = getattr(self._encoder, "new_batch", None)
        if new_batch is not None:
            made: Floats = new_batch(self.batch)
            if made.shape[1:] == shape:
                return made
        return np.empty((self.batch, *shape), np.float32)
