"""A library goes to a server whole or not at all; what is wrong there is a sentence."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import fake_pymilvus
import pytest
import served_library
from fake_pymilvus import FakeServer
from served_library import push

from medhash_gui import milvus_push
from medhash_gui.errors import (
    LibraryError,
    MissingExtraError,
    ModelMismatchError,
    StoreFormatError,
)
from medhash_gui.milvus_store import MilvusStore
from medhash_gui.milvus_uri import TOKEN_VARIABLE, MilvusUri
from medhash_gui.search import Query, search
from medhash_gui.store import CodeStore

URI = MilvusUri("h", "chest")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    return fake_pymilvus.install(monkeypatch)


@pytest.fixture
def local(tmp_path: Path) -> Iterator[CodeStore]:
    with served_library.make(tmp_path / "chest.medhash", rows=60) as store:
        yield store


def rewrite_facts(server: FakeServer, **changes: object) -> None:
    """Change what the facts of the one library say."""
    schema = server.collections[server.aliases["chest"]]["schema"]
    schema.description = json.dumps(json.loads(schema.description) | changes)


def test_a_push_says_how_many_rows_it_took(server: FakeServer, local: CodeStore):
    steps = list(milvus_push.pushing(local, URI))
    report = push(local, URI)

    rows = local.row_count - int(local.removed.sum())
    assert steps[-1].done == steps[-1].found == rows
    assert (report.rows, report.hidden) == (rows, local.hidden)
    assert report.replaced
    assert report.index.is_exact


def test_the_index_of_the_codes_is_exact_and_of_hamming_distances(
    server: FakeServer, local: CodeStore
):
    push(local, URI)

    rows = next(v for k, v in server.collections.items() if not k.endswith("_facts"))
    assert rows["index"]["code"]["index_type"] == "BIN_FLAT"
    assert rows["index"]["code"]["metric_type"] == "HAMMING"


def test_an_approximate_index_is_made_on_request_and_its_recall_kept(
    server: FakeServer, local: CodeStore
):
    report = push(local, URI, index="BIN_IVF_FLAT")

    with MilvusStore.open(URI) as served:
        assert served.recall == report.index.recall == 1  # the fake looks at all rows
        assert not served.facts.index.is_exact
        assert served.facts.index.nprobe >= 1


def test_a_push_that_fails_leaves_the_library_of_before(
    server: FakeServer, local: CodeStore, monkeypatch: pytest.MonkeyPatch
):
    push(local, URI)
    before = set(server.collections)
    monkeypatch.setattr(milvus_push, "_BATCH_ROWS", 10)
    server.fails_at = 3

    with pytest.raises(LibraryError, match="no space left on device"):
        push(local, URI)

    assert set(server.collections) == before
    with MilvusStore.open(URI) as served:
        assert len(served) == len(local)


def test_a_push_that_is_stopped_takes_back_what_it_sent(
    server: FakeServer, local: CodeStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(milvus_push, "_BATCH_ROWS", 10)
    run = milvus_push.pushing(local, URI)
    next(run)
    assert server.collections

    run.close()

    assert server.collections == {}
    assert server.aliases == {}


def test_what_a_killed_push_left_is_removed_by_the_next_one(
    server: FakeServer, local: CodeStore
):
    push(local, URI)
    killed = {"name": "chest__0123abcd", "rows": {}, "loaded": False}
    server.collections["chest__0123abcd"] = killed
    server.collections["chest__of_somebody_else"] = dict(killed)

    push(local, URI)

    assert len(server.collections) == 3
    assert "chest__of_somebody_else" in server.collections


def test_a_library_that_is_withdrawn_leaves_nothing_behind(
    server: FakeServer, local: CodeStore
):
    push(local, URI)
    push(local, MilvusUri("h", "chest_2"))

    milvus_push.withdraw(URI)

    assert list(server.aliases) == ["chest_2"]
    assert all(name.startswith("chest_2__") for name in server.collections)
    with pytest.raises(
        LibraryError, match="There is no library at milvus://h:19530/chest"
    ):
        milvus_push.withdraw(URI)


def test_what_is_no_library_is_not_withdrawn(server: FakeServer, local: CodeStore):
    push(local, URI)
    facts = server.collections[server.aliases["chest"]]
    facts["schema"].description = "a collection of wines"

    with pytest.raises(LibraryError, match="is no library of MedHash"):
        milvus_push.withdraw(URI)

    assert len(server.collections) == 2


def test_rows_that_the_server_lost_on_the_way_are_noticed(
    server: FakeServer, local: CodeStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        "medhash_gui.milvus_client.MilvusClient.count", lambda *_, **__: 7
    )

    with pytest.raises(LibraryError, match=r"took 7 of 59 rows"):
        push(local, URI)

    assert server.aliases == {}


def test_another_library_under_that_name_is_not_replaced(
    server: FakeServer, local: CodeStore, tmp_path: Path
):
    push(local, URI)
    with (
        served_library.make(tmp_path / "other.medhash", rows=5) as other,
        pytest.raises(LibraryError, match="holds another library") as failure,
    ):
        push(other, URI)

    assert local.key_id in failure.value.message
    assert "another name" in failure.value.hint


def test_a_record_that_no_field_holds_is_named(
    server: FakeServer, local: CodeStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("medhash_gui.milvus_layout._MOST_TEXT", 60)

    with pytest.raises(LibraryError, match=r"séries/00000 .* too long"):
        push(local, URI)


# -- what can be wrong with a server ------------------------------------------------


def test_a_name_that_nothing_has_is_said_with_how_to_put_it_there(server: FakeServer):
    with pytest.raises(
        LibraryError, match="There is no library at milvus://h:19530/chest"
    ) as failure:
        MilvusStore.open(URI)
    assert "library push" in failure.value.hint


def test_a_collection_of_somebody_else_is_no_library(
    server: FakeServer, local: CodeStore
):
    push(local, URI)
    schema = server.collections[server.aliases["chest"]]["schema"]
    for text in ("", "a collection of wines", "[1, 2]", '{"format": "other"}'):
        schema.description = text
        with pytest.raises(LibraryError, match="is no library of MedHash"):
            MilvusStore.open(URI)


def test_a_library_that_a_newer_version_pushed_is_refused(
    server: FakeServer, local: CodeStore
):
    push(local, URI)
    rewrite_facts(server, format_version=2)

    with pytest.raises(StoreFormatError, match="by a newer MedHash") as failure:
        MilvusStore.open(URI)
    assert failure.value.hint == "Update MedHash."


@pytest.mark.parametrize(
    "changes",
    [{"index": {"speed": 3}}, {"labels": 3}, {"info": {}}, {"row_count": "many"}],
)
def test_facts_that_contradict_themselves_are_damage(
    server: FakeServer, local: CodeStore, changes: dict[str, object]
):
    push(local, URI)
    rewrite_facts(server, **changes)

    with pytest.raises(StoreFormatError, match="damaged on the server") as failure:
        MilvusStore.open(URI)
    assert "library push" in failure.value.hint


@pytest.mark.parametrize(
    "changes",
    [
        {"soft": "AAAA"},
        {"soft": "no base64!"},
        {"digest": "xyz"},
        {"code": b"\0"},
        {"record": "{"},
        {"record": "z:AAAA"},
        {"labels": [99]},
    ],
)
def test_rows_that_cannot_be_read_are_damage(
    server: FakeServer, local: CodeStore, changes: dict[str, object]
):
    push(local, URI)
    with MilvusStore.open(URI) as served:
        for _, row in server.collections[served.facts.rows_in]["rows"].values():
            if "code" not in changes:
                row.update(changes)
        if "code" in changes:
            # A search cannot find such a row; who knows its number meets it.
            _, row = server.collections[served.facts.rows_in]["rows"][0]
            row.update(changes)
            with pytest.raises(StoreFormatError, match="damaged on the server"):
                served.select().words(served.rows_with_digest(local.record(0).digest))
            return
        with pytest.raises(StoreFormatError, match="damaged on the server"):
            search(served, Query(local.codes([1])))


def test_a_query_of_another_model_is_refused(
    server: FakeServer, local: CodeStore, tmp_path: Path
):
    push(local, URI)
    with (
        served_library.make(tmp_path / "wide.medhash", rows=2, bits=64) as other,
        MilvusStore.open(URI) as served,
        pytest.raises(ModelMismatchError, match="codes of 20 bits"),
    ):
        search(served, Query(other.codes([0])))


def test_a_server_that_is_down_is_named_with_what_to_check(
    server: FakeServer, local: CodeStore
):
    push(local, URI)
    with MilvusStore.open(URI) as served:
        server.is_down = True
        for ask in (
            lambda: MilvusStore.open(URI),
            lambda: push(local, URI),
            lambda: search(served, Query(local.codes([1]))),
            served.refresh,
        ):
            with pytest.raises(LibraryError, match="does not answer") as failure:
                ask()
            assert "milvus://h:19530" in failure.value.message
            assert "Check that it runs" in failure.value.hint


def test_a_database_that_is_not_there_is_named(server: FakeServer):
    with pytest.raises(LibraryError, match="no database heart on"):
        MilvusStore.open(MilvusUri("h", "chest", database="heart"))


def test_credentials_come_from_the_environment(
    server: FakeServer, local: CodeStore, monkeypatch: pytest.MonkeyPatch
):
    server.token = "root:hunter2"
    monkeypatch.setenv(TOKEN_VARIABLE, "root:hunter2")

    push(local, URI)

    assert set(server.tokens) == {"root:hunter2"}


@pytest.mark.parametrize(
    ("token", "said"),
    [("", "wants credentials"), ("root:hunter2", "does not accept the credentials")],
)
def test_credentials_that_are_missing_or_wrong_are_told_apart_and_never_shown(
    server: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    token: str,
    said: str,
):
    server.token = "root:other"
    monkeypatch.setenv(TOKEN_VARIABLE, token)

    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(LibraryError, match=said) as failure,
    ):
        MilvusStore.open(URI)

    assert TOKEN_VARIABLE in failure.value.hint
    assert "hunter2" not in f"{failure.value.message} {failure.value.hint}"
    assert "hunter2" not in caplog.text


def test_credentials_that_a_server_repeats_are_struck_out(
    server: FakeServer, local: CodeStore, monkeypatch: pytest.MonkeyPatch
):
    server.token = "root:hunter2"
    monkeypatch.setenv(TOKEN_VARIABLE, "root:hunter2")
    push(local, URI)

    def repeat(*_: object, **__: object) -> None:
        raise fake_pymilvus.MilvusException("bad request by root:hunter2 / hunter2")

    monkeypatch.setattr(fake_pymilvus._Client, "has_collection", repeat)
    with pytest.raises(LibraryError, match="cannot do that") as failure:
        MilvusStore.open(URI)

    assert "hunter2" not in failure.value.message


def test_without_pymilvus_the_package_to_install_is_named(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setitem(sys.modules, "pymilvus", None)

    with pytest.raises(MissingExtraError, match="pymilvus is not installed") as failure:
        MilvusStore.open(URI)
    assert "medhash[cluster]" in failure.value.hint


def test_a_server_that_has_not_loaded_the_rows_is_told_to(
    server: FakeServer, local: CodeStore
):
    push(local, URI)
    for found in server.collections.values():
        found["loaded"] = False

    with MilvusStore.open(URI) as served:
        assert search(served, Query(local.codes([1]))).hits
