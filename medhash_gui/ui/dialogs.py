"""Opens the dialogs, those about the library once what they show has been looked up.

Their modules load with the first of them, so that the first paint waits for neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QMessageBox, QWidget

import medhash_gui
from medhash_gui.ui.import_plan import ImportPlan
from medhash_gui.ui.notices import Notice
from medhash_gui.ui.session import Session

if TYPE_CHECKING:
    from medhash_gui.privacy import PrivacySummary
    from medhash_gui.search import SearchHit
    from medhash_gui.ui.commands import Command
    from medhash_gui.ui.export_tasks import ExportWish
    from medhash_gui.ui.import_dialog import ImportDialog
    from medhash_gui.ui.privacy_dialog import PrivacyDialog
    from medhash_gui.ui.report_tasks import Wish


class Dialogs(QObject):
    """Labels and frames, and what the library keeps.

    Args:
        session: looks things up.
        window: owner of the dialogs.

    Attributes:
        labels: the dialog of labels and frames while it is open, or None.
        privacy: the one of what the library keeps while it is open, or None.
    """

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._table: Path | None = None
        self._plan: ImportPlan | None = None
        self._dialog: QDialog | None = None
        self._report_place = Path.home()
        self._export_place = Path.home() / "medhash-export"
        self._commands: Sequence[Command] = ()
        self._actions: Mapping[str, QAction] = {}
        self.labels: ImportDialog | None = None
        self.privacy: PrivacyDialog | None = None
        session.table_dropped.connect(self.take_table)
        session.upkeep.plan_seen.connect(self._on_plan)
        session.upkeep.privacy_seen.connect(self._on_privacy)
        session.upkeep.support_seen.connect(self._on_support)

    def show_labels(self) -> None:
        """Ask how the open library's folder is to be understood."""
        self._table = None
        self._session.upkeep.ask_for_plan()

    def take_table(self, file: Path) -> None:
        """Ask the same, with a table that was dropped."""
        if self.labels is not None:
            self.labels.take_table(file)
            return
        self._table = file
        self._session.upkeep.ask_for_plan()

    def show_privacy(self) -> None:
        """Show what the open library keeps."""
        self._session.upkeep.ask_for_privacy()

    def show_forget(self) -> None:
        """Ask whom or what to take out of the open library for good."""
        facts = self._session.facts
        if facts is not None:
            from medhash_gui.ui.forget_dialog import ForgetDialog

            forgetting = self._session.upkeep.forgetting
            self._open(ForgetDialog(forgetting, facts.indexed_root, self._window))

    def show_shortcut_audit(self) -> None:
        """Look at what neighbours in the open library share besides labels."""
        from medhash_gui.ui.shortcut_dialog import ShortcutDialog

        auditing = self._session.upkeep.shortcuts
        dialog = ShortcutDialog(auditing, self._report_place, self._window)
        self._open(dialog)
        dialog.measure()

    def take_commands(
        self,
        commands: Sequence[Command],
        actions: Mapping[str, QAction],
        memory: QSettings,
    ) -> None:
        """Take the commands that the palette and the table of keys show.

        Args:
            commands: all of them.
            actions: theirs, by id; those whose keys the user changed get them now.
            memory: keeps those keys.
        """
        self._commands, self._actions, self._memory = commands, actions, memory
        memory.beginGroup("shortcuts")
        changed = memory.childKeys()
        memory.endGroup()
        if changed:
            from medhash_gui.ui import shortcut_editor

            shortcut_editor.restore(actions, memory)

    def show_palette(self) -> None:
        """Find a command by its name."""
        from medhash_gui.ui.palette import Palette

        searches = self._session.searches
        kept = {one.name: partial(searches.open, one.name) for one in searches.kept}
        self._open(Palette(self._commands, self._actions, kept, self._window))

    def show_kept_searches(self) -> None:
        """Name the search that is shown, or make a kept one again."""
        from medhash_gui.ui.kept_dialog import KeptDialog

        self._open(KeptDialog(self._session.searches, self._window))

    def show_shortcuts(self) -> None:
        """List every command with its keys, to be changed."""
        from medhash_gui.ui.shortcut_editor import ShortcutEditor

        editor = ShortcutEditor(
            self._commands, self._actions, self._memory, self._window
        )
        self._open(editor)

    def choose_language(self, language: str) -> None:
        """Speak another language from the next start on."""
        self._session.settings.set("language", language)
        # In both, for whoever cannot read the one.
        text = "The next start will be in English. 下次启动时将使用英文。"
        if language != "en":
            text = "下次启动时将使用简体中文。 The next start will be in Chinese."
        self._session.told.emit(Notice(text))

    def choose_text_size(self, percent: int) -> None:
        """Write larger, or smaller again, from the next start on."""
        self._session.settings.set("text_scale", percent)
        text = self.tr("The next start will write at {percent} %.")
        self._session.told.emit(Notice(text.format(percent=percent)))
        self._session.state_changed.emit()

    def toggle_resuming(self) -> None:
        """Go on where the last run ended at the next start, or do not."""
        settings = self._session.settings
        settings.set("restore_work", not settings.flag("restore_work"))
        self._session.state_changed.emit()

    def show_report(self) -> None:
        """Ask what a report of the query shall hold, and write it."""
        from medhash_gui.ui.report_dialog import ReportDialog

        self._session.reporting.look()
        result = self._session.result
        hits = 0 if result is None else len(result.hits)
        dialog = ReportDialog(self._report_place, hits, self._window)
        dialog.wished.connect(self._on_report)
        self._open(dialog)

    def show_export(self) -> None:
        """Show pictures of the answer, to be masked and exported."""
        from medhash_gui.ui.export_dialog import ExportDialog

        dialog = ExportDialog(self._session, self._export_place, self._window)
        dialog.wished.connect(self._on_export)
        self._open(dialog)

    def show_research_notice(self) -> None:
        """Say what MedHash is for, where that was not accepted yet."""
        if self._session.settings.flag("accepted_research_notice"):
            return
        from medhash_gui.ui.research_notice import ResearchNotice

        notice = ResearchNotice(self._window)
        notice.accepted.connect(self._on_accepted)
        notice.rejected.connect(self._window.close)
        self._open(notice)

    def show_left_out(self) -> None:
        """List the pictures that are left out of searches."""
        from medhash_gui.ui.left_out_dialog import LeftOutDialog

        self._open(LeftOutDialog(self._session, self._window))

    def show_hit_labels(self, hit: SearchHit) -> None:
        """Ask for the labels of a hit."""
        facts = self._session.facts
        if facts is None:
            return
        from medhash_gui.ui.hit_labels_dialog import HitLabelsDialog

        dialog = HitLabelsDialog(hit.record, facts.labels, self._window)
        dialog.chosen.connect(partial(self._session.upkeep.curator.label, hit))
        self._open(dialog)

    def show_support(self) -> None:
        """Show what a bundle for support would hold."""
        self._session.upkeep.ask_for_support()

    def show_about(self) -> None:
        """Say what this is, and what it is not."""
        text = self.tr(
            "MedHash {version}\n\nFinds the pictures of a library that are most like a "
            "query, by the bits of a learned code, and shows where the network looked."
            "\n\nResearch and education only. Not for diagnosis."
        )
        box = QMessageBox(self._window)
        box.setWindowTitle(self.tr("About MedHash"))
        box.setText(text.format(version=medhash_gui.__version__))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def shown(self) -> QDialog | None:
        """Return the dialog that is open, or None."""
        for dialog in (self._dialog, self.labels, self.privacy):
            if dialog is not None:
                return dialog
        return None

    def close(self) -> None:
        """Leave the dialogs, as the window closes."""
        if self._dialog is not None:
            # To leave it is no answer: the notice before the first use stays unread.
            self._dialog.blockSignals(True)  # noqa: FBT003 (Qt’s)
        for dialog in (self._dialog, self.labels, self.privacy):
            if dialog is not None:
                dialog.reject()

    def _open(self, dialog: QDialog) -> None:
        if self._dialog is not None:
            self._dialog.reject()
        self._dialog = dialog
        dialog.finished.connect(self._on_done)
        dialog.open()

    def _on_done(self, _: int) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None

    def _on_report(self, wish: Wish) -> None:
        self._report_place = wish.file.parent
        self._session.reporting.write(wish)

    def _on_export(self, wish: ExportWish) -> None:
        self._export_place = wish.folder
        self._session.reporting.export(wish)

    def _on_accepted(self) -> None:
        self._session.settings.set("accepted_research_notice", value=True)

    def _on_plan(self, plan: ImportPlan) -> None:
        facts = self._session.facts
        if facts is None or self.labels is not None:
            return
        from medhash_gui.ui.import_dialog import ImportDialog

        previews = self._session.previews
        dialog = ImportDialog(previews, facts.indexed_root, plan, self._window)
        dialog.chosen.connect(self._on_plan_chosen)
        self._plan = plan
        dialog.finished.connect(self._on_labels_done)
        if self._table is not None:
            dialog.take_table(self._table)
            self._table = None
        self.labels = dialog
        dialog.open()

    def _on_plan_chosen(self, folder: Path, plan: ImportPlan) -> None:
        if self._plan is not None:
            self._session.upkeep.change_plan(folder, self._plan, plan)

    def _on_privacy(self, summary: PrivacySummary) -> None:
        if self.privacy is not None:
            return
        from medhash_gui.ui.privacy_dialog import PrivacyDialog

        facts = self._session.facts
        name = "" if facts is None else facts.indexed_root.name
        self.privacy = PrivacyDialog(summary, name, self._window)
        self.privacy.finished.connect(self._on_privacy_done)
        self.privacy.open()

    def _on_support(self, texts: Mapping[str, str]) -> None:
        from medhash_gui.ui.support_dialog import SupportDialog

        dialog = SupportDialog(texts, self._window)
        save = partial(self._session.upkeep.save_support, texts)
        dialog.wished.connect(save)
        self._open(dialog)

    def _on_labels_done(self, _: int) -> None:
        # Its tables hold identities in clear: it does not stay behind, hidden.
        if self.labels is not None:
            self.labels.deleteLater()
            self.labels = None

    def _on_privacy_done(self, _: int) -> None:
        if self.privacy is not None:
            self.privacy.deleteLater()
            self.privacy = None
