"""Filters that say which pictures may be hits at all, before anything is ranked."""

from __future__ import annotations

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.evidence_tasks import SHOWN_DETAILS, Values
from medhash_gui.ui.hit_words import HitWords
from medhash_gui.ui.narrowing import Narrowing
from medhash_gui.ui.session import Session

_MOST_VALUES = 100
_COLUMNS = 2


class FilterBar(QWidget):
    """What the open library can be narrowed by; hidden until it is asked for.

    Args:
        session: is told what is chosen, and asked what there is.
        parent: Qt's owner.

    Attributes:
        details: a list of values for each detail that the library keeps, by key.
        folder: a folder below the indexed one.
        report: words of the report text.
        since: day of the file's last change, or later.
        before: day before which it was changed.
        within: greatest distance; the least value stands for any.
        once_a_case: whether each case is shown once.
        clear: takes every filter away.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._is_filling = False
        self._root: object = None
        self.details: dict[str, QComboBox] = {}
        for key in SHOWN_DETAILS:
            box = QComboBox()
            box.setAccessibleName(self._name(key))
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(10)
            box.hide()
            box.activated.connect(self._on_change)
            self.details[key] = box
        self.folder = self._line(self.tr("Folder"), self.tr("Folder, such as ward/2"))
        self.report = self._line(
            self.tr("Words of the report"), self.tr("Words of the report")
        )
        self.since = self._line(
            self.tr("Changed on this day or later"), self.tr("Since, 2024-05-31")
        )
        self.before = self._line(
            self.tr("Changed before this day"), self.tr("Before, 2024-05-31")
        )
        self.within = QSpinBox()
        theme.inset(self.within)
        self.within.setRange(-1, -1)
        self.within.setSpecialValueText(self.tr("Any distance"))
        self.within.setPrefix(self.tr("up to "))
        self.within.setSuffix(self.tr(" bits"))
        self.within.setKeyboardTracking(False)
        self.within.setAccessibleName(self.tr("Greatest distance in bits"))
        self.within.valueChanged.connect(self._on_change)
        self.once_a_case = QCheckBox(self.tr("Each case once"))
        self.once_a_case.toggled.connect(self._on_change)
        self.clear = QPushButton(self.tr("No filter"))
        self.clear.clicked.connect(self.reset)
        self._note = QLabel()
        self._note.setProperty("role", "warning")
        self._note.setWordWrap(True)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.GAP)
        self._arrange()
        self.hide()
        session.weighing.values_seen.connect(self._fill)
        session.library_changed.connect(self._on_library)
        session.state_changed.connect(self._on_state)

    def toggle(self) -> None:
        """Show the filters, or hide them; what is chosen stays in force."""
        self.setVisible(self.isHidden())
        if not self.isHidden():
            self._session.weighing.ask_for_values()
            self.folder.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def find_words(self) -> None:
        """Ask for words of report texts, which need no picture."""
        if self.isHidden():
            self.toggle()
        self.report.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def reset(self) -> None:
        """Take every filter away."""
        self._empty()
        self._on_change()

    @property
    def note(self) -> str:
        """What is wrong with what was typed, or ""."""
        return self._note.text()

    def _line(self, name: str, hint: str) -> QLineEdit:
        line = QLineEdit()
        line.setAccessibleName(name)
        line.setPlaceholderText(hint)
        line.setToolTip(name)
        line.setClearButtonEnabled(True)
        line.editingFinished.connect(self._on_change)
        return line

    def _arrange(self) -> None:
        while self._grid.count():
            self._grid.takeAt(0)
        shown: list[QWidget] = [
            box for box in self.details.values() if not box.isHidden()
        ]
        shown += [self.folder, self.report, self.since, self.before, self.within]
        shown += [self.once_a_case]
        for place, control in enumerate(shown):
            self._grid.addWidget(control, place // _COLUMNS, place % _COLUMNS)
        below = -(-len(shown) // _COLUMNS)
        self._grid.addWidget(self._note, below, 0)
        self._grid.addWidget(self.clear, below, 1)

    def _on_library(self, _: object) -> None:
        facts = self._session.facts
        if facts is not None and facts.root != self._root:
            self._root = facts.root
            self._is_filling = True
            self.within.setRange(-1, facts.bits)
            self._is_filling = False
            self._empty()
        if not self.isHidden():
            self._session.weighing.ask_for_values()

    def _fill(self, values: Values) -> None:
        chosen = dict(self._session.choice.narrowing.details)
        words = HitWords()
        for key, box in self.details.items():
            known = values.get(key, {})
            box.clear()
            box.addItem(self.tr("{what}: any").format(what=self._name(key)), None)
            ranked = sorted(known.items(), key=lambda item: (-item[1], item[0]))
            for value, count in ranked[:_MOST_VALUES]:
                text = self.tr("{what}: {value} ({count:,})")
                said = words.source(value) if key == "confirmed_by" else value
                shown = text.format(what=self._name(key), value=said, count=count)
                box.addItem(shown, value)
            box.setCurrentIndex(max(0, box.findData(chosen.get(key))))
            box.setVisible(bool(known))
        self._arrange()

    def _empty(self) -> None:
        self._is_filling = True
        for box in self.details.values():
            box.setCurrentIndex(0 if box.count() else -1)
        for line in self._lines:
            line.clear()
        self.within.setValue(-1)
        self.once_a_case.setChecked(False)
        self._is_filling = False
        self._note.clear()

    def _on_change(self, *_: object) -> None:
        if self._is_filling:
            return
        for line in self._lines:
            line.setModified(False)
        wrong = [
            line.text()
            for line in (self.since, self.before)
            if line.text() and not QDate.fromString(line.text(), "yyyy-MM-dd").isValid()
        ]
        text = self.tr("{day} is no day such as 2024-05-31.")
        self._note.setText(text.format(day=wrong[0]) if wrong else "")
        if wrong:
            return
        self._session.narrow(self._narrowing())

    def _narrowing(self) -> Narrowing:
        """Return what the controls say; details that are not listed yet stay."""
        known = dict(self._session.choice.narrowing.details)
        chosen = {
            key: box.currentData() if box.count() else known.get(key)
            for key, box in self.details.items()
        }
        return Narrowing(
            details=tuple(
                (key, value) for key, value in chosen.items() if value is not None
            ),
            folder=self.folder.text().strip().strip("/"),
            report=self.report.text().strip(),
            since=self.since.text().strip(),
            before=self.before.text().strip(),
            within=None if self.within.value() < 0 else self.within.value(),
            once_a_case=self.once_a_case.isChecked(),
        )

    def _on_state(self) -> None:
        """Show filters that were set by other means, as by a kept search."""
        wanted = self._session.choice.narrowing
        is_typing = any(line.isModified() for line in self._lines)
        if self._note.text() or is_typing or wanted == self._narrowing():
            return
        self._is_filling = True
        chosen = dict(wanted.details)
        for key, box in self.details.items():
            if box.count():
                box.setCurrentIndex(max(0, box.findData(chosen.get(key))))
        said = (wanted.folder, wanted.report, wanted.since, wanted.before)
        for line, text in zip(self._lines, said, strict=True):
            line.setText(text)
        self.within.setValue(-1 if wanted.within is None else wanted.within)
        self.once_a_case.setChecked(wanted.once_a_case)
        self._is_filling = False

    @property
    def _lines(self) -> tuple[QLineEdit, ...]:
        return (self.folder, self.report, self.since, self.before)

    def _name(self, key: str) -> str:
        names = {
            "modality": self.tr("Modality"),
            "body_part": self.tr("Body part"),
            "view": self.tr("View"),
            "laterality": self.tr("Side"),
            "sex": self.tr("Sex"),
            "age_band": self.tr("Age"),
            "maker": self.tr("Maker"),
            "device": self.tr("Device"),
            "confirmed_by": self.tr("Confirmed by"),
        }
        return names[key]
