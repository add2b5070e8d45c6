"""The command ``evaluate``: its table, its patients, its views, and bad input."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest
from command_runs import install_tiny, medhash, write_png, write_study
from tiny_bundle import pictures

from medhash_gui import paths

MODEL = "tiny-16bit"


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(paths, "packaged_models", lambda: tmp_path / "packaged")
    return install_tiny()


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Twelve films of six patients with a table of labels beside them."""
    folder = tmp_path / "films"
    lines = ["file,labels,patient"]
    names = ["No Finding", "Mass", "Mass|Edema", "No Finding", "Edema", "Mass"]
    for number, pixels in enumerate(pictures(12, seed=4)):
        write_png(folder / f"f{number:02d}.png", pixels)
        patient = number // 2
        lines.append(f"f{number:02d}.png,{names[patient]},Erika-{patient}")
    (folder / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def evaluate(folder: Path, *words: str | Path) -> Any:
    return medhash("evaluate", MODEL, folder, "--device", "cpu", *words)


def with_table(films: Path, *words: str | Path) -> Any:
    return evaluate(films, "--labels", films / "labels.csv", *words)


def test_table_has_every_measure_with_chance_and_interval(films: Path) -> None:
    answer = with_table(films, "--json", "--top", "3").answer

    assert (answer["pictures"], answer["patients"]) == (12, 6)
    assert answer["image_wise"] is False
    assert list(answer["views"]) == ["all labels", "findings only"]
    whole, findings = answer["views"].values()
    assert (whole["queries"], whole["database"]) == (12, 12)
    assert (findings["queries"], findings["database"]) == (8, 12)
    assert {m["name"] for m in whole["measures"]} == {
        "MAP@3", "MAP@3 (retrieved)", "P@3", "nDCG@3", "MAP@all", "nDCG@all",
        "recall@3", "P@r≤2", "MAP@3 (macro)",
    }  # fmt: skip
    for measure in whole["measures"]:
        assert 0 <= measure["low"] <= measure["value"] <= measure["high"] <= 1
    assert set(whole["per_class"]) == {"Mass", "Edema", "No Finding"}
    assert set(findings["per_class"]) == {"Mass", "Edema"}
    # Two films of each patient: a query's own never count among the four others.
    chance = {m["name"]: m["chance"] for m in whole["measures"]}
    relevant = {"No Finding": 2, "Mass": 4, "Mass|Edema": 6, "Edema": 2}
    shares = [relevant[n] / 10 for n in ("No Finding", "Mass", "Mass|Edema")]
    expected = (2 * shares[0] + 2 * shares[1] + shares[2] + relevant["Edema"] / 10) / 6
    assert chance["P@3"] == pytest.approx(expected)
    assert answer["codes"]["pictures"] == 12
    assert len(whole["curve"]["precision"]) == 17


def test_people_read_values_beside_chance_and_no_identity(films: Path) -> None:
    ran = with_table(films)

    assert ran.code == 0
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == f"{MODEL} (16 bits) on {films}"
    assert (
        "all labels: 12 queries in 12 pictures, 6 patients known, never compared with "
        "themselves"
    ) in lines
    assert "measure value chance 95 % interval" in lines
    assert any(line.startswith("codes: ") for line in lines)
    assert "Erika" not in ran.out + ran.err


def test_class_folders_without_patients_are_called_image_wise(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", each=3)

    ran = evaluate(study, "--json")

    assert ran.answer["image_wise"] is True
    assert ran.answer["patients"] == 0
    assert list(ran.answer["views"]) == ["all labels"]
    assert "image-wise: leaks" in ran.err


def test_patients_in_the_folders_names_count(tmp_path: Path) -> None:
    study = tmp_path / "study"
    for number, pixels in enumerate(pictures(6)):
        label = ("dark", "light")[number % 2]
        write_png(study / f"p{number // 2}" / label / f"{number}.png", pixels)

    ran = evaluate(study, "--path-pattern", "{patient}/{label}/*", "--json")

    assert ran.answer["patients"] == 3
    assert "leaks" not in ran.err


def test_table_is_written_as_csv_or_markdown(films: Path, tmp_path: Path) -> None:
    answers = {}
    for name in ("table.csv", "table.md"):
        answers[name] = with_table(films, "--list", tmp_path / name, "--json").answer

    assert answers["table.csv"]["views"] == answers["table.md"]["views"]
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    first = answers["table.csv"]["views"]["all labels"]["measures"][0]
    assert (rows[0]["view"], rows[0]["measure"]) == ("all labels", "MAP@10")
    assert rows[0]["value"] == f"{first['value']:.4f}"
    assert rows[0]["chance"] == f"{first['chance']:.4f}"
    assert {row["label"] for row in rows} >= {"", "Mass", "Edema", "No Finding"}
    text = (tmp_path / "table.md").read_text(encoding="utf-8").splitlines()
    assert len(text) == len(rows) + 2
    assert text[0].startswith("| view | measure | label | value |")


def test_another_view_is_asked_for_by_its_label(films: Path) -> None:
    without = with_table(films, "--findings-only", "Mass", "--json").answer
    none = with_table(films, "--findings-only", "none", "--json").answer

    assert set(without["views"]["findings only"]["per_class"]) == {
        "Edema", "No Finding",
    }  # fmt: skip
    assert list(none["views"]) == ["all labels"]


def test_a_table_names_the_pictures_that_ask(films: Path, tmp_path: Path) -> None:
    table = tmp_path / "queries.csv"
    table.write_text("file\nf00.png\nf02.png\n", encoding="utf-8")

    answer = with_table(films, "--query", table, "--json").answer

    assert (answer["queries"], answer["pictures"]) == (2, 10)
    assert answer["views"]["all labels"]["queries"] == 2


def test_a_folder_asks_another_and_its_patients_are_the_same(
    films: Path, tmp_path: Path
) -> None:
    # f00 and f04 move into the folder of queries; f01 is of the same patient as f00.
    asking = tmp_path / "asking"
    asking.mkdir()
    for name in ("f00.png", "f04.png"):
        shutil.move(films / name, asking / name)
    table = tmp_path / "all.csv"
    shutil.move(films / "labels.csv", table)

    answer = evaluate(films, "--labels", table, "--query", asking, "--json").answer

    assert (answer["queries"], answer["pictures"]) == (2, 10)
    assert answer["patients"] == 6
    # "No Finding" of another patient: two of nine that are searched.
    per_class = answer["views"]["all labels"]["per_class"]
    assert set(per_class) == {"No Finding", "Mass", "Edema"}


def test_copies_are_no_hits_and_contradictions_are_told(films: Path) -> None:
    shutil.copy(films / "f00.png", films / "copy.png")
    with (films / "labels.csv").open("a", encoding="utf-8") as file:
        file.write("\ncopy.png,Edema,Erika-9\n")

    ran = with_table(films, "--json")

    assert ran.answer["copies"] == 1
    assert "1 files are copies of others" in ran.err
    assert "copies of others with other labels" in ran.err


def refused(ran: Any, message: str, hint: str) -> None:
    assert ran.code == 3
    assert ran.out == ""
    assert message in " ".join(ran.err.split())
    assert hint in " ".join(ran.err.split())


def relabelled(films: Path, *rows: str) -> Path:
    text = "\n".join(["file,labels,patient", *rows])
    (films / "labels.csv").write_text(text, encoding="utf-8")
    return films


def test_bad_labels_and_patients_are_named(films: Path) -> None:
    names = [f"f{n:02d}.png" for n in range(12)]

    one_class = relabelled(films, *(f"{f},Mass,p{n}" for n, f in enumerate(names)))
    refused(with_table(one_class), "All pictures are labelled Mass", "another class")

    one_patient = relabelled(
        films, *(f"{f},{'Mass' if n % 2 else 'Edema'},p" for n, f in enumerate(names))
    )
    refused(with_table(one_patient), "All pictures are of one patient", "other patient")

    none = relabelled(films, *(f"{f},,p{n}" for n, f in enumerate(names)))
    refused(with_table(none), "None of the 12 pictures", "--labels")

    alone = relabelled(films, f"{names[0]},Mass,p", *(f"{f},,p" for f in names[1:]))
    refused(with_table(alone), "There is one labelled picture", "two labelled or more")

    each_its_own = relabelled(films, *(f"{f},c{n},p{n}" for n, f in enumerate(names)))
    refused(with_table(each_its_own), "No query shares a label", "two patients")


def test_a_class_with_one_picture_is_named_and_counts_0(films: Path) -> None:
    rows = [f"f{n:02d}.png,{'Mass' if n % 2 else 'Edema'},p{n}" for n in range(11)]
    ran = with_table(relabelled(films, *rows, "f11.png,Hernia,p11"), "--json")

    assert "Only one picture bears: Hernia" in ran.err
    whole = ran.answer["views"]["all labels"]
    assert whole["per_class"]["Hernia"]["value"] == 0
    assert whole["nothing_to_find"] == 1


def test_folders_and_models_that_are_not_there_are_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "notes.txt").write_text("no picture")

    refused(evaluate(tmp_path / "gone"), "gone is not there", "Check the name")
    refused(evaluate(texts / "notes.txt"), "is a file", "the folder that holds")
    refused(evaluate(empty), "is empty", "PNG, JPEG")
    refused(evaluate(texts), "None of the 1 files", "PNG, JPEG")
    refused(medhash("evaluate", "unknown", empty), "unknown", "")


def test_a_table_of_queries_must_name_some_of_the_pictures(
    films: Path, tmp_path: Path
) -> None:
    table = tmp_path / "queries.csv"
    table.write_text("file\nother.png\n", encoding="utf-8")
    refused(with_table(films, "--query", table), "no labelled picture", "Let it name")

    table.write_text("file\n" + "".join(f"f{n:02d}.png\n" for n in range(12)))
    refused(with_table(films, "--query", table), "every labelled picture", "Let it")


def test_a_label_that_is_not_there_cannot_be_left_out(films: Path) -> None:
    ran = with_table(films, "--findings-only", "normal")

    refused(ran, "no label 'normal'", "No Finding")
