"""An answer is rehearsed once a library is open, and nobody is told of it."""

from __future__ import annotations

import fake_pymilvus
import pytest
from served_library import push

from medhash_gui import audit, audit_chain
from medhash_gui.errors import BundleError
from medhash_gui.milvus_uri import MilvusUri
from medhash_gui.store import CodeStore
from medhash_gui.ui import answer_tasks


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return which steps of an answer were gone through, in order."""
    noted: list[str] = []
    for name in ("read", "found"):
        made = getattr(answer_tasks, name)

        def step(*given, made=made, name=name, **named):
            noted.append(name)
            return made(*given, **named)

        monkeypatch.setattr(answer_tasks, name, step)
    return noted


def test_opening_a_library_rehearses_an_answer_without_a_trace(flight, library, steps):
    def pilot(window):
        yield lambda: window.session.facts is not None and not window.session.is_busy
        assert steps == ["read", "found"]
        assert window.session.result is None
        assert window.session.inquiry.picture is None
        assert window.session.weighing.weighed is None
        told = [entry["event"] for entry in audit_chain.entries(audit.folder())]
        assert "library-opened" in told
        assert "query" not in told
        assert window.bar.notice is None

    assert flight.run(pilot, library) == 0


def test_a_server_is_asked_nothing_that_nobody_asks(
    flight, library, monkeypatch, steps
):
    fake_pymilvus.install(monkeypatch)
    uri = MilvusUri("h", "study")
    with CodeStore.open(library) as store:
        push(store, uri)

    def pilot(window):
        yield lambda: window.session.facts is not None and not window.session.is_busy
        assert not window.session.facts.is_local
        assert steps == ["read"]

    assert flight.run(pilot, uri) == 0


def test_a_question_that_waits_is_not_kept_waiting(flight, library, study, steps):
    def pilot(window):
        yield lambda: window.session.result is not None and not window.session.is_busy
        assert steps == ["read", "found"]  # the question's own

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


def test_what_fails_is_said_to_who_asks(flight, library, study, monkeypatch):
    def fails(*_given, **_named):
        raise BundleError("The model has no memory.", hint="Close other programs.")

    monkeypatch.setattr(answer_tasks, "found", fails)

    def pilot(window):
        yield lambda: window.session.facts is not None and not window.session.is_busy
        assert window.bar.notice is None
        window.session.search_file(study / "dark/picture 00.png")
        yield lambda: window.bar.notice is not None
        assert "The model has no memory." in window.bar.notice.text

    assert flight.run(pilot, library) == 0
