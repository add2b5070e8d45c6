"""The synthetic pictures: repeatable, labelled, and not told apart by brightness."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from medhash_gui import phantoms
from medhash_gui.errors import LibraryError

EVERY_CLASS = [
    (kind, label) for kind, recipe in phantoms.KINDS.items() for label in recipe.classes
]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "a folder – 样本"
    phantoms.draw_samples(folder, patients_per_class=2)
    return folder


def rows_of(folder: Path, kind: str) -> list[dict[str, str]]:
    text = (folder / kind / "labels.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize(("kind", "label"), EVERY_CLASS)
def test_same_numbers_draw_the_same_pixels(kind: str, label: str) -> None:
    first = phantoms.draw(kind, label, patient=1, picture=1)
    again = phantoms.draw(kind, label, patient=1, picture=1)

    np.testing.assert_array_equal(first.pixels, again.pixels)
    assert first.lesion == again.lesion


@pytest.mark.parametrize(("kind", "label"), EVERY_CLASS)
def test_pictures_differ_between_pictures_patients_and_seeds(
    kind: str, label: str
) -> None:
    base = phantoms.draw(kind, label)

    for other in (
        phantoms.draw(kind, label, picture=1),
        phantoms.draw(kind, label, patient=1),
        phantoms.draw(kind, label, seed=7),
    ):
        difference = np.abs(base.pixels.astype(int) - other.pixels).mean()
        assert difference > 1


def test_films_are_grey_and_eyes_are_coloured_on_clean_black() -> None:
    film = phantoms.draw("chest-film", "clear").pixels
    eye = phantoms.draw("fundus", "clear").pixels

    assert film.shape == (320, 320)
    assert eye.shape == (320, 320, 3)
    assert film.dtype == eye.dtype == np.uint8
    assert not eye[:8, :8].any()
    assert eye[160, 160, 0] > eye[160, 160, 2]  # RGB: red, not blue


@pytest.mark.parametrize(("kind", "label"), EVERY_CLASS)
def test_only_the_clear_class_has_no_lesion(kind: str, label: str) -> None:
    phantom = phantoms.draw(kind, label)

    assert (phantom.lesion is None) == (label == "clear")


@pytest.mark.parametrize("patient", range(6))
@pytest.mark.parametrize(
    ("label", "brighter"),
    [("nodule", True), ("consolidation", True), ("effusion", True)],
)
def test_film_lesion_stands_out_where_it_is_written(
    label: str, patient: int, brighter: bool
) -> None:
    phantom = phantoms.draw("chest-film", label, patient=patient)
    assert phantom.lesion is not None
    x, y, radius = phantom.lesion
    ys, xs = np.mgrid[:320, :320]
    away = np.hypot(xs - x, ys - y)
    pixels = phantom.pixels.astype(float)

    inside = np.median(pixels[away < 0.7 * radius])
    lung = np.percentile(pixels[(away > 1.3 * radius) & (away < 3 * radius)], 25)

    assert 0 <= x < 320
    assert 0 <= y < 320
    assert (inside > lung + 12) == brighter


@pytest.mark.parametrize("patient", range(4))
@pytest.mark.parametrize(
    ("label", "brighter"),
    [("haemorrhages", False), ("exudates", True), ("drusen", True)],
)
def test_eye_lesions_lie_inside_the_written_circle(
    label: str, patient: int, brighter: bool
) -> None:
    phantom = phantoms.draw("fundus", label, patient=patient)
    assert phantom.lesion is not None
    x, y, radius = phantom.lesion
    ys, xs = np.mgrid[:320, :320]
    inside = np.hypot(xs - x, ys - y) < 1.1 * radius
    green = phantom.pixels[..., 1].astype(np.float32)
    detail = green - cv2.GaussianBlur(green, (0, 0), 8)

    strongest = np.percentile(detail[inside], 97 if brighter else 3)

    assert abs(strongest) > 6
    assert (strongest > 0) == brighter


@pytest.mark.parametrize("kind", phantoms.KINDS)
def test_mean_brightness_tells_nothing_about_the_class(kind: str) -> None:
    classes = phantoms.KINDS[kind].classes
    means = {
        label: [
            phantoms.draw(kind, label, patient=patient).pixels.mean()
            for patient in range(8)
        ]
        for label in classes
    }

    between = np.std([np.mean(values) for values in means.values()])
    within = np.mean([np.std(values) for values in means.values()])

    assert between < 0.8 * within


@pytest.mark.parametrize("kind", phantoms.KINDS)
def test_csv_names_every_picture_and_a_patient_has_one_class(
    drawn: Path, kind: str
) -> None:
    rows = rows_of(drawn, kind)

    files = {
        path.relative_to(drawn / kind).as_posix()
        for path in (drawn / kind).rglob("*.png")
    }
    assert {row["file"] for row in rows} == files
    assert len(rows) == len(phantoms.KINDS[kind].classes) * 5  # 2 and 3 a patient
    assert len({(row["patient"], row["label"]) for row in rows}) == len(
        {row["patient"] for row in rows}
    )
    assert all(row["file"].startswith(row["label"] + "/synthetic_P") for row in rows)
    for row in rows:
        assert (float(row["lesion_radius"]) == -1) == (row["label"] == "clear")


@pytest.mark.parametrize("kind", phantoms.KINDS)
def test_written_pictures_are_those_that_draw_returns(drawn: Path, kind: str) -> None:
    row = next(row for row in rows_of(drawn, kind) if row["label"] != "clear")
    data = np.frombuffer((drawn / kind / row["file"]).read_bytes(), np.uint8)

    stored = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    phantom = phantoms.draw(kind, row["label"])

    if stored.ndim == 3:
        stored = stored[..., ::-1]
    np.testing.assert_array_equal(stored, phantom.pixels)
    assert phantom.lesion is not None
    assert float(row["lesion_x"]) == pytest.approx(phantom.lesion[0], abs=0.05)


def test_folder_says_in_words_that_it_is_synthetic(drawn: Path) -> None:
    text = (drawn / "README.txt").read_text(encoding="utf-8")

    assert "Synthetic" in text
    assert "No picture in this folder shows a person" in text


def test_drawing_again_writes_the_same_bytes(drawn: Path) -> None:
    picture = next(drawn.rglob("*.png"))
    before = picture.read_bytes()

    phantoms.draw_samples(drawn, patients_per_class=2)

    assert picture.read_bytes() == before


def test_set_without_its_csv_counts_as_incomplete(tmp_path: Path) -> None:
    phantoms.draw_samples(tmp_path, patients_per_class=1)
    assert phantoms.is_complete(tmp_path)

    (tmp_path / "fundus" / "labels.csv").unlink()

    assert phantoms.is_sample_folder(tmp_path)
    assert not phantoms.is_complete(tmp_path)


def test_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(LibraryError, match="holds other files") as caught:
        phantoms.draw_samples(tmp_path)

    assert "new or empty" in caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_file_in_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "samples"
    place.write_text("a file")

    with pytest.raises(LibraryError, match="is a file"):
        phantoms.draw_samples(place)


def test_full_disk_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", no_space)

    with pytest.raises(LibraryError, match="No space left on device"):
        phantoms.draw_samples(tmp_path / "samples", patients_per_class=1)


def test_unknown_class_and_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="fracture"):
        phantoms.draw("chest-film", "fracture")
    with pytest.raises(KeyError):
        phantoms.draw("ultrasound", "clear")
