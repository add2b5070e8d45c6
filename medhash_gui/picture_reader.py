"""Read whole pictures in one warm process: queries, hits, and a folder's first ones.

Promises: ``read`` gives exactly what ``images.decode`` would, or raises what it would;
a codec that crashes, hangs or asks for too much memory raises, too, and the next
picture is read as if nothing had happened.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from medhash_gui import decode_process, folders
from medhash_gui.decode_process import MEMORY_LIMIT, DecodeProcess
from medhash_gui.errors import UnreadableImageError
from medhash_gui.folders import MAX_PIXELS
from medhash_gui.identities import Identity

if TYPE_CHECKING:
    # What decodes is imported by the process, and here when it answers: starting a
    # reader is the first thing that a command does.
    from medhash_gui.images import Decoded

SERVER = "medhash_gui.decode_worker"
"""The module that answers in the process."""

_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Reading:
    """A picture that was read, and the digest of its file's content."""

    digest: bytes
    decoded: Decoded


class PictureReader:
    """One process that reads pictures, started once and started again when it dies.

    May be used from several threads; they are served in turn.

    Args:
        time_limit_s: a picture that takes longer is given up, in seconds.
        max_pixels: a picture of more is refused before it is decoded.
        memory_limit_bytes: memory that the process may take beyond its start.
    """

    def __init__(
        self,
        *,
        time_limit_s: float = 60.0,
        max_pixels: int = MAX_PIXELS,
        memory_limit_bytes: int = MEMORY_LIMIT,
    ) -> None:
        self._time_limit_s = time_limit_s
        self._arguments = (memory_limit_bytes, max_pixels)
        # One reads; ``close`` must not wait for it, so the process has its own lock.
        self._reading = threading.Lock()
        self._changing = threading.Lock()
        self._process: DecodeProcess | None = None
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Begin to start the process and return at once; again, it does nothing.

        A reader that is not started starts with its first picture.
        """
        with self._changing:
            if self._process is None and not self._is_closed:
                self._process = DecodeProcess(SERVER, "serve_pictures", self._arguments)

    def read(
        self,
        source: Path | bytes,
        *,
        name: str,
        frame: int | None = None,
        view: int = 0,
    ) -> Reading:
        """Read one picture, and wait for it.

        Args:
            source: its file, or the bytes of the file.
            name: file name, for messages.
            frame: as ``images.decode`` takes it.
            view: as ``images.decode`` takes it.

        Raises:
            UnreadableImageError: as ``images.read_bytes`` and ``images.decode`` raise
                it; the decoder crashed, took too long or too much memory; or the
                reader was closed meanwhile.
            MedHashError: no process can be started on this machine.
        """
        name = PurePath(name).name
        if isinstance(source, bytes) and not source:
            # Nothing would cross the pipe.
            raise folders.empty_file(name)
        path = None if isinstance(source, bytes) else str(source.absolute())
        request = {"path": path, "name": name, "frame": frame, "view": view}
        with self._reading:
            self.start()
            process = self._process
            if process is None:
                raise _closed(name)
            raw = source if isinstance(source, bytes) else None
            try:
                head, pixels = self._ask(process, request, raw)
            except TimeoutError as error:  # an OSError, too, so it comes first
                raise self._ended(process, name, late=True) from error
            except (EOFError, OSError) as error:
                raise self._ended(process, name) from error
            except BaseException:
                # Ctrl-C: the answer still to come belongs to nobody.
                self._put_away()
                process.end()
                raise
        return _reading(head, pixels)

    def close(self) -> None:
        """End the process; a picture that is being read is given up."""
        with self._changing:
            self._is_closed = True
            process = self._process
            if process is not None:
                # Who reads finds the pipe ended; the rest is waiting for the process.
                process.process.kill()
        with self._reading, self._changing:
            if self._process is not None:
                self._process.end()
                self._process = None

    def _ask(
        self, process: DecodeProcess, request: dict[str, Any], raw: bytes | None
    ) -> tuple[dict[str, Any], bytes | None]:
        while not process.is_ready:
            self._wait(process)
            process.receive()
        process.send(request, raw)
        process.rest()
        self._wait(process)
        head = process.receive()
        assert head is not None
        return head, process.pipe.recv_bytes() if head.get("shape") else None

    def _wait(self, process: DecodeProcess) -> None:
        while not process.pipe.poll(_POLL_S):
            if process.is_over(self._time_limit_s):
                raise TimeoutError

    def _put_away(self) -> None:
        with self._changing:
            self._process = None

    def _ended(
        self, process: DecodeProcess, name: str, *, late: bool = False
    ) -> Exception:
        """Put a process away that is dead or hangs, and return what to raise."""
        self._put_away()
        try:
            if self._is_closed:
                return _closed(name)
            if not process.is_ready:
                return decode_process.cannot_start()
            if late:
                limit = f"{self._time_limit_s:g} s"
                return _given_up(name, f"decoding took longer than {limit}")
            state, why = process.why_it_ended()
            if state == "damaged":
                return _given_up(name, why)
            return UnreadableImageError(
                f"{name}: {why}.", state=state, hint="Save it again at a smaller size."
            )
        finally:
            process.end()


def _given_up(name: str, why: str) -> UnreadableImageError:
    hint = "Fetch or export the file again."
    return UnreadableImageError(f"{name}: {why}.", state="damaged", hint=hint)


def _closed(name: str) -> UnreadableImageError:
    message = f"{name} is not read: reading was ended."
    return UnreadableImageError(message, state="unsupported")


def _reading(head: dict[str, Any], raw: bytes | None) -> Reading:
    import numpy as np

    from medhash_gui.images import Decoded
    from medhash_gui.pixel_spacing import PixelSpacing

    if raw is None:
        state, message, hint = head["failure"]
        raise UnreadableImageError(message, state=state, hint=hint)
    identity = Identity.from_json(head["identity"])
    decoded = Decoded(
        pixels=np.frombuffer(raw, np.float32).reshape(head["shape"]),
        frame=head["frame"],
        frame_count=head["frame_count"],
        patient_id=identity.patient or None,
        notes=tuple(head["notes"]),
        identity=identity,
        details=tuple((key, text) for key, text in head["details"]),
        views=tuple(head["views"]),
        view=head["view"],
        spacing=PixelSpacing.from_json(head["spacing"]),
    )
    return Reading(bytes.fromhex(head["digest"]), decoded)
