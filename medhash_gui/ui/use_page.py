"""The wizard's last page: a library of the new model, beside the old one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.model_tasks import Found, NewLibrary
from medhash_gui.ui.picture_strip import PictureStrip, StripPicture
from medhash_gui.ui.trainer import Trainer
from medhash_gui.ui.training_page import TrainingPage, dim, heading, in_bits

if TYPE_CHECKING:
    from medhash_gui.indexing import IndexProgress
    from medhash_gui.ui.library_tasks import Facts


class UsePage(TrainingPage):
    """Keep the model, index the open library's folder anew, look, switch, go back.

    Args:
        trainer: does it.
        parent: Qt's owner.

    Attributes:
        keep_button, index_button, ask_button, switch_button, back_button: the steps.
        before, after: what a query finds in the old and in the new library.
        new: the new library once it is complete, or None.
    """

    def __init__(self, trainer: Trainer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head(
            self.tr("Use it"),
            self.tr(
                "Codes of two models cannot be compared, so the pictures are indexed "
                "once more, into a library beside the old one. The old one stays as it "
                "is and can be searched meanwhile; you can go back at any time."
            ),
        )
        self._trainer = trainer
        self._facts: Facts | None = None
        self._query: Path | None = None
        self.new: NewLibrary | None = None
        self.keep_button = QPushButton(self.tr("&Add it to the models"))
        self.keep_button.clicked.connect(self._keep)
        self._kept = dim()
        self.index_button = QPushButton(self.tr("&Index anew"))
        self.index_button.clicked.connect(self._index)
        self._indexed = dim()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of indexing anew"))
        self._bar.hide()
        self.ask_button = QPushButton(self.tr("Ask with a &picture…"))
        self.ask_button.clicked.connect(self._choose_query)
        self._asked = dim()
        self.before = PictureStrip(trainer.thumbnails)
        self.before.setAccessibleName(self.tr("What the old model finds"))
        self.after = PictureStrip(trainer.thumbnails)
        self.after.setAccessibleName(self.tr("What the new model finds"))
        self.switch_button = QPushButton(self.tr("&Use the new library"))
        self.switch_button.clicked.connect(self._switch)
        self.back_button = QPushButton(self.tr("&Back to the old one"))
        self.back_button.clicked.connect(self._back)
        self._used = dim()
        self._step(self.tr("1. Keep the model"), self.keep_button, self._kept)
        self._step(self.tr("2. A new library"), self.index_button, self._indexed)
        self.column.addWidget(self._bar)
        self._step(
            self.tr("3. Old and new, side by side"), self.ask_button, self._asked
        )
        self._titles = (dim(), dim())
        for title, strip in zip(self._titles, (self.before, self.after), strict=True):
            self.column.addWidget(title)
            self.column.addWidget(strip)
        self._step(
            self.tr("4. Switch"), self.switch_button, self._used, self.back_button
        )
        self.column.addStretch(1)
        trainer.reindex_progressed.connect(self._on_progress)
        trainer.reindexed.connect(self._on_reindexed)
        trainer.found_in_both.connect(self._on_found)
        trainer.switched.connect(self._on_switched)

    @property
    def text(self) -> str:
        """Everything that is said about the steps."""
        labels = (self._kept, self._indexed, self._asked, self._used)
        return "\n".join(label.text() for label in labels if label.text())

    def begin(self, facts: Facts | None, query: Path | None) -> None:
        """Begin with the open library, and with the query that was asked last."""
        self._facts, self._query, self.new = facts, query, None
        self.keep_button.setEnabled(True)
        self._bar.hide()
        if facts is None:
            self._indexed.setText(
                self.tr("No library is open. Open or index a folder first.")
            )
        else:
            text = self.tr("{name}: {count:,} pictures, indexed with {model}")
            self._indexed.setText(
                text.format(
                    name=facts.indexed_root.name, count=facts.images, model=facts.model
                )
            )
        self.index_button.setEnabled(facts is not None)
        self.index_button.setText(self.tr("&Index anew"))
        self._name_models()
        self._enable()
        self.allow()

    def _name_models(self) -> None:
        old = "" if self._facts is None else self._facts.model
        new = "" if self._trainer.facts is None else self._trainer.facts.title
        words = (self.tr("Old model: {name}"), self.tr("New model: {name}"))
        for label, text, name in zip(self._titles, words, (old, new), strict=True):
            label.setText(text.format(name=name))

    def fail(self) -> None:
        """Take up what failed: it can be tried again."""
        self._bar.hide()
        self.keep_button.setEnabled(True)
        self.index_button.setEnabled(self._facts is not None)
        self.index_button.setText(self.tr("&Index anew"))
        self._enable()

    def ask(self, query: Path) -> None:
        """Ask both libraries with a picture."""
        if self.new is not None:
            self._query = query
            self._asked.setText(
                self.tr("Asking both with {name}…").format(name=query.name)
            )
            self._trainer.find_in_both(query, self.new)

    def _step(self, title: str, button: QPushButton, said: QLabel, *more: QPushButton
              ) -> None:  # fmt: skip
        self.column.addWidget(heading(title))
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for one in (button, *more):
            one.setMinimumWidth(170)
            row.addWidget(one)
        row.addWidget(said, 1)
        self.column.addLayout(row)

    def _enable(self) -> None:
        for button in (self.ask_button, self.switch_button):
            button.setEnabled(self.new is not None)
        self.back_button.setEnabled(False)
        for strip in (self.before, self.after):
            strip.show_pictures(())
        self._asked.setText("")
        self._used.setText("")

    def _keep(self) -> None:
        self.keep_button.setEnabled(False)
        self._trainer.keep_model(self._on_kept)

    def _on_kept(self, card: object) -> None:
        name = getattr(card, "title", "")
        text = self.tr("“{name}” is among the models of this computer.")
        self._kept.setText(text.format(name=name))

    def _index(self) -> None:
        if self._trainer.is_indexing:
            self._trainer.cancel_reindex()
            self.fail()
            self._indexed.setText(
                self.tr("Stopped. What was done is kept; index anew to go on.")
            )
            return
        self.index_button.setText(self.tr("Stop"))
        self._bar.setRange(0, 0)
        self._bar.show()
        self._trainer.reindex()

    def _on_progress(self, step: IndexProgress | object) -> None:
        found = getattr(step, "found", None)
        if found is None:
            return
        done = int(getattr(step, "done", 0))
        self._bar.setRange(0, max(1, int(found)))
        self._bar.setValue(done)
        text = self.tr("{done:,} of {found:,} files. The old library is in use.")
        self._indexed.setText(text.format(done=done, found=found))

    def _on_reindexed(self, new: NewLibrary) -> None:
        self.new = new
        self._bar.hide()
        self.index_button.setEnabled(False)
        self.index_button.setText(self.tr("&Index anew"))
        text = self.tr("Complete: {count:,} pictures are in the new library.")
        self._indexed.setText(
            text.format(count=new.report.added + new.report.unchanged)
        )
        self._enable()
        if not self._kept.text():
            self._keep()
        if self._query is not None:
            self.ask(self._query)

    def _choose_query(self) -> None:
        title = self.tr("Ask both models with a picture")
        name, _ = QFileDialog.getOpenFileName(self, title)
        if name:
            self.ask(Path(name))

    def _on_found(self, found: Found) -> None:
        text = self.tr("Asked with {name}; {same} of the ten are found by both.")
        both = {file for file, _ in found.before} & {file for file, _ in found.after}
        self._asked.setText(text.format(name=found.query.name, same=len(both)))
        for strip, hits in ((self.before, found.before), (self.after, found.after)):
            asks = StripPicture(found.query, self.tr("asks"), marked=True)
            strip.show_pictures(
                [
                    asks,
                    *(
                        StripPicture(
                            file,
                            in_bits(distance),
                            f"{file.parent.name}/{file.name}",
                        )
                        for file, distance in hits
                    ),
                ]
            )

    def _switch(self) -> None:
        if self.new is not None:
            self._trainer.switch(self.new.root)

    def _back(self) -> None:
        if self.new is not None:
            self._trainer.switch(self.new.before)

    def _on_switched(self, root: Path) -> None:
        if self.new is None:
            return
        is_new = root == self.new.root
        self.switch_button.setEnabled(not is_new)
        self.back_button.setEnabled(is_new)
        words = (self.tr("The old library is in use."), self.tr("It is in use now."))
        self._used.setText(words[is_new])
