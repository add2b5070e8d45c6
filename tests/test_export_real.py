"""Real DICOM files leave without whom they are of."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pydicom
import pytest
from conftest import SHARED_DATA

from medhash_gui import dicom_export, images, outgoing, picture_files
from medhash_gui.dicom import uids as dicom_uids
from medhash_gui.errors import UnreadableImageError
from medhash_gui.exporting import Origin
from medhash_gui.outgoing import Facts

FOLDER = SHARED_DATA / "dicom_dev"
SHORTEST = 4  # letters of a name that are no accident in a compressed file
MOST_PIXELS = 600_000


def told(file) -> set[bytes]:
    """What a file says of its patient in clear, as text and as UTF-16."""
    head = pydicom.dcmread(file, stop_before_pixels=True, force=True)
    values = {str(head.get(key, "")) for key in ("PatientName", "PatientID")}
    values |= {str(head.get(key, "")) for key in ("StudyInstanceUID", "SOPInstanceUID")}
    texts = {value for value in values if len(value) >= SHORTEST}
    return {text.encode(code) for text in texts for code in ("utf-8", "utf-16-le")}


def readable(most: int):
    found = 0
    for file in sorted(FOLDER.glob("files/**/*")):
        if not file.is_file() or found == most:
            continue
        data = file.read_bytes()
        try:
            decoded = images.decode(data, name="a", max_pixels=MOST_PIXELS)
        except UnreadableImageError:
            continue
        if dicom_uids.read(file) is not None:
            found += 1
            yield file, data, decoded


@pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the development images are not here: ../shared/data"
)
def test_no_export_of_a_real_object_holds_name_number_or_uids() -> None:
    checked = 0
    for file, data, decoded in readable(60):
        number = outgoing.number_of(images.content_digest(data))
        made = outgoing.prepare(decoded, Facts(number))
        made = replace(made, source=dicom_uids.read(file))
        now = datetime.datetime(2026, 11, 28)
        more = {"origin": Origin(), "made": now, "looked_at": True}
        files = {
            **picture_files.contents([made], **more),
            **dicom_export.contents([made], secret=b"s", has_keys=True, **more),
        }
        for name, content in files.items():
            for secret in told(file):
                assert secret not in content, (file.name, name)
        checked += 1

    assert checked >= 30
