"""Read a table file into its header and rows of text, or say why it is none.

Comma, semicolon, tab and bar are told apart by trying them. Excel's habits are known:
a byte order mark, a first line ``sep=;``, "Unicode text" (UTF-16 with tabs), line
breaks inside quoted cells, and files in the computer's own code page, which is guessed
and said so. A workbook itself (.xlsx, .xls, .ods) is refused with the way out.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from medhash_gui.errors import DatasetError

MAX_BYTES = 256 * 1024 * 1024
"""A larger file is refused: as rows in memory it would take several gigabytes."""

DELIMITERS = (",", ";", "\t", "|")

_SAMPLE_CHARACTERS = 64 * 1024
_SAMPLE_ROWS = 50

_SAVE_AS_CSV = 'Save it as CSV ("CSV UTF-8" in Excel) and choose that file.'
_CHOOSE_TABLE = "Choose a table with a header and a row for each picture."
_FOREIGN = (
    (b"PK\x03\x04", "is a workbook (Excel, LibreOffice) or an archive", _SAVE_AS_CSV),
    (b"\xd0\xcf\x11\xe0", "is an Excel workbook of the old form", _SAVE_AS_CSV),
    (b"\x1f\x8b", "is compressed", "Unpack it first."),
    (b"%PDF", "is a PDF document", _CHOOSE_TABLE),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_PICTURE_NAME = re.compile(
    r".+\.(png|jpe?g|jfif|tiff?|bmp|webp|gif|dcm|dicom|ima|jp2)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a table file.

    Attributes:
        source: name of the file, for messages.
        header: names of the columns; one without a name is "column 3".
        rows: cells as text, without spaces around them; blank rows left out.
        encoding: of the text; with "(a guess)" where nothing in the file tells it.
        delimiter: between the cells.
        notes: sentences about what was odd and how it was taken.
    """

    source: str
    header: tuple[str, ...]
    # Identities may stand in any cell.
    rows: Sequence[Sequence[str]] = field(repr=False)
    encoding: str
    delimiter: str
    notes: tuple[str, ...] = ()


def read(path: Path) -> Table:
    """Return header and rows of a table file.

    Raises:
        DatasetError: the file is missing, too large, empty, a workbook or otherwise no
            text, has no header, no row or one column only, or a cell without end.
    """
    text, encoding = _decode(path.name, _bytes(path))
    first, _, rest = text.partition("\n")
    declared = re.fullmatch(r'"?sep=(.)"?', first.strip("\r"), re.IGNORECASE)
    if declared is not None:
        text = rest
    delimiter = declared[1] if declared is not None else _delimiter(text)
    try:
        # Read as a stream, not by lines: a quoted cell may hold a line break.
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        rows = [cells for row in reader if any(cells := [cell.strip() for cell in row])]
    except csv.Error as error:
        message = f"The table {path.name} is not a readable CSV file: {error}."
        hint = "Look for a quotation mark that is never closed, or save it as CSV anew."
        raise DatasetError(message, hint=hint) from error
    if not rows:
        message = f"The table {path.name} is empty."
        raise DatasetError(message, hint=_CHOOSE_TABLE)
    header = [cell or f"column {n}" for n, cell in enumerate(rows[0], start=1)]
    _check_header(path.name, header, rows[0])
    if len(rows) == 1:
        message = f"{path.name} has a header but no rows."
        raise DatasetError(message, hint=_CHOOSE_TABLE)
    notes = _notes(header, rows[1:], encoding)
    return Table(path.name, tuple(header), rows[1:], encoding, delimiter, notes)


def _bytes(path: Path) -> bytes:
    name = path.name
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:
                message = (
                    f"The table {name} has {size / 2**20:,.0f} MB; "
                    f"tables of up to {MAX_BYTES // 2**20} MB are read."
                )
                hint = "Keep only the columns of files, labels and patients."
                raise DatasetError(message, hint=hint)
            # One byte more than is allowed: a pipe has no size that could be asked.
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"The table {name} could not be read: {error.strerror}."
        raise DatasetError(message, hint="Check the name of the file.") from error
    for magic, what, hint in _FOREIGN:
        if data.startswith(magic):
            message = f"{name} {what}, not a table of text."
            raise DatasetError(message, hint=hint)
    return data[:MAX_BYTES]


def _decode(name: str, data: bytes) -> tuple[str, str]:
    """Return the text and the encoding it was in."""
    found = next(
        ((codec, shown) for mark, codec, shown in _MARKS if data.startswith(mark)),
        None,
    )
    if found is None and b"\0" in data:
        # UTF-16 without its mark: of mostly Latin text every other byte is zero.
        sample = data[:4096]
        if sample[1::2].count(0) > 0.4 * len(sample[1::2]):
            found = ("utf-16-le", "UTF-16 (a guess)")
        elif sample[::2].count(0) > 0.4 * len(sample[::2]):
            found = ("utf-16-be", "UTF-16 (a guess)")
    if found is not None:
        codec, shown = found
        try:
            text = data.decode(codec)
        except UnicodeDecodeError as error:
            message = f"The table {name} is not whole: it is no valid {shown}."
            raise DatasetError(message, hint=_SAVE_AS_CSV) from error
    else:
        text, shown = _decode_unmarked(data)
    if "\0" in text:
        message = f"{name} is not a table of text: it holds binary data."
        raise DatasetError(message, hint=_CHOOSE_TABLE)
    return text.removeprefix("\ufeff"), shown


def _decode_unmarked(data: bytes) -> tuple[str, str]:
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), "Windows-1252 (a guess)"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "ISO 8859-1 (a guess)"


def _delimiter(text: str) -> str:
    """Return the delimiter under which most rows are as wide as the header."""
    best, best_score = ",", (0.0, 0)
    sample = text[:_SAMPLE_CHARACTERS]
    for delimiter in DELIMITERS:
        try:
            reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
            rows = [row for _, row in zip(range(_SAMPLE_ROWS), reader, strict=False)]
        except csv.Error:
            continue
        rows = [row for row in rows if any(cell.strip() for cell in row)]
        if len(text) > len(sample) and 1 < len(rows) < _SAMPLE_ROWS:
            rows = rows[:-1]  # cut in the middle
        width = len(rows[0]) if rows else 0
        if width < 2:
            continue
        score = (sum(len(row) == width for row in rows) / len(rows), width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _check_header(name: str, header: Sequence[str], cells: Sequence[str]) -> None:
    if any(_PICTURE_NAME.fullmatch(cell) for cell in cells):
        message = f"The first row of {name} names a picture; it is not a header."
        hint = "Put a first row with the names of the columns, such as file,label."
        raise DatasetError(message, hint=hint)
    if len(header) < 2:
        message = f"{name} has one column only, {header[0][:60]!r}."
        hint = "Choose a table with a column of files and one of labels or patients."
        raise DatasetError(message, hint=hint)


def _notes(
    header: Sequence[str], rows: Sequence[Sequence[str]], encoding: str
) -> tuple[str, ...]:
    notes = []
    if "guess" in encoding:
        notes.append(
            f"The text is taken for {encoding.partition(' (')[0]}, which is a guess; "
            "save the table in UTF-8 if letters look wrong."
        )
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        names = ", ".join(map(repr, twice))
        notes.append(f"More than one column is named {names}.")
    wide = sum(any(row[len(header) :]) for row in rows)
    if wide:
        notes.append(
            f"Rows with more cells than the header: {wide}; what is beyond it is not "
            "read. A delimiter may stand in a cell without quotation marks."
        )
    return tuple(notes)
