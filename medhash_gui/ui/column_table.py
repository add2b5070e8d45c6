"""The columns of a table, some of their cells, and what each is taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from medhash_gui import details
from medhash_gui.ui.import_tasks import PlanPreview

if TYPE_CHECKING:
    from medhash_gui.labels import TableColumns

# A table of yes and no may have a thousand columns; the first ones can be changed.
_MOST_COLUMNS = 150
# Of these a picture has one each; labels can come from several columns.
_SINGLE = frozenset(("file", "patient", "case", *details.TABLE_KEYS))


class ColumnTable(QTableWidget):
    """One row a column of the table, with a box to say what it holds.

    Signals:
        changed(): the user took a column for something else.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 3, parent)
        self._header: tuple[str, ...] = ()
        self._rest: TableColumns | None = None
        self._boxes: list[QComboBox] = []
        self._roles: list[str] = []
        self.setAccessibleName(self.tr("Columns of the table"))
        self.setHorizontalHeaderLabels(
            [self.tr("Column"), self.tr("Taken for"), self.tr("For example")]
        )
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its boxes take it
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.setColumnWidth(0, 210)
        self.setColumnWidth(1, 250)

    def roles(self) -> tuple[tuple[str, str], ...]:
        """Return what a column can be taken for: key and words."""
        return (
            ("", self.tr("Not used")),
            ("file", self.tr("File")),
            ("labels", self.tr("Labels")),
            ("patient", self.tr("Patient")),
            ("case", self.tr("Case or study")),
            ("report", self.tr("Report text")),
            ("confirmed_by", self.tr("How it was confirmed")),
            ("modality", self.tr("Modality")),
            ("body_part", self.tr("Body part")),
            ("view", self.tr("View")),
            ("laterality", self.tr("Side")),
            ("sex", self.tr("Sex")),
            ("age_band", self.tr("Age, kept as a ten-year band")),
            ("maker", self.tr("Maker of the device")),
            ("device", self.tr("Device")),
        )

    def show_columns(self, seen: PlanPreview) -> None:
        """Show the columns of a table, as they are taken."""
        self._rest = seen.columns
        if seen.header != self._header:
            self._make_rows(seen.header)
        taken = _roles_of(seen.columns)
        for row, box in enumerate(self._boxes):
            with QSignalBlocker(box):
                role = taken.get(self._header[row], "")
                box.setCurrentIndex(box.findData(role))
            cells = "  ·  ".join(seen.samples[row]) if row < len(seen.samples) else ""
            self.setItem(row, 2, QTableWidgetItem(cells))
        self._roles = [box.currentData() for box in self._boxes]

    def columns(self) -> TableColumns | None:
        """Return what the columns are taken for; None before there is a table."""
        if not self._boxes:
            return None
        from medhash_gui.labels import TableColumns

        named: dict[str, str] = {}
        labels = []
        for name, box in zip(self._header, self._boxes, strict=False):
            role = box.currentData()
            if role == "labels":
                labels.append(name)
            elif role:
                named.setdefault(role, name)
        shown = set(self._header[: len(self._boxes)])
        if self._rest is not None:
            labels += [name for name in self._rest.labels if name not in shown]
        kept = [(key, named[key]) for key in details.TABLE_KEYS if key in named]
        return TableColumns(
            file=named.get("file"),
            labels=tuple(labels),
            patient=named.get("patient"),
            case=named.get("case"),
            details=tuple(sorted(kept)),
        )

    def take_for(self, column: str, role: str) -> None:
        """Take a column for something, as the user does with its box."""
        box = self._boxes[self._header.index(column)]
        box.setCurrentIndex(box.findData(role))

    def _make_rows(self, header: tuple[str, ...]) -> None:
        self._header = header
        self._boxes = []
        self.setRowCount(0)
        self.setRowCount(min(len(header), _MOST_COLUMNS))
        roles = self.roles()
        for row in range(self.rowCount()):
            name = header[row]
            item = QTableWidgetItem(name)
            item.setToolTip(name)
            self.setItem(row, 0, item)
            box = _RoleBox()
            for key, words in roles:
                box.addItem(words, key)
            box.setAccessibleName(
                self.tr("What the column {name} is taken for").format(name=name)
            )
            box.currentIndexChanged.connect(self._on_box)
            self.setCellWidget(row, 1, box)
            self._boxes.append(box)
            self.setRowHeight(row, box.sizeHint().height() + 4)

    def _on_box(self, _: int) -> None:
        roles = [box.currentData() for box in self._boxes]
        changed = next(
            (row for row, role in enumerate(roles) if role != self._roles[row]), None
        )
        if changed is None:
            return
        role = roles[changed]
        for row, box in enumerate(self._boxes):
            if role in _SINGLE and row != changed and roles[row] == role:
                with QSignalBlocker(box):
                    box.setCurrentIndex(0)
        self._roles = [box.currentData() for box in self._boxes]
        self.changed.emit()


class _RoleBox(QComboBox):
    """A box that a wheel, scrolling the table around it, does not change."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the table scroll."""
        event.ignore()


def _roles_of(columns: TableColumns | None) -> dict[str, str]:
    """Return what each column is taken for, by its name."""
    if columns is None:
        return {}
    found = {name: key for key, name in columns.details}
    found |= dict.fromkeys(columns.labels, "labels")
    single = (
        (columns.case, "case"),
        (columns.patient, "patient"),
        (columns.file, "file"),
    )
    return found | {name: key for name, key in single if name is not None}
