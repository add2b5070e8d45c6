"""The grammar of the commands that look for pictures: ``search`` and ``duplicates``."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path

from medhash_gui.command.options import (
    LIBRARY,
    condition,
    library,
    library_folder,
    not_negative,
    positive,
)


def add_search(made: argparse.ArgumentParser) -> None:
    """Add what ``search`` takes."""
    text = "the library's folder, or its address on a server"
    made.add_argument("library", type=library, metavar=LIBRARY, help=text)
    made.add_argument(
        "image", type=Path, nargs="*", metavar="IMAGE",
        help="several: what is near to all of them, by the mean distance; none: the "
        "pictures whose report has the words of --report-text",
    )  # fmt: skip
    made.add_argument(
        "--unlike", type=Path, action="append", default=[], metavar="IMAGE",
        help="what the hits shall not be like; may be given several times",
    )  # fmt: skip
    made.add_argument(
        "--frame", type=positive, metavar="N",
        help="of an image with several (default: the middle one; of pages the first)",
    )  # fmt: skip
    made.add_argument(
        "--view", type=positive, default=1, metavar="N",
        help="window or table of a DICOM image with several (default: the first)",
    )  # fmt: skip
    made.add_argument(
        "--box", metavar="X,Y,WIDTH,HEIGHT",
        help="ask about this region of the image, in its pixels, not about all of it",
    )  # fmt: skip
    made.add_argument(
        "--more-of", metavar="LABEL[:STRENGTH]",
        help="what shows more of this finding than the image does; a strength of 1, "
        "the default, is the distance between pictures with it and without",
    )  # fmt: skip
    text = "how many hits (default: 12)"
    made.add_argument("--top", type=positive, default=12, metavar="N", help=text)
    reach = made.add_mutually_exclusive_group()
    reach.add_argument(
        "--within", type=not_negative, metavar="BITS",
        help="only pictures whose code differs in so many bits at most",
    )  # fmt: skip
    reach.add_argument(
        "--farthest", action="store_true",
        help="the least similar pictures, the farthest first",
    )  # fmt: skip
    made.add_argument(
        "--patients", choices=("exclude", "include", "group"), default="exclude",
        help="the query's own patient: left out, in, or one picture a patient",
    )  # fmt: skip
    made.add_argument(
        "--cases", choices=("all", "group"), default="all",
        help="all pictures of a case (default), or its nearest one only",
    )  # fmt: skip
    made.add_argument(
        "--where", type=condition, action="append", default=[], metavar="KEY=VALUE",
        help="only pictures with this label=NAME, folder=NAME, modality=, view=, sex=, "
        "age_band= and so on; several of one key: any of them",
    )  # fmt: skip
    made.add_argument(
        "--report-text", default="", metavar="WORDS",
        help="only pictures whose report has all these words",
    )  # fmt: skip
    made.add_argument(
        "--since", type=_day, metavar="YYYY-MM-DD",
        help="only pictures whose file was changed on this day or later",
    )  # fmt: skip
    made.add_argument(
        "--before", type=_day, metavar="YYYY-MM-DD",
        help="only pictures whose file was changed before this day",
    )  # fmt: skip
    made.add_argument(
        "--overlay", type=Path, metavar="DIR",
        help="write the query and each hit with its saliency map, as export does",
    )  # fmt: skip
    made.add_argument(
        "--mask", action="append", default=[], metavar="[ID:]X,Y,WIDTH,HEIGHT",
        help="of --overlay: cover a box of the picture ID, by its number, or of all; "
        "may be given several times",
    )  # fmt: skip
    text = "of --overlay: I have looked at every picture: nothing in it names anybody"
    made.add_argument("--looked-at", action="store_true", help=text)
    text = "of --overlay: write over files that are there"
    made.add_argument("--replace", action="store_true", help=text)
    made.add_argument("--model", metavar="NAME|DIR", help="default: the library's own")


def add_duplicates(made: argparse.ArgumentParser) -> None:
    """Add what ``duplicates`` takes."""
    text = "the library's folder"
    made.add_argument("library", type=library_folder, metavar="LIB.medhash", help=text)
    made.add_argument(
        "--within", type=not_negative, default=0, metavar="BITS",
        help="how many bits the codes of near duplicates may differ in (default: 0)",
    )  # fmt: skip
    made.add_argument(
        "--list", type=Path, metavar="CSV",
        help="write every picture of every group to this file",
    )  # fmt: skip


def _day(text: str) -> int:
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError as error:
        msg = f"{text!r} is no day such as 2024-05-31"
        raise argparse.ArgumentTypeError(msg) from error
    midnight = datetime.datetime.combine(day, datetime.time()).astimezone()
    return int(midnight.timestamp()) * 10**9
