"""What the grammars of several commands share: kinds of values, and where labels are.

``NONE`` is what takes a choice back.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from medhash_gui import milvus_uri
from medhash_gui.details import TABLE_KEYS
from medhash_gui.errors import LibraryError
from medhash_gui.milvus_uri import LibraryPlace, MilvusUri

if TYPE_CHECKING:
    from medhash_gui.audit_chain import Head

LIBRARY = "LIB.medhash|URI"
"""What stands for a library that may be on a server."""

NONE = "none"
DEVICES = ("auto", "cpu", "cuda", "mps")


def column_options(made: argparse.ArgumentParser) -> None:
    """Add what names the columns of a table of labels."""
    text = "column of the file's name (default: told from the table)"
    made.add_argument("--file-column", metavar="F", help=text)
    made.add_argument(
        "--label-column", metavar="L", action="append", default=[],
        help="may be given several times",
    )  # fmt: skip
    text = "column of the patient, kept as a pseudonym only"
    made.add_argument("--patient-column", metavar="P", help=text)
    text = "column of the case: pictures that belong together"
    made.add_argument("--case-column", metavar="C", help=text)
    made.add_argument(
        "--detail", metavar="KEY=COLUMN", action="append", default=[],
        help="what else is kept: report, confirmed_by, sex, age_band, view and so on",
    )  # fmt: skip
    made.add_argument(
        "--label-separator", metavar="S", help="between several labels; '' for none"
    )


def device_option(made: argparse.ArgumentParser) -> None:
    """Add the choice of the device."""
    made.add_argument(
        "--device", choices=DEVICES, default="auto",
        help="where the network computes (default: auto, CUDA where it can be used)",
    )  # fmt: skip


def library(text: str) -> LibraryPlace:
    """Return where a library lies: a folder, or an address on a server."""
    try:
        return milvus_uri.place(text)
    except LibraryError as error:
        msg = f"{error.message} {error.hint}"
        raise argparse.ArgumentTypeError(msg) from error


def library_folder(text: str) -> Path:
    """Return the folder of a library, for what cannot be done on a server."""
    place = library(text)
    if isinstance(place, Path):
        return place
    msg = (
        f"{place} is on a server, where a library can be searched and nothing else; "
        "name the folder of the library that was pushed there"
    )
    raise argparse.ArgumentTypeError(msg)


def server(text: str) -> MilvusUri:
    """Return the address of a library on a server."""
    place = library(text)
    if isinstance(place, MilvusUri):
        return place
    msg = f"{text!r} is not of the form milvus://HOST:PORT/NAME"
    raise argparse.ArgumentTypeError(msg)


def condition(text: str) -> tuple[str, str]:
    """Return a condition: "label", "folder" or a detail, and its value."""
    key, equals, value = text.partition("=")
    known = ("label", "folder", *(key for key in TABLE_KEYS if key != "report"))
    if key not in known or not equals or not value:
        msg = f"{text!r} is not of the form label=NAME or KEY=VALUE, with KEY one of "
        raise argparse.ArgumentTypeError(msg + ", ".join(known))
    return key, value


def audit_head(text: str) -> Head:
    """Return a head of the audit log that was noted elsewhere."""
    from medhash_gui.audit_chain import Head

    try:
        return Head.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def positive(text: str) -> int:
    """Return a whole number of 1 or more."""
    value = not_negative(text)
    if value == 0:
        msg = "must be 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return value


def not_negative(text: str) -> int:
    """Return a whole number of 0 or more."""
    try:
        value = int(text)
    except ValueError:
        value = -1
    if value < 0:
        msg = f"{text!r} is not a whole number of 0 or more"
        raise argparse.ArgumentTypeError(msg)
    return value
