"""Commands over a library on a server: the same answers, or a sentence."""

from __future__ import annotations

from pathlib import Path

import fake_pymilvus
import pytest
from command_runs import install_tiny, medhash, write_png, write_study
from fake_pymilvus import FakeServer
from tiny_bundle import pictures

from medhash_gui.milvus_uri import MilvusUri

URI = "milvus://h:1/chest"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    return fake_pymilvus.install(monkeypatch)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    install_tiny()
    write_study(tmp_path / "study", each=5)
    made = medhash("index", tmp_path / "study", "--library", tmp_path / "l.medhash")
    assert made.code == 0, made.err
    return tmp_path / "l.medhash"


def without_time(answer: dict) -> dict:
    return {name: value for name, value in answer.items() if name != "seconds"}


def test_search_over_a_server_prints_what_it_prints_over_the_folder(
    server: FakeServer, library: Path, tmp_path: Path
):
    stranger = write_png(tmp_path / "new.png", pictures(1, seed=77)[0])
    known = sorted((tmp_path / "study").rglob("*.png"))[0]
    assert medhash("library", "push", library, "--to", URI).code == 0
    questions = (
        (stranger,),
        (known, "--patients", "include"),
        (known, stranger, "--unlike", sorted((tmp_path / "study").rglob("*.png"))[-1]),
        (stranger, "--where", "label=dark", "--top", "3", "--within", "9"),
    )

    for words in questions:
        here = medhash("search", library, *words, "--json")
        there = medhash("search", URI, *words, "--json")
        assert (here.code, there.code) == (0, 0), there.err
        assert without_time(there.answer) == without_time(here.answer)


def test_overlay_draws_hits_of_a_server(
    server: FakeServer, library: Path, tmp_path: Path
):
    stranger = write_png(tmp_path / "new.png", pictures(1, seed=77)[0])
    medhash("library", "push", library, "--to", URI)

    ran = medhash("search", URI, stranger, "--top", "2", "--overlay", tmp_path / "out")

    assert ran.code == 0, ran.err
    drawn = {file.stem for file in (tmp_path / "out").glob("*.png")}
    assert {name.rpartition("-")[0] for name in drawn} == {"query", "hit-01", "hit-02"}


def test_info_over_a_server_adds_how_it_is_served(server: FakeServer, library: Path):
    medhash("library", "push", library, "--to", URI)

    here = medhash("info", library, "--json").answer
    there = medhash("info", URI, "--json").answer

    more = {"server": "milvus://h:1", "index": "BIN_FLAT", "recall": 1.0}
    assert there == here | more


def test_push_says_where_the_library_is_and_what_the_server_knows_now(
    server: FakeServer, library: Path
):
    ran = medhash("library", "push", library, "--to", URI, "--json")
    again = medhash("library", "push", library, "--to", URI)

    assert ran.answer["rows"] == 10
    assert ran.answer["uri"] == URI
    assert not ran.answer["replaced"]
    assert f"can be searched as {URI} (replaced)" in again.out
    assert "keyed hashes of patients" in again.err
    assert "key stays here" in again.err


def test_an_approximate_index_says_so_at_the_push_and_at_each_search(
    server: FakeServer,
    library: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    stranger = write_png(tmp_path / "new.png", pictures(1, seed=77)[0])
    monkeypatch.setattr(
        "medhash_gui.milvus_push.np.intersect1d", lambda a, _: a[: len(a) // 2]
    )

    ran = medhash("library", "push", library, "--to", URI, "--index", "BIN_IVF_FLAT")
    found = medhash("search", URI, stranger)

    assert ran.code == 0, ran.err
    assert "BIN_IVF_FLAT may miss pictures: it found 50.0% of the ten nearest" in (
        ran.out
    )
    assert "approximate index, which found 50.0%" in found.err


def test_withdraw_takes_a_library_off_the_server(server: FakeServer, library: Path):
    medhash("library", "push", library, "--to", URI)

    ran = medhash("library", "withdraw", URI)

    assert ran.code == 0, ran.err
    assert f"{URI} is no longer on the server" in ran.out
    assert server.collections == {}
    assert medhash("info", URI).code == 3


def test_a_server_that_is_down_ends_a_command_with_a_sentence(
    server: FakeServer, library: Path
):
    server.is_down = True

    for words in (("info", URI), ("library", "push", library, "--to", URI)):
        ran = medhash(*words)
        assert ran.code == 3
        assert "The Milvus server milvus://h:1 does not answer." in ran.err
        assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--where", "view=PA"), "labels, patients, cases and distance only"),
        (("--where", "folder=dark"), "labels, patients, cases and distance only"),
        (("--since", "2020-01-01"), "labels, patients, cases and distance only"),
        (("--report-text", "clear"), "labels, patients, cases and distance only"),
    ],
)
def test_what_a_server_cannot_tell_is_refused_with_a_sentence(
    server: FakeServer, library: Path, tmp_path: Path, words: tuple[str, ...], sentence
):
    medhash("library", "push", library, "--to", URI)
    stranger = write_png(tmp_path / "new.png", pictures(1, seed=77)[0])

    ran = medhash("search", URI, stranger, *words)

    assert ran.code == 3
    assert sentence in ran.err
    assert "library's folder" in ran.err


def test_words_of_reports_alone_are_not_asked_of_a_server(
    server: FakeServer, library: Path
):
    medhash("library", "push", library, "--to", URI)

    ran = medhash("search", URI, "--report-text", "clear")

    assert ran.code == 3
    assert "on a server, where words of reports are not looked for" in ran.err
    assert "library's folder" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("library", "compact", URI),
        ("library", "verify", URI),
        ("library", "repair", URI),
        ("library", "relink", URI, "."),
        ("library", "purge", URI, "--hidden"),
        ("library", "merge", URI, "other.medhash"),
        ("library", "merge", "other.medhash", URI),
        ("library", "key", URI, "--to", "key.json"),
        ("library", "export", URI, "list.csv"),
        ("library", "push", URI, "--to", URI),
        ("index", ".", "--library", URI),
        ("duplicates", URI),
        ("privacy", URI),
    ],
)
def test_what_needs_the_folder_of_a_library_says_so(
    server: FakeServer, words: tuple[str, ...]
):
    ran = medhash(*words)

    assert ran.code == 2
    assert f"{URI} is on a server, where a library can be searched" in ran.err
    assert "name the folder of the library" in ran.err
    assert server.calls == []


def test_what_is_no_address_is_a_usage_error(server: FakeServer, library: Path):
    ran = medhash("info", "milvus://h/two/names")
    pushed = medhash("library", "push", library, "--to", "elsewhere.medhash")

    assert ran.code == pushed.code == 2
    assert "is not the address of a library on a server" in ran.err
    assert "is not of the form milvus://HOST:PORT/NAME" in pushed.err


def test_the_window_is_asked_to_open_an_address(server: FakeServer):
    ran = medhash("window", URI, "--screenshot", "shot.png")

    assert ran.windows[0].library == MilvusUri("h", "chest", 1)
