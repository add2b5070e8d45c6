"""The entry point: opens the window, or hands a command to the command line.

Kept light: the processes that decode images import this file again when they start.
"""

from __future__ import annotations

import time

_STARTED = time.perf_counter()  # what a query takes is counted from here

import multiprocessing  # noqa: E402 (after the clock)
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

if TYPE_CHECKING:
    from medhash_gui.command_line import WindowRequest


def main(arguments: Sequence[str] | None = None) -> int:
    """Run MedHash and return its exit code.

    Args:
        arguments: what follows the program's name; None for the process's own.
    """
    multiprocessing.freeze_support()
    started = _STARTED if arguments is None else time.perf_counter()

    from medhash_gui import command_line, owner_only

    if arguments is None:  # the process is MedHash's own, not a caller's
        owner_only.from_now_on()
    words = sys.argv[1:] if arguments is None else list(arguments)
    return command_line.main(words, open_window=_open_window, started=started)


def _open_window(request: WindowRequest) -> int:
    from medhash_gui.errors import MissingExtraError

    try:
        from medhash_gui.ui import app
    except ImportError as error:
        msg = f"The window cannot be opened: {error}."
        hint = "`medhash doctor` says what is missing and how to get it."
        raise MissingExtraError(msg, hint=hint) from error
    return app.run(
        library=request.library, image=request.image, screenshot=request.screenshot
    )


if __name__ == "__main__":
    sys.exit(main())
