"""Goes once through an answer with a blank picture, before anybody asks.

What loads late, and what a network sets up when it first runs, is there then: the first
answer is as quick as the next. Nothing of it is shown, kept or recorded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator

from medhash_gui.errors import MedHashError
from medhash_gui.ui import answer_tasks, evidence_tasks, explaining
from medhash_gui.ui.answer_tasks import Choice, Source
from medhash_gui.ui.library_tasks import OpenLibrary
from medhash_gui.ui.picture_process import PictureProcess

_SIDE = 64  # px of the blank picture, which is enlarged as any is


def rehearse(
    library: OpenLibrary, pictures: PictureProcess, choice: Choice, neighbours: int
) -> Generator[None, None, None]:
    """Read, look, search, explain and weigh; it can be given up between these.

    Args:
        library: the library that has been opened.
        pictures: reads what is asked about.
        choice: which records count.
        neighbours: how many cases are counted.
    """
    import cv2
    import numpy as np

    from medhash_gui import search
    from medhash_gui.images import NOBODY
    from medhash_gui.store import CodeStore

    # What fails here fails again when somebody asks, who is told then.
    with contextlib.suppress(MedHashError):
        grey = np.full((_SIDE, _SIDE), 128, np.uint8)
        written = cv2.imencode(".png", grey)[1].tobytes()
        blank = answer_tasks.read(Source("blank.png", lambda: written), pictures)
        yield
        look = library.model.look(blank.decoded.pixels)
        yield
        explaining.explain(library.model, look, None)
        yield
        if not isinstance(library.store, CodeStore):
            return  # a server is asked nothing that nobody asks
        query = search.new_query(library.store, look.codes, bytes(16), 0, NOBODY)
        answer_tasks.found(library.store, query, choice)
        yield
        yield from evidence_tasks.weigh(library, query, choice, neighbours)
