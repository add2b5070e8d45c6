"""Small pictures of hits, decoded in another process when a cell asks for them.

That process is not the one of the queries: a query never waits for a row of cells.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal
from PySide6.QtGui import QGuiApplication, QImage

from medhash_gui.errors import MedHashError
from medhash_gui.ui import picture
from medhash_gui.ui.job import Job, once
from medhash_gui.ui.picture_process import PictureProcess

_KEPT = 600  # pictures of 296 x 296 x 4 bytes: 210 MB at most on a dense screen


@dataclass(frozen=True, slots=True)
class ThumbnailKey:
    """Which picture: a file below an indexed folder, and its frame."""

    root: Path
    path: str
    frame: int


class Thumbnails(QObject):
    """A cache that fills itself.

    Args:
        side: the longest side of a thumbnail, in the pixels of a plain screen.
        pictures: reads the files.
        parent: Qt's owner.

    Signals:
        ready(object): the ``ThumbnailKey`` whose picture, or failure, is now known.
    """

    ready = Signal(object)

    def __init__(
        self, side: int, pictures: PictureProcess, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        # As large as they are painted: to scale a cell's picture costs more than to
        # paint it, and a screen is full of them.
        self._side = round(side * _densest())
        self._pictures = pictures
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # the process reads one file at a time
        self._images: OrderedDict[ThumbnailKey, QImage | None] = OrderedDict()
        self._jobs: dict[ThumbnailKey, Job] = {}
        self._keys: dict[Job, ThumbnailKey] = {}

    @property
    def pending(self) -> int:
        """How many pictures are asked for and not there yet."""
        return len(self._jobs)

    def get(self, key: ThumbnailKey) -> QImage | None:
        """Return a picture that is there, or start to fetch it and return None."""
        if key in self._images:
            self._images.move_to_end(key)
            return self._images[key]
        if key not in self._jobs:
            job = Job(once(partial(draw, key, self._side, self._pictures)), parent=self)
            self._jobs[key] = job
            self._keys[job] = key
            job.reported.connect(self._on_report)
            job.run_on(self._pool)
        return None

    def is_missing(self, key: ThumbnailKey) -> bool:
        """Whether the file gave no picture."""
        return key in self._images and self._images[key] is None

    def give_up(self) -> None:
        """Fetch nothing that was asked for; a cell that still wants its picture asks.

        It is told that the picture is ready, and finds that it is not.
        """
        for job in list(self._jobs.values()):
            job.cancel()

    def forget(self) -> None:
        """Keep no picture any more."""
        self.give_up()
        self._images.clear()

    def forget_failures(self) -> None:
        """Ask again for the files that gave no picture, the next time."""
        for key in [key for key, image in self._images.items() if image is None]:
            del self._images[key]

    def close(self) -> None:
        """Give up everything and wait for the threads."""
        self.give_up()
        self._pictures.close()
        self._pool.waitForDone()

    def _on_report(self, job: Job, event: str, value: object) -> None:
        key = self._keys.pop(job)
        del self._jobs[key]
        job.deleteLater()
        if event == "finished" and isinstance(value, QImage):
            self._images[key] = value
            while len(self._images) > _KEPT:
                self._images.popitem(last=False)
        elif event == "failed":
            self._images[key] = None
        self.ready.emit(key)
        # A file that vanished or broke is shown as such; anything else is a bug and
        # goes to the exception hook.
        if isinstance(value, BaseException) and not isinstance(
            value, MedHashError | OSError
        ):
            raise value


def draw(key: ThumbnailKey, side: int, pictures: PictureProcess) -> QImage:
    """Return a file's picture, at most ``side`` device pixels a side.

    Raises:
        UnreadableImageError: the file gives no picture.
    """
    read = pictures.read(key.root / key.path, name=key.path, frame=key.frame)
    image = picture.to_image(read.decoded.pixels)
    if max(image.width(), image.height()) <= side:
        return image
    return image.scaled(
        side,
        side,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


def _densest() -> float:
    """Return how many device pixels a point of the densest screen has a side."""
    screens = QGuiApplication.screens()
    return max((screen.devicePixelRatio() for screen in screens), default=1.0)
