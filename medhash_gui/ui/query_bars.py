"""Two strips around the query: the way here, and what was marked around it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from medhash_gui.ui import theme
from medhash_gui.ui.picture_panel import ElidedLabel
from medhash_gui.ui.session import Session


class TrailBar(ElidedLabel):
    """The queries so far in one line; there only once there are two.

    Args:
        session: whose trail.
        parent: Qt's owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trail = session.trail
        self.setProperty("role", "dim")
        self._trail.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        names = list(self._trail.names)
        self.setVisible(len(names) > 1)
        if names:
            names[self._trail.at] = f"[{names[self._trail.at]}]"
        text = self.tr("Asked: {names}").format(names="  ›  ".join(names))
        self.show_text(text)


class MarksBar(QWidget):
    """What the hits shall be like and unlike besides, each mark with its way out.

    Args:
        session: whose marks.
        parent: Qt's owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks = session.marks
        self._shown: object = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.GAP)
        session.state_changed.connect(self._show)
        self._show()

    @property
    def text(self) -> str:
        """Everything that the strip says."""
        found = self.findChildren(QPushButton) + self.findChildren(QLabel)
        return "  ".join(one.text() for one in found if not one.isHidden())

    def _show(self) -> None:
        marks, added = self._marks.marks, self._marks.added
        if (marks, added) == self._shown:
            return
        self._shown = (marks, added)
        while self._row.count():
            item = self._row.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.setVisible(bool(marks or added))
        if not (marks or added):
            return
        label = QLabel(self.tr("Asked with"))
        label.setProperty("role", "dim")
        self._row.addWidget(label)
        if added:
            text = self.tr("{count} more pictures").format(count=added)
            self._row.addWidget(QLabel(text))
        for mark in marks:
            text = self.tr("like {name}") if mark.is_like else self.tr("unlike {name}")
            chip = QPushButton(text.format(name=mark.name))
            chip.setToolTip(self.tr("Take this mark back"))
            chip.setProperty("row", mark.row)
            chip.clicked.connect(self._on_chip)
            self._row.addWidget(chip)
        clear = QPushButton(self.tr("Clear"))
        clear.setToolTip(self.tr("Ask about the query alone again"))
        clear.clicked.connect(self._marks.clear)
        self._row.addWidget(clear)
        self._row.addStretch(1)

    def _on_chip(self) -> None:
        chip = self.sender()
        if chip is not None:
            self._marks.remove(int(chip.property("row")))
