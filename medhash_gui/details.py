"""What a library keeps of a picture's header and table row: one declared list.

``KEPT`` is the whole list, shown to the user as it stands; nothing else of a header is
kept, and no name, date or identifier in clear is on it. Details travel as sorted pairs
of key and text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Details = tuple[tuple[str, str], ...]
"""Pairs of a key of ``KEPT`` and a text, sorted by key, without empty texts."""

MOST_CHARACTERS = 64
"""A longer value of a header is cut; report texts may be longer."""

MOST_REPORT_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry of the declared list: key, label for people, and where it is from."""

    key: str
    label: str
    source: str


KEPT: tuple[Kept, ...] = (
    Kept("modality", "Modality", "Modality (0008,0060)"),
    Kept("body_part", "Body part", "Body Part Examined (0018,0015)"),
    Kept("view", "View", "View Position (0018,5101)"),
    Kept(
        "laterality", "Side", "Image Laterality (0020,0062) or Laterality (0020,0060)"
    ),
    Kept("sex", "Sex", "Patient's Sex (0010,0040), F, M or O"),
    Kept("age_band", "Age, ten-year band", "Patient's Age (0010,1010), 90+ as one"),
    Kept("maker", "Maker of the device", "Manufacturer (0008,0070)"),
    Kept("device", "Device", "Manufacturer's Model Name (0008,1090)"),
    Kept("series", "Series, as a keyed hash", "Series Instance UID (0020,000E)"),
    Kept("frames", "Frames in the file", "Number of Frames (0028,0008), or pages"),
    Kept("identifying", "Names of identifying elements", "which are filled in"),
    Kept("text", "Text in the picture", "declared in the header, or a guess"),
    Kept("path_names", "Path names the patient", "id or name found in the path"),
    Kept("report", "Report text", "a column of the table"),
    Kept("confirmed_by", "How the label was confirmed", "a column of the table"),
)

KEYS = frozenset(kept.key for kept in KEPT)

TABLE_KEYS = ("modality", "body_part", "view", "laterality", "sex", "age_band",
              "maker", "device", "report", "confirmed_by")  # fmt: skip
"""Keys that a table of labels can give, too."""

BY_HAND = "by hand"
"""How a label was confirmed that a person gave, whatever a table says of another."""

_AGE = re.compile(r"\s*(\d{1,3})\s*([DWMY]?)\s*", re.IGNORECASE)


def collect(values: Mapping[str, str] | Iterable[tuple[str, str]]) -> Details:
    """Return details in their canonical form: sorted, one line, cut, none empty.

    Raises:
        KeyError: a key is not on the declared list.
    """
    kept: dict[str, str] = {}
    for key, text in dict(values).items():
        if key not in KEYS:
            raise KeyError(key)
        most = MOST_REPORT_CHARACTERS if key == "report" else MOST_CHARACTERS
        if key not in ("report", "identifying"):
            text = " ".join(text.split())
        text = text.strip() if key == "identifying" else text.strip()[:most]
        if text:
            kept[key] = text
    return tuple(sorted(kept.items()))


def merge(first: Details, second: Details) -> Details:
    """Return both; where both speak of a key, the second has the word."""
    return tuple(sorted({**dict(first), **dict(second)}.items()))


def as_text(details: Details) -> str:
    """Return details as one line of JSON; "" for none."""
    return json.dumps(dict(details), separators=(",", ":")) if details else ""


def from_text(text: str) -> Details:
    """Return the details of ``as_text``; what is not on the declared list is left out.

    Raises:
        ValueError: it is no JSON object of texts.
    """
    if not text:
        return ()
    values = json.loads(text)
    if not isinstance(values, dict) or not all(
        isinstance(value, str) for value in values.values()
    ):
        message = "details that are no object of texts"
        raise ValueError(message)
    return tuple(sorted((key, text) for key, text in values.items() if key in KEYS))


def age_band(age: str) -> str:
    """Return the ten-year band of an age such as "058Y", "18M", "7" or "63.0".

    Years without a unit; ages of 90 and more are one band, since few people reach them
    (as the Safe Harbor rule of HIPAA has it). "" where it is no age.
    """
    found = _AGE.fullmatch(age.partition(".")[0] if "." in age else age)
    if found is None:
        return ""
    number, unit = int(found[1]), found[2].upper()
    years = number // {"D": 365, "W": 52, "M": 12}.get(unit, 1)
    if years > 130:
        return ""
    first = years // 10 * 10
    return "90+" if first >= 90 else f"{first}-{first + 9}"
