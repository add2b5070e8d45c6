"""Pictures on their way out: each is looked at, masked by hand, and then exported."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.errors import MedHashError
from medhash_gui.ui import picture, theme, translation
from medhash_gui.ui.export_options import ExportOptions
from medhash_gui.ui.export_tasks import Chosen, ExportWish, OpenedPicture
from medhash_gui.ui.mask_panel import MaskPanel
from medhash_gui.ui.mask_view import Mark, MaskView
from medhash_gui.ui.report_tasks import QUERY
from medhash_gui.ui.stance import Stance

if TYPE_CHECKING:
    from medhash_gui.search import SearchHit
    from medhash_gui.ui.session import Session

_LIST_WIDTH, _PANEL_WIDTH = 190, 300


@dataclass(eq=False)
class _Row:
    """A picture of the answer: the query, or a hit."""

    hit: SearchHit | None
    opened: OpenedPicture | None = None
    marks: tuple[Mark, ...] = ()
    stance: Stance = field(default_factory=Stance)
    is_asked: bool = False
    problem: str = ""

    @property
    def key(self) -> int:
        """By which its masks are kept."""
        return QUERY if self.hit is None else self.hit.row


class ExportDialog(QDialog):
    """Shows query and hits one by one, with what will be masked.

    A picture that is ticked is shown, so that nothing leaves that nobody has seen; the
    tick of having looked goes when another picture is chosen or another box is masked.
    Each begins in the greys in which it is seen outside, and with the boxes that were
    masked in it before; reports cover those, too.

    Args:
        session: whose answer it is, and what opens its pictures.
        place: the folder that is offered.
        parent: Qt's owner.

    Attributes:
        pictures: query and hits; ticked ones are exported.
        view: the picture that is looked at.
        masks: its masks.
        options: form and folder.
        looked: whether a person has looked at all that is ticked.

    Signals:
        wished(object): the ``ExportWish``; the dialog stays until it has come true.
    """

    wished = Signal(object)

    def __init__(
        self, session: Session, place: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._style = session.overlay
        result = session.result
        hits = () if result is None else result.hits
        own, others = (Stance(window=one) for one in session.reporting.look())
        self._rows = [_Row(None, stance=own), *(_Row(h, stance=others) for h in hits)]
        self.setWindowTitle(self.tr("Export pictures"))
        self.pictures = QListWidget()
        self.pictures.setAccessibleName(self.tr("Pictures to be exported"))
        self.pictures.setFixedWidth(_LIST_WIDTH)
        self.view = MaskView()
        self.view.setAccessibleName(self.tr("The picture as it will be exported"))
        self.masks = MaskPanel()
        self.options = ExportOptions(place)
        self.looked = QCheckBox(
            self.tr("I have looked: nothing in the ticked pictures names anybody")
        )
        self._note = QLabel(
            self.tr(
                "Drawn anew, without the file's name and header; what made them is "
                "told along with them. For research and education only."
            )
        )
        self._problem = QLabel()
        self._buttons = QDialogButtonBox()
        self._export = self._buttons.addButton(
            self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self._buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self._lay_out()
        self._fill()
        self.pictures.currentRowChanged.connect(self._on_row)
        self.pictures.itemChanged.connect(self._on_tick)
        self.masks.changed.connect(self._on_marks)
        self.masks.draw_wished.connect(self._on_draw)
        self.view.drawn.connect(self.masks.add)
        self.view.stance_changed.connect(self._on_stance)
        self.options.map_toggled.connect(self._on_map)
        self.options.changed.connect(self._say_nothing)
        self.looked.toggled.connect(self._say_nothing)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        session.reporting.opened.connect(self._on_opened)
        session.reporting.exported.connect(self._on_exported)
        self.pictures.setCurrentRow(0)

    @property
    def problem(self) -> str:
        """What keeps the pictures from being exported, or ""."""
        return self._problem.text()

    def accept(self) -> None:
        """Wish for the export, if a person has looked at what is chosen."""
        rows = [row for n, row in enumerate(self._rows) if self._is_ticked(n)]
        if not rows:
            self._problem.setText(self.tr("No picture is ticked."))
            return
        if any(row.opened is None for row in rows):
            self._problem.setText(
                self.tr("A ticked picture is not there yet, or cannot be read.")
            )
            return
        if not self.looked.isChecked():
            self._problem.setText(
                self.tr(
                    "Look at every ticked picture, mask what names somebody, and tick "
                    "that you have."
                )
            )
            return
        options = self.options
        form = options.chosen_form
        wish = ExportWish(
            form,
            Path(options.folder.text().strip()).expanduser(),
            tuple(self._chosen(row) for row in rows),
            with_map=options.with_map.isChecked(),
            is_beside=options.beside.isChecked() and form != "teaching",
            has_keys=options.keys.isChecked(),
            keeps_uids=options.originals.isChecked() and options.keys.isChecked(),
            diagnosis=options.diagnosis.text().strip(),
            notes=options.notes.toPlainText().strip(),
            language=translation.chosen(self._session.settings.text("language")),
            replace=options.replace.isChecked(),
        )
        self._export.setEnabled(False)
        self._problem.setText("")
        self.wished.emit(wish)

    # -- parts ---------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._note.setProperty("role", "dim")
        self._problem.setProperty("role", "warning")
        for label in (self._note, self._problem):
            label.setWordWrap(True)
        side = QWidget()
        side.setFixedWidth(_PANEL_WIDTH)
        panel = QVBoxLayout(side)
        panel.setContentsMargins(0, 0, 0, 0)
        panel.setSpacing(theme.MARGIN)
        panel.addWidget(self.masks, 1)
        panel.addWidget(self.options)
        row = QHBoxLayout()
        row.setSpacing(theme.MARGIN)
        row.addWidget(self.pictures)
        row.addWidget(self.view, 1)
        row.addWidget(side)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addLayout(row, 1)
        column.addWidget(self.looked)
        column.addWidget(self._note)
        column.addWidget(self._problem)
        column.addWidget(self._buttons)
        self.resize(1120, 740)

    def _fill(self) -> None:
        for row in self._rows:
            item = QListWidgetItem(self._name(row))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            is_query = row.hit is None
            state = Qt.CheckState.Checked if is_query else Qt.CheckState.Unchecked
            item.setCheckState(state)
            self.pictures.addItem(item)

    def _name(self, row: _Row) -> str:
        if row.hit is None:
            return self.tr("Query")
        text = self.tr("Hit {rank}: {distance:.3g} bits")
        if row.hit.is_moved:
            text = self.tr("Hit {rank}: {distance:.3g} bits from the moved query")
        return text.format(rank=row.hit.rank, distance=row.hit.distance)

    def _is_ticked(self, number: int) -> bool:
        return self.pictures.item(number).checkState() == Qt.CheckState.Checked

    def _chosen(self, row: _Row) -> Chosen:
        masks = tuple(mark.box for mark in row.marks if mark.is_on)
        return Chosen(row.hit, masks, row.stance.window)

    # -- what comes ----------------------------------------------------------------

    def _on_row(self, number: int) -> None:
        if number < 0:
            return
        row = self._rows[number]
        if not row.is_asked:
            row.is_asked = True
            self._session.reporting.open_picture(row.hit)
        self._show(row)

    def _on_opened(self, hit: object, opened: object) -> None:
        row = next((row for row in self._rows if row.hit is hit), None)
        if row is None:
            return
        if isinstance(opened, MedHashError):
            row.problem = f"{opened.message} {opened.hint}"
            self.pictures.item(self._rows.index(row)).setCheckState(
                Qt.CheckState.Unchecked
            )
        elif isinstance(opened, OpenedPicture):
            row.opened = opened
            masks = self._session.reporting.masks.get(row.key, ())
            boxes = [box for box in opened.suggested if box not in masks]
            row.marks = (
                *(Mark(box) for box in masks),
                *(Mark(box, is_on=False, is_suggested=True) for box in boxes),
            )
        if self._rows[self.pictures.currentRow()] is row:
            self._show(row)

    def _show(self, row: _Row) -> None:
        opened = row.opened
        if opened is None:
            self.view.set_empty_text(row.problem or self.tr("The picture is opened…"))
            self.view.show_picture(None)
        else:
            self.view.show_picture(opened.picture)
            self.view.take_stance(row.stance)
        self.masks.setEnabled(opened is not None)
        self.masks.show_marks(row.marks)
        self.view.show_marks(row.marks)
        self._on_map()

    def _on_map(self) -> None:
        opened = self._rows[self.pictures.currentRow()].opened
        values = None if opened is None else opened.explanation.values
        if values is None or not self.options.with_map.isChecked():
            self.view.show_layer(None)
            return
        # Loaded by the job that made the map, so this costs nothing here.
        from medhash_gui import overlay

        table = overlay.colour_table(self._style.colour_map)
        self.view.set_opacity(self._style.opacity)
        self.view.show_layer(picture.layer(values, table))

    def _on_tick(self, item: QListWidgetItem) -> None:
        if item.checkState() == Qt.CheckState.Checked:
            self.pictures.setCurrentItem(item)
        self.looked.setChecked(False)

    def _on_marks(self) -> None:
        row = self._rows[self.pictures.currentRow()]
        if row.opened is None:
            return
        if row.marks != self.masks.marks:
            row.marks = self.masks.marks
            boxes = tuple(mark.box for mark in row.marks if mark.is_on)
            self._session.reporting.masks[row.key] = boxes
            self.looked.setChecked(False)
        self.view.show_marks(row.marks, self.masks.current)

    def _on_draw(self) -> None:
        self.view.use_tool("mask")

    def _on_stance(self, stance: Stance) -> None:
        self._rows[self.pictures.currentRow()].stance = stance

    def _say_nothing(self) -> None:
        self._problem.setText("")

    def _on_exported(self, done: object) -> None:
        self._export.setEnabled(True)
        if isinstance(done, MedHashError):
            self._problem.setText(f"{done.message} {done.hint}")
        else:
            super().accept()
