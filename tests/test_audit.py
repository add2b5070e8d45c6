from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree as Xml

import audit_schema
import pytest
from command_runs import install_tiny, medhash, write_study
from small_library import fill, make_store

from medhash_gui import audit, audit_chain, audit_message, search
from medhash_gui.errors import AuditError
from medhash_gui.store import CodeStore


def events() -> list[str]:
    return [entry["event"] for entry in audit_chain.entries(audit.folder())]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Return a library with numbered rows."""
    root = tmp_path / "Doe Jane.medhash"
    with make_store(root) as store:
        fill(store, 6)
    return root


def test_what_is_done_by_commands_is_recorded_without_a_path_or_a_file_name(
    tmp_path: Path,
) -> None:
    install_tiny()
    folder = write_study(tmp_path / "Doe^Jane study")
    library = tmp_path / "Doe Jane.medhash"

    medhash("index", folder, "--library", library)
    ran = medhash("search", library, folder / "light" / "p00.png", "--json")
    medhash("search", library, folder / "dark" / "p04.png", "--overlay", tmp_path / "o")
    medhash("library", "export", library, tmp_path / "Doe.csv")
    medhash("library", "key", library, "--to", tmp_path / "Doe.key")
    medhash("library", "purge", library, "--folder", "dark")

    assert events() == [
        "library-changed", "library-opened", "query", "library-opened", "query",
        "export", "export", "export", "deletion",
    ]  # fmt: skip
    assert medhash("audit", "verify", "--json").answer["sound"]
    entry = [*audit_chain.entries(audit.folder())][2]
    assert len(entry["query"][0]["picture"]) == 32
    assert entry["shown"] == len(entry["hits"]) == len(ran.answer["hits"])
    assert {*entry["hits"][0]} == {"row", "patient"}
    assert entry["with"].startswith("command line, medhash ")
    assert entry["library"].startswith("K-")
    log = (audit.folder() / audit_chain.LOG).read_text()
    for named in ("Doe", "p00", "light", str(tmp_path)):
        assert named not in log


def test_a_log_that_was_switched_off_holds_that_and_nothing_after(
    library: Path,
) -> None:

    assert medhash("audit", "off", "--json").answer["on"] is False
    medhash("info", library)
    assert events() == ["log-stopped"]
    assert medhash("audit", "off").code == 0

    assert medhash("audit", "on", "--json").answer["on"] is True
    medhash("info", library)
    assert events() == ["log-stopped", "log-started", "library-opened"]


def test_verify_says_what_was_changed_and_exits_with_1(
    library: Path,
) -> None:
    medhash("info", library)
    log = audit.folder() / audit_chain.LOG
    log.write_text(log.read_text().replace('"library-opened"', '"query"'))

    ran = medhash("audit", "verify")

    assert ran.code == 1
    assert "Line 1 was changed" in ran.out


def test_verify_compares_with_a_head_that_was_noted_elsewhere(
    library: Path,
) -> None:
    medhash("info", library)
    head = medhash("audit", "verify", "--json").answer["head"]
    other = f"1:{'a' * 64}"

    assert medhash("audit", "verify", "--expect", head).code == 0
    assert medhash("audit", "verify", "--expect", other).code == 1
    assert medhash("audit", "verify", "--expect", "nothing").code == 2


def test_an_export_is_made_of_every_line_and_is_recorded(
    library: Path, tmp_path: Path
) -> None:
    medhash("info", library)
    ran = medhash("audit", "export", tmp_path / "log.jsonl", "--json")

    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == [
        "library-opened", "log-read",
    ]  # fmt: skip
    assert ran.answer["entries"] == 2


def test_an_export_as_messages_has_the_parts_that_ps315_demands(
    library: Path, tmp_path: Path
) -> None:
    medhash("info", library)
    with CodeStore.open(library) as store:
        query = search.Query(store.codes([0]), digest=bytes(16), patient_key="P-1")
        audit.asked(store, query, search.search(store, query))

    assert medhash("audit", "export", tmp_path / "log.xml").code == 0
    messages = [*Xml.parse(tmp_path / "log.xml").getroot()]

    assert len(messages) == len(events())
    for message in messages:
        assert audit_schema.problems(message) == []
        parts = [part.tag for part in message]
        assert parts[:3] == [
            "EventIdentification", "ActiveParticipant", "AuditSourceIdentification",
        ]  # fmt: skip
        assert {*parts[3:]} == {"ParticipantObjectIdentification"}
        event = message[0]
        assert event.get("EventOutcomeIndicator") == "0"
        assert event.find("EventID").get("codeSystemName") == "DCM"
    codes = [message[0].find("EventID").get("csd-code") for message in messages]
    assert codes == ["110103", "110112", "110101"]


@pytest.mark.parametrize("event", audit.EVENTS)
def test_a_message_of_every_event_is_valid_to_the_grammar_of_the_standard(
    event: str,
) -> None:
    entry = {
        "n": 7, "at": "2026-05-31T09:00:00.123+00:00", "event": event, "user": "jane",
        "computer": "reading-room-2", "what": "rows", "hash": "0" * 64,
        "library": "K-12", "model": "abc",
        "query": [{"picture": "3f2a", "frame": 0, "patient": "P-1"},
                  {"picture": None, "frame": 1, "patient": None}],
        "hits": [{"row": 4, "patient": "P-2"}, {"row": 5, "patient": None}],
    }  # fmt: skip
    bare = {key: entry[key] for key in ("n", "at", "event", "hash")}

    assert audit_schema.problems(audit_message.message(entry)) == []
    assert audit_schema.problems(audit_message.message(bare)) == []


def test_the_check_of_messages_finds_what_breaks_the_grammar() -> None:
    entry = {"n": 1, "at": "2026-05-31T09:00:00Z", "event": "query", "library": "K-1"}
    message = audit_message.message(entry)
    part = message[3]
    assert part.tag == "ParticipantObjectIdentification"

    part.remove(part[1])
    part.set("ParticipantObjectTypeCodeRole", "27")
    message[0].set("EventDateTime", "yesterday")
    message[1].attrib.pop("UserID")
    message.append(Xml.Element("AuditSourceIdentification", AuditSourceID="again"))

    assert audit_schema.problems(message) == [
        "AuditMessage holds ['EventIdentification', 'ActiveParticipant', "
        "'AuditSourceIdentification', 'ParticipantObjectIdentification', "
        "'ParticipantObjectIdentification', 'AuditSourceIdentification']",
        "EventIdentification: EventDateTime is 'yesterday'",
        "ActiveParticipant has no UserID",
        "ParticipantObjectIdentification holds ['ParticipantObjectIDTypeCode']",
        "ParticipantObjectIdentification: ParticipantObjectTypeCodeRole is '27'",
    ]


def test_a_message_names_patients_by_their_pseudonyms() -> None:
    entry = {
        "n": 1, "event": "query", "hash": "0",
        "query": [{"picture": None, "frame": 0, "patient": "P-1"}],
        "hits": [{"row": 4, "patient": "P-2"}, {"row": 5, "patient": "P-2"}],
    }  # fmt: skip

    named = [
        part.get("ParticipantObjectID")
        for part in audit_message.message(entry)
        if part.get("ParticipantObjectTypeCode") == "1"
    ]

    assert named == ["P-1", "P-2"]


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    ran = medhash("audit", "export", tmp_path / "log.txt")

    assert ran.code == 3
    assert "neither .jsonl nor .xml" in ran.err


def test_a_log_that_cannot_be_written_to_hinders_nobody(
    library: Path,
) -> None:
    (audit.folder() / audit_chain.LOG).mkdir(parents=True)

    ran = medhash("info", library)

    assert ran.code == 0
    assert "cannot be recorded in the audit log" in ran.err
    assert "medhash audit off" in ran.err


def test_a_log_that_cannot_be_read_or_switched_is_said(tmp_path: Path) -> None:
    (audit.folder() / audit_chain.LOG).mkdir(parents=True)

    assert "cannot be read" in medhash("audit", "verify").err
    with pytest.raises(AuditError, match="cannot be recorded"):
        audit.switch(on=False)


def test_an_export_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    ran = medhash("audit", "export", tmp_path / "none" / "log.jsonl")

    assert ran.code == 3
    assert "cannot be written" in ran.err


def test_the_hits_of_one_entry_are_limited_but_counted(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MOST_HITS", 2)
    with CodeStore.open(library) as store:
        query = search.Query(store.codes([0]))
        audit.asked(store, query, search.search(store, query, top=5))

    (entry,) = audit_chain.entries(audit.folder())
    assert (len(entry["hits"]), entry["shown"]) == (2, 5)


@pytest.mark.skipif(os.name != "posix", reason="user names are those of POSIX")
def test_a_user_without_a_name_is_known_by_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 987654)

    assert audit._user() == "987654"
