"""Workers that start and never say so."""

from __future__ import annotations

import time
from typing import Any


def serve_folder(*_: Any) -> None:
    """Say nothing."""
    time.sleep(600)


def serve_pictures(*_: Any) -> None:
    """Say nothing."""
    time.sleep(600)
