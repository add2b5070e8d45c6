"""The pictures that are left out of searches, to be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.session import Session
from medhash_gui.ui.thumbnails import ThumbnailKey, Thumbnails

if TYPE_CHECKING:
    from medhash_gui.curation import LeftOut

_SIDE = 56  # of a row's picture


class LeftOutModel(QAbstractListModel):
    """Pictures by path, with their labels; small pictures come when they are painted.

    Args:
        thumbnails: gives the pictures.
        root: the indexed folder.
        parent: Qt's owner.
    """

    def __init__(self, thumbnails: Thumbnails, root: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._root = root
        self._pictures: Sequence[LeftOut] = ()
        self._places: dict[ThumbnailKey, int] = {}
        thumbnails.ready.connect(self._on_ready)

    def show_pictures(self, pictures: Sequence[LeftOut]) -> None:
        """Replace the pictures."""
        self.beginResetModel()
        self._pictures = pictures
        self._places = {self._key(one): n for n, one in enumerate(pictures)}
        self.endResetModel()

    def row(self, index: QModelIndex) -> int:
        """Return the library's row of a picture."""
        return self._pictures[index.row()].row

    def rowCount(
        self, parent: QModelIndex | QPersistentModelIndex | None = None
    ) -> int:
        """Return how many there are."""
        return 0 if parent is not None and parent.isValid() else len(self._pictures)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> str | QIcon | None:
        """Return path and labels of a picture, or the small picture itself."""
        if not index.isValid():
            return None
        one = self._pictures[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            name = one.path
            if one.frame:
                text = self.tr("{path}, frame {number}")
                name = text.format(path=one.path, number=one.frame + 1)
            labels = ", ".join(one.labels) or self.tr("no label")
            return f"{name}\n{labels}"
        if role == Qt.ItemDataRole.DecorationRole:
            image = self._thumbnails.get(self._key(one))
            if image is None:
                return None
            small = QPixmap.fromImage(image).scaled(
                _SIDE,
                _SIDE,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            # The same when it is chosen: a style would tint the picture.
            icon = QIcon(small)
            icon.addPixmap(small, QIcon.Mode.Selected)
            return icon
        return None

    def _key(self, one: LeftOut) -> ThumbnailKey:
        return ThumbnailKey(self._root, one.path, one.frame)

    def _on_ready(self, key: ThumbnailKey) -> None:
        if key in self._places:
            index = self.index(self._places[key])
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])


class LeftOutDialog(QDialog):
    """Lists what searches pass over, and takes back what is chosen.

    Args:
        session: whose library it is.
        parent: Qt's owner.

    Attributes:
        pictures: the list.
        back_button: takes back what is chosen in it.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Left-out images"))
        self._curator = session.upkeep.curator
        facts = session.facts
        root = Path() if facts is None else facts.indexed_root
        self._count = QLabel(self.tr("Looking…"))
        self._count.setAccessibleName(self.tr("How many are left out"))
        self.model = LeftOutModel(session.thumbnails, root, self)
        self.pictures = QListView()
        self.pictures.setModel(self.model)
        self.pictures.setAccessibleName(self.tr("Left-out images"))
        self.pictures.setIconSize(QSize(_SIDE, _SIDE))
        self.pictures.setUniformItemSizes(True)
        self.pictures.setSpacing(theme.GAP // 2)
        self.pictures.setSelectionMode(
            QAbstractItemView.SelectionMode.ExtendedSelection
        )
        self.pictures.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        note = QLabel(
            self.tr(
                "Searches pass over these until they are taken back, and so does "
                "everything that counts hits. Indexing the folder changes nothing "
                "about it."
            )
        )
        note.setProperty("role", "dim")
        note.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.back_button = QPushButton(self.tr("&Take back"))
        buttons.addButton(self.back_button, QDialogButtonBox.ButtonRole.ActionRole)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addWidget(self._count)
        column.addWidget(self.pictures, 1)
        column.addWidget(note)
        column.addWidget(buttons)
        self.resize(520, 420)
        self.pictures.selectionModel().selectionChanged.connect(self._on_selection)
        self.pictures.activated.connect(self._take_back)
        self.back_button.clicked.connect(self._take_back)
        buttons.rejected.connect(self.reject)
        self._curator.listed.connect(self._fill)
        self._on_selection()
        self._curator.ask_for_list()

    def _fill(self, pictures: Sequence[LeftOut]) -> None:
        text = self.tr("{count:,} images are left out of searches.")
        none = self.tr("No image is left out of searches.")
        self._count.setText(text.format(count=len(pictures)) if pictures else none)
        self.model.show_pictures(pictures)
        if pictures:
            self.pictures.setCurrentIndex(self.model.index(0))
        self._on_selection()

    def _on_selection(self, *_: object) -> None:
        has_some = bool(self.pictures.selectionModel().selectedIndexes())
        self.back_button.setEnabled(has_some)
        self.back_button.setDefault(has_some)

    def _take_back(self, *_: object) -> None:
        chosen = self.pictures.selectionModel().selectedIndexes()
        if chosen:
            self._curator.take_back([self.model.row(index) for index in chosen])
