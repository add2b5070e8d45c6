"""Weights arrive whole and checked, or not at all."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from medhash_gui import weights_file
from medhash_gui.errors import WeightsError
from medhash_gui.weights_file import FetchProgress

DATA = bytes(range(256)) * 4000
DIGEST = hashlib.sha256(DATA).hexdigest()


class Publisher(http.server.BaseHTTPRequestHandler):
    """Gives the weights, or half of them, or nothing."""

    def do_GET(self) -> None:
        if self.path == "/none":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        self.wfile.write(DATA if self.path == "/whole" else DATA[: len(DATA) // 2])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Publisher) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def fetch(source: str, target: Path, digest: str = DIGEST) -> list[FetchProgress]:
    return list(weights_file.fetching(source, target, digest=digest))


def test_weights_come_from_an_address_with_progress(address, tmp_path):
    target = tmp_path / "weights" / "a.safetensors"

    steps = fetch(f"{address}/whole", target, DIGEST[:8].upper())

    assert target.read_bytes() == DATA
    assert steps[0] == FetchProgress(0, 1000)
    assert steps[-1] == FetchProgress(1000, 1000)
    assert len(steps) > 3
    assert [file.name for file in target.parent.iterdir()] == ["a.safetensors"]


def test_weights_come_from_a_file(tmp_path):
    (tmp_path / "given").write_bytes(DATA)

    fetch(str(tmp_path / "given"), tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == DATA


def test_another_file_than_expected_is_refused_and_the_old_one_stays(tmp_path):
    (tmp_path / "given").write_bytes(DATA[:-1])
    (tmp_path / "a").write_bytes(b"old")

    with pytest.raises(WeightsError, match="is not the file that was expected"):
        fetch(str(tmp_path / "given"), tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == b"old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "given"]


def test_a_connection_that_ends_early_leaves_nothing(address, tmp_path):
    with pytest.raises(WeightsError, match=r"512000 of 1024000 bytes|cannot be read"):
        fetch(f"{address}/half", tmp_path / "a")

    assert list(tmp_path.iterdir()) == []


def test_a_fetch_that_is_stopped_leaves_nothing(address, tmp_path):
    run = weights_file.fetching(f"{address}/whole", tmp_path / "a", digest=DIGEST)
    next(run)
    next(run)
    assert [file.name for file in tmp_path.iterdir()] == ["a.part"]

    run.close()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("source", ["none.pth", "http://127.0.0.1:9/a", "http://["])
def test_a_source_that_is_not_there_is_named(source, tmp_path):
    with pytest.raises(WeightsError, match="cannot be read") as caught:
        fetch(source, tmp_path / "a")

    assert source in caught.value.message
    assert caught.value.hint


def test_a_missing_page_is_named(address, tmp_path):
    with pytest.raises(WeightsError, match="Not Found"):
        fetch(f"{address}/none", tmp_path / "a")


@pytest.mark.parametrize("digest", ["", "1234567", "g" * 64, "a" * 65])
def test_what_is_no_hash_is_refused(digest, tmp_path):
    with pytest.raises(WeightsError, match="no SHA-256"):
        fetch("x", tmp_path / "a", digest)


def test_a_place_that_cannot_be_written_to_is_said(tmp_path):
    (tmp_path / "given").write_bytes(DATA)
    (tmp_path / "file").touch()

    with pytest.raises(WeightsError, match="cannot be written"):
        fetch(str(tmp_path / "given"), tmp_path / "file" / "a")
