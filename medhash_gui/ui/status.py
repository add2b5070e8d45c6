"""The status line: what MedHash is for, and what it works with."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from medhash_gui.ui.library_tasks import Facts
from medhash_gui.ui.session import Session


class StatusLine(QStatusBar):
    """Research use on the left; library, model, bits and device on the right.

    Args:
        session: what to listen to.
        parent: Qt's owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._use = QLabel(self.tr("Research and education only. Not for diagnosis."))
        self._library = QLabel(self.tr("No library open"))
        self._model = QLabel()
        self._device = QLabel()
        self.addWidget(self._use, 1)
        for label in (self._library, self._model, self._device):
            self.addPermanentWidget(label)
        self._library.setAccessibleName(self.tr("Library"))
        self._model.setAccessibleName(self.tr("Model"))
        self._device.setAccessibleName(self.tr("Device"))
        session.library_changed.connect(self._on_library)

    @property
    def text(self) -> str:
        """Everything that the line says."""
        parts = (self._use, self._library, self._model, self._device)
        return " | ".join(label.text() for label in parts)

    def _on_library(self, facts: Facts) -> None:
        self._library.setText(
            self.tr("{name}: {count:,} images, {bits} bits each").format(
                name=facts.indexed_root.name, count=facts.images, bits=facts.bits
            )
        )
        self._library.setToolTip(f"{facts.indexed_root}\n{facts.root}")
        self._model.setText(facts.model)
        self._model.setToolTip(
            self.tr("Trained on: {modality}").format(modality=facts.modality)
        )
        devices = {"cpu": self.tr("processor")}
        name = devices.get(facts.device, facts.device.upper())
        self._device.setText(self.tr("Device: {name}").format(name=name))
