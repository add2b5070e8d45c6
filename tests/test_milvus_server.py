"""The same against a real Milvus server on this computer, where one is installed.

``pip install pymilvus milvus==2.3.5`` (Linux, x86_64) is all that it takes.
"""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import served_library
from served_library import push

from medhash_gui import milvus_client
from medhash_gui.codes import HashCodes
from medhash_gui.errors import LibraryError
from medhash_gui.milvus_store import MilvusStore
from medhash_gui.milvus_uri import TOKEN_VARIABLE, MilvusUri
from medhash_gui.search import Query, search, search_many
from medhash_gui.store import CodeStore

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    # What pymilvus and its own dependencies warn about is theirs.
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(
        not all(map(importlib.util.find_spec, ("pymilvus", "milvus"))),
        reason="a Milvus server is not installed: pip install pymilvus milvus==2.3.5",
    ),
]


TOKEN = "root:Milvus"
ETCD_PORT = 2380


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run a server that wants credentials; one at a time fits on a computer."""
    from milvus import MilvusServer, MilvusServerConfig

    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", ETCD_PORT)) == 0:
            pytest.skip(
                f"something has port {ETCD_PORT} here, which Milvus's etcd needs"
            )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("milvus")
    config = MilvusServerConfig(data_dir=str(folder), proxy_port=found)
    config.set("authorization_enabled", True)
    server = MilvusServer(config)
    server.start()
    try:
        yield found
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)


@pytest.fixture
def uri(port: int) -> MilvusUri:
    return MilvusUri("127.0.0.1", "chest", port)


def ask_everything(store: CodeStore, served: MilvusStore, count: int) -> None:
    for one in served_library.questions(store, count):
        here = search(store, one.query, filter=one.filter, top=one.top)
        there = search(served, one.query, filter=one.filter, top=one.top)
        assert there == here


def test_a_real_server_gives_the_hits_of_the_folder(uri: MilvusUri, tmp_path: Path):
    with served_library.make(tmp_path / "l.medhash", rows=1000) as store:
        report = push(store, uri)

        with MilvusStore.open(uri) as served:
            assert report.rows == 1000 - int(store.removed.sum())
            ask_everything(store, served, 60)
            queries = [one.query for one in served_library.questions(store, 20, 5)]
            expected = search_many(store, queries, top=7)
            assert search_many(served, queries, top=7) == expected


def test_a_group_of_ties_larger_than_an_answer_comes_whole(
    uri: MilvusUri, tmp_path: Path
):
    rows = milvus_client.MOST_ROWS + 1500
    many = MilvusUri(uri.host, "many", uri.port)
    soft = np.random.default_rng(0).random((rows, 8)).astype(np.float32)
    with served_library.make(tmp_path / "l.medhash", rows=20, bits=8) as store:
        record = store.record(1)
        digests = [row.to_bytes(16, "big") for row in range(1, rows + 1)]
        records = [replace(record, digest=digest) for digest in digests]
        store.append(records, HashCodes.from_logits(soft))
        push(store, many)

        with MilvusStore.open(many) as served:
            query = Query(store.codes([store.row_count - 1]))
            here = search(store, query, top=20)
            assert search(served, query, top=20) == here
            assert here.hits[0].tie_size > milvus_client.MOST_ROWS


def test_a_push_takes_the_place_of_the_one_before(uri: MilvusUri, tmp_path: Path):
    other = MilvusUri(uri.host, "again", uri.port)
    with served_library.make(tmp_path / "l.medhash", rows=100) as store:
        assert not push(store, other).replaced
        with MilvusStore.open(other) as served:
            store.append(store.records([0, 1]), store.codes([0, 1]))
            assert push(store, other).replaced
            assert served.refresh()
            ask_everything(store, served, 6)
        client = milvus_client.connect(other)
        mine = [name for name in client.names() if name.startswith("again")]
        client.close()

    assert len(mine) == 2


def test_an_approximate_index_says_what_it_finds(uri: MilvusUri, tmp_path: Path):
    rough = MilvusUri(uri.host, "rough", uri.port)
    with served_library.make(tmp_path / "l.medhash", rows=500, bits=64) as store:
        report = push(store, rough, index="BIN_IVF_FLAT")

        with MilvusStore.open(rough) as served:
            assert served.recall == report.index.recall
            assert 0.3 < served.recall <= 1
            one = served_library.questions(store, 2)[1]
            assert search(served, one.query, top=5).hits


def test_a_server_gets_the_credentials_of_the_environment(
    uri: MilvusUri, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    guarded = MilvusUri(uri.host, "guarded", uri.port)
    with served_library.make(tmp_path / "l.medhash", rows=50) as store:
        monkeypatch.delenv(TOKEN_VARIABLE)
        with pytest.raises(LibraryError, match="wants credentials"):
            push(store, guarded)
        monkeypatch.setenv(TOKEN_VARIABLE, "root:wrong")
        with pytest.raises(LibraryError, match="does not accept the credentials"):
            push(store, guarded)
        monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
        push(store, guarded)
        with MilvusStore.open(guarded) as served:
            ask_everything(store, served, 4)


def test_a_server_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(LibraryError, match="does not answer"):
        MilvusStore.open(MilvusUri("127.0.0.1", "chest", 1))
