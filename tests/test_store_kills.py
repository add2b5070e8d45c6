"""Processes are killed at random moments; what they had said is saved is saved.

The committed rows of a picture folder are numbered, so each killed run is judged by
what a run that was left alone made of the same folder. Each test takes minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from command_runs import install_tiny, medhash, write_study
from indexing_runs import FakeEncoder, draw, index, new_store
from small_library import fill, make_store, state
from upkeep_runs import check_sound, finish, repair, verify

from medhash_gui.store import CodeStore, RowChange
from medhash_gui.store_purge import choose_rows, compacting, purging

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

TESTS = Path(__file__).parent
# Six kinds of work: 240 kills, and twenty of the real command.
KILLS_EACH = int(os.environ.get("MEDHASH_KILLS", "40"))

CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import numpy as np
from medhash_gui.library import sealing, writing
writing._SEAL_ROWS = 24
sealing.MAX_SEGMENT_ROWS = 64
from medhash_gui import store_merge
store_merge._BATCH = 16
from medhash_gui.store import CodeStore
from medhash_gui.store_merge import merging
from medhash_gui.store_purge import choose_rows, compacting, purging
from medhash_gui.store_relink import relinking
from upkeep_runs import finish, repair

action, root, other = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])

def once():
    if action == "repair":
        return repair(root)
    with CodeStore.open(root, writable=True) as library:
        if action == "index":
            from indexing_runs import FakeEncoder, index
            return index(library, other, FakeEncoder())
        if action == "compact":
            return finish(compacting(library))
        if action == "purge":
            return finish(purging(library, choose_rows(library, hidden=True)))
        if action == "relink":
            return finish(relinking(library, other, force=True))
        with CodeStore.open(other) as source:
            return finish(merging(library, source))

print("ready", flush=True)
sys.stdin.readline()
once()
print("done", flush=True)
"""


class Child:
    """A process that does one thing to a library once it is told to."""

    def __init__(self, action: str, root: Path, other: Path) -> None:
        script = CHILD.format(tests=str(TESTS))
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, action, str(root), str(other)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=TESTS.parent,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def seconds(self) -> float:
        """Let it do its work; return how long that took."""
        start = time.perf_counter()
        self.go()
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "done\n"
        taken = time.perf_counter() - start
        self.process.communicate()
        return taken

    def kill_after(self, seconds: float) -> bool:
        """Kill it and all it started; return whether it was still at work."""
        self.go()
        time.sleep(seconds)
        was_alive = self.process.poll() is None
        _end_group(self.process)
        self.process.communicate()
        return was_alive


def _end_group(process: subprocess.Popen[str]) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    import signal

    # The group of this one child: itself and the decoders that it started.
    with_children = os.getpgid(process.pid) if process.poll() is None else process.pid
    try:
        os.killpg(with_children, signal.SIGKILL)
    except ProcessLookupError:
        return


def identities(root: Path) -> dict[tuple[str, int], list[str]]:
    """Return the codes of every visible picture, by path and frame."""
    with CodeStore.open(root) as library:
        codes = library.codes(range(library.row_count))
        found: dict[tuple[str, int], list[str]] = {}
        for row in np.flatnonzero(library.visible).tolist():
            record = library.record(row)
            found.setdefault((record.path, record.frame), []).append(codes.hex(row))
        return found


def full(tmp_path: Path) -> Path:
    """Return a library of segments and a journal, with hidden and moved rows."""
    root = tmp_path / "start.medhash"
    with make_store(root) as library:
        for rows in (150, 60, 30):
            fill(library, rows)
            library.seal()
        fill(library, 20)
        library.change([RowChange(row, hidden=True) for row in range(0, 260, 9)])
        library.change([RowChange(7, path="moved.png")])
    return root


