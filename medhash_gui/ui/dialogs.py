"""Opens the dialogs about the library once what they show has been looked up.

Their modules load with the first of them, so that the first paint waits for neither.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from medhash_gui.ui.import_plan import ImportPlan
from medhash_gui.ui.session import Session

if TYPE_CHECKING:
    from medhash_gui.privacy import PrivacySummary
    from medhash_gui.ui.import_dialog import ImportDialog
    from medhash_gui.ui.privacy_dialog import PrivacyDialog


class Dialogs(QObject):
    """Labels and frames, and what the library keeps.

    Args:
        session: looks things up.
        window: owner of the dialogs.

    Attributes:
        labels: the dialog of labels and frames while it is open, or None.
        privacy: the one of what the library keeps while it is open, or None.
    """

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._table: Path | None = None
        self.labels: ImportDialog | None = None
        self.privacy: PrivacyDialog | None = None
        session.table_dropped.connect(self.take_table)
        session.upkeep.plan_seen.connect(self._on_plan)
        session.upkeep.privacy_seen.connect(self._on_privacy)

    def show_labels(self) -> None:
        """Ask how the open library's folder is to be understood."""
        self._table = None
        self._session.upkeep.ask_for_plan()

    def take_table(self, file: Path) -> None:
        """Ask the same, with a table that was dropped."""
        if self.labels is not None:
            self.labels.take_table(file)
            return
        self._table = file
        self._session.upkeep.ask_for_plan()

    def show_privacy(self) -> None:
        """Show what the open library keeps."""
        self._session.upkeep.ask_for_privacy()

    def close(self) -> None:
        """Leave the dialogs, as the window closes."""
        for dialog in (self.labels, self.privacy):
            if dialog is not None:
                dialog.reject()

    def _on_plan(self, plan: ImportPlan) -> None:
        facts = self._session.facts
        if facts is None or self.labels is not None:
            return
        from medhash_gui.ui.import_dialog import ImportDialog

        previews = self._session.previews
        dialog = ImportDialog(previews, facts.indexed_root, plan, self._window)
        dialog.chosen.connect(self._session.index)
        dialog.finished.connect(self._on_labels_done)
        if self._table is not None:
            dialog.take_table(self._table)
            self._table = None
        self.labels = dialog
        dialog.open()

    def _on_privacy(self, summary: PrivacySummary) -> None:
        if self.privacy is not None:
            return
        from medhash_gui.ui.privacy_dialog import PrivacyDialog

        facts = self._session.facts
        name = "" if facts is None else facts.indexed_root.name
        self.privacy = PrivacyDialog(summary, name, self._window)
        self.privacy.finished.connect(self._on_privacy_done)
        self.privacy.open()

    def _on_labels_done(self, _: int) -> None:
        # Its tables hold identities in clear: it does not stay behind, hidden.
        if self.labels is not None:
            self.labels.deleteLater()
            self.labels = None

    def _on_privacy_done(self, _: int) -> None:
        if self.privacy is not None:
            self.privacy.deleteLater()
            self.privacy = None
