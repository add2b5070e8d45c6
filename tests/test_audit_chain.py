from __future__ import annotations

import json
import os
import random
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from medhash_gui import audit_chain
from medhash_gui.audit_chain import HEAD, LOG, Head

WRITER = """
import sys
from pathlib import Path
from medhash_gui import audit_chain
for number in range(int(sys.argv[2])):
    audit_chain.append(Path(sys.argv[1]), {"event": "query", "by": sys.argv[3]})
"""


def written(folder: Path, count: int = 6) -> list[bytes]:
    """Return the lines of a new log."""
    for number in range(count):
        audit_chain.append(folder, {"event": "query", "rows": [number]})
    return (folder / LOG).read_bytes().splitlines(keepends=True)


def put(folder: Path, lines: list[bytes]) -> tuple[str, ...]:
    """Put other lines there and return the problems."""
    (folder / LOG).write_bytes(b"".join(lines))
    return audit_chain.verify(folder).problems


def test_a_log_as_it_was_written_is_sound(tmp_path: Path) -> None:
    written(tmp_path)

    verdict = audit_chain.verify(tmp_path)

    assert verdict.problems == verdict.notes == ()
    assert verdict.head.number == 6
    assert [entry["n"] for entry in audit_chain.entries(tmp_path)] == [*range(1, 7)]


def test_whatever_byte_is_changed_is_found_or_changes_nothing(tmp_path: Path) -> None:
    data = b"".join(written(tmp_path))
    before = [*audit_chain.entries(tmp_path)]
    rng = random.Random(0)

    for _ in range(400):
        place, value = rng.randrange(len(data)), rng.randrange(256)
        (tmp_path / LOG).write_bytes(data[:place] + bytes([value]) + data[place + 1 :])
        problems = audit_chain.verify(tmp_path).problems
        assert problems or [*audit_chain.entries(tmp_path)] == before, (place, value)


def test_no_log_is_a_sound_empty_one(tmp_path: Path) -> None:
    assert audit_chain.verify(tmp_path / "none").head == Head()
    assert list(audit_chain.entries(tmp_path / "none")) == []


def test_a_changed_line_is_named(tmp_path: Path) -> None:
    lines = written(tmp_path)
    lines[2] = lines[2].replace(b'"rows":[2]', b'"rows":[9]')

    assert put(tmp_path, lines) == ("Line 3 was changed: it and its hash differ.",)


def test_a_changed_line_with_a_hash_that_fits_breaks_the_chain(tmp_path: Path) -> None:
    lines = written(tmp_path)
    entry = json.loads(lines[2])
    entry["rows"] = [9]
    entry["hash"] = audit_chain._hash(entry)
    lines[2] = json.dumps(entry).encode() + b"\n"

    (problem,) = put(tmp_path, lines)

    assert problem == "Lines are missing, changed or in another order before line 4."


@pytest.mark.parametrize("gone", [0, 3])
def test_a_removed_line_is_missed(tmp_path: Path, gone: int) -> None:
    lines = written(tmp_path)
    del lines[gone]

    (problem,) = put(tmp_path, lines)

    assert problem.startswith("Lines are missing")


def test_lines_in_another_order_are_found(tmp_path: Path) -> None:
    lines = written(tmp_path)
    lines[1], lines[2] = lines[2], lines[1]

    assert len(put(tmp_path, lines)) == 3


@pytest.mark.parametrize("kept", [0, 4, 5])
def test_lines_cut_off_at_the_end_are_missed(tmp_path: Path, kept: int) -> None:
    lines = written(tmp_path)

    (problem,) = put(tmp_path, lines[:kept])

    assert problem.startswith("Lines are missing at the end: number 6 was written")


def test_a_line_that_was_put_in_is_found(tmp_path: Path) -> None:
    lines = written(tmp_path)
    lines.insert(3, lines[2])

    assert put(tmp_path, lines)


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    lines = written(tmp_path)
    lines.insert(3, b"anything\n")
    lines.append(b"anything\n")

    assert put(tmp_path, lines) == (
        "Line 4 cannot be read.",
        "The last line cannot be read.",
    )


def test_a_gap_stays_when_lines_are_added_after_it(tmp_path: Path) -> None:
    lines = written(tmp_path)
    (tmp_path / LOG).write_bytes(b"".join(lines[:4]))

    audit_chain.append(tmp_path, {"event": "query"})

    assert audit_chain.verify(tmp_path).problems == (
        "Lines are missing, changed or in another order before line 5.",
    )