def test_indexing_killed_again_and_again_ends_with_every_picture_once(tmp_path):
    study = tmp_path / "study"
    for n in range(160):
        draw(study / f"ward {n % 7}" / f"{n:03}.png", n)
    with new_store(tmp_path / "whole.medhash", study) as library:
        index(library, study, FakeEncoder())
    expected = identities(tmp_path / "whole.medhash")
    root = tmp_path / "a.medhash"
    new_store(root, study).close()
    taken = Child("index", root, study).seconds()
    rng = np.random.default_rng(1)

    committed: dict[tuple[str, int], list[str]] = {}
    killed = 0
    while killed < KILLS_EACH:
        if len(committed) == len(expected):
            shutil.rmtree(root)
            new_store(root, study).close()
            committed = {}
        child = Child("index", root, study)
        killed += child.kill_after(float(rng.uniform(0.2, 1.0)) * taken)
        found = identities(root)
        assert found.items() >= committed.items(), "a committed picture was lost"
        assert all(found[picture] == expected[picture] for picture in found)
        check_sound(root)
        committed = found
    with CodeStore.open(root, writable=True) as library:
        index(library, study, FakeEncoder())
    assert identities(root) == expected


@pytest.mark.parametrize("action", ["compact", "purge", "relink", "merge", "repair"])
def test_upkeep_killed_at_random_moments_loses_and_doubles_nothing(tmp_path, action):
    start = full(tmp_path)
    images, other = tmp_path / "images", tmp_path / "images"
    images.mkdir()
    (images / "x.png").write_bytes(b"x")
    if action == "merge":
        other = tmp_path / "source.medhash"
        with CodeStore.create(
            other, indexed_root=tmp_path / "others", model_id="m1", model_name="fake",
            bits=12, key_of=start,
        ) as source:  # fmt: skip
            fill(source, 300)
    if action == "repair":
        next(start.glob("codes-*")).unlink()
        data = bytearray((start / "library.json").read_bytes())
        (start / "library.json").write_bytes(data[:-30])

    def outcome(root: Path) -> tuple[str, list[object]]:
        with CodeStore.open(root) as library:
            return str(library.indexed_root), state(library)

    whole = shutil.copytree(start, tmp_path / "whole.medhash")
    taken = Child(action, whole, other).seconds()
    after = outcome(whole)
    before = None if action == "repair" else outcome(start)
    rng = np.random.default_rng(2)
    killed = 0
    while killed < KILLS_EACH:
        root = shutil.copytree(start, tmp_path / "live.medhash")
        child = Child(action, root, other)
        killed += child.kill_after(float(rng.uniform(0.0, 1.0)) * taken)
        if before is not None:
            found = outcome(root)
            if action == "merge":
                # Commit by commit: some of the source's rows, each once.
                assert found[1] == after[1][: len(found[1])]
                assert len(found[1]) >= len(before[1])
            else:
                assert found in (before, after)
            check_sound(root)
        Child(action, root, other).seconds()
        assert outcome(root) == after
        check_sound(root)
        shutil.rmtree(root)


