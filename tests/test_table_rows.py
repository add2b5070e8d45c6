"""What the rows of a table say of a file, one or several of them."""

from __future__ import annotations

import pytest

from medhash_gui.errors import DatasetError
from medhash_gui.table_columns import TableColumns
from medhash_gui.table_rows import Reading, TableRow
from medhash_gui.table_text import Table

COLUMNS = TableColumns("file", ("label",), "patient", "case", (("view", "view"),))


def rows_of(
    *rows: str,
    header: str = "file,label,patient,case,view",
    columns: TableColumns = COLUMNS,
    separator: str | None = None,
) -> tuple[dict[str, TableRow], tuple[str, ...]]:
    cells = [row.split(",") for row in rows]
    table = Table("t.csv", tuple(header.split(",")), cells, "UTF-8", ",")
    return Reading(table, columns, separator).rows()


def labels_of(*rows: str, header: str, **choices: str) -> dict[str, tuple[str, ...]]:
    columns = TableColumns("file", tuple(header.split(",")[1:]))
    found, _ = rows_of(*rows, header=header, columns=columns, **choices)
    return {file: row.labels for file, row in found.items()}


def test_empty_cell_is_no_label_and_short_rows_are_padded() -> None:
    found, notes = rows_of("a,,7,1,PA", "b")

    assert found["a"] == TableRow("a", (), "7", "1", (("view", "PA"),))
    assert found["b"] == TableRow("b", ())
    assert notes == ()


def test_labels_of_several_columns_are_put_together_each_once() -> None:
    assert labels_of("a,v,w", "b,v,v", "c,,", header="file,one,two") == {
        "a": ("v", "w"), "b": ("v",), "c": (),
    }  # fmt: skip


def test_bare_numbers_of_several_columns_carry_the_column_s_name() -> None:
    found = labels_of("a,4,2", "b,0,1", header="file,dr_grade,dme_risk")

    assert found == {
        "a": ("dr_grade 4", "dme_risk 2"),
        "b": ("dr_grade 0", "dme_risk 1"),
    }
    assert labels_of("a,4", header="file,grade") == {"a": ("4",)}


def test_columns_of_yes_and_no_give_their_name() -> None:
    found = labels_of("a,1,0", "b,1.0,-1", "c,,yes", header="file,Edema,Mass")

    assert found == {"a": ("Edema",), "b": ("Edema",), "c": ("Mass",)}


def test_single_column_of_0_and_1_keeps_its_values() -> None:
    assert labels_of("a,1", "b,0", header="file,sick") == {"a": ("1",), "b": ("0",)}


def test_chosen_separator_is_used_and_none_can_be_chosen() -> None:
    rows, header = ("a,x|y", "b,x"), "file,label"

    assert labels_of(*rows, header=header)["a"] == ("x", "y")
    assert labels_of(*rows, header=header, separator="/")["a"] == ("x|y",)
    assert labels_of(*rows, header=header, separator="")["a"] == ("x|y",)


def test_rows_for_each_finding_are_united_and_said() -> None:
    found, notes = rows_of("a,x,7,,PA", "b,x,8,,PA", ".\\a,y,7,,PA", "a,x,7,,PA")

    assert found["a"] == TableRow("a", ("x", "y"), "7", "", (("view", "PA"),))
    assert len(found) == 2
    assert notes == (
        "Rows that name a file which an earlier row names: 2; where labels differ they "
        "are united (files: 1).",
    )


def test_equal_rows_are_one() -> None:
    found, notes = rows_of("a,x,7,1,PA", "a,x,7,1,PA")

    assert found["a"].labels == ("x",)
    assert notes == (
        "Rows that name a file which an earlier row names: 1, with the same labels.",
    )


def test_empty_cells_contradict_nothing() -> None:
    found, _ = rows_of("a,x,,,", "a,,7,1,PA")

    assert found["a"] == TableRow("a", ("x",), "7", "1", (("view", "PA"),))


def test_details_on_which_rows_differ_are_left_out() -> None:
    found, notes = rows_of("a,x,7,1,PA", "a,y,7,1,AP", "a,z,7,1,PA")

    assert found["a"].details == ()
    assert notes[-1].startswith("Files whose rows differ in other columns: 1;")


@pytest.mark.parametrize(
    ("row", "what"), [("a,x,8,1,PA", "patients"), ("a,x,7,2,PA", "cases")]
)
def test_rows_of_different_patients_or_cases_are_refused(row, what) -> None:
    with pytest.raises(DatasetError, match=f"names a twice, with different {what}"):
        rows_of("a,x,7,1,PA", row)


def test_rows_without_a_file_are_counted() -> None:
    found, notes = rows_of("a,x,7,1,PA", ",y,7,1,PA", ",z,7,1,PA")

    assert list(found) == ["a"]
    assert notes == ("Rows without a file, left out: 2.",)


def test_table_in_which_no_row_names_a_file_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"No row of t\.csv names a file"):
        rows_of(",x,7,1,PA")
