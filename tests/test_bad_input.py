"""Bad input through the command line: a sentence, a way out, and nothing lost.

One test for each kind of bad input that the first version promises to survive. Every
test starts from a library that holds pictures, and looks afterwards whether it still
does.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from command_runs import Ran, install_tiny, medhash, write_png, write_study
from tiny_bundle import make_tiny_bundle, pictures

from medhash_gui import paths
from medhash_gui.library import durable

BEFORE = 8


@pytest.fixture(autouse=True)
def only_the_users_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "packaged_models", lambda: tmp_path / "packaged")


@pytest.fixture
def card() -> Any:
    return install_tiny()


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "study", each=BEFORE // 2)


@pytest.fixture
def library(card: Any, study: Path, tmp_path: Path) -> Path:
    place = tmp_path / "lib.medhash"
    assert medhash("index", study, "--library", place).code == 0
    return place


def is_sentence(ran: Ran, *named: str | Path) -> bool:
    """Whether a failure names these things and shows a way out."""
    message, hint = ran.err.splitlines()[-2:]
    assert ran.code == 3, ran.err
    assert "Traceback" not in ran.err
    assert message.startswith("medhash: ")
    assert message.endswith("."), message
    assert hint.startswith("  ")
    assert hint.endswith("."), hint
    for name in named:
        assert str(name) in ran.err
    return True


def images_in(library: Path) -> int:
    ran = medhash("info", library, "--json")
    assert ran.code == 0, ran.err
    count: int = ran.answer["images"]
    return count


def skipped_by(study: Path, library: Path) -> dict[str, tuple[str, str]]:
    """Index again and return the skipped files; the run must reach its end."""
    write_png(study / "light" / "zz-new.png", pictures(1, seed=99)[0])
    ran = medhash("index", study, "--library", library, "--json")
    answer = ran.answer
    assert ran.code == 0
    assert answer["added"] == 1
    assert answer["unchanged"] == BEFORE
    assert answer["found"] == BEFORE + 1 + len(answer["skipped"])
    assert images_in(library) == BEFORE + 1
    return {s["path"]: (s["state"], s["reason"]) for s in answer["skipped"]}


# ------------------------------------------------------------------------- folders
def test_empty_folder(card: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    ran = medhash("index", empty, "--library", tmp_path / "new.medhash")

    assert is_sentence(ran, empty, "is empty")
    assert not (tmp_path / "new.medhash").exists()


def test_folder_that_became_empty_hides_nothing(study: Path, library: Path) -> None:
    shutil.rmtree(study)
    study.mkdir()

    ran = medhash("index", study, "--library", library)

    assert is_sentence(ran, study, "is empty")
    assert images_in(library) == BEFORE


@pytest.mark.parametrize("model", [(), ("--model", "tiny-16bit")])
def test_folder_of_text_files(
    card: Any, tmp_path: Path, model: tuple[str, ...]
) -> None:
    letters = tmp_path / "letters"
    letters.mkdir()
    for number in range(3):
        (letters / f"{number}.txt").write_text("Dear colleague")

    ran = medhash("index", letters, "--library", tmp_path / "new.medhash", *model)

    assert is_sentence(ran, letters, "0.txt", "3 files")


# --------------------------------------------------------------------------- files
def test_truncated_jpeg(study: Path, library: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200), dtype=np.uint8)
    whole = cv2.imencode(".jpg", noise)[1].tobytes()
    (study / "cut.jpg").write_bytes(whole[: len(whole) // 2])

    state, reason = skipped_by(study, library)["cut.jpg"]

    assert state == "damaged"
    assert reason.endswith(".")


def test_empty_file(study: Path, library: Path) -> None:
    (study / "empty.png").write_bytes(b"")

    state, reason = skipped_by(study, library)["empty.png"]

    assert state == "damaged"
    assert "empty" in reason or "no data" in reason


def test_image_of_30000_by_30000(study: Path, library: Path) -> None:
    (study / "huge.png").write_bytes(png_of_zeros(30_000))

    state, reason = skipped_by(study, library)["huge.png"]

    assert state == "unsupported"
    assert "30" in reason


def test_bad_files_as_queries(library: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200), dtype=np.uint8)
    content = {
        "cut.jpg": cv2.imencode(".jpg", noise)[1].tobytes()[:9000],
        "empty.png": b"",
        "huge.png": png_of_zeros(30_000),
        "letter.txt": b"Dear colleague",
    }
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)

        assert is_sentence(medhash("search", library, tmp_path / name), name)


def test_no_such_file(library: Path, tmp_path: Path) -> None:
    assert is_sentence(
        medhash("search", library, tmp_path / "nowhere.png"), "nowhere.png"
    )
    assert is_sentence(
        medhash("search", tmp_path / "no.medhash", tmp_path / "a.png"), "no.medhash"
    )
    assert is_sentence(
        medhash("index", tmp_path / "no-folder", "--library", library), "no-folder"
    )
    labels = ("--labels", tmp_path / "no-table.csv")
    assert is_sentence(
        medhash("index", tmp_path, "--library", library, *labels), "no-table.csv"
    )
    assert images_in(library) == BEFORE


# --------------------------------------------------------------------- the library
def test_library_place_that_is_a_file(card: Any, study: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    ran = medhash("index", study, "--library", tmp_path / "file" / "lib.medhash")

    assert is_sentence(ran, tmp_path / "file" / "lib.medhash")


def test_library_place_that_is_read_only(
    card: Any, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    # The tests may run as root, whom permissions do not stop.
    monkeypatch.setattr(durable, "place", read_only)

    ran = medhash("index", study, "--library", tmp_path / "new.medhash")

    assert is_sentence(ran, tmp_path / "new.medhash", "cannot be written to")


def test_full_disk(study: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_png(study / "light" / "new.png", pictures(1, seed=99)[0])

    def no_space(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(durable, "write", no_space)
        ran = medhash("index", study, "--library", library)

    assert is_sentence(ran, library.name, "disk is full")
    assert images_in(library) == BEFORE
    answer = medhash("index", study, "--library", library, "--json").answer
    assert (answer["added"], answer["unchanged"]) == (1, BEFORE)


def test_library_made_with_another_model(
    card: Any, study: Path, library: Path, tmp_path: Path
) -> None:
    other = make_tiny_bundle(tmp_path / "other", bits=24, seed=3)

    index = medhash("index", study, "--library", library, "--model", tmp_path / "other")
    search = medhash(
        *("search", library, study / "light" / "p00.png", "--overlay", tmp_path / "o"),
        *("--model", tmp_path / "other"),
    )

    for ran in (index, search):
        assert is_sentence(ran, card.name, card.model_id, other.name, other.model_id)
    assert images_in(library) == BEFORE


def test_library_of_a_newer_version(study: Path, library: Path) -> None:
    manifest = library / "library.json"
    document = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**document, "format_version": 99}))

    for ran in (
        medhash("info", library),
        medhash("index", study, "--library", library),
        medhash("search", library, study / "light" / "p00.png"),
    ):
        assert is_sentence(ran, library.name, "newer")
    manifest.write_text(json.dumps(document))
    assert images_in(library) == BEFORE


def test_folder_that_is_no_library(study: Path, card: Any) -> None:
    assert is_sentence(medhash("info", study), study)
    assert is_sentence(medhash("index", study, "--library", study), study)
    assert len(list(study.rglob("*.png"))) == BEFORE


# ----------------------------------------------------------------------- the model
@pytest.mark.parametrize("name", ["graph.onnx", "weights.safetensors"])
def test_model_folder_with_a_wrong_hash(
    card: Any, study: Path, library: Path, tmp_path: Path, name: str
) -> None:
    folder = paths.user_models() / card.name
    changed = bytearray((folder / name).read_bytes())
    changed[-1] ^= 1
    (folder / name).write_bytes(changed)
    query = write_png(tmp_path / "new.png", pictures(1, seed=99)[0])
    # Without a new picture nothing would need the model.
    write_png(study / "new.png", pictures(1, seed=98)[0])

    for ran in (
        medhash("index", study, "--library", library),
        medhash("index", study, "--library", tmp_path / "b", "--model", card.name),
        medhash("search", library, query),
    ):
        assert is_sentence(ran, folder, name)
    assert images_in(library) == BEFORE


def png_of_zeros(side: int) -> bytes:
    """A sound black PNG of one bit a pixel: 900 megapixels in about 110 kB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    line = bytes(1 + (side + 7) // 8)
    squeeze = zlib.compressobj(1)
    data = b"".join(squeeze.compress(line) for _ in range(side)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in chunks)
