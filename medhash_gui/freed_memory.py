"""Memory that was freed, given back to the system.

The C library of Linux keeps what threads have freed, for later: after a folder was
indexed some hundred megabytes of nothing. Elsewhere there is nothing to do.
"""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Give back what is free; takes milliseconds, on any thread."""
    if sys.platform != "linux":
        return
    # Other C libraries of Linux have no such call, and keep nothing.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
