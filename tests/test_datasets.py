"""Labelled pictures: where they come from, how they are divided and drawn."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from medhash_gui import datasets
from medhash_gui.datasets import LabelledImage, LabelledImages, Source
from medhash_gui.errors import DatasetError
from medhash_gui.preprocess import Preprocess


def write_png(path, value=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((20, 30), value, np.uint8)
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


def some(folder, *, patients=200, each=2, source="a"):
    """Return a set without files: for what never opens one."""
    items = tuple(
        LabelledImage(
            file=folder / f"{p}_{n}.png",
            labels=("x", "y")[p % 2 :][:1],
            patient=f"{source}:{p}",
            source=source,
            own_labels=(("x", "y")[p % 2],),
        )
        for p in range(patients)
        for n in range(each)
    )
    return LabelledImages(items, ("x", "y"))


def test_labels_come_from_class_folders(tmp_path):
    write_png(tmp_path / "cat" / "1.png")
    write_png(tmp_path / "dog" / "2.png")

    data = datasets.gather([Source("pets", tmp_path)])

    assert data.classes == ("cat", "dog")
    assert data.multi_hot().tolist() == [[1, 0], [0, 1]]
    assert [item.patient for item in data.items] == [None, None]


def test_labels_and_patients_come_from_a_table_and_are_renamed(tmp_path):
    write_png(tmp_path / "1.png")
    write_png(tmp_path / "2.png")
    write_png(tmp_path / "unlabelled.png")
    (tmp_path / "t.csv").write_text(
        "file,findings,patient\n1.png,mass|nodule,p1\n2.png,ok,p2\n", encoding="utf-8"
    )
    source = Source(
        "films",
        tmp_path,
        csv="t.csv",
        file_column="file",
        label_column="findings",
        patient_column="patient",
        separator="|",
        rename={"ok": "No Finding"},
    )

    data = datasets.gather([source])

    assert data.classes == ("No Finding", "mass", "nodule")
    assert [item.labels for item in data.items] == [("mass", "nodule"), ("No Finding",)]
    assert [item.own_labels for item in data.items] == [("mass", "nodule"), ("ok",)]
    assert data.groups() == ["films:p1", "films:p2"]


def test_two_labels_that_become_one_count_once(tmp_path):
    write_png(tmp_path / "1.png")
    write_png(tmp_path / "2.png")
    (tmp_path / "t.csv").write_text(
        "file,label\n1.png,a|b\n2.png,c\n", encoding="utf-8"
    )

    data = datasets.gather(
        [Source("s", tmp_path, csv="t.csv", separator="|", rename={"a": "d", "b": "d"})]
    )

    assert data.items[0].labels == ("d",)
    assert data.multi_hot().max() == 1


def test_patients_of_two_sources_are_never_the_same(tmp_path):
    for name in ("one", "two"):
        write_png(tmp_path / name / "1.png")
        (tmp_path / name / "t.csv").write_text(
            f"file,label,patient\n1.png,{name},7\n", encoding="utf-8"
        )

    data = datasets.gather(
        [Source(name, tmp_path / name, csv="t.csv") for name in ("one", "two")]
    )

    assert data.groups() == ["one:7", "two:7"]


def test_files_kept_together_are_one_patient(tmp_path):
    for name in ("a", "b"):
        write_png(tmp_path / name / "1.png")

    data = datasets.gather([Source("s", tmp_path, together=(("a/1.png", "b/1.png"),))])

    assert len(set(data.groups())) == 1


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DatasetError, match="folder of films is not there"):
        datasets.gather([Source("films", tmp_path / "none")])


def test_one_label_alone_is_refused(tmp_path):
    write_png(tmp_path / "only" / "1.png")

    with pytest.raises(DatasetError, match="at least two labels"):
        datasets.gather([Source("s", tmp_path)])


def test_source_survives_json(tmp_path):
    source = Source(
        "s", tmp_path, csv="t.csv", rename={"a": "b"}, together=(("x", "y"),)
    )

    again = Source.from_json(json.loads(json.dumps(source.as_json())))

    assert again == source


def test_no_patient_is_in_two_parts(tmp_path):
    data = some(tmp_path)

    split = datasets.split_by_patient(data, seed=1)

    rows = (split.train, split.validation, split.test)
    groups = [{data.items[n].group for n in part} for part in rows]
    assert not groups[0] & groups[1]
    assert not groups[0] & groups[2]
    assert not groups[1] & groups[2]
    assert sorted(np.concatenate(rows)) == list(range(len(data)))
    assert [len(g) for g in groups] == pytest.approx([140, 20, 40], abs=15)


def test_a_patient_stays_in_its_part_when_others_are_added(tmp_path):
    few, many = some(tmp_path, patients=100), some(tmp_path, patients=200)

    first = datasets.split_by_patient(few, seed=1).test
    second = datasets.split_by_patient(many, seed=1).test

    assert set(first) == {n for n in second if n < len(few)}


def test_another_seed_divides_otherwise(tmp_path):
    data = some(tmp_path)

    one = datasets.split_by_patient(data, seed=1).test
    two = datasets.split_by_patient(data, seed=2).test

    assert set(one) != set(two)


def test_an_empty_part_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="No picture fell into the part for"):
        datasets.split_by_patient(some(tmp_path, patients=1), seed=1)


def test_cap_limits_training_and_validation_but_not_the_test_part(tmp_path):
    data = some(tmp_path, patients=300)
    split = datasets.split_by_patient(data, seed=1)
    source = Source("a", tmp_path, cap_per_class=30)

    capped = datasets.cap(data, split, [source], seed=1)

    names = [data.items[n].own_labels[0] for n in capped.train]
    assert {name: names.count(name) for name in "xy"} == {"x": 30, "y": 30}
    assert set(capped.train) <= set(split.train)
    assert len(capped.validation) < len(split.validation)
    assert (capped.test == split.test).all()


def test_sources_without_a_cap_are_kept_whole(tmp_path):
    data = some(tmp_path)
    split = datasets.split_by_patient(data, seed=1)

    capped = datasets.cap(data, split, [Source("a", tmp_path)], seed=1)

    assert (capped.train == split.train).all()


def test_pixels_are_what_the_network_sees_before_normalising(tmp_path):
    for name, value in (("a", 0), ("b", 200)):
        write_png(tmp_path / name / "1.png", value)
    data = datasets.gather([Source("s", tmp_path)])

    cache = datasets.pixels(data, Preprocess(size=16, fit="stretch"))

    assert cache.shape == (2, 3, 16, 16)
    assert cache.dtype == np.uint8
    assert (cache[0] == 0).all()
    assert (cache[1] == 200).all()


def test_an_unreadable_picture_is_named(tmp_path):
    write_png(tmp_path / "a" / "1.png")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    data = datasets.gather([Source("s", tmp_path)])

    with pytest.raises(DatasetError, match=r"broken\.png of s cannot be used"):
        datasets.pixels(data, Preprocess(size=16))


def test_batches_show_rare_labels_more_often_than_they_occur():
    labels = np.zeros((1000, 2), np.float32)
    labels[:950, 0] = 1
    labels[950:, 1] = 1
    rng = np.random.default_rng(0)

    batches = list(datasets.class_aware_batches(labels, 20, rng, power=0.5))

    rows = np.concatenate(batches)
    assert len(batches) == 50
    assert 0.12 < (rows >= 950).mean() < 0.28  # sqrt: 0.19 instead of 0.05
    assert all(len(set(batch)) == 20 for batch in batches)


def test_batches_of_a_set_smaller_than_a_batch_hold_all_of_it():
    labels = np.eye(3, dtype=np.float32)

    batches = list(datasets.class_aware_batches(labels, 20, np.random.default_rng(0)))

    assert [sorted(batch) for batch in batches] == [[0, 1, 2]]


def test_batches_repeat_with_their_seed():
    labels = np.eye(4, dtype=np.float32)[np.arange(40) % 4]

    one, two = (
        np.concatenate(
            list(datasets.class_aware_batches(labels, 8, np.random.default_rng(3)))
        )
        for _ in range(2)
    )

    assert (one == two).all()
