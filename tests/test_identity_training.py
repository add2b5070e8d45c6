"""What training leaves names no patient: models, checkpoints, features, events."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from clear_text import found
from command_runs import medhash, write_study

PATIENTS = ("Zweistein^Albertine", "Größenwahn^Jürgen", "NHS 943 476 5919", "Ödön-77")


def write_table(folder: Path) -> Path:
    """Write a table that names the patient of every picture."""
    table = folder / "labels.csv"
    files = sorted(folder.rglob("*.png"))
    with table.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(("file", "label", "patient"))
        for number, file in enumerate(files):
            name = file.relative_to(folder).as_posix()
            # Ten patients of each label, so that they can be divided.
            patient = f"{PATIENTS[number % 4]} {number // 2}"
            writer.writerow((name, file.parent.name, patient))
    return table


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_file_of_a_training_run_names_a_patient_of_its_table(tmp_path, clean_home):
    folder = write_study(tmp_path / "study", each=20)
    table = write_table(folder)
    out = tmp_path / "run"

    trained = medhash(
        "train", folder, "--labels", table, "--label-column", "label",
        "--patient-column", "patient", "--method", "dsh", "--backbone", "small",
        "--epochs", "1", "--size", "32", "--bits", "16", "--batch", "4", "--frozen",
        "--out", out,
    )  # fmt: skip
    judged = medhash(
        "evaluate", out / next(iter(out.glob("*/card.json"))).parent.name, folder,
        "--labels", table, "--patient-column", "patient", "--list", out / "table.csv",
        "--json",
    )  # fmt: skip

    assert trained.code == 0, trained.err
    assert judged.code == 0, judged.err
    files = [f for place in (out, clean_home) for f in place.rglob("*") if f.is_file()]
    assert {f.suffix for f in files} >= {".json", ".jsonl", ".safetensors", ".npz"}
    tokens = [*PATIENTS, "Zweistein", "Größenwahn", "943 476"]
    assert {str(f): named for f in files if (named := found(tokens, f))} == {}
    for said in (trained, judged):
        assert not any(token in said.out + said.err for token in tokens)
