"""The Help menu shows what support would get before anything is saved."""

from __future__ import annotations

import zipfile

from PySide6.QtWidgets import QFileDialog, QPlainTextEdit

from medhash_gui import audit, audit_chain
from medhash_gui.ui.support_dialog import SupportDialog


def test_the_bundle_is_shown_whole_and_saved_as_it_was_shown(
    flight, library, study, tmp_path, monkeypatch
):
    file = tmp_path / "support.zip"
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(file.with_suffix("")), "")
    )
    shown = {}

    def pilot(window):
        yield lambda: not window.session.is_busy
        window.actions_by_id["support"].trigger()
        yield lambda: isinstance(window.dialogs.shown(), SupportDialog)
        dialog = window.dialogs.shown()
        assert not file.exists()
        for number in range(dialog.pages.count()):
            page = dialog.pages.widget(number)
            assert isinstance(page, QPlainTextEdit)
            shown[dialog.pages.tabText(number)] = page.toPlainText()
        dialog.ask_where()
        yield lambda: window.bar.notice is not None and file.exists()
        assert "support bundle was saved" in window.bar.notice.text

    assert flight.run(pilot, library) == 0

    with zipfile.ZipFile(file) as archive:
        saved = {name: archive.read(name).decode() for name in archive.namelist()}
    assert saved == shown
    assert study.name not in "".join(saved.values())


def test_the_window_records_what_is_opened_asked_and_saved(flight, library, study):
    def pilot(window):
        yield lambda: window.session.result is not None and not window.session.is_busy
        window.session.choose_patients("include")
        yield lambda: not window.session.is_busy

    picture = study / "dark" / "picture 02.png"
    assert flight.run(pilot, library, "--image", picture) == 0

    entries = [*audit_chain.entries(audit.folder())]
    assert [entry["event"] for entry in entries] == ["library-opened", "query", "query"]
    assert all(entry["with"].startswith("window, medhash") for entry in entries)
    assert audit_chain.verify(audit.folder()).problems == ()
