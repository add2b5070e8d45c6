"""The command ``search``: hits, patients, filters, maps, and what the JSON holds."""

from __future__ import annotations

import dataclasses
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from command_runs import install_tiny, medhash, write_png, write_study
from tiny_bundle import pictures

from medhash_gui import audit, audit_chain, paths
from medhash_gui.distance_table import DistanceRow, DistanceTable
from medhash_gui.exporting import RESEARCH_USE


@dataclass(frozen=True)
class Made:
    """A library that the tests of this file share, since most only read it."""

    card: Any
    home: Path
    study: Path
    library: Path


def make(folder: Path) -> Made:
    card = install_tiny()
    study = write_study(folder / "study", each=5)
    table = folder / "labels.csv"
    rows = [
        f"{path.relative_to(study).as_posix()},{path.parent.name},{number // 2 + 1}"
        for number, path in enumerate(sorted(study.rglob("*.png")))
    ]
    table.write_text("\n".join(["file,label,patient", *rows]))
    library = folder / "lib.medhash"
    model = ("--model", paths.user_models() / card.name)
    ran = medhash("index", study, "--library", library, "--labels", table, *model)
    assert ran.code == 0, ran.err
    return Made(card, paths.user_data(), study, library)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDHASH_HOME", str(folder / "home"))
        return make(folder)


