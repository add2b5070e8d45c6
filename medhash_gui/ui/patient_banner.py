"""Whose pictures these are: the pseudonyms of query and hit, always there.

A library knows no name, so none is shown: equal pseudonyms are one patient. One key
hides the banner before others see the screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from medhash_gui.ui import theme
from medhash_gui.ui.session import Session

if TYPE_CHECKING:
    from medhash_gui.search import SearchHit


class PatientBanner(QFrame):
    """Names the patients of query and hit.

    Args:
        session: what to listen to.
        parent: Qt's owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._hit: SearchHit | None = None
        self.setObjectName("banner")
        self._query_text, self._hit_text = QLabel(), QLabel()
        self._query_text.setAccessibleName(self.tr("Patient of the query"))
        self._hit_text.setAccessibleName(self.tr("Patient of the hit"))
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.MARGIN, 4, theme.MARGIN, 4)
        row.setSpacing(theme.MARGIN)
        row.addWidget(self._query_text)
        row.addWidget(self._hit_text)
        row.addStretch(1)
        session.hit_chosen.connect(self._on_hit)
        session.hits_ready.connect(self._show)
        session.query_explained.connect(self._show)
        self._show()

    @property
    def text(self) -> str:
        """What the banner says."""
        return f"{self._query_text.text()} | {self._hit_text.text()}"

    def toggle(self) -> None:
        """Hide the banner, or show it again; the next start remembers."""
        settings = self._session.settings
        settings.set("show_patient_banner", not settings.flag("show_patient_banner"))
        self._show()
        self._session.state_changed.emit()

    def _on_hit(self, hit: SearchHit | None) -> None:
        self._hit = hit
        self._show()

    def _show(self, *_: object) -> None:
        answer = self._session.answer
        is_wished = self._session.settings.flag("show_patient_banner")
        self.setVisible(is_wished and (answer is not None or self._hit is not None))
        unknown = self.tr("patient not known")
        own = None if answer is None else answer.query.patient_key
        self._query_text.clear()
        if answer is not None:
            text = self.tr("Query: {patient}")
            self._query_text.setText(text.format(patient=own or unknown))
        self._query_text.setVisible(answer is not None)
        self._hit_text.clear()
        if self._hit is not None:
            other = self._hit.record.patient_key
            text = self.tr("Hit: {patient}")
            if own and own == other:
                text = self.tr("Hit: {patient}, the same patient")
            self._hit_text.setText(text.format(patient=other or unknown))
