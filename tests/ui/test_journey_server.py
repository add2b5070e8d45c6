"""A library on a server in the window: it does not notice."""

from __future__ import annotations

import json

import fake_pymilvus
import pytest
from PySide6.QtWidgets import QInputDialog
from served_library import push

from medhash_gui import paths
from medhash_gui.milvus_uri import MilvusUri
from medhash_gui.more_of import MoreOf
from medhash_gui.store import CodeStore
from medhash_gui.ui.hit_list import HIT

URI = MilvusUri("h", "chest", 1)


@pytest.fixture
def served(library, monkeypatch):
    """Put the study's library on a server; return the server."""
    server = fake_pymilvus.install(monkeypatch)
    with CodeStore.open(library) as store:
        push(store, URI)
    return server


def answered(window) -> bool:
    session = window.session
    return session.result is not None and not session.is_busy


def ranked(window) -> list[str]:
    model = window.results.hits.hits
    rows = range(model.rowCount())
    return [model.index(row).data(HIT).record.path for row in rows]


def test_an_address_on_the_command_line_is_opened_and_searched(
    flight, served, library, study
):
    seen = []

    def pilot(window):
        yield lambda: answered(window)
        seen.append((ranked(window), window.results.summary))
        assert window.pair.hit.view.has_layer

    question = study / "dark/picture 00.png"
    assert flight.run(pilot, library, "--image", question) == 0
    assert flight.run(pilot, URI, "--image", question) == 0

    assert seen[0] == seen[1]
    assert len(seen[0][0]) == 11
    # A server is asked when its address is given, not at every start.
    settings = json.loads(paths.settings_file().read_text())
    assert settings["last_library"] == str(library)


def test_an_address_is_asked_for_and_what_needs_the_folder_is_off(
    flight, served, monkeypatch
):
    texts = iter([("milvus://h:1/two/names", True), (str(URI), True)])
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: next(texts))

    def pilot(window):
        actions = window.actions_by_id
        actions["open_server"].trigger()
        yield lambda: window.bar.notice is not None
        assert "is not the address" in window.bar.notice.text
        actions["open_server"].trigger()
        yield lambda: window.session.facts is not None and not window.session.is_busy
        assert "12 images" in window.status.text
        for name in ("update_library", "labels", "privacy"):
            assert not actions[name].isEnabled()
        assert actions["patients_group"].isEnabled()

    assert flight.run(pilot) == 0


def test_more_of_a_finding_is_asked_of_a_server_too(flight, served, study):
    def pilot(window):
        yield lambda: answered(window)
        window.session.inquiry.show_more_of(MoreOf("light"))
        yield lambda: window.session.result.moved is not None and answered(window)
        assert window.session.result.moved.patients_with == 6
        assert window.session.choice.more_of == MoreOf("light")
        assert window.bar.notice is None

    assert flight.run(pilot, URI, "--image", study / "dark/picture 00.png") == 0


def test_a_server_that_goes_away_is_a_message_and_the_window_stays(
    flight, served, study
):
    def pilot(window):
        yield lambda: window.session.facts is not None and not window.session.is_busy
        served.is_down = True
        window.session.search_file(study / "dark/picture 00.png")
        yield lambda: window.bar.notice is not None
        assert "does not answer" in window.bar.notice.text
        served.is_down = False
        window.session.search_file(study / "dark/picture 00.png")
        yield lambda: answered(window)

    assert flight.run(pilot, URI) == 0


def test_a_folder_is_indexed_into_a_library_of_its_own_while_a_server_is_open(
    flight, served, study, clean_home
):
    def pilot(window):
        yield lambda: window.session.facts is not None and not window.session.is_busy
        window.session.index(study)
        yield lambda: window.session.facts.is_local and not window.session.is_busy
        assert "12 images" in window.status.text

    assert flight.run(pilot, URI) == 0
    assert len(list((clean_home / "libraries").iterdir())) == 1
