"""UIDs of DICOM objects: read from a file, mapped for others, or made anew.

A mapped UID stands for the original everywhere that one key's exports go, so that two
of them still say that they are of one object; without the key nobody gets back from it,
nor can try out UIDs that he knows (PS3.15 E.3.9: UIDs replaced consistently). All are
UUIDs written as decimal numbers below 2.25 (PS3.5 B.2).
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, repr=False)
class SourceUids:
    """The UIDs of a DICOM object; to those who have them, they name a patient.

    It has no useful ``repr``, so that it cannot end up in a log by accident.

    Attributes:
        sop_class: SOP Class UID.
        instance: SOP Instance UID.
        series: Series Instance UID.
        study: Study Instance UID.
    """

    sop_class: str
    instance: str
    series: str
    study: str

    def __repr__(self) -> str:
        return "SourceUids(…)"


def new() -> str:
    """Return a UID that nobody has used."""
    return f"2.25.{uuid.uuid4().int}"


def mapped(uid: str, secret: bytes) -> str:
    """Return the UID that stands for another one outside.

    Args:
        uid: the original.
        secret: of whoever maps; the same secret gives the same UID.
    """
    digest = hmac.new(secret, f"uid {uid}".encode(), hashlib.sha256).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=4).int}"


def read(file: Path) -> SourceUids | None:
    """Return the UIDs of the DICOM object in a file; None where there are none.

    Only the head of the file is parsed; a file that is no DICOM object, or that lacks
    one of the UIDs, gives None, whatever is wrong with it.
    """
    from pydicom.filereader import dcmread

    wanted = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")
    try:
        with file.open("rb") as stream:
            head = dcmread(
                stream, stop_before_pixels=True, specific_tags=list(wanted), force=True
            )
        values = [str(head.get(name, "")).strip() for name in wanted]
    except Exception:  # noqa: BLE001  # pydicom raises all kinds on what is broken
        return None
    return SourceUids(*values) if all(values) else None
