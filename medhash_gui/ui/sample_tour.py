"""The first run without pictures of one's own: draw, index, open, ask with one.

Whoever opens samples, by this tour or otherwise, is told once that they are synthetic.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from medhash_gui import paths
from medhash_gui.ui import library_tasks
from medhash_gui.ui.job import JobQueue
from medhash_gui.ui.notices import Notice

if TYPE_CHECKING:
    from medhash_gui.ui.session import Session


class SampleTour(QObject):
    """Takes a session through the synthetic samples.

    Args:
        session: what is led, and Qt's owner.
        jobs: runs the drawing.
    """

    def __init__(self, session: Session, jobs: JobQueue) -> None:
        super().__init__(session)
        self._session = session
        self._jobs = jobs
        self._waiting: tuple[Path, Path] | None = None  # until the query is asked
        self._is_told = False
        session.library_changed.connect(self._go_on)
        session.indexer.ended.connect(self._go_on)

    def start(self) -> None:
        """Draw the samples if they are missing, and index them."""
        self._jobs.start("sample", library_tasks.draw_samples, self._on_drawn)

    def _on_drawn(self, drawn: tuple[Path, Path]) -> None:
        self._waiting = drawn
        self._session.index(drawn[0])

    def _go_on(self, _: object) -> None:
        """Say what samples are, and ask with one once they are indexed and open."""
        facts = self._session.facts
        if facts is None or self._session.indexer.is_running:
            return
        if paths.samples().absolute() not in facts.indexed_root.parents:
            return
        if not self._is_told:
            self._is_told = True
            text = self.tr(
                "These are synthetic pictures, drawn by MedHash: no patients."
            )
            hint = self.tr("Drop a folder of your own on the window to index it.")
            self._session.told.emit(Notice(text, hint))
        if self._waiting is None:
            return
        folder, picture = self._waiting
        if facts.indexed_root == folder.absolute():
            self._waiting = None
            self._session.search_file(picture)
