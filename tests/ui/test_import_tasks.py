"""What an import plan would make of a folder, and what it comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from medhash_gui.import_choices import ImportChoices
from medhash_gui.labels import TableColumns
from medhash_gui.ui import import_tasks
from medhash_gui.ui.import_plan import ImportPlan
from medhash_gui.ui.import_tasks import PlanPreview


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "study"
    for name in ("p1/c1/a.png", "p1/c2/b.png", "p2/c3/c.png", "notes.txt"):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    return root


def look(folder: Path, plan: ImportPlan, files=None) -> PlanPreview:
    work = import_tasks.preview(folder, plan, files)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def table(folder: Path, text: str, name: str = "table.csv") -> Path:
    file = folder.parent / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_table_is_shown_as_it_would_be_taken(folder):
    file = table(
        folder, "image,finding,patient,sex\na.png,Mass|Nodule,7001,F\nz.png,Mass,7002,M"
    )

    seen = look(folder, ImportPlan(labels="table", table=file))

    assert seen.files == ["p1/c1/a.png", "p1/c2/b.png", "p2/c3/c.png"]
    assert seen.header == ("image", "finding", "patient", "sex")
    assert seen.samples[1] == ("Mass|Nodule", "Mass")
    assert seen.columns.labels == ("finding",)
    assert (seen.row_count, seen.matched) == (2, 1)
    assert seen.without_file == ("z.png",)
    assert seen.without_row == ("p1/c2/b.png", "p2/c3/c.png")
    (first,) = seen.understood
    assert (first.file, first.labels) == ("p1/c1/a.png", "Mass · Nodule")
    assert (first.patient, first.details) == ("7001", "F")
    assert dict(seen.labels) == {"Mass": 1, "Nodule": 1}
    assert seen.problem == ""


def test_identities_in_a_preview_stay_out_of_its_repr(folder):
    file = table(folder, "image,finding,patient\na.png,Mass,7001")

    seen = look(folder, ImportPlan(labels="table", table=file))

    assert "7001" not in repr(seen)


def test_a_table_without_clear_columns_keeps_its_header_to_choose_from(folder):
    file = table(folder, "alpha,beta\nq,1.5\nr,2.5")

    seen = look(folder, ImportPlan(labels="table", table=file))

    assert seen.header == ("alpha", "beta")
    assert seen.problem
    assert seen.hint

    columns = TableColumns(file="alpha", labels=("beta",))
    seen = look(folder, ImportPlan(labels="table", table=file, columns=columns))
    assert seen.problem == ""
    assert seen.matched == 0


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (ImportPlan(labels="table"), "No table is chosen"),
        (ImportPlan(labels="table", table=Path("none.csv")), "none.csv"),
        (ImportPlan(labels="tag", tag="NoSuchElement"), "NoSuchElement"),
        (ImportPlan(labels="tag", tag="PatientName"), "PatientName"),
        (ImportPlan(pattern="{patient"), "{patient"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_says_why(folder, plan, words):
    seen = look(folder, plan)

    assert words in seen.problem
    assert seen.hint


def test_class_folders_are_counted_and_a_pattern_has_an_example(folder):
    for name in ("light/1.png", "dark/2.png", "dark/3.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")

    seen = look(folder, ImportPlan(pattern="{patient}/{case}/*"))

    assert dict(seen.labels) == {"dark": 2, "light": 1}
    assert seen.pattern_fits == 3
    path, parts = seen.examples[0]
    assert path == "p1/c1/a.png"
    assert dict(parts) == {"patient": "p1", "case": "c1"}


def test_the_folder_is_listed_once(folder):
    seen = look(folder, ImportPlan(), files=["only.png"])

    assert seen.files == ["only.png"]


@pytest.mark.parametrize(
    "plan",
    [
        ImportPlan(
            "table",
            Path("/data/t.csv"),
            TableColumns("image", ("a", "b"), "patient", None, (("sex", "gender"),)),
            ";",
            "",
            "{patient}/*",
            "every 5",
        ),
        ImportPlan("tag", tag="BodyPartExamined"),
        ImportPlan("none", frames="all"),
        ImportPlan(),
    ],
)
def test_a_plan_comes_back_from_what_a_library_remembers(plan):
    remembered = plan.choices().as_json()

    assert ImportPlan.of_choices(ImportChoices.from_json(remembered)) == plan


def test_a_clear_table_beside_the_pictures_is_the_usual_plan(folder):
    assert import_tasks.usual(folder) == (ImportPlan(), "")

    file = folder / "labels.csv"
    file.write_text("file,label\na.png,mass", encoding="utf-8")
    assert import_tasks.usual(folder) == (ImportPlan(labels="table", table=file), "")

    file.write_text("file,size\na.png,12", encoding="utf-8")
    plan, warning = import_tasks.usual(folder)
    assert plan == ImportPlan()
    assert warning.startswith("labels.csv was not used: ")
