"""What a drop or the clipboard brings: files of this computer, or a bare picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData
from PySide6.QtGui import QImage

from medhash_gui.errors import UnreadableImageError
from medhash_gui.ui.answer_tasks import Source


def can_be_taken(data: QMimeData) -> bool:
    """Return whether there is anything in it that MedHash can use."""
    return bool(local_files(data)) or data.hasImage()


def local_files(data: QMimeData) -> list[Path]:
    """Return the files and folders of this computer, in order."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def bare_picture(data: QMimeData, name: str) -> Source | None:
    """Return the picture that comes without a file, or None.

    Args:
        data: from the clipboard or a drop.
        name: what to call the picture.
    """
    image = data.imageData() if data.hasImage() else None
    if not isinstance(image, QImage) or image.isNull():
        return None
    kept = image.copy()  # the clipboard may change before the job reads it

    def read() -> bytes:
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        if not kept.save(buffer, "PNG"):  # type: ignore[call-overload]
            msg = f"{name} cannot be read."
            raise UnreadableImageError(
                msg, state="damaged", hint="Save it to a file and open that."
            )
        return bytes(buffer.data().data())

    return Source(name, read)
