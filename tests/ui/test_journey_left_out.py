"""Single pictures are left out and labelled by keys, undone, listed, taken back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medhash_gui.store import CodeStore

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def left_out(root):
    with CodeStore.open(root) as store:
        return int(store.left_out.sum())


def asked(window):
    """Return what is true once the first picture of the study was asked about."""
    session = window.session
    return lambda: (
        session.shown_hit is not None
        and not session.is_busy
        and window.results.current_hit() is not None
    )


def test_a_hit_is_left_out_by_a_key_listed_and_taken_back(flight, library, study):
    def pilot(window):
        session, hits = window.session, window.results.hits.hits

        yield lambda: session.facts is not None and not session.is_busy
        session.search_file(study / "dark" / "picture 00.png")
        yield asked(window)
        first = window.results.current_hit()
        before = hits.rowCount()
        window.activateWindow()
        yield window.isActiveWindow
        QTest.keyClick(window, Qt.Key.Key_H)
        yield lambda: session.facts.images == 11 and asked(window)()
        assert left_out(library) == 1
        assert window.results.current_hit().row != first.row
        assert hits.rowCount() == before - 1
        assert "left out of searches" in window.bar.notice.text

        QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
        yield lambda: session.facts.images == 12 and asked(window)()
        assert left_out(library) == 0
        QTest.keyClick(window, Qt.Key.Key_Z, CONTROL | SHIFT)
        yield lambda: session.facts.images == 11 and asked(window)()

        QTest.keyClick(window, Qt.Key.Key_H, SHIFT)
        yield (
            lambda: (
                window.dialogs.shown() is not None
                and window.dialogs.shown().model.rowCount() == 1
            )
        )
        dialog = window.dialogs.shown()
        index = dialog.model.index(0)
        assert first.record.path in index.data()
        yield lambda: index.data(Qt.ItemDataRole.DecorationRole) is not None
        assert dialog.back_button.isEnabled()
        dialog.back_button.click()
        yield lambda: session.facts.images == 12 and dialog.model.rowCount() == 0
        assert not dialog.back_button.isEnabled()
        dialog.reject()
        yield asked(window)
        assert left_out(library) == 0
        # It can be undone, too: taking back is a change like others.
        window.activateWindow()
        yield window.isActiveWindow
        QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
        yield lambda: session.facts.images == 11 and not session.is_busy

        # And indexing the folder again leaves it as it is.
        session.update_library()
        yield lambda: not session.is_busy
        assert session.facts.images == 11
        assert left_out(library) == 1

    assert flight.run(pilot, library) == 0


def test_the_labels_of_a_hit_are_given_by_hand_and_come_back(flight, library, study):
    def pilot(window):
        session = window.session

        def labels():
            return window.results.current_hit().record.labels

        yield lambda: session.facts is not None and not session.is_busy
        session.search_file(study / "dark" / "picture 00.png")
        yield asked(window)
        row, before = window.results.current_hit().row, labels()
        window.activateWindow()
        yield window.isActiveWindow
        QTest.keyClick(window, Qt.Key.Key_L, SHIFT)
        yield lambda: window.dialogs.shown() is not None
        dialog = window.dialogs.shown()
        assert dialog.checked() == before
        dialog.labels.item(0).setCheckState(Qt.CheckState.Unchecked)
        dialog.other.setFocus()
        QTest.keyClicks(dialog.other, "cyst")
        QTest.keyClick(dialog.other, Qt.Key.Key_Return)
        assert dialog.checked() == ("cyst",)
        QTest.keyClick(dialog, Qt.Key.Key_Return)
        yield lambda: asked(window)() and labels() == ("cyst",)
        assert window.results.current_hit().row == row

        session.update_library()
        yield lambda: not session.is_busy
        assert labels() == ("cyst",)
        assert dict(session.facts.labels)["cyst"] == 1

        window.actions_by_id["hit_labels"].trigger()
        yield lambda: window.dialogs.shown() is not None
        window.dialogs.shown().source_button.click()
        yield lambda: asked(window)() and labels() == before
        assert "labels of its source" in window.bar.notice.text
        window.activateWindow()
        yield window.isActiveWindow
        QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
        yield lambda: asked(window)() and labels() == ("cyst",)
        QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
        yield lambda: asked(window)() and labels() == before

    assert flight.run(pilot, library) == 0


def test_the_menu_of_a_hit_offers_to_leave_it_out(flight, library, study):
    def pilot(window):
        session = window.session
        yield lambda: session.facts is not None and not session.is_busy
        leave_out = window.actions_by_id["leave_out"]
        for hits in (window.results.hits, window.results.prior):
            assert leave_out in hits.actions()
            assert hits.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu
        assert not leave_out.isEnabled()
        session.search_file(study / "dark" / "picture 00.png")
        yield asked(window)
        assert leave_out.isEnabled()

    assert flight.run(pilot, library) == 0


def test_nothing_is_left_out_while_the_library_is_being_written(flight, library, study):
    def pilot(window):
        session = window.session
        yield lambda: session.facts is not None and not session.is_busy
        session.search_file(study / "dark" / "picture 00.png")
        yield asked(window)
        with CodeStore.open(library, writable=True):
            window.actions_by_id["leave_out"].trigger()
            yield lambda: window.bar.notice is not None and not session.is_busy
        assert window.bar.notice.kind == "failure"
        assert left_out(library) == 0
        assert not window.actions_by_id["undo"].isEnabled()
        window.bar.clear()
        window.actions_by_id["leave_out"].trigger()
        yield lambda: session.facts.images == 11

    assert flight.run(pilot, library) == 0


def test_hits_are_a_list_by_a_key_and_still_at_the_next_start(flight, library, study):
    def shown_as(mode):
        def pilot(window):
            hits = window.results.hits
            yield lambda: window.session.facts is not None
            if not mode:
                window.activateWindow()
                yield window.isActiveWindow
                QTest.keyClick(window, Qt.Key.Key_V)
            assert hits.viewMode() == hits.ViewMode.ListMode
            assert window.actions_by_id["hits_list"].isChecked()
            window.session.search_file(study / "dark" / "picture 00.png")
            yield asked(window)
            window.results.hits.step(1)
            yield asked(window)
            assert hits.currentIndex().row() == 1
            if mode:
                window.actions_by_id["hits_list"].trigger()
                assert hits.viewMode() == hits.ViewMode.IconMode

        return pilot

    assert flight.run(shown_as(""), library) == 0
    assert flight.run(shown_as("kept"), library) == 0
