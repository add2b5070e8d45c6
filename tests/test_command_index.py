"""The command ``index``: which model, which library, what it reports, how it stops."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_runs import install_tiny, medhash, noise, write_png, write_study
from tiny_bundle import make_tiny_bundle, pictures

from medhash_gui import indexing, paths
from medhash_gui.encoding import EncodingQueue
from medhash_gui.store import CodeStore


@pytest.fixture(autouse=True)
def only_the_users_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "packaged_models", lambda: tmp_path / "packaged")


@pytest.fixture
def card() -> Any:
    return install_tiny()


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "study")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "lib.medhash"


def test_first_run_adds_every_file_and_accounts_for_it(
    card: Any, study: Path, library: Path
) -> None:
    (study / "notes.txt").write_text("no picture")

    ran = medhash("index", study, "--library", library, "--json")

    answer = ran.answer
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 1
    assert set(answer) == {
        "found", "added", "unchanged", "moved", "relabelled", "hidden", "skipped",
        "frames", "seconds", "seconds_start_up", "images_per_second", "device",
        "model_id", "bits", "states", "remarks", "rows_without_file",
        "files_without_row", "ambiguous", "notices",
    }  # fmt: skip
    assert (answer["found"], answer["added"], answer["frames"]) == (9, 8, 8)
    assert [(s["path"], s["state"]) for s in answer["skipped"]] == [
        ("notes.txt", "not_an_image")
    ]
    assert answer["states"] == {"damaged": 0, "unsupported": 0, "not_an_image": 1}
    assert answer["images_per_second"] > 0
    assert answer["device"] == "cpu"
    assert (answer["model_id"], answer["bits"]) == (card.model_id, 16)


def test_second_run_encodes_nothing_and_says_so_with_null(
    card: Any, study: Path, library: Path
) -> None:
    medhash("index", study, "--library", library)

    answer = medhash("index", study, "--library", library, "--json").answer

    assert (answer["found"], answer["unchanged"], answer["added"]) == (8, 8, 0)
    assert answer["images_per_second"] is None


def test_moved_file_is_counted_as_moved(card: Any, study: Path, library: Path) -> None:
    medhash("index", study, "--library", library)
    (study / "light" / "p00.png").rename(study / "light" / "renamed.png")

    answer = medhash("index", study, "--library", library, "--json").answer

    assert (answer["moved"], answer["unchanged"], answer["added"]) == (1, 7, 0)


def test_report_for_people_names_what_was_skipped_and_why(
    card: Any, study: Path, library: Path
) -> None:
    (study / "empty.png").write_bytes(b"")

    ran = medhash("index", study, "--library", library)

    assert "9 files: 8 added" in ran.out
    assert "\n  damaged       empty.png is damaged" in ran.out


def test_report_for_people_ends_a_long_list_of_skipped_files(
    card: Any, study: Path, library: Path
) -> None:
    for number in range(45):
        (study / f"{number:02d}.txt").write_text("no picture")

    ran = medhash("index", study, "--library", library)

    assert "39.txt is not a picture." in ran.out
    assert "40.txt" not in ran.out
    assert "and 5 more" in ran.out


def test_labels_come_from_class_folders(card: Any, study: Path, library: Path) -> None:
    medhash("index", study, "--library", library)

    with CodeStore.open(library) as store:
        assert store.label_names() == {"light": 4, "dark": 4}


def test_labels_and_patients_come_from_named_columns(
    card: Any, study: Path, library: Path, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    rows = [
        f"p{number:02d}.png,a/b,{number // 2}" for number in range(len([*range(8)]))
    ]
    table.write_text("\n".join(["where,what,who", *rows]))
    options = ("--file-column", "where", "--label-column", "what")

    ran = medhash(
        *("index", study, "--library", library, "--labels", table, *options),
        *("--patient-column", "who", "--label-separator", "/"),
    )

    assert ran.code == 0, ran.err
    with CodeStore.open(library) as store:
        assert store.label_names() == {"a": 8, "b": 8}
        assert len({record.patient_key for record in store.records(range(8))}) == 4


def test_column_that_the_table_lacks_is_named_with_those_it_has(
    card: Any, study: Path, library: Path, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("file,label\np00.png,a\n")

    ran = medhash(
        "index", study, "--library", library, "--labels", table, "--label-column", "dx"
    )

    assert ran.code == 3
    assert "dx" in ran.err
    assert "label" in ran.err
    assert not library.exists()


# ------------------------------------------------------------------------ the model
def test_new_library_takes_the_model_that_knows_the_pictures_and_says_which(
    study: Path, library: Path
) -> None:
    stranger = install_tiny(bits=8, known=noise(80))
    fitting = install_tiny()

    ran = medhash("index", study, "--library", library, "--json")

    assert ran.answer["model_id"] == fitting.model_id != stranger.model_id
    assert fitting.name in ran.err


def test_warning_when_no_model_knows_such_pictures(
    card: Any, library: Path, tmp_path: Path
) -> None:
    study = tmp_path / "stripes"
    for number in range(6):
        stripes = pictures(1)[0] * 0
        stripes[:, :: number + 2] = 1
        write_png(study / f"{number}.png", stripes)

    ran = medhash("index", study, "--library", library)

    assert ran.code == 0
    assert "Warning: no model here was trained on pictures like these" in ran.err


def test_model_can_be_a_folder_anywhere(
    study: Path, library: Path, tmp_path: Path
) -> None:
    made = make_tiny_bundle(tmp_path / "elsewhere" / "model")

    ran = medhash(
        *("index", study, "--library", library, "--json"),
        *("--model", tmp_path / "elsewhere" / "model"),
    )

    assert ran.answer["model_id"] == made.model_id


def test_existing_library_keeps_its_model_when_a_better_one_arrives(
    card: Any, study: Path, library: Path
) -> None:
    medhash("index", study, "--library", library)
    install_tiny(bits=8, known=pictures(80, seed=50))
    write_png(study / "light" / "new.png", pictures(1, seed=9)[0])

    ran = medhash("index", study, "--library", library, "--json")

    assert (ran.answer["added"], ran.answer["model_id"]) == (1, card.model_id)


def test_unknown_model_is_named_with_those_there_are(
    card: Any, study: Path, library: Path
) -> None:
    ran = medhash("index", study, "--library", library, "--model", "resnet-512bit")

    assert ran.code == 3
    assert "resnet-512bit" in ran.err
    assert card.name in ran.err


# ---------------------------------------------------------------------- the library
def test_library_of_another_folder_is_refused_and_nothing_is_hidden(
    card: Any, study: Path, library: Path, tmp_path: Path
) -> None:
    medhash("index", study, "--library", library)
    other = write_study(tmp_path / "other", seed=4)

    ran = medhash("index", other, "--library", library)

    assert ran.code == 3
    assert str(study) in ran.err
    assert str(other) in ran.err
    assert medhash("info", library, "--json").answer["images"] == 8


def test_same_folder_by_another_name_is_the_same_folder(
    card: Any, study: Path, library: Path, tmp_path: Path
) -> None:
    medhash("index", study, "--library", library)
    link = tmp_path / "link"
    try:
        link.symlink_to(study, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no symbolic links")

    answer = medhash("index", link, "--library", library, "--json").answer

    assert answer["unchanged"] == 8


def test_library_inside_the_folder_is_not_indexed_itself(
    card: Any, study: Path
) -> None:
    library = study / "lib.medhash"
    medhash("index", study, "--library", library)

    answer = medhash("index", study, "--library", library, "--json").answer

    assert (answer["found"], answer["unchanged"]) == (8, 8)


def test_missing_folder_makes_no_library(
    card: Any, library: Path, tmp_path: Path
) -> None:
    ran = medhash("index", tmp_path / "gone", "--library", library)

    assert ran.code == 3
    assert "gone" in ran.err
    assert not library.exists()


def test_device_that_is_not_there_is_a_sentence(
    card: Any, study: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medhash_gui.engine.cuda_visible", lambda: False)

    ran = medhash("index", study, "--library", library, "--device", "cuda", "--json")

    assert ran.code == 3
    assert ran.answer["error"]["type"] == "DeviceError"
    assert "--device" in ran.answer["error"]["hint"]


# --------------------------------------------------------------------------- cancel
def test_ctrl_c_keeps_what_is_done_and_the_next_run_goes_on(
    card: Any, study: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = indexing.index_folder
    encode, goes_on = EncodingQueue._encode, threading.Event()
    begun: list[int] = []

    def encode_one_batch(queue: EncodingQueue, inputs: Any) -> Any:
        begun.append(len(inputs))
        if len(begun) > 1:  # the others wait until the first one has been told
            goes_on.wait(60)
        return encode(queue, inputs)

    monkeypatch.setattr(EncodingQueue, "_encode", encode_one_batch)

    def interrupted(*words: Any, **options: Any) -> Iterator[Any]:
        for step in whole(*words, **options, batch=2):
            yield step
            if step.encoded >= 2:
                goes_on.set()
                signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    # Each step is told, so that the interrupt comes after the first batch.
    monkeypatch.setattr(indexing, "_REPORT_EVERY_S", 0.0)
    monkeypatch.setattr(indexing, "index_folder", interrupted)
    ran = medhash("index", study, "--library", library, "--json")
    monkeypatch.setattr(indexing, "index_folder", whole)

    assert ran.code == 130
    assert ran.answer["error"]["type"] == "Cancelled"
    assert "of 8 files" in ran.err
    assert signal.getsignal(signal.SIGINT) is before
    kept = medhash("info", library, "--json").answer["images"]
    assert 2 <= kept < 8
    answer = medhash("index", study, "--library", library, "--json").answer
    assert (answer["unchanged"], answer["added"]) == (kept, 8 - kept)


# ------------------------------------------------------------------------ odd names
@pytest.mark.parametrize("name", ["样本 🫁", "a b", "é" * 60])
def test_folder_library_and_table_of_any_name(
    card: Any, tmp_path: Path, name: str
) -> None:
    study = write_study(tmp_path / name / "study", each=2)
    library = tmp_path / name / f"{name}.medhash"

    ran = medhash("index", study, "--library", library, "--json")

    assert (ran.code, ran.answer["added"]) == (0, 4)


def test_file_name_of_odd_bytes_is_skipped_and_the_rest_goes_on(
    card: Any, study: Path, library: Path
) -> None:
    try:
        shutil.copy(study / "light" / "p00.png", study / os.fsdecode(b"odd\xff.png"))
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such names")

    plain = medhash("index", study, "--library", library)
    ran = medhash("index", study, "--library", library, "--json")

    assert plain.code == ran.code == 0
    assert "odd?.png" in plain.out
    assert [skipped["path"] for skipped in ran.answer["skipped"]] == ["odd?.png"]
    assert ran.answer["unchanged"] == 8


def test_query_of_odd_bytes_is_printed_not_a_crash(
    card: Any, study: Path, library: Path, tmp_path: Path
) -> None:
    medhash("index", study, "--library", library)
    query = tmp_path / os.fsdecode(b"odd\xff.png")
    try:
        shutil.copy(study / "light" / "p00.png", query)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such names")

    plain = medhash("search", library, query)
    ran = medhash("search", library, query, "--json")

    assert plain.code == ran.code == 0
    assert "odd\\udcff.png" in plain.out
    assert ran.answer["query"]["path"] == "odd\udcff.png"
