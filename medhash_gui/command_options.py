"""What the grammars of several commands share: kinds of values, and where labels are.

``NONE`` is what takes a choice back.
"""

from __future__ import annotations

import argparse

NONE = "none"
DEVICES = ("auto", "cpu", "cuda", "mps")


def column_options(made: argparse.ArgumentParser) -> None:
    """Add what names the columns of a table of labels."""
    made.add_argument("--file-column", metavar="F")
    made.add_argument(
        "--label-column", metavar="L", action="append", default=[],
        help="may be given several times",
    )  # fmt: skip
    made.add_argument("--patient-column", metavar="P")
    made.add_argument("--case-column", metavar="C")
    made.add_argument(
        "--detail", metavar="KEY=COLUMN", action="append", default=[],
        help="what else is kept: report, confirmed_by, sex, age_band, view and so on",
    )  # fmt: skip
    made.add_argument(
        "--label-separator", metavar="S", help="between several labels; '' for none"
    )


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
