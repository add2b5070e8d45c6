"""The grammar of ``medhash export``: the ways out of the desk."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from medhash_gui.command.options import library_folder, positive
from medhash_gui.teaching_words import LANGUAGES

_MASK = (
    "cover a box of the picture; ID: its number, where there are several pictures "
    "(default: of all of them); may be given several times"
)


def add(
    made: argparse.ArgumentParser,
    json_option: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add the actions of ``export`` to its grammar."""
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True)

    text = "write pictures as PNG, without anything of their files"
    picture = actions.add_parser("picture", help=text, description=text)
    text = "the pictures to export"
    picture.add_argument("image", type=Path, nargs="+", metavar="IMAGE", help=text)
    text = "write nothing; say where letters may stand (a help, never complete)"
    picture.add_argument("--suggest", action="store_true", help=text)
    text = "model whose map is laid over (default: no map)"
    picture.add_argument("--map-of", metavar="NAME|DIR", help=text)
    text = "all side by side, in one picture"
    picture.add_argument("--beside", action="store_true", help=text)
    picture.add_argument(
        "--frame", type=positive, metavar="N",
        help="of an image with several (default: the middle one; of pages the first)",
    )  # fmt: skip
    picture.add_argument(
        "--view", type=positive, default=1, metavar="N",
        help="window or table of a DICOM image with several (default: the first)",
    )  # fmt: skip
    _window(picture)
    _leaving(picture, needs_place=False)
    json_option(picture)

    text = "write the hits of a query as DICOM: captures, and key objects"
    dicom = actions.add_parser("dicom", help=text, description=text)
    _of_a_search(dicom)
    text = "no maps over the pictures"
    dicom.add_argument("--no-maps", action="store_true", help=text)
    text = "query and hits side by side, in one capture"
    dicom.add_argument("--beside", action="store_true", help=text)
    text = "with a Key Object Selection of the captures"
    dicom.add_argument("--key-objects", action="store_true", help=text)
    dicom.add_argument(
        "--original-uids", action="store_true",
        help="the Key Object Selection is of the source objects, by their own UIDs, to "
        "go back to the archive that has them; they can name a patient",
    )  # fmt: skip
    _leaving(dicom, needs_place=True)
    json_option(dicom)

    text = "write the hits of a query as a page for teaching, labels hidden"
    teaching = actions.add_parser("teaching", help=text, description=text)
    _of_a_search(teaching)
    text = "of the query (default: its labels in the library)"
    teaching.add_argument("--diagnosis", default="", metavar="TEXT", help=text)
    text = "a text file that is shown with the query"
    teaching.add_argument("--notes", type=Path, metavar="FILE", help=text)
    text = "of the page's own words (default: en)"
    teaching.add_argument("--language", choices=LANGUAGES, default="en", help=text)
    _leaving(teaching, needs_place=True)
    json_option(teaching)

    text = "write a report of a query: HTML, CSV or JSON by the ending of FILE"
    report = actions.add_parser("report", help=text, description=text)
    _of_a_search(report)
    text = "without pictures and maps"
    report.add_argument("--no-pictures", action="store_true", help=text)
    _mask(report)
    text = "also cover what seems to hold letters (a help, never complete)"
    report.add_argument("--mask-suggested", action="store_true", help=text)
    text = "the report; ends in .html, .csv or .json"
    report.add_argument("--out", type=Path, required=True, metavar="FILE", help=text)
    _looked(report)
    json_option(report)


def _of_a_search(made: argparse.ArgumentParser) -> None:
    text = "the library that is asked"
    made.add_argument("library", type=library_folder, metavar="LIB.medhash", help=text)
    text = "the picture that is asked about"
    made.add_argument("image", type=Path, metavar="IMAGE", help=text)
    text = "how many of the nearest hits (default: 8)"
    made.add_argument("--top", type=positive, default=8, metavar="N", help=text)
    made.add_argument(
        "--patients", choices=("exclude", "include", "group"), default="exclude",
        help="the query's own patient: left out, in, or one picture a patient",
    )  # fmt: skip
    made.add_argument(
        "--frame", type=positive, metavar="N",
        help="of an image with several (default: the middle one; of pages the first)",
    )  # fmt: skip
    made.add_argument(
        "--view", action="append", default=[], metavar="[ID:]N",
        help="window or table of a DICOM image with several: of the query, or of the "
        "picture ID (default: the first); may be given several times",
    )  # fmt: skip
    _window(made)


def _window(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--window", action="append", default=[], metavar="[ID:]LEVEL,WIDTH",
        help="which greys are spread, in percent of a picture's range: 50,100 is all; "
        "of the picture ID, or of all; may be given several times",
    )  # fmt: skip


def _mask(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--mask", action="append", default=[], metavar="[ID:]X,Y,WIDTH,HEIGHT",
        help=_MASK,
    )  # fmt: skip


def _leaving(made: argparse.ArgumentParser, *, needs_place: bool) -> None:
    """Add what all exports of pictures take."""
    made.add_argument(
        "--out", type=Path, required=needs_place, metavar="DIR",
        help="folder of what is written, made when it is not there",
    )  # fmt: skip
    _mask(made)
    _looked(made)


def _looked(made: argparse.ArgumentParser) -> None:
    text = "I have looked at every picture: nothing in it names anybody"
    made.add_argument("--looked-at", action="store_true", help=text)
    text = "write over files that are there"
    made.add_argument("--replace", action="store_true", help=text)
