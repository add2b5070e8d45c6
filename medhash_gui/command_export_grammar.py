"""The grammar of ``medhash export``: the ways out of the desk."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from medhash_gui.command_options import positive

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
    picture.add_argument("image", type=Path, nargs="+", metavar="IMAGE")
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
    picture.add_argument(
        "--window", metavar="LEVEL,WIDTH",
        help="which greys are spread, in percent of the picture's range: 50,100 is all",
    )  # fmt: skip
    _leaving(picture, needs_place=False)
    json_option(picture)


def _leaving(made: argparse.ArgumentParser, *, needs_place: bool) -> None:
    """Add what all exports of pictures take."""
    made.add_argument("--out", type=Path, required=needs_place, metavar="DIR")
    made.add_argument(
        "--mask", action="append", default=[], metavar="[ID:]X,Y,WIDTH,HEIGHT",
        help=_MASK,
    )  # fmt: skip
    text = "I have looked at every picture: nothing in it names anybody"
    made.add_argument("--looked-at", action="store_true", help=text)
    text = "write over files that are there"
    made.add_argument("--replace", action="store_true", help=text)
