"""A library on a server gives the very hits that the library in its folder gives."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import fake_pymilvus
import numpy as np
import pytest
import served_library
from fake_pymilvus import FakeServer
from served_library import push

from medhash_gui.codes import HashCodes
from medhash_gui.errors import LibraryError
from medhash_gui.identities import Identity
from medhash_gui.milvus_client import MilvusClient
from medhash_gui.milvus_store import MilvusStore, key_file
from medhash_gui.milvus_uri import MilvusUri
from medhash_gui.search import (
    Query,
    QuerySet,
    SearchFilter,
    library_query,
    query_patient,
    search,
    search_many,
)
from medhash_gui.store import CodeStore

URI = MilvusUri("h", "chest")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    return fake_pymilvus.install(monkeypatch)


@pytest.fixture
def few_rows_an_answer(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server give eight rows at a time, so that everything comes in pieces."""
    server.most = 8
    monkeypatch.setattr("medhash_gui.milvus_client.MOST_ROWS", 8)
    monkeypatch.setattr("medhash_gui.milvus_selection.MOST_ROWS", 8)
    monkeypatch.setattr("medhash_gui.milvus_selection._ROWS_A_CALL", 5)
    monkeypatch.setattr("medhash_gui.milvus_selection._ANSWERS_A_CALL", 12)


@pytest.fixture
def local(tmp_path: Path) -> Iterator[CodeStore]:
    with served_library.make(tmp_path / "chest.medhash") as store:
        yield store


def test_a_server_gives_the_hits_of_the_folder(server: FakeServer, local: CodeStore):
    push(local, URI)

    with MilvusStore.open(URI) as served:
        for one in served_library.questions(local, 60):
            here = search(local, one.query, filter=one.filter, top=one.top)
            there = search(served, one.query, filter=one.filter, top=one.top)
            assert there == here


@pytest.mark.usefixtures("few_rows_an_answer")
def test_groups_of_ties_come_whole_however_few_rows_an_answer_holds(
    server: FakeServer, local: CodeStore
):
    push(local, URI)

    with MilvusStore.open(URI) as served:
        for one in served_library.questions(local, 25, seed=2):
            here = search(local, one.query, filter=one.filter, top=one.top)
            there = search(served, one.query, filter=one.filter, top=one.top)
            assert there == here


def test_a_batch_gives_what_its_queries_give_one_by_one(
    server: FakeServer, local: CodeStore
):
    push(local, URI)
    queries = [one.query for one in served_library.questions(local, 12, seed=3)]

    with MilvusStore.open(URI) as served:
        assert search_many(served, queries, top=9) == search_many(local, queries, top=9)


def test_a_stored_picture_is_asked_about_with_its_stored_code(
    server: FakeServer, local: CodeStore
):
    push(local, URI)

    with MilvusStore.open(URI) as served:
        for row in (0, 4, 5, 9, 10):  # shown, hidden, with a copy, a copy
            digest, frame = local.digests[row].tobytes(), int(local.frames[row])
            here = library_query(local, digest, frame=frame)
            there = library_query(served, digest, frame=frame)
            assert here is not None
            assert there is not None
            assert there.codes.packed.tolist() == here.codes.packed.tolist()
            assert there.codes.soft_or_signs().tolist() == (
                here.codes.soft_or_signs().tolist()
            )
            assert (there.patient_key, there.in_library) == (
                here.patient_key,
                here.in_library,
            )


def test_what_a_server_says_of_a_library_is_what_the_library_says(
    server: FakeServer, local: CodeStore
):
    push(local, URI)

    with MilvusStore.open(URI) as served:
        assert len(served) == len(local)
        assert served.label_names() == local.label_names()
        assert served.knows_cases
        assert served.indexed_root == local.indexed_root
        assert served.info.items() >= local.info.items()


def test_a_picture_folder_in_the_address_goes_before_the_indexed_one(
    server: FakeServer, local: CodeStore
):
    push(local, URI)
    uri = MilvusUri.parse("milvus://h/chest?pictures=/mnt/archive")

    with MilvusStore.open(uri) as served:
        assert served.indexed_root == Path("/mnt/archive")


def test_a_key_never_reaches_the_server_and_a_new_query_uses_the_one_kept_here(
    server: FakeServer, local: CodeStore
):
    push(local, URI)
    identity = Identity(patient="4711", issuer="hospital")

    sent = repr(server.collections)
    with MilvusStore.open(URI) as served:
        known = query_patient(served, identity)

    assert known == query_patient(local, identity)
    assert local._key.secret.hex() not in sent
    assert key_file(local.key_id).stat().st_mode & 0o077 == 0


