"""Table files in all the forms that programs write them, and what is no table."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medhash_gui import table_text
from medhash_gui.errors import DatasetError

ROWS = [["a.png", "x"], ["b.png", "y"]]


def read(tmp_path: Path, data: bytes | str) -> table_text.Table:
    path = tmp_path / "labels.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return table_text.read(path)


@pytest.mark.parametrize("delimiter", table_text.DELIMITERS)
def test_delimiter_is_found(tmp_path, delimiter) -> None:
    lines = [delimiter.join(cells) for cells in [["file", "label"], *ROWS]]

    table = read(tmp_path, "\n".join(lines))

    assert (table.delimiter, list(table.rows)) == (delimiter, ROWS)


def test_delimiter_of_the_rows_wins_over_the_header_s(tmp_path) -> None:
    table = read(tmp_path, "file;label, side;view\na.png;x;PA\nb.png;y, z;AP\n")

    assert table.delimiter == ";"
    assert table.header == ("file", "label, side", "view")


def test_several_labels_with_bars_do_not_make_a_bar_the_delimiter(tmp_path) -> None:
    table = read(tmp_path, "file,label\na.png,x|y|z\nb.png,x|z\n")

    assert table.delimiter == ","


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_excel_s_first_line_names_the_delimiter(tmp_path, line) -> None:
    table = read(tmp_path, f"{line}\r\nfile;a,b,c\r\na.png;1,2,3\r\n")

    assert table.header == ("file", "a,b,c")
    assert list(table.rows) == [["a.png", "1,2,3"]]


@pytest.mark.parametrize(
    ("codec", "mark", "shown"),
    [
        ("utf-8", b"", "UTF-8"),
        ("utf-8-sig", b"", "UTF-8"),
        ("utf-16", b"", "UTF-16"),
        ("utf-16-be", b"\xfe\xff", "UTF-16"),
        ("utf-16-le", b"", "UTF-16 (a guess)"),
        ("utf-16-be", b"", "UTF-16 (a guess)"),
        ("cp1252", b"", "Windows-1252 (a guess)"),
    ],
)
def test_text_is_read_in_the_encodings_that_programs_write(
    tmp_path, codec, mark, shown
) -> None:
    text = "file\tlabel\r\nÄ.png\tnaïve – x\r\n"

    table = read(tmp_path, mark + text.encode(codec))

    assert table.header == ("file", "label")
    assert list(table.rows) == [["Ä.png", "naïve – x"]]
    assert table.encoding == shown
    assert any("is a guess" in note for note in table.notes) == ("guess" in shown)


def test_bytes_that_windows_does_not_know_are_taken_for_latin_1(tmp_path) -> None:
    table = read(tmp_path, b"file,label\n\xc4.png,\x81\n")

    assert table.encoding == "ISO 8859-1 (a guess)"
    assert table.rows[0][0] == "Ä.png"


def test_line_breaks_quotation_marks_and_blank_rows_are_harmless(tmp_path) -> None:
    text = '\r\nfile , label\r\n\r\n a.png ,"two\r\nlines, ""quoted"""\r\n , \r\n'

    table = read(tmp_path, text)

    assert table.header == ("file", "label")
    assert list(table.rows) == [["a.png", 'two\r\nlines, "quoted"']]


def test_old_macintosh_line_ends_are_line_ends(tmp_path) -> None:
    assert list(read(tmp_path, "file,label\ra.png,x\rb.png,y\r").rows) == ROWS


def test_columns_without_a_name_are_numbered(tmp_path) -> None:
    assert read(tmp_path, ",file,\n0,a.png,x\n").header == (
        "column 1", "file", "column 3",
    )  # fmt: skip


def test_odd_rows_are_said(tmp_path) -> None:
    table = read(tmp_path, "file,label,label\na,x,y,more\nb,x\nc,x,y,\n")

    assert [row[0] for row in table.rows] == ["a", "b", "c"]
    assert table.notes[0] == "More than one column is named 'label'."
    assert table.notes[1].startswith("Rows with more cells than the header: 1;")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n , \r\n", "is empty"),
        (b"file,label\n\n", "has a header but no rows"),
        (b"file\na.png\nb.png\n", "one column only, 'file'"),
        (b"a.png,x\nb.png,y\n", "is not a header"),
        (b"PK\x03\x04" + bytes(99), "is a workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(99), "Excel workbook of the old form"),
        (b"\x1f\x8b\x08" + bytes(99), "is compressed"),
        (b"%PDF-1.7\n\0\0", "is a PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", "holds binary data"),
        (b"file,label\na.png,\0\n", "holds binary data"),
        (b"\xff\xfef\0i", "is no valid UTF-16"),
        (b'file,label\na.png,"x' + b"y" * 140_000, "not a readable CSV file"),
    ],
)
def test_what_is_no_table_is_named_with_a_way_out(tmp_path, data, message) -> None:
    with pytest.raises(DatasetError, match=message) as raised:
        read(tmp_path, data)

    assert "labels.csv" in raised.value.message
    assert raised.value.hint


def test_missing_files_and_folders_are_named(tmp_path) -> None:
    (tmp_path / "folder.csv").mkdir()

    for name in ("none.csv", "folder.csv"):
        with pytest.raises(DatasetError, match=f"{name} could not be read"):
            table_text.read(tmp_path / name)


def test_huge_file_is_refused_before_it_is_read(tmp_path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(table_text.MAX_BYTES + 1)  # a hole: it takes no room

    with pytest.raises(DatasetError, match=r"huge\.csv has 256 MB") as raised:
        table_text.read(path)

    assert "columns" in raised.value.hint


def test_cells_are_not_shown_when_a_table_is_printed(tmp_path) -> None:
    table = read(tmp_path, "file,patient\na.png,Erika Mustermann\n")

    assert "Mustermann" not in repr(table)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(alphabet='a,;\t|"\r\n\ufeff\0 Ä=sep', max_size=60).map(str.encode),
    )
)
def test_whatever_the_bytes_are_a_table_or_a_sentence_comes(tmp_path, data) -> None:
    try:
        table = read(tmp_path, data)
    except DatasetError:
        return
    assert len(table.header) >= 2
    assert table.rows
    assert all(cell == cell.strip() for row in table.rows for cell in row)
