"""A table of lifts as bars with their intervals, one row a property.

Painted, not named in colours: the bar is the lift, the thin line its interval, and the
tick stands where the lift of labels is. Every figure stands beside its bar as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.shortcut_words import ShortcutWords

if TYPE_CHECKING:
    from medhash_gui.shortcut_figures import Estimate, Property
    from medhash_gui.shortcuts import ShortcutAudit

_NAME, _AGREE, _LIFT, _MORE, _WITHIN = range(5)
_BARS = (_LIFT, _WITHIN)
_FIGURE = Qt.ItemDataRole.UserRole
_REFERENCE = Qt.ItemDataRole.UserRole + 1
# Height of a bar, room at its ends, and from the text above it to the cell's end.
_TRACK, _INSET, _BELOW = 4, 6, 12


class _BarDelegate(QStyledItemDelegate):
    """Paints the text of a cell, and below it the bar of its figure."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint one cell."""
        palette = option.palette
        above = QStyleOptionViewItem(option)
        above.rect = option.rect.adjusted(0, 0, 0, -_BELOW)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, palette.color(QPalette.ColorRole.Highlight))
        super().paint(painter, above, index)
        figure = index.data(_FIGURE)
        if figure is None:
            return
        cell = QRectF(option.rect)
        track = QRectF(cell.left() + _INSET, cell.bottom() - _BELOW + 1, 0, _TRACK)
        track.setWidth(cell.width() - 2 * _INSET)
        ink = palette.color(QPalette.ColorRole.Text)
        painter.fillRect(track, palette.color(QPalette.ColorRole.Mid))
        low, high, value = (min(1.0, max(0.0, part)) for part in figure)
        bar = QRectF(track.left(), track.top(), track.width() * value, _TRACK)
        painter.fillRect(bar, palette.color(QPalette.ColorRole.Accent))
        start, length = track.left() + track.width() * low, track.width() * (high - low)
        line = QRectF(start, track.center().y() - 0.5, max(1.0, length), 1)
        painter.fillRect(line, ink)
        reference = index.data(_REFERENCE)
        if reference is not None:
            at = track.left() + track.width() * min(1.0, max(0.0, reference))
            painter.fillRect(QRectF(at - 1, track.top() - 3, 2, _TRACK + 6), ink)

    def sizeHint(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QSize:
        """Return the size of a cell: its text, and a bar below."""
        size = super().sizeHint(option, index)
        return QSize(size.width() + 2 * _INSET, size.height() + _BELOW)


class LiftTable(QTableWidget):
    """Properties in rows; what is named stands in bold.

    Args:
        parent: Qt's owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 5, parent)
        self._words = ShortcutWords()
        self._properties: tuple[Property, ...] = ()
        self.setAccessibleName(self.tr("What neighbours share"))
        self.setHorizontalHeaderLabels(
            [
                self.tr("Shared"),
                self.tr("Neighbours that agree"),
                self.tr("Lift"),
                self.tr("Minus labels"),
                self.tr("Lift at the same label"),
            ]
        )
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self._delegate = _BarDelegate(self)
        for column in _BARS:
            self.setItemDelegateForColumn(column, self._delegate)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.row_height() + _BELOW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)

    def show_audit(self, audit: ShortcutAudit) -> None:
        """Show the properties of an audit."""
        self._properties = audit.properties
        labels = next((one for one in audit.properties if one.key == "labels"), None)
        reference = None if labels is None else labels.overall.lift
        self.setRowCount(len(audit.properties))
        for row, one in enumerate(audit.properties):
            within = None if one.within is None else one.within.lift
            self._put(row, _NAME, self._words.name(one.key), one)
            self._put(row, _AGREE, self._words.agreement(one.overall), one)
            wide = self._put(row, _LIFT, self._words.interval(one.overall.lift), one)
            self._put(row, _MORE, self._words.difference(one.more_than_labels), one)
            narrow = self._put(row, _WITHIN, self._words.interval(within), one)
            _draw(wide, one.overall.lift, None if one is labels else reference)
            _draw(narrow, within, None)
        if audit.properties:
            self.selectRow(0)

    def chosen(self) -> Property | None:
        """Return the property of the current row, or None."""
        row = self.currentRow()
        return self._properties[row] if 0 <= row < len(self._properties) else None

    def _put(self, row: int, column: int, text: str, one: Property) -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        item.setToolTip(self._words.sentence(one))
        if one.verdict == "shares_more":
            font = item.font()
            font.setBold(True)
            item.setFont(font)
        self.setItem(row, column, item)
        return item


def _draw(
    item: QTableWidgetItem, lift: Estimate | None, reference: Estimate | None
) -> None:
    if lift is not None:
        item.setData(_FIGURE, (lift.low, lift.high, lift.value))
        if reference is not None:
            item.setData(_REFERENCE, reference.value)