def test_a_head_that_is_gone_is_said(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / HEAD).unlink()

    (problem,) = audit_chain.verify(tmp_path).problems

    assert HEAD in problem


def test_a_log_made_anew_is_found_by_a_head_noted_elsewhere(tmp_path: Path) -> None:
    written(tmp_path / "one")
    noted = audit_chain.verify(tmp_path / "one").head
    for number in range(9):
        audit_chain.append(tmp_path / "two", {"event": "query", "rows": [number, 1]})

    assert audit_chain.verify(tmp_path / "one", expected=noted).problems == ()
    assert audit_chain.verify(tmp_path / "two").problems == ()
    assert audit_chain.verify(tmp_path / "two", expected=noted).problems == (
        "The line of number 6 is not what it was.",
    )


def test_a_writer_killed_between_line_and_head_leaves_a_sound_log(
    tmp_path: Path,
) -> None:
    written(tmp_path)
    before = (tmp_path / HEAD).read_bytes()
    audit_chain.append(tmp_path, {"event": "query"})
    (tmp_path / HEAD).write_bytes(before)

    assert audit_chain.verify(tmp_path).problems == ()
    audit_chain.append(tmp_path, {"event": "query"})
    assert audit_chain.verify(tmp_path).problems == ()


@pytest.mark.parametrize("kept", [1, 40, -2])
def test_a_writer_killed_within_a_line_costs_that_line_only(
    tmp_path: Path, kept: int
) -> None:
    *whole, last = written(tmp_path)
    head = json.loads(whole[-1])
    (tmp_path / HEAD).write_text(json.dumps({"n": 5, "hash": head["hash"]}))
    (tmp_path / LOG).write_bytes(b"".join(whole) + last[:kept])

    unfinished = audit_chain.verify(tmp_path)
    audit_chain.append(tmp_path, {"event": "query"})
    after = audit_chain.verify(tmp_path)

    assert unfinished.problems == after.problems == ()
    assert len(unfinished.notes) == len(after.notes) == 1
    assert after.head.number == 7  # five, what is said of the fragment, and the new one


def test_a_line_that_lacks_only_its_end_counts(tmp_path: Path) -> None:
    lines = written(tmp_path)
    (tmp_path / LOG).write_bytes(b"".join(lines)[:-1])

    assert audit_chain.verify(tmp_path) == audit_chain.Verdict(
        audit_chain.verify(tmp_path).head, ()
    )
    audit_chain.append(tmp_path, {"event": "query"})
    assert audit_chain.verify(tmp_path).head.number == 7
    assert audit_chain.verify(tmp_path).problems == ()


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, tmp_path, "25", str(n)])
        for n in range(3)
    ]
    codes = [writer.wait(120) for writer in writers]

    assert codes == [0, 0, 0]
    assert audit_chain.verify(tmp_path) == audit_chain.Verdict(
        audit_chain.verify(tmp_path).head, ()
    )
    assert sum(1 for _ in audit_chain.entries(tmp_path)) == 75


def test_a_process_killed_while_it_writes_leaves_a_sound_log(tmp_path: Path) -> None:
    for number in range(3):
        log = tmp_path / LOG
        before = log.stat().st_size if log.exists() else 0
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, tmp_path, "1000000", str(number)]
        )
        try:
            while not log.exists() or log.stat().st_size < before + 5000:
                assert writer.poll() is None
        finally:
            writer.kill()
            writer.wait(60)

        assert audit_chain.verify(tmp_path).problems == ()

    audit_chain.append(tmp_path, {"event": "query"})
    assert audit_chain.verify(tmp_path).problems == ()


def test_a_line_longer_than_what_is_read_at_once_is_followed(tmp_path: Path) -> None:
    for count in (1, 200_000, 1):
        audit_chain.append(tmp_path, {"event": "query", "text": "x" * count})

    assert audit_chain.verify(tmp_path).problems == ()


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_log_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    written(folder, 1)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes == {0o600}


def test_a_full_disk_adds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    before = (tmp_path / LOG).read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        audit_chain.append(tmp_path, {"event": "query"})

    assert (tmp_path / LOG).read_bytes() == before


@pytest.mark.parametrize("text", ["", "5", "x:1", "5:abc", "-1:" + "0" * 64])
def test_a_head_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NUMBER:HASH"):
        Head.parse(text)
