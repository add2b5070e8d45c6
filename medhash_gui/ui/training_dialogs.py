"""Opens the training wizard and the models, once what they show has been looked up.

Their modules load with the first of them, so that the first paint waits for neither.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from medhash_gui.errors import MedHashError
from medhash_gui.ui.notices import Notice
from medhash_gui.ui.session import Session
from medhash_gui.ui.training_tasks import Beginnings

if TYPE_CHECKING:
    from medhash_gui.ui.models_dialog import ModelsDialog
    from medhash_gui.ui.training_wizard import TrainingWizard


class TrainingDialogs(QObject):
    """The wizard and the models.

    Args:
        session: whose trainer does the work.
        window: owner of both.

    Attributes:
        wizard: while it is open, or None.
        models: while it is open, or None.
    """

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self.wizard: TrainingWizard | None = None
        self.models: ModelsDialog | None = None
        session.trainer.prepared.connect(self._on_prepared)
        session.trainer.failed.connect(self._on_failed)
        session.trainer.run_changed.connect(self._on_run)

    def show_wizard(self) -> None:
        """Open the wizard, at the run that is going on if there is one."""
        if self.wizard is not None:
            self.wizard.raise_()
            self.wizard.activateWindow()
            return
        self._session.trainer.do("wizard", _load_wizard, self._on_loaded)

    def show_models(self) -> None:
        """Open the models."""
        if self.models is not None:
            self.models.raise_()
            return
        from medhash_gui.ui.models_dialog import ModelsDialog

        facts = self._session.facts
        root = None if facts is None else facts.folder
        self.models = ModelsDialog(self._session.trainer, root, self._window)
        self.models.finished.connect(self._on_models_done)
        self.models.show()

    def close(self) -> None:
        """Leave both, as the window closes."""
        for dialog in (self.wizard, self.models):
            if dialog is not None:
                dialog.reject()

    def _on_loaded(self, _: None) -> None:
        self._session.trainer.prepare()

    def _on_prepared(self, beginnings: Beginnings) -> None:
        if self.wizard is not None:
            return
        from medhash_gui.ui.training_wizard import TrainingWizard

        trainer = self._session.trainer
        newest = beginnings.runs[0] if beginnings.runs else None
        if trainer.facts is None and newest is not None and newest.state == "running":
            trainer.follow(newest)
        self.wizard = TrainingWizard(self._session, trainer, beginnings, self._window)
        self.wizard.finished.connect(self._on_wizard_done)
        self.wizard.show()

    def _on_wizard_done(self, _: int) -> None:
        # Its tables may hold identities in clear: it does not stay behind, hidden.
        if self.wizard is not None:
            self.wizard.deleteLater()
            self.wizard = None

    def _on_models_done(self, _: int) -> None:
        if self.models is not None:
            self.models.deleteLater()
            self.models = None

    def _on_failed(self, error: BaseException) -> None:
        if self.wizard is not None and isinstance(error, MedHashError):
            return  # the wizard says it
        if self.models is not None and isinstance(error, MedHashError):
            return
        self._session.failed.emit(error)

    def _on_run(self, facts: object) -> None:
        """Tell of a run's end where its window is closed."""
        if self.wizard is not None or getattr(facts, "state", "") != "finished":
            return
        text = self.tr("The training of “{title}” has finished.")
        title = getattr(facts, "title", "")
        hint = self.tr("Open “Train a model” to judge and use it.")
        self._session.told.emit(Notice(text.format(title=title), hint))


def _load_wizard() -> Generator[None, None, None]:
    """Load the wizard's modules on a pool thread; a quarter of a second."""
    yield
    from medhash_gui.ui import training_wizard

    assert training_wizard is not None  # used by ``_on_prepared``
