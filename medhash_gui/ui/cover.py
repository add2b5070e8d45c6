"""Stands in place of the hits until there is a reason to look at them.

A list of nearest pictures looks convincing whatever it holds. So it is said first, and
plainly, where the model knows no such pictures, or where none is near enough to mean
anything; and who wishes to write down an impression first is asked before any hit.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from medhash_gui.ui import theme

State = Literal["open", "waiting", "blind", "unfamiliar", "few"]


class Cover(QWidget):
    """Says why the hits are not shown yet, and opens them.

    Attributes:
        state: what it says; "open" where the hits are shown.
        impression: where the reader writes.
        show_hits: opens the hits.

    Signals:
        opened(): the hits may be shown.
        changed(): it says something else, or nothing any more.
        written(str): the reader's impression.
    """

    opened = Signal()
    changed = Signal()
    written = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state: State = "open"
        self._rest: list[tuple[State, str]] = []
        self._title = QLabel()
        self._title.setProperty("role", "heading")
        self._title.setWordWrap(True)
        self._text = QLabel()
        self._text.setProperty("role", "dim")
        self._text.setWordWrap(True)
        self.impression = QPlainTextEdit()
        self.impression.setAccessibleName(self.tr("Your own impression"))
        self.impression.setTabChangesFocus(True)
        self.impression.setFixedHeight(96)
        self.show_hits = QPushButton()
        self.show_hits.setAccessibleName(self.tr("Show the hits"))
        self.show_hits.setAutoDefault(True)
        column = QVBoxLayout(self)
        column.setSpacing(theme.GAP)
        column.addStretch(1)
        for part in (self._title, self._text, self.impression):
            column.addWidget(part)
        column.addWidget(self.show_hits, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(2)
        self.show_hits.clicked.connect(self._go_on)
        self.hide()

    @property
    def sentence(self) -> str:
        """What it says."""
        return self._title.text()

    def wait(self) -> None:
        """Stand before the hits of a query that is still being answered."""
        self._say("waiting", "")

    def judge(
        self, *, blind: bool, unfamiliar: bool, few: bool, explanation: str = ""
    ) -> None:
        """Say what there is to say before the hits, or open them.

        Args:
            blind: whether the reader's impression is asked for first.
            unfamiliar: whether the model knows no such pictures.
            few: whether there are not enough similar cases.
            explanation: why there are not enough.
        """
        self._rest = []
        if blind:
            self._rest.append(("blind", ""))
        if unfamiliar:
            self._rest.append(("unfamiliar", ""))
        elif few:
            self._rest.append(("few", explanation))
        self._next()

    def _go_on(self) -> None:
        if self.state == "blind":
            self.written.emit(self.impression.toPlainText())
        self._next()

    def _next(self) -> None:
        if self._rest:
            self._say(*self._rest.pop(0))
            return
        self._say("open", "")
        self.opened.emit()

    def _say(self, state: State, explanation: str) -> None:
        self.state = state
        titles = {
            "blind": self.tr("What is your own impression?"),
            "unfamiliar": self.tr("This is unlike anything this model knows."),
            "few": self.tr("There are not enough similar cases."),
        }
        texts = {
            "blind": self.tr(
                "Write it down before you see any hit. It stays on this computer."
            ),
            "unfamiliar": self.tr(
                "The model was not trained on pictures like the query. There is always "
                "a nearest picture; here it may mean nothing."
            ),
            "few": explanation,
        }
        buttons = {
            "blind": self.tr("Go on to the hits"),
            "unfamiliar": self.tr("Show the nearest pictures anyway"),
            "few": self.tr("Show the nearest pictures anyway"),
        }
        self._title.setText(titles.get(state, ""))
        self._text.setText(texts.get(state, ""))
        self.show_hits.setText(buttons.get(state, ""))
        self.show_hits.setVisible(state in buttons)
        self.impression.setVisible(state == "blind")
        self.setVisible(state != "open")
        if state == "blind":
            self.impression.clear()
            self.impression.setFocus()
        elif state in buttons:
            self.show_hits.setFocus()
        self.changed.emit()
