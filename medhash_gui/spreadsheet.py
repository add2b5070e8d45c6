"""Cells of a CSV file that a spreadsheet may open."""

from __future__ import annotations

# A spreadsheet takes a cell that begins like this for a formula and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """Return a cell with an apostrophe in front where it would be run as a formula.

    One way only: whoever reads the file again has to know of the apostrophe.
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
