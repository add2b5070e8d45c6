"""Ask an encoded frame what its decoder will do with it.

Whether it hands out RGB, whatever the header says, and whether it will come to an end.
Decoders undo the colour transform that a codestream declares, and a header that still
announces luminance and chroma would then have it undone twice: colours turn violet and
green. What counts is in the main header of the stream.
"""

from __future__ import annotations


def jpeg_gives_rgb(frame: bytes) -> bool:
    """Return whether Pillow decodes a JPEG of three components to RGB.

    It does where Adobe's marker APP14 (ITU-T T.872 6.5.3) tells of the colours; without
    the marker pydicom has it leave them alone. Markers with a length follow the start
    of the image (ITU-T T.81 B.1.1.3) until the scan begins.

    Args:
        frame: the JPEG stream.
    """
    place = 2
    while (marker := frame[place : place + 2]).startswith(b"\xff"):
        if marker == b"\xff\xda":  # start of scan
            break
        if marker == b"\xff\xee" and frame[place + 4 : place + 9] == b"Adobe":
            return True
        place += 2 + int.from_bytes(frame[place + 2 : place + 4], "big")
    return False


def jpeg_2000_gives_rgb(frame: bytes) -> bool:
    """Return whether a JPEG 2000 codestream has its own colour transform.

    The marker COD says so in the byte for the multiple component transformation (ITU-T
    T.800 A.6.1, Table A.17), and every decoder undoes it.

    Args:
        frame: the codestream.
    """
    place = 2
    while (marker := frame[place : place + 2]).startswith(b"\xff"):
        if marker == b"\xff\x90":  # start of tile
            break
        if marker == b"\xff\x52":
            # After marker and length: style, progression, two bytes of layers.
            return frame[place + 8 : place + 9] == b"\x01"
        place += 2 + int.from_bytes(frame[place + 2 : place + 4], "big")
    return False


def check_boxes(frame: bytes) -> None:
    """Refuse a JPEG 2000 frame whose boxes do not lead to a codestream.

    Frames should be bare codestreams (PS3.5 A.4.4), but some are whole JP2 files.
    WORKAROUND pydicom 3.0.2: ``get_j2k_parameters`` follows their boxes for ever where
    one has the length 0, which says that it is the last one (ITU-T T.800 I.4).

    Args:
        frame: the codestream or JP2 file.

    Raises:
        ValueError: the last box comes before any codestream.
    """
    if not frame.startswith(b"\x00\x00\x00\x0cjP  "):
        return
    place = 12
    while place < len(frame) and frame[place + 4 : place + 8] != b"jp2c":
        length = int.from_bytes(frame[place : place + 4], "big")
        if length == 0:
            message = "a JP2 file without a codestream"
            raise ValueError(message)
        place += length


def check_segments(frame: bytes) -> None:
    """Refuse a JPEG frame whose header its decoder would stumble over.

    WORKAROUND GDCM 3.2.6: what its decoder of JPEG Lossless only warns of (bytes that
    belong to no segment, an unknown revision of JFIF) ends the process, by a C++
    exception that nobody catches, and a depth that no JPEG has, by a wrong address. The
    segments from the start of the image to the scan are to follow each other (ITU-T
    T.81 B.1.1), and the frame header to say 2 to 16 bits (B.2.2).

    Args:
        frame: the JPEG stream.

    Raises:
        ValueError: a segment is missing or wrong, or something lies between two.
    """
    place = 2
    while frame[place : place + 1] == b"\xff" and place + 10 <= len(frame):
        code, content = frame[place + 1], frame[place + 4 : place + 10]
        if code == 0xFF:  # markers may be preceded by any number of these
            place += 1
            continue
        is_frame = 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC)
        if (
            code < 0xC0
            or 0xD0 <= code <= 0xD9  # these have no length
            or (is_frame and not 2 <= content[0] <= 16)
            or (code == 0xE0 and content[:5] == b"JFIF\0" and content[5] != 1)
        ):
            break
        if code == 0xDA:  # start of scan
            return
        place += 2 + int.from_bytes(frame[place + 2 : place + 4], "big")
    message = "a JPEG stream whose segments do not follow each other"
    raise ValueError(message)
