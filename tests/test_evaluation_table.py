"""The table's rows, and how they are written for spreadsheets and for Markdown."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from medhash_gui import code_health, evaluation_table, retrieval
from medhash_gui.errors import MedHashError
from medhash_gui.retrieval import Coded

CLASSES = ("=cmd()", "a|b")


@pytest.fixture
def rows() -> list[evaluation_table.Row]:
    rng = np.random.default_rng(0)
    codes = np.float32(2 * rng.integers(0, 2, (20, 8)) - 1)
    labels = np.eye(2, dtype=np.float32)[np.arange(20) % 2]
    pictures = Coded(codes, labels, [str(n) for n in range(20)])
    report = retrieval.evaluate(pictures, pictures, classes=CLASSES, k=5)
    health = code_health.examine(codes, labels, CLASSES)
    return [
        *evaluation_table.rows_of("all labels", report),
        *evaluation_table.rows_of_health(health),
    ]


def test_rows_hold_measures_ties_classes_and_code_health(rows) -> None:
    named = {(row.view, row.measure, row.label) for row in rows}

    assert named >= {
        ("all labels", "MAP@5", ""), ("all labels", "MAP@5", "a|b"),
        ("all labels", "P@r≤2", ""), ("all labels", "empty within 2 bits", ""),
        ("all labels", "tie size at place 5", ""),
        ("codes", "largest bit correlation", ""), ("codes", "unique codes", "a|b"),
    }  # fmt: skip
    by_class = next(row for row in rows if row.label == "a|b")
    assert (by_class.queries, by_class.database) == (10, 20)


def test_csv_holds_no_formula(rows, tmp_path: Path) -> None:
    evaluation_table.write(rows, tmp_path / "t.csv")

    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.reader(file))
    assert tuple(read[0]) == evaluation_table.HEADER
    assert len(read) == len(rows) + 1
    assert "'=cmd()" in {line[2] for line in read}


def test_markdown_has_one_line_a_row_whatever_the_labels_hold(rows) -> None:
    lines = evaluation_table.markdown(rows).splitlines()

    assert len(lines) == len(rows) + 2
    plain = [line.replace("\\|", "") for line in lines]
    assert {line.count("|") for line in plain} == {len(evaluation_table.HEADER) + 1}


def test_a_place_that_cannot_be_written_is_named(rows, tmp_path: Path) -> None:
    with pytest.raises(MedHashError, match="cannot be written"):
        evaluation_table.write(rows, tmp_path / "gone" / "t.csv")
