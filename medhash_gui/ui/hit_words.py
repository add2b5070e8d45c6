"""What is said of a picture of the library: its labels, how they were confirmed, whose.

The patient is said while the banner is there: the key that hides it hides whatever
names a patient in the window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from medhash_gui import details

if TYPE_CHECKING:
    from medhash_gui.images import ImageRecord
    from medhash_gui.ui.session import Session


class HitWords(QObject):
    """Says what the library knows of a picture."""

    def labels(self, record: ImageRecord) -> str:
        """Return its labels, or that it has none."""
        return ", ".join(record.labels) or self.tr("no label")

    def source(self, stated: str) -> str:
        """Return how a label was confirmed, as the library states it, for people."""
        return self.tr("by hand") if stated == details.BY_HAND else stated

    def confirmed(self, record: ImageRecord) -> str:
        """Return how its labels were confirmed; "" where that is not stated."""
        stated = dict(record.details).get("confirmed_by", "")
        if not stated or not record.labels:
            return ""
        if stated == details.BY_HAND:
            return self.tr("labelled by hand")
        return self.tr("confirmed by {source}").format(source=stated)

    def patient(self, session: Session, key: str | None) -> str:
        """Return whose picture it is; "" while the patient banner is hidden."""
        if not session.settings.flag("show_patient_banner"):
            return ""
        return key or self.tr("patient not known")

    def line(self, session: Session, record: ImageRecord) -> str:
        """Return labels, how they were confirmed, and the patient, in one line."""
        parts = (
            self.labels(record),
            self.confirmed(record),
            self.patient(session, record.patient_key),
        )
        return "  ·  ".join(part for part in parts if part)
