"""A decoding plugin for pydicom: 12-bit JPEG Extended through imagecodecs.

imagecodecs is optional (``medhash[codecs-12bit]``). The three names below are what
pydicom asks of a plugin:
https://pydicom.github.io/pydicom/stable/guides/decoding/decoder_plugins.html
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from pydicom import uid

DECODER_DEPENDENCIES = {uid.JPEGExtended12Bit: ("numpy", "imagecodecs")}


def is_available(syntax: str) -> bool:
    """Return whether this plugin decodes a transfer syntax here."""
    found = importlib.util.find_spec("imagecodecs") is not None
    return found and syntax in DECODER_DEPENDENCIES


def decode_frame(encoded: bytes, runner: Any) -> bytes:  # noqa: ANN401 - pydicom's
    """Return one decoded frame, colour by pixel, in the object's own word length.

    Colours are left as they are stored: pydicom, or MedHash, converts them.

    Raises:
        ValueError: imagecodecs finds no JPEG of the announced size.
    """
    # Imported for the first such frame: it brings dozens of codecs.
    imagecodecs = importlib.import_module("imagecodecs")
    # Read as the same colours as are written, whichever they are: nothing converted.
    colours = None if runner.samples_per_pixel == 1 else "YCBCR"
    values = imagecodecs.jpeg8_decode(
        encoded, colorspace=colours, outcolorspace=colours
    )
    if values.shape[:2] != (runner.rows, runner.columns):
        message = f"a frame of {values.shape}"
        raise ValueError(message)
    runner.set_option("planar_configuration", 0)
    decoded: bytes = values.astype(f"<u{runner.bits_allocated // 8}").tobytes()
    return decoded
