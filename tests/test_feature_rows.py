"""Every row of the desk is shown by a test that runs whenever the tests are run."""

from __future__ import annotations

from pathlib import Path

import feature_rows


def test_every_row_has_a_test():
    found = feature_rows.by_row(feature_rows.marked())

    assert [row for row, tests in found.items() if not tests] == []


def test_marks_name_rows_that_there_are():
    found = feature_rows.by_row(feature_rows.marked())

    assert set(found) == set(feature_rows.ROWS)


def test_slow_tests_are_told_apart(tmp_path: Path):
    (tmp_path / "test_a.py").write_text(
        "import pytest\n"
        "@pytest.mark.row('C1', 'C2')\n"
        "def test_one(): ...\n"
        "@pytest.mark.slow\n"
        "@pytest.mark.row('C1')\n"
        "def test_two(): ...\n"
        "def test_three(): ...\n"
    )
    (tmp_path / "test_b.py").write_text(
        "import pytest\n"
        "pytestmark = [pytest.mark.slow, pytest.mark.timeout(9)]\n"
        "@pytest.mark.row('C9')\n"
        "def test_four(): ...\n"
    )

    shown = feature_rows.marked(tmp_path)

    folder = tmp_path.name
    assert shown == [
        feature_rows.Shown(f"{folder}/test_a.py::test_one", ("C1", "C2"), True),
        feature_rows.Shown(f"{folder}/test_a.py::test_two", ("C1",), False),
        feature_rows.Shown(f"{folder}/test_b.py::test_four", ("C9",), False),
    ]
    found = feature_rows.by_row(shown)
    assert found["C1"] == found["C2"] == [f"{folder}/test_a.py::test_one"]
    assert found["C9"] == []
