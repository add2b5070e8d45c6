"""Note the colour profile or gamma that a picture carries; neither is applied.

Values are taken as stored, as the pictures were from which models have learnt: a grey
profile that an editor has attached to a film would change its greys, and the same film
without it would get another code. So that nobody is misled, a profile other than sRGB,
and a gamma other than that of screens, is noted (ICC.1:2022, 9.2.41; PNG 3, 11.3.2).
"""

from __future__ import annotations

import struct

from PIL import Image

from medhash_gui.tiff_pages import Page

_SCREEN_GAMMA = (0.44, 0.47)  # 1 / 2.2 and thereabouts
_MOST_NAME = 60


def of_picture(image: Image.Image) -> list[str]:
    """Return the notes on a picture that Pillow has loaded."""
    profile = image.info.get("icc_profile")
    notes = _of_profile(profile) if isinstance(profile, bytes) else []
    gamma = image.info.get("gamma")
    if (
        isinstance(gamma, float)
        and not profile
        and "srgb" not in image.info
        and not _SCREEN_GAMMA[0] <= gamma <= _SCREEN_GAMMA[1]
    ):
        notes.append(f"Its gamma ({gamma:.3g}) is not applied: values are as stored.")
    return notes


def of_page(page: Page) -> list[str]:
    """Return the notes on a page of a TIFF."""
    profile = page.raw(34675)
    return _of_profile(profile) if profile else []


def _of_profile(profile: bytes) -> list[str]:
    name = profile_name(profile)
    if "srgb" in name.lower():
        return []
    shown = f" ({name})" if name else ""
    return [f"Its colour profile{shown} is not applied: values are as stored."]


def profile_name(profile: bytes) -> str:
    """Return the description of an ICC profile, "" where there is none to be read."""
    try:
        (count,) = struct.unpack_from(">I", profile, 128)
        for number in range(min(count, 100)):
            tag, place, size = struct.unpack_from(">4sII", profile, 132 + 12 * number)
            if tag == b"desc":
                return _description(profile[place : place + size])
    except (struct.error, UnicodeDecodeError):
        return ""
    return ""


def _description(element: bytes) -> str:
    if element[:4] == b"mluc":
        size, place = struct.unpack_from(">II", element, 20)
        text = element[place : place + size].decode("utf-16-be")
    else:
        (size,) = struct.unpack_from(">I", element, 8)
        text = element[12 : 12 + size].decode("ascii")
    words = " ".join(text.replace("\0", "").split())
    return "".join(letter for letter in words if letter.isprintable())[:_MOST_NAME]
