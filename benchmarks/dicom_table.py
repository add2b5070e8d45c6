"""What becomes of every file of a folder of DICOM objects: expected, done, time.

    python benchmarks/dicom_table.py FOLDER [--csv FILE]

The folder holds files and a ``labels.csv`` with the columns file, ts, Modality, Rows,
Columns, PhotometricInterpretation, has_pixels and decode, the last as pydicom told it
with every decoder it knows ("ok (H, W) dtype", "FAIL ...", or nothing where there are
no pixels). The table goes to stdout as Markdown, with totals by outcome at the end.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from medhash_gui import images
from medhash_gui.dicom import decoders as dicom_decoders
from medhash_gui.errors import UnreadableImageError

# Kinds that hold no picture to compare, whatever their pixel data; by Modality.
NO_PICTURE = {"SEG", "RTDOSE", "RTPLAN", "RTSTRUCT", "SR", "ECG"}
WITHOUT_MODALITY = {
    "DICOMDIR": "a directory",
    "palettes__": "a colour palette",
    "parametric_map": "pixels that are measurements",
}
# What pydicom could not do, or did with a decoder that is not free, and why the right
# answer is another one; by the end of the file's name.
EXPLAINED = {
    "JPEG-lossy.dcm": ("unsupported", "12-bit JPEG Extended needs imagecodecs"),
    "JPGExtended.dcm": ("unsupported", "12-bit JPEG Extended needs imagecodecs"),
    "RG2_JPLY.dcm": ("unsupported", "12-bit JPEG Extended needs imagecodecs"),
    "RG2_JPLY_fixed.dcm": ("unsupported", "12-bit JPEG Extended needs imagecodecs"),
    "OT-PAL-8-face.dcm": ("picture", "bare data set: read by its own encoding"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One file: what was expected, what MedHash did, whether the two agree."""

    file: str
    transfer_syntax: str
    modality: str
    expected: str
    done: str
    agrees: bool
    why: str
    said: str
    wall_ms: float


def main() -> int:
    """Print the table; exit with 1 where a file got another answer than expected."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--csv", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    rows = list(table(arguments.folder))
    if arguments.csv:
        _write(rows, arguments.csv)
    print("| file | transfer syntax | modality | expected | done | agrees | ms |")
    print("|---|---|---|---|---|---|---:|")
    for row in rows:
        agrees = ("yes" if row.agrees else "**no**") + (row.why and f": {row.why}")
        print(
            f"| {row.file} | {row.transfer_syntax} | {row.modality} | {row.expected} "
            f"| {row.done} | {agrees} | {row.wall_ms:.1f} |"
        )
    print()
    for done, count in totals(rows).items():
        print(f"- {done}: {count}")
    wrong = [row for row in rows if not row.agrees]
    print(f"- all: {len(rows)}, in {sum(row.wall_ms for row in rows) / 1e3:.1f} s")
    print(f"- other than expected: {len(wrong)}")
    return 1 if wrong else 0


def table(folder: Path) -> Iterator[Row]:
    """Yield a row for each line of ``labels.csv``."""
    # Not part of the first file's time.
    dicom_decoders.import_pydicom("The table")
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        for label in csv.DictReader(file):
            yield _row(folder, label)


def totals(rows: list[Row]) -> dict[str, int]:
    """Return the number of files by outcome: picture, or one of the three states."""
    return dict(Counter(row.done.partition(" ")[0] for row in rows).most_common())


def _row(folder: Path, label: dict[str, str]) -> Row:
    expected, why = _expected(label)
    path = folder / label["file"]
    data = images.read_bytes(path)
    begun = time.perf_counter()
    said = ""
    try:
        decoded = images.decode(data, name=path.name)
        outcome = "picture"
        shape = " x ".join(str(length) for length in decoded.pixels.shape)
        done = f"picture {shape} {decoded.pixels.dtype}"
        said = " ".join(decoded.notes)
    except UnreadableImageError as error:
        outcome = done = error.state
        said = f"{error.message} {error.hint}"
    wall_ms = (time.perf_counter() - begun) * 1e3
    agrees = outcome == expected
    if outcome == "picture" and label["Rows"]:
        size = f"picture {label['Rows']} x {label['Columns']}"
        agrees = agrees and done.startswith(size)
    modality = label["Modality"]
    syntax = label["ts"]
    name = label["file"].partition("/")[2] or label["file"]
    return Row(name, syntax, modality, expected, done, agrees, why, said, wall_ms)


def _expected(label: dict[str, str]) -> tuple[str, str]:
    """Return the outcome that is due, and why where ``decode`` does not say it."""
    for ending, (outcome, why) in EXPLAINED.items():
        if label["file"].endswith(ending):
            if "imagecodecs" in why and _reads_12_bits():
                return "picture", "imagecodecs is installed"
            return outcome, why
    if label["Modality"] in NO_PICTURE:
        return "not_an_image", f"modality {label['Modality']}"
    for part, kind in WITHOUT_MODALITY.items():
        if part in label["file"]:
            return "not_an_image", kind
    if label["has_pixels"] == "0":
        return "damaged", "a picture's object without pixel data"
    return ("picture", "") if label["decode"].startswith("ok") else ("damaged", "")


def _reads_12_bits() -> bool:
    rows = {row.uid: row for row in dicom_decoders.decoder_table()}
    return not rows[dicom_decoders.JPEG_EXTENDED].note


def _write(rows: list[Row], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(Row.__dataclass_fields__))
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


if __name__ == "__main__":
    sys.exit(main())
