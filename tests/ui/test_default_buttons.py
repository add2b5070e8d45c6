"""Return in a dialog does what the dialog is for, never what a side button does."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QPushButton

from medhash_gui.settings import Settings
from medhash_gui.ui import training_tasks
from medhash_gui.ui.import_dialog import ImportDialog
from medhash_gui.ui.import_plan import ImportPlan
from medhash_gui.ui.previews import Previews
from medhash_gui.ui.report_dialog import ReportDialog
from medhash_gui.ui.research_notice import ResearchNotice
from medhash_gui.ui.session import Session
from medhash_gui.ui.training_wizard import TrainingWizard


def defaults(dialog) -> list[str]:
    """Return the texts of the buttons that Return presses."""
    dialog.show()
    buttons = dialog.findChildren(QPushButton)
    return [button.text() for button in buttons if button.isDefault()]


def test_return_writes_the_report(qtbot):
    dialog = ReportDialog(Path.home(), 3)
    qtbot.addWidget(dialog)

    assert defaults(dialog) == ["Write the report"]


def test_return_accepts_the_notice(qtbot):
    dialog = ResearchNotice()
    qtbot.addWidget(dialog)

    assert defaults(dialog) == ["I understand"]


def test_return_takes_labels_and_frames(qtbot, tmp_path):
    previews = Previews()
    (tmp_path / "a.png").write_bytes(b"x")
    dialog = ImportDialog(previews, tmp_path, ImportPlan())
    qtbot.addWidget(dialog)

    found = defaults(dialog)
    qtbot.waitUntil(dialog.ok.isEnabled, timeout=30_000)
    dialog.reject()
    previews.close()

    assert found == [dialog.ok.text()]


def test_return_goes_on_in_the_wizard(qtbot, models):
    session = Session(Settings.load())
    beginnings = training_tasks.Beginnings(training_tasks.starting_models(), ())
    wizard = TrainingWizard(session, session.trainer, beginnings)
    qtbot.addWidget(wizard)

    found = defaults(wizard)
    wizard.done(0)
    session.close()

    assert found == [wizard.next_button.text()]