def test_the_real_command_killed_twenty_times_ends_with_every_picture_once(
    tmp_path, monkeypatch
):
    install_tiny()
    study = write_study(tmp_path / "study", each=60)
    assert medhash("index", study, "--library", tmp_path / "whole.medhash").code == 0
    expected = identities(tmp_path / "whole.medhash")
    root = tmp_path / "a.medhash"
    rng = np.random.default_rng(3)
    words = [sys.executable, "-m", "medhash_gui", "index", str(study), "--library"]
    start = time.perf_counter()
    subprocess.run([*words, str(root)], check=True, capture_output=True)
    taken = time.perf_counter() - start
    shutil.rmtree(root)

    committed: dict[tuple[str, int], list[str]] = {}
    killed = 0
    while killed < min(20, KILLS_EACH):
        if len(committed) == len(expected):
            shutil.rmtree(root)
            committed = {}
        process = subprocess.Popen(
            [*words, str(root)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        time.sleep(float(rng.uniform(0.3, 1.0)) * taken)
        killed += process.poll() is None
        _end_group(process)
        process.communicate()
        if not (root / "library.json").exists():
            assert committed == {}
            continue
        found = identities(root)
        assert found.items() >= committed.items(), "a committed picture was lost"
        assert all(found[picture] == expected[picture] for picture in found)
        check_sound(root)
        committed = found
    subprocess.run([*words, str(root)], check=True, capture_output=True)
    assert identities(root) == expected
    assert verify(root).sound


SEARCHER = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
import numpy as np
from medhash_gui.store import CodeStore

root, seconds = Path(sys.argv[1]), float(sys.argv[2])
reader = CodeStore.open(root)
seen, looks, end = 0, 0, time.monotonic() + seconds
print("ready", flush=True)
while time.monotonic() < end:
    reader.refresh()
    rows = reader.row_count
    assert rows >= seen, "a row went missing"
    seen = rows
    if not rows:
        continue
    query = reader.packed[rows - 1]
    distances = np.bitwise_count(reader.packed ^ query).sum(axis=1)
    best = np.argsort(distances, kind="stable")[:50]
    assert distances[rows - 1] == 0
    soft = reader.soft(best)
    bits = np.unpackbits(reader.packed[best], axis=1, count=reader.bits)
    assert np.array_equal(soft >= 0, bits.astype(bool)), "soft values of other rows"
    for row in best[:10].tolist():
        record = reader.record(row)
        if not reader.removed[row]:
            assert record.size_bytes == 1000 + row, "a row came to mean another one"
    looks += 1
print(looks, seen, flush=True)
"""


def test_writing_and_searching_at_once_for_a_minute(tmp_path):
    """Rows are added, hidden, sealed, purged and compacted under two readers."""
    root = tmp_path / "a.medhash"
    seconds = 60.0
    with make_store(root) as library:
        fill(library, 10)
        script = SEARCHER.format(tests=str(TESTS))
        readers = [
            subprocess.Popen(
                [sys.executable, "-c", script, str(root), str(seconds)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=TESTS.parent,
            )
            for _ in range(2)
        ]
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n"
        end, step = time.monotonic() + seconds + 2, 0
        while time.monotonic() < end:
            step += 1
            fill(library, 1 + step % 17)
            library.change([RowChange(step % library.row_count, hidden=True)])
            if step % 7 == 0:
                library.seal()
            if step % 23 == 0:
                finish(compacting(library))
            if step % 31 == 0:
                finish(purging(library, choose_rows(library, hidden=True)))
            time.sleep(0.01)
        rows = library.row_count
    for reader in readers:
        out, err = reader.communicate()
        assert reader.returncode == 0, err
        looks, seen = map(int, out.split())
        assert looks > 5
        assert 10 < seen <= rows
    check_sound(root)
    assert repair(root).repaired is False


ASKER = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
import numpy as np
from medhash_gui.search import SearchFilter, library_query, search
from medhash_gui.store import CodeStore

root, seconds = Path(sys.argv[1]), float(sys.argv[2])
reader = CodeStore.open(root)
seen, asked, end = 0, 0, time.monotonic() + seconds
rng = np.random.default_rng(0)
print("ready", flush=True)
while time.monotonic() < end:
    reader.refresh()
    rows = reader.row_count
    assert rows >= seen, "a row went missing"
    seen = rows
    row = int(rng.integers(0, rows))
    query = library_query(reader, reader.digests[row].tobytes())
    found = search(reader, query, filter=SearchFilter(patients="include"), top=20)
    assert found.searched >= len(found.hits) - 1
    assert found.hits[0].identical and found.hits[0].distance == 0
    assert [hit.distance for hit in found.hits] == sorted(
        hit.distance for hit in found.hits
    )
    assert len(found.hits) == min(21, rows), (len(found.hits), rows)
    asked += 1
print(asked, seen, flush=True)
"""


def test_indexing_and_searching_at_once_for_a_minute(tmp_path):
    """One process indexes a folder that grows; another one searches its library."""
    root, study, seconds = tmp_path / "a.medhash", tmp_path / "study", 60.0
    drawn = 0

    def draw_more(count: int) -> None:
        nonlocal drawn
        for _ in range(count):
            draw(study / f"ward {drawn % 7}" / f"{drawn:05}.png", drawn)
            drawn += 1

    draw_more(30)
    with new_store(root, study) as library:
        index(library, study, FakeEncoder())
        script = ASKER.format(tests=str(TESTS))
        asker = subprocess.Popen(
            [sys.executable, "-c", script, str(root), str(seconds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=TESTS.parent,
        )
        assert asker.stdout is not None
        assert asker.stdout.readline() == "ready\n"
        end = time.monotonic() + seconds + 2
        while time.monotonic() < end:
            draw_more(25)
            report = index(library, study, FakeEncoder())
            assert report.added == 25
            library.seal()
        rows = library.row_count
    out, err = asker.communicate()
    assert asker.returncode == 0, err
    asked, seen = map(int, out.split())
    assert asked > 5
    assert 30 < seen <= rows == drawn
    check_sound(root)