@pytest.fixture
def own(shared: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """A library whose files a test may change."""
    monkeypatch.setenv("MEDHASH_HOME", str(tmp_path / "own-home"))
    return make(tmp_path)


@pytest.fixture(autouse=True)
def home(shared: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "packaged_models", lambda: tmp_path / "packaged")
    monkeypatch.setenv("MEDHASH_HOME", str(shared.home))


@pytest.fixture
def library(shared: Made) -> Path:
    return shared.library


@pytest.fixture
def study(shared: Made) -> Path:
    return shared.study


@pytest.fixture
def card(shared: Made) -> Any:
    return shared.card


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    return write_png(tmp_path / "private" / "new.png", pictures(1, seed=77)[0])


def test_answer_has_the_promised_fields(
    library: Path, stranger: Path, card: Any
) -> None:
    ran = medhash("search", library, stranger, "--top", "3", "--json")

    answer = ran.answer
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 1
    assert set(answer) >= {"query", "hits", "library", "seconds"}
    assert answer["query"]["patient"] is None
    assert answer["query"]["in_library"] is False
    assert len(answer["query"]["code"]) == 16 / 4
    assert answer["library"]["images"] == 10
    assert answer["library"]["model_id"] == card.model_id
    assert set(answer["seconds"]) == {"load", "decode", "encode", "search", "total"}
    assert [hit["rank"] for hit in answer["hits"]] == [1, 2, 3]
    for hit in answer["hits"]:
        assert set(hit) >= {
            "rank", "path", "distance", "soft_distance", "tie_size", "labels",
            "patient",
        }  # fmt: skip
        assert hit["path"].startswith(("light/", "dark/"))
        assert hit["labels"] in (["light"], ["dark"])
        assert hit["patient"].startswith("P-")
    distances = [hit["distance"] for hit in answer["hits"]]
    assert distances == sorted(distances)


def test_path_of_a_query_outside_the_library_is_its_name_only(
    library: Path, stranger: Path
) -> None:
    ran = medhash("search", library, stranger, "--json")

    assert ran.answer["query"]["path"] == "new.png"
    assert "private" not in ran.out


def test_query_in_the_library_uses_its_stored_code_without_the_model(
    own: Made,
) -> None:
    shutil.rmtree(paths.user_models())

    ran = medhash("search", own.library, own.study / "dark" / "p05.png", "--json")

    assert ran.code == 0
    assert ran.answer["query"]["path"] == "dark/p05.png"
    assert ran.answer["query"]["in_library"] is True


@pytest.mark.row("C10")
def test_own_patient_is_left_out_and_shown_apart(library: Path, study: Path) -> None:
    ran = medhash("search", library, study / "dark" / "p05.png", "--json")

    answer = ran.answer
    own = answer["query"]["patient"]
    assert own is not None
    assert own not in [hit["patient"] for hit in answer["hits"]]
    assert [hit["path"] for hit in answer["prior"]] == ["dark/p06.png"]


@pytest.mark.row("C10", "C11")
def test_include_puts_the_query_first_as_identical_beyond_top(
    library: Path, study: Path
) -> None:
    ran = medhash(
        *("search", library, study / "dark" / "p05.png", "--json"),
        *("--patients", "include", "--top", "2"),
    )

    hits = ran.answer["hits"]
    assert len(hits) == 3
    assert hits[0]["identical"] is True
    assert hits[0]["path"] == "dark/p05.png"
    assert not any(hit["identical"] for hit in hits[1:])


@pytest.mark.row("C10")
def test_group_shows_each_patient_once(library: Path, stranger: Path) -> None:
    ran = medhash("search", library, stranger, "--patients", "group", "--json")

    patients = [hit["patient"] for hit in ran.answer["hits"]]
    assert len(patients) == len(set(patients)) == 5


def test_where_keeps_pictures_with_that_label_only(
    library: Path, stranger: Path
) -> None:
    ran = medhash("search", library, stranger, "--where", "label=dark", "--json")

    assert [hit["labels"] for hit in ran.answer["hits"]] == [["dark"]] * 5


def test_label_that_no_picture_bears_is_named_with_those_there_are(
    library: Path, stranger: Path
) -> None:
    ran = medhash("search", library, stranger, "--where", "label=drak")

    assert ran.code == 3
    assert "'drak'" in ran.err
    assert "dark, light" in ran.err


@pytest.mark.row("C12")
def test_within_keeps_the_near_ones_only(library: Path, stranger: Path) -> None:
    everything = medhash("search", library, stranger, "--json").answer["hits"]
    limit = everything[2]["distance"]

    ran = medhash("search", library, stranger, "--within", limit, "--json")

    kept = [hit["path"] for hit in ran.answer["hits"]]
    assert kept == [hit["path"] for hit in everything if hit["distance"] <= limit]


def test_no_hit_within_the_limit_is_an_answer(library: Path, tmp_path: Path) -> None:
    query = write_png(tmp_path / "noise.png", np.random.default_rng(0).random((48, 48)))
    nearest = medhash("search", library, query, "--json").answer["hits"][0]["distance"]
    assert nearest > 0, "the seed of the noise must give a code of its own"

    ran = medhash("search", library, query, "--within", nearest - 1)

    assert ran.code == 0
    assert "No picture passes the filter" in ran.out


@pytest.mark.row("C13", "C16")
def test_table_for_people_names_rank_bits_ties_and_file(
    library: Path, stranger: Path
) -> None:
    ran = medhash("search", library, stranger, "--top", "2")

    lines = ran.out.splitlines()
    assert lines[0].startswith("Query new.png (not in the library)")
    assert lines[1].split() == [
        "rank", "bits", "soft", "ties", "labels", "patient", "file",
    ]  # fmt: skip
    assert "10 of 10 pictures searched, 16 bits" in ran.out


@pytest.mark.row("E4")
def test_unfamiliar_query_is_warned_about(library: Path, tmp_path: Path) -> None:
    stripes = np.zeros((48, 48), np.float32)
    stripes[:, ::2] = 1
    query = write_png(tmp_path / "stripes.png", stripes)

    ran = medhash("search", library, query, "--json")

    assert ran.answer["query"]["familiarity"]["familiar"] is False
    assert "not trained on pictures like this one" in ran.err


# -------------------------------------------------------------------------- overlay
def test_overlay_writes_query_and_hits_by_rank_in_the_pictures_size(
    library: Path, stranger: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "maps" / "样本"

    ran = medhash(
        *("search", library, stranger, "--top", "2", "--overlay", folder, "--json")
    )

    assert ran.code == 0, ran.err
    drawn = ran.answer["overlay"]["pictures"]
    names = [entry["file"] for entry in drawn]
    assert [name[:6] for name in names] == ["query-", "hit-01", "hit-02"]
    told = names[0].replace(".png", ".json")
    assert sorted(path.name for path in folder.iterdir()) == sorted([*names, told])
    said = (folder / told).read_text(encoding="utf-8")
    assert RESEARCH_USE in said
    assert "p0" not in said
    data = np.frombuffer((folder / names[0]).read_bytes(), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    assert picture.shape == (48, 48, 3)
    if drawn[0]["map"]:
        assert np.ptp(picture.astype(int), axis=2).max() > 0  # colour on a grey film


def test_hit_whose_file_is_gone_is_said_and_the_others_are_drawn(
    own: Made, stranger: Path, tmp_path: Path
) -> None:
    first = medhash("search", own.library, stranger, "--json").answer["hits"][0]["path"]
    (own.study / first).unlink()

    ran = medhash(
        *("search", own.library, stranger, "--top", "3", "--json"),
        *("--overlay", tmp_path / "maps"),
    )

    drawn = ran.answer["overlay"]["pictures"]
    assert ran.code == 0
    names = [entry["file"] for entry in drawn]
    assert names[1] is None
    assert [name[:6] for name in names if name] == ["query-", "hit-02", "hit-03"]
    assert "hit 1, picture" in ran.err
    assert "is not drawn: its file is not there" in ran.err


def test_hit_that_was_changed_since_is_said(
    own: Made, stranger: Path, tmp_path: Path
) -> None:
    first = medhash("search", own.library, stranger, "--json").answer["hits"][0]["path"]
    write_png(own.study / first, pictures(1, seed=3)[0])

    ran = medhash(
        *("search", own.library, stranger, "--top", "1"),
        *("--overlay", tmp_path / "maps"),
    )

    assert "The file of hit 1 was changed after it was indexed" in ran.err


def test_overlay_folder_that_cannot_be_made_is_a_sentence(
    library: Path, stranger: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")

    ran = medhash("search", library, stranger, "--overlay", tmp_path / "file")

    assert ran.code == 3
    assert str(tmp_path / "file") in ran.err
    assert "--overlay" in ran.err


def lettered(folder: Path) -> Path:
    """Write a picture with a name in it, as scanners burn them in."""
    pixels = np.full((400, 400), 60, np.uint8)
    cv2.putText(pixels, "DOE JANE 1960", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1, 255, 2)
    return write_png(folder / "lettered.png", pixels.astype(np.float32) / 255)


def test_a_picture_with_letters_is_not_drawn_unless_masked_or_looked_at(
    library: Path, tmp_path: Path
) -> None:
    query, folder = lettered(tmp_path), tmp_path / "maps"
    search = ("search", library, query, "--top", "1", "--overlay", folder, "--json")

    refused = medhash(*search)
    masked = medhash(*search, "--mask", "0,0,400,90", "--replace")

    first = refused.answer["overlay"]["pictures"][0]
    assert first["file"] is None
    assert first["reason"] == "letters were seen in it"
    assert "--looked-at" in refused.err
    assert masked.answer["overlay"]["pictures"][0]["file"]
    hit = masked.answer["overlay"]["pictures"][1]
    assert "does not lie in the picture" in hit["reason"]

    number = first["picture"]
    masked = medhash(*search, "--mask", f"{number}:0,0,400,90", "--replace")

    assert masked.code == 0, masked.err
    name = masked.answer["overlay"]["pictures"][0]["file"]
    shown = cv2.imdecode(np.fromfile(folder / name, np.uint8), cv2.IMREAD_UNCHANGED)
    assert (shown[:90] == 0).all()
    looked = medhash(*search, "--looked-at", "--replace")
    assert looked.answer["overlay"]["pictures"][0]["file"] == name


def test_what_overlay_wrote_is_not_written_over_unless_asked_and_is_logged(
    library: Path, stranger: Path, tmp_path: Path
) -> None:
    search = ("search", library, stranger, "--top", "2", "--overlay", tmp_path / "maps")
    assert medhash(*search).code == 0

    again = medhash(*search)
    replaced = medhash(*search, "--replace")

    assert again.code == 3
    assert "is there already" in again.err
    assert "--replace" in again.err
    assert replaced.code == 0
    exports = [
        (entry["what"], entry["rows"])
        for entry in audit_chain.entries(audit.folder())
        if entry["event"] == "export"
    ]
    assert exports[-2:] == [("pictures", 3), ("pictures", 3)]


def test_query_that_is_no_picture_is_a_sentence(library: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear colleague")

    ran = medhash("search", library, tmp_path / "letter.txt", "--json")

    assert ran.code == 3
    assert ran.answer["error"]["type"] == "UnreadableImageError"
    assert "letter.txt" in ran.err


def test_named_model_is_checked_even_where_the_stored_code_answers(
    library: Path, study: Path
) -> None:
    known = next(study.rglob("*.png"))

    ran = medhash("search", library, known, "--model", "nonsense")

    assert ran.code == 3
    assert "nonsense" in ran.err


def test_library_whose_model_is_gone_names_it(
    own: Made, stranger: Path, card: Any
) -> None:
    shutil.rmtree(paths.user_models())

    ran = medhash("search", own.library, stranger)

    assert ran.code == 3
    assert card.name in ran.err
    assert card.model_id in ran.err
    assert str(paths.user_models()) in ran.err


def _count_distances(made: Made) -> DistanceTable:
    """Write a table of distances into the cards of the user's models."""
    rows = (DistanceRow(0, 5, 300, 0.71, 0.64, 0.78), DistanceRow(6, 9, 250, 0.3, 0, 1))
    table = DistanceTable(rows, chance=0.3, pictures=40)
    for file in made.home.rglob("card.json"):
        card = json.loads(file.read_text(encoding="utf-8"))
        card["distances"] = table.as_json()
        file.write_text(json.dumps(card), encoding="utf-8")
    return table


def test_hit_says_what_its_distance_meant_on_held_out_pictures(
    own: Made, stranger: Path
) -> None:
    table = _count_distances(own)

    answer = medhash("search", own.library, stranger, "--json").answer

    assert answer["library"]["chance"] == 0.3
    for hit in answer["hits"]:
        row = table.at(hit["distance"])
        assert hit["held_out"] == (row and dataclasses.asdict(row))
    assert any(hit["held_out"] for hit in answer["hits"])


@pytest.mark.row("C14")
def test_shares_of_held_out_pairs_are_shown_with_interval_and_chance(
    own: Made, study: Path
) -> None:
    _count_distances(own)

    ran = medhash("search", own.library, study / "dark" / "p05.png")

    assert "71% (64%–78%)" in ran.out
    assert "of all pairs 30% did" in ran.out


@pytest.mark.row("C14")
def test_nothing_is_said_of_distances_that_nobody_counted(
    library: Path, stranger: Path
) -> None:
    ran = medhash("search", library, stranger)
    answer = medhash("search", library, stranger, "--json").answer

    assert "shared" not in ran.out
    assert [hit["held_out"] for hit in answer["hits"]] == [None] * len(answer["hits"])
    assert answer["library"]["chance"] is None


def test_distance_of_several_queries_is_not_told_as_a_pair(
    own: Made, study: Path
) -> None:
    _count_distances(own)
    two = (study / "dark" / "p05.png", study / "light" / "p01.png")

    hits = medhash("search", own.library, *two, "--json").answer["hits"]

    assert hits
    assert all(hit["held_out"] is None for hit in hits)


@pytest.mark.row("C24")
def test_the_least_similar_come_first_when_asked(shared):
    image = sorted(shared.study.rglob("*.png"))[0]
    near = medhash("search", shared.library, image, "--top", "99", "--json").answer
    far = medhash("search", shared.library, image, "--farthest", "--top", "3",
                 "--json").answer  # fmt: skip

    backwards = [hit["distance"] for hit in near["hits"]][::-1]
    assert [hit["distance"] for hit in far["hits"]] == backwards[:3]


@pytest.mark.row("C23")
def test_words_of_reports_find_pictures_without_a_query(tmp_path, monkeypatch):
    monkeypatch.setenv("MEDHASH_HOME", str(tmp_path / "home"))
    card = install_tiny()
    study = write_study(tmp_path / "study", each=2)
    files = sorted(path.relative_to(study).as_posix() for path in study.rglob("*.png"))
    texts = ["Small effusion.", "No EFFUSION, large heart.", "Normal.", "Heart large."]
    table = tmp_path / "reports.csv"
    lines = [f'{file},"{text}"' for file, text in zip(files, texts, strict=True)]
    table.write_text("\n".join(["file,report", *lines]))
    library = tmp_path / "lib.medhash"
    model = ("--model", paths.user_models() / card.name)
    made = medhash("index", study, "--library", library, "--labels", table, *model)
    assert made.code == 0, made.err

    found = medhash("search", library, "--report-text", "large heart",
                    "--json").answer  # fmt: skip
    assert [hit["path"] for hit in found["hits"]] == [files[1], files[3]]
    assert found["found"] == 2
    said = medhash("search", library, "--report-text", "effusion", "--top", "1").out
    assert files[0] in said
    assert "2 of 4 pictures have the words" in said


def test_a_search_for_nothing_says_what_it_needs(shared):
    ran = medhash("search", shared.library)
    assert ran.code == 2
    assert "needs an IMAGE" in ran.err

    ran = medhash("search", shared.library, "--report-text", "heart", "--farthest")
    assert ran.code == 3
    assert "needs an IMAGE" in ran.err

    ran = medhash("search", shared.library, "--report-text", "heart")
    assert "keeps no report texts" in ran.err
