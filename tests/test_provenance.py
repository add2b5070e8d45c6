"""Where a label comes from and how it was confirmed is told, and told truly."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from dicom_objects import film, make
from indexing_runs import FakeEncoder, draw, index, new_store
from pydicom import dcmread

from medhash_gui import curation
from medhash_gui.evidence import weigh
from medhash_gui.import_choices import ImportChoices
from medhash_gui.search import Query, SearchFilter, search
from medhash_gui.store import CodeStore

CT = "pydicom__test_files__CT_small.dcm"
MR = "pydicom__test_files__MR_small.dcm"


@pytest.fixture
def confirmed(tmp_path: Path) -> CodeStore:
    """Return a library of six pictures whose table says how labels were confirmed."""
    root = tmp_path / "study"
    rows = [("file", "label", "confirmed_by")]
    for number in range(6):
        draw(root / f"{number}.png", number)
        source = ("pathology", "consensus", "")[number % 3]
        rows.append((f"{number}.png", "nodule", source))
    table = tmp_path / "table.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    made = new_store(tmp_path / "lib.medhash", root)
    index(made, root, FakeEncoder(), choices=ImportChoices(table=table))
    yield made
    made.close()


def asked(store: CodeStore) -> Query:
    return Query(store.codes([0]))


def told(store: CodeStore, **conditions: object) -> dict[str, str]:
    """Return how the label of each hit was confirmed, by path."""
    found = search(store, asked(store), filter=SearchFilter(**conditions), top=9)
    return {
        hit.record.path: dict(hit.record.details).get("confirmed_by", "")
        for hit in found.hits
    }


@pytest.mark.row("E7")
def test_every_hit_tells_how_its_label_was_confirmed(confirmed):
    assert told(confirmed) == {
        **dict.fromkeys(("0.png", "3.png"), "pathology"),
        **dict.fromkeys(("1.png", "4.png"), "consensus"),
        **dict.fromkeys(("2.png", "5.png"), ""),
    }


@pytest.mark.row("E7")
def test_a_label_by_hand_is_not_told_as_confirmed_by_the_table(confirmed):
    (row,) = curation.rows_at(confirmed, ["3.png"])
    confirmed.change(curation.labelling(confirmed, [row], ("mass",)))

    assert told(confirmed)["3.png"] == "by hand"
    pathology = {"details": (("confirmed_by", "pathology"),)}
    assert set(told(confirmed, **pathology)) == {"0.png"}
    assert set(told(confirmed, details=(("confirmed_by", "by hand"),))) == {"3.png"}
    counts = confirmed.detail_counts("confirmed_by")
    assert counts == {"pathology": 1, "consensus": 2, "by hand": 1}
    found = weigh(confirmed, asked(confirmed), filter=SearchFilter(), neighbours=6)
    sources = {one.label: one.sources for one in found.labels}
    assert sources["mass"] == {"by hand": 1}
    assert sources["nodule"] == {"pathology": 1, "consensus": 2, "": 2}

    confirmed.change(curation.labelling_as_source(confirmed, [row]))

    assert told(confirmed)["3.png"] == "pathology"
    assert confirmed.detail_counts("confirmed_by") == {"pathology": 2, "consensus": 2}


def test_a_label_by_hand_that_no_table_confirmed_is_told_too(confirmed):
    (row,) = curation.rows_at(confirmed, ["5.png"])
    confirmed.change(curation.labelling(confirmed, [row], ("mass",)))

    assert told(confirmed)["5.png"] == "by hand"
    counts = confirmed.detail_counts("confirmed_by")
    assert counts == {"pathology": 2, "consensus": 2, "by hand": 1}


def test_what_is_told_of_a_hit_changes_nothing_that_is_kept(confirmed, tmp_path):
    (row,) = curation.rows_at(confirmed, ["3.png"])
    confirmed.change(curation.labelling(confirmed, [row], ("mass",)))

    report = index(confirmed, tmp_path / "study", FakeEncoder())

    assert report.relabelled == 0
    assert dict(confirmed.record(row).details)["confirmed_by"] == "pathology"


@pytest.mark.row("E7")
def test_a_label_from_an_element_of_the_header_is_the_elements_value(tmp_path):
    root = tmp_path / "study"
    root.mkdir()
    for number, part in enumerate(("CHEST", "HAND", "")):
        words = {"BodyPartExamined": part} if part else {}
        data = make(film(), Modality="DX", SOPInstanceUID=f"1.2.{number}", **words)
        data.save_as(root / f"{number}.dcm", enforce_file_format=True)
    choices = ImportChoices(label_tag="BodyPartExamined")
    with new_store(tmp_path / "lib.medhash", root) as store:
        index(store, root, FakeEncoder(), choices=choices)

        labels = {hit.record.path: hit.record.labels for hit in _hits(store)}
        assert labels == {"0.dcm": ("CHEST",), "1.dcm": ("HAND",), "2.dcm": ()}
        found = weigh(store, asked(store), filter=SearchFilter(), neighbours=3)
        assert {one.label: one.sources for one in found.labels} == {
            "CHEST": {"": 1},  # how it was confirmed is not stated by a header
            "HAND": {"": 1},
        }
        assert found.unlabelled == 1


@pytest.mark.row("E7")
def test_a_label_from_an_element_of_a_real_object(shared_data, tmp_path):
    root = tmp_path / "study"
    root.mkdir()
    for name in (CT, MR):
        shutil.copy(shared_data / "dicom_dev" / "files" / name, root)
    choices = ImportChoices(label_tag="Modality")
    with new_store(tmp_path / "lib.medhash", root) as store:
        index(store, root, FakeEncoder(), choices=choices)

        said = {hit.record.path: hit.record.labels for hit in _hits(store)}

    written = {name: (str(dcmread(root / name).Modality),) for name in (CT, MR)}
    assert said == written == {CT: ("CT",), MR: ("MR",)}


def _hits(store: CodeStore):
    return search(store, asked(store), top=9).hits
