"""One process writes to a library, any number read meanwhile."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from small_library import (
    BITS,
    fill,
    journal_name,
    make_codes,
    make_records,
    make_store,
    state,
)

from medhash_gui.codes import HashCodes
from medhash_gui.errors import (
    LibraryBusyError,
    LibraryError,
)
from medhash_gui.library import durable, writing
from medhash_gui.store import CodeStore, RowChange


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk; ``CrashDisk`` sees to the order."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


def test_a_reader_sees_what_a_writer_commits(tmp_path):
    writer = make_store(tmp_path / "a.medhash")
    reader = CodeStore.open(tmp_path / "a.medhash")
    assert not reader.refresh()

    for step in range(12):
        fill(writer, 3)
        writer.change([RowChange(step, hidden=True)])
        if step % 3 == 1:
            writer.seal()
        if step % 4 != 2:
            assert reader.refresh()
            assert not reader.refresh()
            assert state(reader) == state(writer)
    writer.close()
    reader.refresh()
    assert state(reader) == state(writer)


def test_a_reader_that_missed_seals_still_has_its_soft_values(tmp_path):
    writer = make_store(tmp_path / "a.medhash")
    fill(writer, 3)
    writer.seal()
    reader = CodeStore.open(tmp_path / "a.medhash")
    before = state(reader)
    fill(writer, 3)
    writer.seal()

    # The segment it knows has been merged away; the rows are the same.
    assert np.array_equal(reader.soft([0, 1, 2]), writer.soft([0, 1, 2]))

    assert state(reader)[:3] == before
    writer.close()


def test_a_reader_follows_a_library_that_was_made_anew(tmp_path):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 5)
    reader = CodeStore.open(root)
    shutil.rmtree(root)
    with make_store(root) as library:
        fill(library, 2)

    assert reader.refresh()

    assert len(reader) == 2
    shutil.rmtree(root)
    with pytest.raises(LibraryError, match="no library"):
        reader.refresh()
    assert len(reader) == 2


def test_a_frame_taken_back_after_a_reader_saw_it_is_forgotten(tmp_path):
    root = tmp_path / "a.medhash"
    writer = make_store(root)
    fill(writer, 1)
    journal = root / journal_name(root)
    committed = journal.read_bytes()
    writer.append(make_records(1, start=70), make_codes(1))
    reader = CodeStore.open(root)
    assert reader.record(1).path == make_records(1, start=70)[0].path
    writer.close()
    journal.write_bytes(committed)
    with CodeStore.open(root, writable=True) as writer:
        fill(writer, 1)
        fill(writer, 1)

    assert reader.refresh()

    with CodeStore.open(root) as other:
        assert state(reader) == state(other)


def test_threads_may_read_while_one_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "_SEAL_ROWS", 20)
    library = make_store(tmp_path / "a.medhash")
    faults: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                rows = np.arange(library.row_count)
                assert len(library.packed) >= len(rows)
                soft = library.soft(rows[::7])
                signs = HashCodes(library.packed[rows[::7]], BITS).signs()
                assert np.array_equal(soft >= 0, signs > 0)
                for row in rows[::11]:
                    assert library.record(int(row)).size_bytes == 1000 + row
        except BaseException as error:  # noqa: BLE001 - handed to the test below
            faults.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(60):
        fill(library, 3)
    done.set()
    reader.join()
    library.close()

    assert faults == []


def test_a_second_writer_is_told_who_the_first_is(tmp_path):
    with make_store(tmp_path / "a.medhash") as library:
        fill(library, 1)
        with pytest.raises(LibraryBusyError, match="is being written to") as caught:
            CodeStore.open(tmp_path / "a.medhash", writable=True)
        assert (
            f"process {os.getpid()} on {socket.gethostname()}" in caught.value.message
        )
        (tmp_path / "a.medhash" / "writer.json").write_text("{")
        with pytest.raises(LibraryBusyError, match="another process"):
            CodeStore.open(tmp_path / "a.medhash", writable=True)
        with CodeStore.open(tmp_path / "a.medhash") as reader:
            assert len(reader) == 1

    CodeStore.open(tmp_path / "a.medhash", writable=True).close()


def test_the_lock_can_be_given_back_by_another_thread(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    thread = threading.Thread(target=library.close)
    thread.start()
    thread.join()

    CodeStore.open(tmp_path / "a.medhash", writable=True).close()


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import small_library
from medhash_gui.library import writing
writing._SEAL_ROWS = 12
library = small_library.CodeStore.open(Path(sys.argv[1]), writable=True)
print("ready", flush=True)
for step in range(int(sys.argv[2])):
    small_library.fill(library, 1 + step % 5)
    print(library.row_count, flush=True)
sys.stdin.readline()
library.close()
"""


def start_child(root: Path, steps: int) -> subprocess.Popen[str]:
    script = CHILD.format(tests=str(Path(__file__).parent))
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(root), str(steps)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def end_child(child: subprocess.Popen[str]) -> list[int]:
    """Kill a child and return the row counts that it acknowledged."""
    child.kill()
    printed, _ = child.communicate()
    lines = printed.split("\n")[:-1]  # a torn last line was not acknowledged
    return [int(line) for line in lines]


def expected_rows(root: Path, count: int) -> list[object]:
    with make_store(root) as library:
        while library.row_count < count:
            fill(library, min(500, count - library.row_count))
        return state(library)


def test_reading_goes_on_while_another_process_writes(tmp_path):
    root = tmp_path / "a.medhash"
    make_store(root).close()
    child = start_child(root, 40)
    reader = CodeStore.open(root)
    seen = 0
    while seen < 120:
        reader.refresh()
        count = reader.row_count
        assert count >= seen
        rows = np.arange(seen, count)
        assert [r.size_bytes for r in reader.records(rows)] == [1000 + n for n in rows]
        reader.soft(np.arange(count))
        seen = count

    with pytest.raises(LibraryBusyError, match=f"process {child.pid} on"):
        CodeStore.open(root, writable=True)
    end_child(child)

    assert state(reader) == expected_rows(tmp_path / "expected.medhash", 120)
    CodeStore.open(root, writable=True).close()


@pytest.mark.slow
def test_killed_writers_lose_nothing_they_acknowledged(tmp_path):
    expected = expected_rows(tmp_path / "expected.medhash", 6000)
    root = tmp_path / "a.medhash"
    make_store(root).close()
    rng = np.random.default_rng(0)
    acknowledged = 0
    for _ in range(12):
        child = start_child(root, 2000)
        assert child.stdout is not None
        for _ in range(int(rng.integers(1, 60))):
            acknowledged = int(child.stdout.readline())
        acknowledged = max([acknowledged, *end_child(child)])

        with CodeStore.open(root) as library:
            assert library.row_count >= acknowledged
            assert state(library) == expected[: library.row_count]
