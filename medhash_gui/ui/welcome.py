"""The first page: what MedHash wants, and four ways to give it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme


class Welcome(QWidget):
    """Invites while no library is open.

    Args:
        actions: by command id; the buttons do the same.
        parent: Qt's owner.
    """

    def __init__(
        self, actions: dict[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        invitation = QLabel(self.tr("Drop a study folder or an image here"))
        invitation.setProperty("role", "invitation")
        meaning = QLabel(
            self.tr(
                "A folder is indexed once; nothing is written into it, and nothing "
                "leaves this computer.\nAn image is then compared with every picture "
                "of the folder, and the nearest are shown."
            )
        )
        meaning.setProperty("role", "dim")
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GAP)
        buttons.addStretch(1)
        self.buttons: list[QPushButton] = []
        for command, text in (
            ("open_folder", self.tr("Open folder…")),
            ("open_image", self.tr("Open image…")),
            ("open_library", self.tr("Open library…")),
            ("try_sample", self.tr("Try the sample")),
        ):
            action = actions[command]
            button = QPushButton(text)
            button.setToolTip(action.toolTip())
            button.clicked.connect(action.trigger)
            button.setEnabled(action.isEnabled())
            action.enabledChanged.connect(button.setEnabled)
            buttons.addWidget(button)
            self.buttons.append(button)
        buttons.addStretch(1)
        sample = QLabel(
            self.tr("The sample is a set of synthetic pictures; no patient is in it.")
        )
        sample.setProperty("role", "dim")

        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.MARGIN)
        column.addStretch(2)
        for label in (invitation, meaning):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addSpacing(theme.GAP)
        column.addLayout(buttons)
        sample.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(sample)
        column.addStretch(3)
