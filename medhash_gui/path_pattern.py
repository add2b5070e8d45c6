"""Read from folders and names what a pattern such as ``{label}/**`` takes from them.

A pattern is written like the paths it describes, relative to the indexed folder.
``{patient}``, ``{case}`` and ``{label}`` take a part of the path, or as little of one
as the text behind them allows; ``*`` is one part or the rest of one, ``**`` any number
of folders, or everything at the end.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from medhash_gui.errors import SettingsError

NAMES = ("patient", "case", "label")
"""What a pattern can take from a path."""

PICTURE_ENDING = r"\.(?:png|jpe?g|jfif|tiff?|bmp|webp|gif|dcm|dicom|ima|jp2|j2k|pgm)"
"""Endings that are no part of a picture's name, as a regular expression."""

_TOKEN = re.compile(r"\{([^{}]*)\}|(\*+)|([^{}*]+)|([{}])")
_HINT = "Write it like {patient}/{case}/* or {label}/**; * stands for any name."
# Each makes the search longer; nobody's folders need more.
_MOST_STARS = 12


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A pattern of paths.

    Attributes:
        text: the pattern as the user wrote it.
    """

    text: str
    _parts: re.Pattern[str] = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> PathPattern:
        """Return the pattern that a text writes.

        Raises:
            SettingsError: it is empty, takes nothing from a path, names something
                unknown or twice, or cannot be read.
        """
        plain = unicodedata.normalize("NFC", text.strip()).replace("\\", "/")
        plain = plain.removeprefix("./")
        if not plain:
            message = "The pattern of the folders is empty."
            raise _refused(message)
        if plain.startswith("/") or re.match(r"[A-Za-z]:/", plain):
            message = f"The pattern {text!r} begins at the root of a drive."
            hint = f"Write it from the indexed folder on. {_HINT}"
            raise SettingsError(message, hint=hint)
        folders = plain.split("/")
        if "" in folders:
            message = f"The pattern {text!r} has a part without a name."
            raise _refused(message)
        if plain.count("*") > _MOST_STARS:
            message = f"The pattern {text!r} has more than {_MOST_STARS} stars."
            raise _refused(message)
        seen: list[str] = []
        expression = ""
        for number, folder in enumerate(folders, start=1):
            is_last = number == len(folders)
            if folder == "**":
                expression += ".+" if is_last else "(?:[^/]+/)*"
            else:
                expression += _of_part(text, folder, seen, is_last=is_last)
                expression += "" if is_last else "/"
        if not seen:
            message = f"The pattern {text!r} takes nothing from a path."
            raise _refused(message)
        return cls(text.strip(), re.compile(expression, re.DOTALL))

    def parts_of(self, path: str) -> dict[str, str]:
        """Return what the pattern takes from a path; {} where it does not fit.

        Args:
            path: POSIX, relative to the indexed folder.

        Returns:
            Texts by "patient", "case" and "label", as far as the pattern has them.
        """
        found = self._parts.fullmatch(unicodedata.normalize("NFC", path))
        return found.groupdict() if found is not None else {}

    def __str__(self) -> str:
        return self.text


def without_ending(path: str) -> str:
    """Return a path without the ending of a picture file; others stay as they are."""
    return _ending().sub("", path)


@lru_cache
def _ending() -> re.Pattern[str]:
    return re.compile(PICTURE_ENDING + r"\Z", re.IGNORECASE)


def _of_part(text: str, folder: str, seen: list[str], *, is_last: bool) -> str:
    """Return the regular expression of one part between two slashes."""
    expression = ""
    name_before = False
    for name, stars, letters, stray in _TOKEN.findall(folder):
        if stray:
            message = f"The pattern {text!r} has a brace without its other half."
            raise _refused(message)
        if stars:
            if len(stars) > 1:
                message = f"In the pattern {text!r}, ** does not stand alone in a part."
                raise _refused(message)
            expression += "[^/]+" if folder == "*" else "[^/]*"
        elif letters:
            expression += re.escape(letters)
        else:
            _check_name(text, name, seen, name_before=name_before)
            seen.append(name)
            expression += f"(?P<{name}>[^/]+?)"
        name_before = not (stars or letters)
    if is_last and name_before:
        # "{patient}" as the name of the file: "12.png" is patient 12.
        expression += f"(?i:{PICTURE_ENDING})?"
    return expression


def _check_name(text: str, name: str, seen: list[str], *, name_before: bool) -> None:
    if name not in NAMES:
        known = ", ".join(f"{{{known}}}" for known in NAMES)
        message = f"The pattern {text!r} names {{{name}}}; there are {known}."
        raise _refused(message)
    if name in seen:
        message = f"The pattern {text!r} names {{{name}}} twice."
        raise _refused(message)
    if name_before:
        message = f"In the pattern {text!r}, nothing stands between two names."
        raise _refused(message)


def _refused(message: str) -> SettingsError:
    return SettingsError(message, hint=_HINT)
