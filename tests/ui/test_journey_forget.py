"""A patient or a folder is forgotten in the window: counted, told, removed, logged."""

from __future__ import annotations

import json

import pytest

from medhash_gui import paths
from medhash_gui.library.writer_lock import WriterLock
from medhash_gui.store import CodeStore
from medhash_gui.ui.forget_dialog import ForgetDialog

PATIENTS = {0: "Doe^Jane", 1: "Doe^Jane", 2: "Roe^Richard", 3: "Roe^Richard"}


@pytest.fixture
def patients(study):
    """Give the pictures of the study patients, by a table that indexing finds."""
    rows = ["file,label,patient"]
    for number in range(12):
        label = "light" if number % 2 else "dark"
        patient = PATIENTS.get(number, f"other {number}")
        rows.append(f"{label}/picture {number:02d}.png,{label},{patient}")
    (study / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    return study


def idle(window) -> bool:
    return not window.session.is_busy


def asked(window) -> bool:
    return window.session.result is not None and idle(window)


def opened(window) -> ForgetDialog:
    window.actions_by_id["forget"].trigger()
    dialog = window.dialogs.shown()
    assert isinstance(dialog, ForgetDialog)
    return dialog


def all_bytes(root) -> bytes:
    return b"\n".join(p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file())


def test_the_patient_on_the_screen_is_forgotten_with_all_that_is_kept(
    flight, models, patients
):
    seen = {}

    def pilot(window):
        session = window.session
        session.index(patients)
        yield (
            lambda: session.facts is not None and session.facts.images and idle(window)
        )
        session.search_file(patients / "dark/picture 00.png")
        yield lambda: asked(window)
        session.searches.keep("of Jane")
        yield lambda: session.searches.kept and idle(window)
        seen["root"], own = session.facts.root, session.answer.query.patient_key
        dialog = opened(window)
        assert not dialog.forget_button.isEnabled()
        dialog.patient.setCurrentText(own)
        dialog.look_button.click()
        yield dialog.forget_button.isEnabled
        for words in ("2 rows", "cannot be brought back", "small pictures", "searches",
                      "training runs", "opened last"):  # fmt: skip
            assert words in dialog.said
        dialog.forget_button.click()
        yield lambda: "gone for good" in dialog.said
        assert "2 rows are gone for good" in dialog.said
        assert "searches kept of this library are gone" in dialog.said
        assert "Backups" in dialog.said
        yield lambda: idle(window) and session.facts.images == 10
        assert session.result is None
        assert session.trail.names == ()
        assert session.searches.kept == ()
        assert not session.thumbnails._images
        dialog.reject()
        seen["key"] = own
        yield lambda: idle(window)

    assert flight.run(pilot) == 0

    root = seen["root"]
    assert not list((paths.user_data() / "searches").glob("*.json")) or (
        b"picture 00" not in all_bytes(paths.user_data() / "searches")
    )
    with CodeStore.open(root) as store:
        assert len(store) == 10
        assert len(store.patient_rows(seen["key"])) == 0
    log = (paths.user_data() / "audit" / "audit.jsonl").read_text()
    entries = [json.loads(line) for line in log.splitlines()]
    gone = [entry for entry in entries if entry["event"] == "deletion"]
    assert [(entry["what"], entry["rows"]) for entry in gone] == [("rows", 2)]


def test_a_folder_is_forgotten_only_after_it_was_looked_at(flight, library, study):
    def pilot(window):
        yield lambda: window.session.facts is not None and idle(window)
        dialog = opened(window)
        dialog.choices["folder"].setChecked(True)
        dialog.folder.setText(str(study / "nowhere"))
        dialog.look_button.click()
        yield lambda: dialog.said
        assert "No picture of study.medhash is in the folder" in dialog.said
        assert not dialog.forget_button.isEnabled()
        dialog.folder.setText(str(study / "dark"))
        dialog.look_button.click()
        yield dialog.forget_button.isEnabled
        dialog.folder.setText(str(study / "light"))
        assert not dialog.forget_button.isEnabled()
        dialog.look_button.click()
        yield dialog.forget_button.isEnabled
        assert "6 rows of this library, 6 of which" in dialog.said
        dialog.forget_button.click()
        yield lambda: "gone for good" in dialog.said
        assert "the next update takes them in again" in dialog.said
        yield lambda: idle(window) and window.session.facts.images == 6
        dialog.reject()
        yield lambda: idle(window)

    assert flight.run(pilot, library) == 0

    assert b"light/picture" not in all_bytes(library)
    assert (study / "light" / "picture 01.png").is_file()


def test_nothing_is_removed_where_nothing_fits_or_somebody_else_writes(flight, library):
    def pilot(window):
        yield lambda: window.session.facts is not None and idle(window)
        dialog = opened(window)
        dialog.choices["hidden"].setChecked(True)
        dialog.look_button.click()
        yield lambda: dialog.said
        assert "there is nothing to remove" in dialog.said
        assert not dialog.forget_button.isEnabled()
        dialog.choices["folder"].setChecked(True)
        dialog.folder.setText("dark")
        dialog.look_button.click()
        yield dialog.forget_button.isEnabled
        other = WriterLock(library)
        dialog.forget_button.click()
        yield lambda: "•" not in dialog.said and dialog.said
        other.release()
        assert "study.medhash" in dialog.said
        assert dialog.look_button.isEnabled()
        dialog.reject()
        yield lambda: idle(window)

    assert flight.run(pilot, library) == 0

    with CodeStore.open(library) as store:
        assert len(store) == 12
