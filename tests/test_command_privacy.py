"""The command ``privacy`` says what is held and what to do, and repeats no identity."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_runs import medhash
from small_library import make_store
from test_privacy import make_library

from medhash_gui import details


@pytest.fixture
def library(tmp_path: Path) -> Path:
    root = tmp_path / "lib.medhash"
    make_library(root).close()
    return root


def test_programs_get_the_whole_summary(library: Path) -> None:
    ran = medhash("privacy", library, "--json")

    answer = ran.answer
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 1
    assert set(answer) == {
        "library", "images", "identifying", "text", "path_names", "kept", "reports",
        "patients", "cases", "without_patient", "unlinked", "hidden",
        "before_sharing",
    }  # fmt: skip
    assert answer["identifying"] == {"PatientName": 3, "PatientID": 1}
    assert len(answer["kept"]) == len(details.KEPT)
    assert [text.split()[0] for text in answer["before_sharing"]] == [
        "Share", "Look", "Rename", "Read", "Index", "Give",
    ]  # fmt: skip


def test_people_read_counts_the_list_and_what_to_do(library: Path) -> None:
    ran = medhash("privacy", library)

    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    for line in (
        "6 pictures; patients: 2, cases: 4, pictures without a known patient: 2",
        "patients are linked: one patient has one key everywhere in it",
        "3 PatientName",
        "2 guess: letters seen",
        "1 declared in the header",
        "1 declared absent in the header",
        "1 not known: nothing was looked at",
        "Paths that repeat a patient's name or identifier: 2",
        "Report texts, kept as the table gave them: 2",
        "Body part Body Part Examined (0018,0015)",
        "Before you share the library or its pictures:",
    ):
        assert line in lines
    for kept in details.KEPT:
        assert any(line.startswith(kept.label) for line in lines)


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_reports_and_keys_are_not_printed(library: Path, words) -> None:
    ran = medhash("privacy", library, *words)

    for secret in ("One.", "Two.", "P-1", "C-1"):
        assert secret not in ran.out + ran.err


def test_library_without_people_needs_one_sentence(tmp_path: Path) -> None:
    root = tmp_path / "lib.medhash"
    make_store(root).close()

    ran = medhash("privacy", root)

    assert "  none" in ran.out
    assert len(ran.out.partition("its pictures:\n")[2].splitlines()) == 1


def test_unlinked_patients_are_said(tmp_path: Path) -> None:
    root = tmp_path / "lib.medhash"
    with make_library(root) as store:
        store.mark_unlinked()

    ran = medhash("privacy", root)

    assert "one patient may count as several" in ran.out
    assert "Say that patients are not linked" in ran.out


def test_library_that_is_not_there_is_named(tmp_path: Path) -> None:
    ran = medhash("privacy", tmp_path / "none.medhash")

    assert ran.code == 3
    assert "none.medhash" in ran.err
