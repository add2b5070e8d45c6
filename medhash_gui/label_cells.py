"""What the cells of a table mean: several labels in one, columns of yes and no, values.

Everything here is a guess from the cells themselves, with one rule: a text is taken
apart only where the table shows that the parts are labels of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from medhash_gui import details

SEPARATORS = ("|", ";", "\n", ",", "/", "+")
"""What may stand between several labels of one cell, the surest first."""

# These hardly ever stand inside a label; the others do ("Mass, left", "N/A").
_SURE = ("|", ";", "\n")
_WORDS_AT_MOST = 80

_YES = frozenset({"1", "1.0", "true", "yes", "y", "x", "positive"})
_NO = frozenset({"0", "0.0", "-1", "-1.0", "false", "no", "n", "negative"})

_SEX = {
    "F": ("f", "female", "woman", "w", "girl"),
    "M": ("m", "male", "man", "boy"),
    "O": ("o", "other", "diverse", "intersex", "nonbinary", "non-binary"),
}
_BAND = re.compile(r"(\d{1,2}-\d{1,2}|90\+)")


def is_yes(cell: str) -> bool:
    """Return whether a cell of a column of yes and no says yes.

    ``0``, blank and ``-1`` (uncertain) do not.
    """
    return cell.casefold() in _YES


def is_yes_or_no(cells: Iterable[str]) -> bool:
    """Return whether all cells say yes, no or nothing, and at least one something."""
    said = {cell.casefold() for cell in cells} - {""}
    return bool(said) and said <= _YES | _NO


def split(cell: str, separator: str) -> tuple[str, ...]:
    """Return the labels of a cell, each once; () of an empty one.

    A cell that is a list, such as ``['a', 'b']``, is read as one.
    """
    inner = _inside_list(cell)
    if inner is not None:
        parts = [part.strip().strip("'\"") for part in inner.split(",")]
    else:
        parts = cell.split(separator) if separator else [cell]
    return tuple(dict.fromkeys(found for part in parts if (found := part.strip())))


def guess_separator(cells: Iterable[str]) -> str:
    """Return what stands between several labels, or "" where no cell holds several.

    A bar, a semicolon or a line break between short texts is a separator. A comma, a
    slash or a plus is one only if at least half of the parts are labels elsewhere: as
    a cell of their own, or in another place of another cell.
    """
    different = {cell for cell in cells if cell and _inside_list(cell) is None}
    best, most = "", 0
    for separator in SEPARATORS:
        several = [split(cell, separator) for cell in different if separator in cell]
        if len(several) > most and _is_separator(separator, several, different):
            best, most = separator, len(several)
    return best


def value(key: str, cell: str) -> str:
    """Return a cell as the detail ``key`` keeps it; "" where it says nothing of it."""
    if key == "sex":
        plain = cell.casefold()
        return next((sex for sex, words in _SEX.items() if plain in words), "")
    if key == "age_band":
        return cell if _BAND.fullmatch(cell) else details.age_band(cell)
    return cell


def _is_separator(
    separator: str, several: Sequence[tuple[str, ...]], cells: set[str]
) -> bool:
    if separator in _SURE:
        return all(len(part) <= _WORDS_AT_MOST for parts in several for part in parts)
    places: dict[str, set[int]] = {}
    for parts in several:
        for place, part in enumerate(parts):
            places.setdefault(part, set()).add(place)
    known = sum(part in cells or len(at) > 1 for part, at in places.items())
    return 2 * known >= len(places)


def _inside_list(cell: str) -> str | None:
    return cell[1:-1] if cell[:1] == "[" and cell[-1:] == "]" else None
