"""The report of an indexing run, and its list of files as CSV.

Every file of the folder is in one of four counts, and every one that gave no picture is
named with its state and its reason.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from medhash_gui.errors import FileState, MedHashError
from medhash_gui.tally import Remark, SkippedFile

_HEADER = ("what", "path", "state", "reason")
# A spreadsheet takes a cell that begins like this for a formula and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a finished run did; counts are files, ``frames`` apart.

    ``found == added + unchanged + moved + len(skipped)`` always holds.

    Attributes:
        found, added, unchanged, moved: files, and what became of them.
        relabelled: unchanged or moved files whose labels, patient, case or details are
            others now.
        hidden: records whose file is gone.
        skipped: files that gave no picture, by path.
        frames: records that were made or shown again.
        seconds: of the run; seconds_start_up: before the first decoded picture.
        images_per_second: of the rest; None when nothing was encoded.
        device, model_id, bits: what made the codes.
        remarks: what is worth knowing about pictures that were read.
        notices: what is worth knowing about the run, such as a change of device.
        rows_without_file: files that the table names and the folder has not.
        files_without_row: pictures that the table does not name.
        ambiguous: pictures that have no labels because several rows could mean them,
            or whose row could mean several.
    """

    found: int
    added: int
    unchanged: int
    moved: int
    relabelled: int
    hidden: int
    skipped: tuple[SkippedFile, ...]
    frames: int
    seconds: float
    seconds_start_up: float
    images_per_second: float | None
    device: str
    model_id: str
    bits: int
    remarks: tuple[Remark, ...] = ()
    notices: tuple[str, ...] = ()
    rows_without_file: tuple[str, ...] = ()
    files_without_row: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()

    @property
    def states(self) -> dict[FileState, int]:
        """How many skipped files are in each of the three states."""
        counts = Counter(file.state for file in self.skipped)
        return {state: counts[state] for state in get_args(FileState)}


def write_csv(report: IndexReport, path: Path) -> None:
    """Write what did not become a picture, and what did not fit the table, as CSV.

    UTF-8 with a byte order mark, as spreadsheets expect it. Columns: ``what`` (skipped,
    remark, row without file, file without row, ambiguous), ``path``, ``state`` and
    ``reason``. The last row has the totals. A cell that a spreadsheet would run as a
    formula gets an apostrophe in front.

    Raises:
        MedHashError: the file cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    for row in _rows(report):
        writer.writerow([harmless(cell) for cell in row])
    try:
        path.write_bytes(text.getvalue().encode("utf-8-sig", "backslashreplace"))
    except OSError as error:
        message = f"The list cannot be written to {path}: {error.strerror or error}."
        raise MedHashError(message, hint="Choose another place for it.") from error


def totals(report: IndexReport) -> str:
    """Return the sum that accounts for every file, as a line."""
    states = ", ".join(
        f"{count} {state.replace('_', ' ')}" for state, count in report.states.items()
    )
    return (
        f"{report.found} found = {report.added} added + {report.unchanged} unchanged "
        f"+ {report.moved} moved + {len(report.skipped)} skipped ({states})"
    )


def _rows(report: IndexReport) -> Iterator[tuple[str, str, str, str]]:
    for skipped in report.skipped:
        yield ("skipped", skipped.path, skipped.state, skipped.reason)
    for remark in report.remarks:
        times = f"{remark.text} ({remark.count} files, this is the first)"
        yield ("remark", remark.first_path, "", times)
    for path in report.rows_without_file:
        yield ("row without file", path, "", "The table names it, the folder lacks it.")
    for path in report.files_without_row:
        yield ("file without row", path, "", "The table does not name it.")
    for path in report.ambiguous:
        reason = "Several rows could mean it, or its row several files."
        yield ("ambiguous", path, "", reason)
    yield ("totals", "", "", totals(report))


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
