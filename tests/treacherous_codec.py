"""Workers whose codec does what the bytes say: crash, hang, take memory, panic."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from medhash_gui import decode_worker, images


class PanicException(BaseException):
    """As decoders written in Rust raise it."""


def open_image(data: bytes, **options: Any) -> images.ImageFile:
    """Open a picture, unless its bytes ask for trouble."""
    if b"CRASH" in data:
        os.abort()
    if b"HANG" in data:
        time.sleep(600)
    if b"GREED" in data:
        np.ones(2**30)  # 8 GB
    if b"PANIC" in data:
        raise PanicException
    return _open_image(data, **options)


_open_image = images.open_image


def serve_folder(*arguments: Any) -> None:
    """Serve as ``decode_worker.serve_folder`` does, with the treacherous codec."""
    images.open_image = open_image
    decode_worker.serve_folder(*arguments)


def serve_pictures(*arguments: Any) -> None:
    """Serve as ``decode_worker.serve_pictures`` does, with the treacherous codec."""
    images.open_image = open_image
    decode_worker.serve_pictures(*arguments)
