"""What comes in by drop or dialog: told apart on a pool thread, then handed on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from medhash_gui.ui import library_tasks
from medhash_gui.ui.job import JobQueue, once
from medhash_gui.ui.library_tasks import Kind
from medhash_gui.ui.notices import Notice

if TYPE_CHECKING:
    from medhash_gui.ui.session import Session


class Arrivals(QObject):
    """Opens libraries, indexes folders, asks with pictures, whatever arrives.

    Args:
        session: does it, and is Qt's owner.
        jobs: looks at the file system, which may be slow.
    """

    def __init__(self, session: Session, jobs: JobQueue) -> None:
        super().__init__(session)
        self._session = session
        self._jobs = jobs

    def receive(self, places: Sequence[Path]) -> None:
        """Take the first library or folder; ask with the files, all together."""
        work = once(partial(library_tasks.sort_out, tuple(places)))
        self._jobs.start("receive", work, self._on_sorted_out)

    def reopen(self, root: Path) -> None:
        """Open the library of the last run, if it is still there."""
        work = once(partial(library_tasks.sort_out, (root,)))
        self._jobs.start("receive", work, self._on_last)

    def _on_sorted_out(self, found: Sequence[tuple[Kind, Path]]) -> None:
        first: dict[Kind, Path] = {}
        for kind, place in found:
            first.setdefault(kind, place)
        if "library" in first:
            self._session.open_library(first["library"])
        elif "folder" in first:
            self._session.index(first["folder"])
        elif "table" in first:
            self._take_table(first["table"])
        if "file" in first:
            self._session.search_file(first["file"])
        taken = len(first)
        if "file" in first and self._session.library is not None:
            # Several pictures are one question.
            others = [place for kind, place in found if kind == "file"][1:]
            for place in others:
                self._session.add_file(place)
            taken += len(others)
        if len(found) > taken:
            names = ", ".join(place.name for place in first.values())
            text = self.tr("{count} things were dropped; {names} was taken.")
            hint = self.tr("Drop one folder or one image at a time.")
            told = Notice(text.format(count=len(found), names=names), hint)
            self._session.told.emit(told)

    def _take_table(self, file: Path) -> None:
        if self._session.facts is not None:
            self._session.table_dropped.emit(file)
            return
        text = self.tr("{name} is a table; no library is open yet that it is about.")
        hint = self.tr("Drop the folder of the pictures first, then the table.")
        self._session.told.emit(Notice(text.format(name=file.name), hint))

    def _on_last(self, found: Sequence[tuple[Kind, Path]]) -> None:
        ((kind, root),) = found
        if kind == "library":
            self._session.open_library(root)
