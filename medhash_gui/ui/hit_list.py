"""The hits as cells: picture, rank, differing bits, ties, labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QGuiApplication,
    QImage,
    QPainter,
    QPalette,
)
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from medhash_gui.ui import text_line
from medhash_gui.ui.hit_words import HitWords
from medhash_gui.ui.thumbnails import ThumbnailKey, Thumbnails

if TYPE_CHECKING:
    from medhash_gui.search import SearchHit

Index = QModelIndex | QPersistentModelIndex

THUMBNAIL = 148
_PADDING = 8
_BATCH = 200

HIT = int(Qt.ItemDataRole.UserRole)
MISSING = HIT + 1


class HitModel(QAbstractListModel):
    """The ranked hits of one answer.

    Args:
        thumbnails: gives the pictures.
        is_ranked: whether the hits bear their rank.
        parent: Qt's owner.
    """

    def __init__(
        self,
        thumbnails: Thumbnails,
        *,
        is_ranked: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.is_ranked = is_ranked
        self._thumbnails = thumbnails
        self._words = HitWords()
        self._hits: Sequence[SearchHit] = ()
        self._root = Path()
        self._bits = 0
        self._rows: dict[ThumbnailKey, int] = {}  # of the cells that were painted
        thumbnails.ready.connect(self._update)

    def show_hits(self, hits: Sequence[SearchHit], root: Path, bits: int) -> None:
        """Replace the hits.

        Args:
            hits: in the order of rank.
            root: the indexed folder that their paths start from.
            bits: length of the codes.
        """
        self.beginResetModel()
        self._hits, self._root, self._bits = hits, root, bits
        self._rows = {}
        self.endResetModel()

    def hit(self, index: Index) -> SearchHit | None:
        """Return the hit of a cell."""
        return self._hits[index.row()] if index.isValid() else None

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many hits there are."""
        return 0 if parent is not None and parent.isValid() else len(self._hits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 (Qt's)
        """Return what a cell shows, says or tells a screen reader."""
        hit = self.hit(index)
        if hit is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.distance_text(hit)
        if role == Qt.ItemDataRole.DecorationRole:
            key = self._key(hit)
            self._rows[key] = index.row()
            return self._thumbnails.get(key)
        if role in (
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return self.description(hit)
        if role == HIT:
            return hit
        if role == MISSING:
            return self._thumbnails.is_missing(self._key(hit))
        return None

    def distance_text(self, hit: SearchHit) -> str:
        """Return the distance as a sentence fragment."""
        if math.isnan(hit.distance):
            return ""  # found by words, not by a picture
        if hit.identical:
            return self.tr("identical file")
        text = self.tr("{distance:.3g} / {bits} bits differ")
        if hit.is_moved:
            text = self.tr("{distance:.3g} / {bits} from moved")
        return text.format(distance=hit.distance, bits=self._bits)

    def tie_text(self, hit: SearchHit) -> str:
        """Return how many pictures stand at the same distance, or nothing."""
        if hit.tie_size < 2:
            return ""
        return self.tr("tie of {count}").format(count=hit.tie_size)

    def description(self, hit: SearchHit) -> str:
        """Return everything a cell shows, in words."""
        parts = [
            self.tr("Rank {rank}").format(rank=hit.rank) if self.is_ranked else "",
            self.distance_text(hit),
            self.tie_text(hit),
            self._words.labels(hit.record),
            self._words.confirmed(hit.record),
            PurePosixPath(hit.record.path).name,
        ]
        return "; ".join(part for part in parts if part)

    def _key(self, hit: SearchHit) -> ThumbnailKey:
        return ThumbnailKey(self._root, hit.record.path, hit.record.frame)

    def _update(self, key: ThumbnailKey) -> None:
        row = self._rows.get(key)
        if row is not None:
            self.dataChanged.emit(self.index(row), self.index(row))


class HitDelegate(QStyledItemDelegate):
    """Paints one hit: the picture is the brightest thing in its cell."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the size of every cell."""
        del index
        metrics = QFontMetrics(option.font)
        # Wider where text is larger: rank and distance stand side by side.
        words = metrics.horizontalAdvance("24   64 / 64 bits differ")
        width = max(THUMBNAIL, words)
        height = THUMBNAIL + 3 * metrics.height() + 3 * _PADDING
        return QSize(width + 2 * _PADDING, height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Paint picture, rank and distance, labels, tie."""
        model = index.model()
        if not isinstance(model, HitModel):
            return
        palette: QPalette = option.palette
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        cell = rect.adjusted(2, 2, -2, -2)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell, palette.color(QPalette.ColorRole.Highlight))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(cell, palette.color(QPalette.ColorRole.AlternateBase))
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        self._paint_hit(painter, palette, rect, index, is_chosen=is_chosen)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(palette.color(QPalette.ColorRole.Accent))
            painter.drawRect(cell.adjusted(0, 0, -1, -1))
        painter.restore()

    def _paint_hit(
        self,
        painter: QPainter,
        palette: QPalette,
        rect: QRect,
        index: Index,
        *,
        is_chosen: bool,
    ) -> None:
        """Paint the picture, and what is said of it below."""
        width = rect.width() - 2 * _PADDING
        box = QRect(rect.left() + _PADDING, rect.top() + _PADDING, width, THUMBNAIL)
        self._paint_picture(painter, palette, box, index)
        self._paint_text(painter, palette, box, index, is_chosen=is_chosen)

    def _paint_picture(
        self, painter: QPainter, palette: QPalette, box: QRect, index: Index
    ) -> None:
        painter.fillRect(box, palette.color(QPalette.ColorRole.Shadow))
        image = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(image, QImage):
            size = image.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(QPoint(), size)
            place.moveCenter(box.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, image)
        elif index.data(MISSING):
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            text = self.tr("The file is not there or cannot be read")
            painter.drawText(box.adjusted(8, 8, -8, -8), flags, text)

    def _paint_text(
        self,
        painter: QPainter,
        palette: QPalette,
        box: QRect,
        index: Index,
        *,
        is_chosen: bool,
    ) -> None:
        model, hit = index.model(), index.data(HIT)
        assert isinstance(model, HitModel)
        plain = painter.font()
        bold = QFont(plain)
        bold.setWeight(QFont.Weight.DemiBold)
        line = painter.fontMetrics().height()
        row = QRect(box.left(), box.bottom() + _PADDING // 2 + 2, box.width(), line)
        left, right = text_line.LEFT, text_line.RIGHT
        text = palette.color(QPalette.ColorRole.Text)
        # The application's: a style sheet halves the opacity of a widget's own.
        shared = QGuiApplication.palette()
        dim = shared.color(QPalette.ColorRole.PlaceholderText)
        if is_chosen:
            dim = text  # legible on the accent, too

        painter.setPen(text)
        painter.setFont(bold)
        painter.drawText(row, left, str(hit.rank) if model.is_ranked else "")
        painter.setFont(plain)
        painter.drawText(row, right, model.distance_text(hit))
        row.translate(0, line + 1)
        labels = ", ".join(hit.record.labels)
        elide = Qt.TextElideMode.ElideRight
        shown = painter.fontMetrics().elidedText(labels, elide, box.width())
        painter.drawText(row, left, shown)
        row.translate(0, line + 1)
        painter.setPen(dim)
        tie = model.tie_text(hit)
        painter.drawText(row, right, tie)
        room = box.width() - painter.fontMetrics().horizontalAdvance(tie + "  ")
        name = PurePosixPath(hit.record.path).name
        middle = Qt.TextElideMode.ElideMiddle
        shown = painter.fontMetrics().elidedText(name, middle, room)
        painter.drawText(row, left, shown)


class HitList(QListView):
    """A grid of hits that is laid out in batches, so that a long one opens at once.

    Args:
        thumbnails: gives the pictures.
        is_ranked: whether the hits bear their rank.
        parent: Qt's owner.

    Signals:
        hit_selected(object): the ``SearchHit`` that is now current.
        hit_activated(object): Return or a double click on a ``SearchHit``.
    """

    hit_selected = Signal(object)
    hit_activated = Signal(object)

    def __init__(
        self,
        thumbnails: Thumbnails,
        *,
        is_ranked: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.hits = HitModel(thumbnails, is_ranked=is_ranked, parent=self)
        self.setModel(self.hits)
        self.setItemDelegate(HitDelegate(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(_BATCH)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setDragEnabled(False)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(40)
        self.selectionModel().currentChanged.connect(self._on_current)
        self.activated.connect(self._on_activated)

    def show_rows(self, delegate: HitDelegate | None) -> None:
        """Show the hits as rows of a list that this paints, or as a grid again."""
        mode = QListView.ViewMode.ListMode if delegate else QListView.ViewMode.IconMode
        self.setViewMode(mode)
        self.setItemDelegate(delegate or HitDelegate(self))
        self.scrollTo(self.currentIndex())

    def current_hit(self) -> SearchHit | None:
        """Return the selected hit."""
        return self.hits.hit(self.currentIndex())

    def select(self, row: int) -> None:
        """Make a hit the current one, if there are so many."""
        if 0 <= row < self.hits.rowCount():
            self.setCurrentIndex(self.hits.index(row))

    def deselect(self) -> None:
        """Make no hit the current one."""
        self.setCurrentIndex(QModelIndex())
        self.clearSelection()

    def step(self, by: int) -> None:
        """Go to the next or the previous hit."""
        self.select(max(self.currentIndex().row() + by, 0))

    def _on_current(self, current: QModelIndex, previous: QModelIndex) -> None:
        del previous
        hit = self.hits.hit(current)
        if hit is not None:
            self.hit_selected.emit(hit)

    def _on_activated(self, index: QModelIndex) -> None:
        self.hit_activated.emit(self.hits.hit(index))
