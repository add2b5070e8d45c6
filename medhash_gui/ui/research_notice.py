"""What MedHash is for, accepted once before the first use."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme


class ResearchNotice(QDialog):
    """Says what MedHash is and is not; accepted, or the window closes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Before you begin"))
        heading = QLabel(self.tr("For research and education only"))
        heading.setProperty("role", "heading")
        text = QLabel(
            self.tr(
                "MedHash finds pictures that look alike to a network. It is not a "
                "medical device. It names no diagnosis, and a similar picture is no "
                "evidence that two patients have the same disease.\n\n"
                "Do not use it for the diagnosis or treatment of a patient. Every "
                "report that it writes says so, too."
            )
        )
        text.setWordWrap(True)
        buttons = QDialogButtonBox()
        accept = buttons.addButton(
            self.tr("I understand"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        assert isinstance(accept, QPushButton)
        accept.setDefault(True)
        buttons.addButton(self.tr("Quit"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addWidget(heading)
        column.addWidget(text)
        column.addStretch(1)
        column.addWidget(buttons)
        self.setMinimumWidth(460)
