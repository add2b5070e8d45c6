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
# Each multiplies the time by the depth of the folders; nobody's need more.
_MOST_DEPTHS = 2


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
        if folders.count("**") > _MOST_DEPTHS:
            message = f"The pattern {text!r} has ** more than {_MOST_DEPTHS} times."
            raise _refused(message)
        seen: list[str] = []
        expression = ""
        for number, folder in enumerate(folders, start=1):
            is_last = number == len(folders)
            if folder == "**":
                expression += ".+" if is_last else "(?:[^/]+/)*"
            else:
                part = _of_part(text, folder, seen, is_last=is_last)
                # A part that fits is not fitted in another way when a later one fails.
                expression += part if is_last else f"(?>{part}/)"
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
    if folder == "*":
        return "[^/]+"
    expression = open_one = ""
    for token in _TOKEN.finditer(folder):
        name, stars, letters, stray = token.groups(default="")
        if stray:
            message = f"The pattern {text!r} has a brace without its other half."
            raise _refused(message)
        if len(stars) > 1:
            message = f"In the pattern {text!r}, ** does not stand alone in a part."
            raise _refused(message)
        if letters:
            # The first place where the letters stand is the one, for good ("atomic"):
            # trying all places of several stars would take for ever.
            found = open_one + re.escape(letters)
            is_end = token.end() == len(folder)
            expression += found if is_end or not open_one else f"(?>{found})"
            open_one = ""
            continue
        if open_one:
            message = f"In the pattern {text!r}, nothing stands between two names."
            raise _refused(message)
        if name or not stars:
            _check_name(text, name, seen)
            seen.append(name)
        open_one = "[^/]*?" if stars else f"(?P<{name}>[^/]+?)"
    if is_last and folder.endswith("}"):
        # "{patient}" as the name of the file: "12.png" is patient 12.
        open_one += f"(?i:{PICTURE_ENDING})?"
    return expression + open_one


def _check_name(text: str, name: str, seen: list[str]) -> None:
    if name not in NAMES:
        known = ", ".join(f"{{{known}}}" for known in NAMES)
        message = f"The pattern {text!r} names {{{name}}}; there are {known}."
        raise _refused(message)
    if name in seen:
        message = f"The pattern {text!r} names {{{name}}} twice."
        raise _refused(message)


def _refused(message: str) -> SettingsError:
    return SettingsError(message, hint=_HINT)
