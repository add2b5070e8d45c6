"""Reads whole pictures in a process of their own, so that the window never decodes.

A file that crashes its decoder, hangs it or asks for the memory of the machine costs a
sentence: the window and what it shows stay. The process is started when a library
opens, so that the first query finds it warm.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from medhash_gui.errors import MedHashError

if TYPE_CHECKING:
    from medhash_gui.picture_reader import PictureReader, Reading


def usual_reader() -> PictureReader:
    """Return a reader with the usual limits."""
    # Here, and not above: NumPy loads with it.
    from medhash_gui.picture_reader import PictureReader

    return PictureReader()


class PictureProcess:
    """One decoding process; called on any thread but the window's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reader: PictureReader | None = None
        self._is_closed = False

    def warm(self) -> None:
        """Begin to start the process; returns at once."""
        self._started().start()

    def read(
        self,
        source: Path | bytes,
        *,
        name: str,
        frame: int | None = None,
        view: int = 0,
    ) -> Reading:
        """Return a picture and the digest of its file.

        Args:
            source: a file, or its bytes.
            name: for messages.
            frame: from 0; None for the one that stands for the file.
            view: which of the file's windows is applied.

        Raises:
            UnreadableImageError: the source gives no picture, whatever the reason.
        """
        return self._started().read(source, name=name, frame=frame, view=view)

    def rest(self) -> None:
        """End the process, whatever it is doing, until the next picture is wanted."""
        with self._lock:
            reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def close(self) -> None:
        """End the process; nothing is read any more."""
        with self._lock:
            self._is_closed = True
        self.rest()

    def _started(self) -> PictureReader:
        with self._lock:
            if self._is_closed:
                message = "The window is closing."
                raise MedHashError(message)
            if self._reader is None:
                self._reader = usual_reader()
            return self._reader
