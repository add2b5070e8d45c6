"""Write what a library holds into a file for other programs: CSV, or NumPy arrays.

One way: a cell that a spreadsheet would run as a formula gets an apostrophe in front,
and what is no valid text is escaped. Rows that were removed are left out; hidden ones
are in, and said to be. The file appears under its name when it is whole.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import zipfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
import numpy.typing as npt

from medhash_gui.errors import LibraryError
from medhash_gui.library import durable
from medhash_gui.spreadsheet import harmless
from medhash_gui.store import CodeStore

HEADER = (
    *("path", "frame", "code", "labels", "patient", "hidden"),
    *("left_out", "labels_by_hand"),
)
SUFFIXES = (".csv", ".npz")
LABEL_SEPARATOR = "|"

Name = Literal["path", "row"]
"""By what a picture is named."""

_BATCH = 8192


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """How many rows are written, and how many there are."""

    done: int
    found: int


@dataclass(frozen=True, slots=True)
class ExportReport:
    """How many rows were written, how many of them are hidden, how many left out."""

    rows: int
    hidden: int
    left_out: int


def exporting(
    store: CodeStore, file: Path, *, pseudonymous: bool = False
) -> Generator[ExportProgress, None, ExportReport]:
    """Write a library into ``file``, over an older one; CSV or .npz by its suffix.

    CSV: ``path``, ``frame``, ``code`` (hexadecimal), ``labels`` (joined by a bar),
    ``patient`` (key, empty where unknown), ``hidden``, ``left_out`` and
    ``labels_by_hand`` (0 or 1), in UTF-8 with a byte order mark. NumPy: arrays of the
    same names, texts as ``U``, ``code`` as uint8 (n, ceil(bits / 8)), besides ``soft``,
    float16 (n, bits), and ``bits``; nothing is pickled.

    Args:
        store: the library.
        file: to be written.
        pseudonymous: name pictures by their number, ``row``, instead of by ``path``,
            which may name a patient; whoever has the library can look them up.

    Raises:
        LibraryError: the suffix is another one, the file cannot be written, or the
            library is damaged. A file that was there is as it was.
    """
    if file.suffix.lower() not in SUFFIXES:
        message = f"{file.name} says neither .csv nor .npz: the form is not known."
        raise LibraryError(message, hint="Name a file such as list.csv or codes.npz.")
    write = _write_csv if file.suffix.lower() == ".csv" else _write_npz
    rows = np.flatnonzero(~store.removed)
    temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    named_by: Name = "row" if pseudonymous else "path"
    try:
        with open(temporary, "xb", opener=durable.owner_only) as target:
            yield from write(store, rows, target, named_by)
        temporary.replace(file)
    except OSError as error:
        message = f"The list cannot be written to {file}: {error.strerror or error}."
        raise LibraryError(message, hint="Choose another place for it.") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    hidden = np.count_nonzero(store.hidden_rows[rows])
    left_out = np.count_nonzero(store.left_out[rows])
    return ExportReport(len(rows), int(hidden), int(left_out))


def _write_csv(
    store: CodeStore, rows: npt.NDArray[np.intp], target: IO[bytes], named_by: Name
) -> Iterator[ExportProgress]:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow((named_by, *HEADER[1:]))
    target.write(b"\xef\xbb\xbf" + _taken(text))
    states = _states(store)
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        codes = store.packed[batch]
        for place, (row, name, labels, patient) in enumerate(_texts(store, batch)):
            writer.writerow(
                [
                    harmless(name) if named_by == "path" else row,
                    int(store.frames[row]),
                    codes[place].tobytes().hex(),
                    harmless(labels),
                    patient,
                    *(int(state[row]) for state in states.values()),
                ]
            )
        target.write(_taken(text))
        yield ExportProgress(start + len(batch), len(rows))


def _taken(text: io.StringIO) -> bytes:
    """Return what was written as bytes, and begin anew."""
    data = text.getvalue().encode("utf-8", "backslashreplace")
    text.seek(0)
    text.truncate()
    return data


def _write_npz(
    store: CodeStore, rows: npt.NDArray[np.intp], target: IO[bytes], named_by: Name
) -> Iterator[ExportProgress]:
    longest = [1, 1, 1]
    for _, *cells in _texts(store, rows):
        longest = [max(n, len(t)) for n, t in zip(longest, cells, strict=True)]

    def texts(place: int) -> Callable[[npt.NDArray[np.intp]], npt.NDArray[Any]]:
        return lambda batch: np.array(
            [one[1 + place] for one in _texts(store, batch)], f"<U{longest[place]}"
        )

    states, bits = _states(store), store.bits
    columns: dict[str, tuple[str, tuple[int, ...], Callable[[Any], Any]]] = {
        named_by: (f"<U{longest[0]}", (), texts(0)),
        "frame": ("<i4", (), lambda batch: store.frames[batch]),
        "code": ("|u1", store.packed.shape[1:], lambda batch: store.packed[batch]),
        "soft": ("<f2", (bits,), store.soft),
        "labels": (f"<U{longest[1]}", (), texts(1)),
        "patient": (f"<U{longest[2]}", (), texts(2)),
        **{name: ("|b1", (), state.__getitem__) for name, state in states.items()},
    }
    if named_by == "row":
        columns["row"] = ("<i8", (), lambda batch: batch)
    found, done = len(rows) * len(columns), 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("bits.npy", _array_file(np.array(bits)))
        for name, (dtype, shape, values) in columns.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                head = {
                    "descr": dtype,
                    "fortran_order": False,
                    "shape": (len(rows), *shape),
                }
                np.lib.format.write_array_header_1_0(member, head)
                for start in range(0, len(rows), _BATCH):
                    batch = rows[start : start + _BATCH]
                    member.write(np.ascontiguousarray(values(batch), dtype).tobytes())
                    done += len(batch)
                    yield ExportProgress(done // len(columns), found // len(columns))


def _states(store: CodeStore) -> dict[str, npt.NDArray[np.bool_]]:
    """Return what is true of each row or not, bool (N,), in the header's order."""
    return {
        "hidden": store.hidden_rows,
        "left_out": store.left_out,
        "labels_by_hand": store.own_labels,
    }


def _array_file(array: npt.NDArray[Any]) -> bytes:
    data = io.BytesIO()
    np.lib.format.write_array(data, array, allow_pickle=False)
    return data.getvalue()


def _texts(
    store: CodeStore, rows: npt.NDArray[np.intp]
) -> Iterator[tuple[int, str, str, str]]:
    """Yield row, path, labels and patient of some rows."""
    for row in rows.tolist():
        labels, patient = store.labels(row), store.patient(row)
        yield row, store.path(row), LABEL_SEPARATOR.join(labels), patient or ""