def test_a_query_that_names_its_patient_is_refused_where_the_key_is_missing(
    server: FakeServer, local: CodeStore
):
    push(local, URI)
    key_file(local.key_id).unlink()

    with MilvusStore.open(URI) as served:
        assert served.patient_keys(Identity()) == ()
        with pytest.raises(LibraryError, match="without its key") as failure:
            served.patient_keys(Identity(patient="4711"))

    assert str(key_file(local.key_id)) in failure.value.hint
    assert "4711" not in str(failure.value)


def test_another_librarys_key_in_its_place_is_refused(
    server: FakeServer, local: CodeStore, tmp_path: Path
):
    push(local, URI)
    with served_library.make(tmp_path / "other.medhash", rows=1) as other:
        key_file(local.key_id).unlink()
        other.write_key(key_file(local.key_id))

    with (
        MilvusStore.open(URI) as served,
        pytest.raises(LibraryError, match="holds another key"),
    ):
        served.patient_keys(Identity(patient="4711"))


def test_an_open_library_goes_over_to_a_new_push_when_it_is_refreshed(
    server: FakeServer, local: CodeStore
):
    push(local, URI)
    with MilvusStore.open(URI) as served:
        before = search(served, served_library.questions(local, 1)[0].query, top=5)
        assert not served.refresh()
        record = local.record(0)
        local.append([record], local.codes([0]))
        assert push(local, URI).replaced

        assert served.refresh()

        question = served_library.questions(local, 1)[0].query
        assert len(served) == len(local)
        assert search(served, question, top=5) == search(local, question, top=5)
        assert before.hits


def test_an_empty_library_answers_with_no_hit(server: FakeServer, tmp_path: Path):
    with served_library.make(tmp_path / "some.medhash", rows=30) as asking:
        question = served_library.questions(asking, 1)[0].query
    empty = CodeStore.create(
        tmp_path / "empty.medhash",
        indexed_root=tmp_path,
        model_id="m-1",
        model_name="fake",
        bits=served_library.BITS,
    )
    with empty:
        push(empty, URI)

    with MilvusStore.open(URI) as served:
        assert search(served, question).hits == ()


def test_a_label_that_no_picture_bears_lets_none_pass(
    server: FakeServer, local: CodeStore
):
    push(local, URI)
    question = served_library.questions(local, 1)[0].query
    condition = SearchFilter(labels=("never heard of",))

    with MilvusStore.open(URI) as served:
        assert search(served, question, filter=condition).searched == 0


def test_codes_of_many_words_are_compared_whole(server: FakeServer, tmp_path: Path):
    with served_library.make(tmp_path / "wide.medhash", rows=60, bits=70) as wide:
        push(wide, URI)

        with MilvusStore.open(URI) as served:
            for one in served_library.questions(wide, 10):
                here = search(wide, one.query, filter=one.filter, top=one.top)
                assert search(served, one.query, filter=one.filter, top=one.top) == here
            rows = np.array([0, 1])
            assert served.codes(rows).packed.tolist() == wide.packed[:2].tolist()


def test_of_pictures_to_be_unlike_a_small_part_of_the_rows_is_fetched(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rng = np.random.default_rng(4)
    fetched: list[int] = []
    query = MilvusClient.query

    def counted(self: MilvusClient, *args: object, **named: object) -> list:
        found = query(self, *args, **named)  # type: ignore[arg-type]
        fetched.append(len(found))
        return found

    with served_library.make(tmp_path / "l.medhash", rows=20, bits=64) as store:
        logits = rng.normal(size=(5000, 64)).astype(np.float32)
        digests = (rng.bytes(16) for _ in logits)
        records = [replace(store.record(1), digest=digest) for digest in digests]
        store.append(records, HashCodes.from_logits(logits))
        push(store, URI)
        with MilvusStore.open(URI) as served:
            monkeypatch.setattr(MilvusClient, "query", counted)
            for like, unlike in (([100], [200]), ([300, 301], [400])):
                sides = [
                    tuple(Query(store.codes([r])) for r in s) for s in (like, unlike)
                ]
                asked = QuerySet(*sides)
                assert search(served, asked, top=5) == search(store, asked, top=5)

    assert 0 < sum(fetched) < 1000


def test_no_connection_is_made_unless_an_address_is_given(
    server: FakeServer, local: CodeStore
):
    search(local, served_library.questions(local, 1)[0].query)

    assert server.calls == []


def test_searching_in_a_folder_does_not_load_what_talks_to_servers():
    code = (
        "import sys; from medhash_gui import command_line, opening; "
        "from medhash_gui.command import search; "
        "print([m for m in ('pymilvus', 'grpc') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
