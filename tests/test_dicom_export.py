"""Captures and key objects are sound DICOM, and say nothing of where they are from."""

from __future__ import annotations

import datetime
import io
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom.tag import Tag
from test_burned_in import film

from medhash_gui import dicom_export, images, outgoing
from medhash_gui.dicom import uids as dicom_uids
from medhash_gui.dicom.uids import SourceUids
from medhash_gui.errors import ExportError
from medhash_gui.exporting import RESEARCH_USE, Origin
from medhash_gui.images import Decoded
from medhash_gui.outgoing import Facts
from medhash_gui.query_box import QueryBox

MADE = datetime.datetime(2026, 11, 28, 22, 50, 1)
ORIGIN = Origin(model_id="m" * 16, library="b" * 16)
SECRET = b"secret"
SOURCE = SourceUids("1.2.840.10008.5.1.4.1.1.1.1", "1.2.3.4.5", "1.2.3.4", "1.2.3")

# PS3.3, the modules of both objects: attributes of type 1 (a value) and 2 (may be
# empty), and those of type 1C and 2C whose condition holds here.
PATIENT = {"PatientName": 2, "PatientID": 2, "PatientBirthDate": 2, "PatientSex": 2}
STUDY = {
    "StudyInstanceUID": 1, "StudyDate": 2, "StudyTime": 2, "StudyID": 2,
    "ReferringPhysicianName": 2, "AccessionNumber": 2,
}  # fmt: skip
SOP = {"SOPClassUID": 1, "SOPInstanceUID": 1, "SpecificCharacterSet": 1}
DEIDENTIFIED = {
    "PatientIdentityRemoved": 1, "DeidentificationMethod": 1,
    "DeidentificationMethodCodeSequence": 1,
    "LongitudinalTemporalInformationModified": 1,
}  # fmt: skip
CAPTURE = {
    **PATIENT, **STUDY, **SOP, **DEIDENTIFIED,
    "Modality": 1, "SeriesInstanceUID": 1, "SeriesNumber": 2, "Laterality": 2,
    "ConversionType": 1, "InstanceNumber": 2, "PatientOrientation": 2,
    "ContentDate": 2, "ContentTime": 2, "ImageType": 1, "BurnedInAnnotation": 1,
    "SamplesPerPixel": 1, "PhotometricInterpretation": 1, "Rows": 1, "Columns": 1,
    "BitsAllocated": 1, "BitsStored": 1, "HighBit": 1, "PixelRepresentation": 1,
    "PixelData": 1,
}  # fmt: skip
KEYS = {
    **PATIENT, **STUDY, **SOP, **DEIDENTIFIED,
    "Modality": 1, "SeriesInstanceUID": 1, "SeriesNumber": 1,
    "ReferencedPerformedProcedureStepSequence": 2, "Manufacturer": 2,
    "InstanceNumber": 1, "ContentDate": 1, "ContentTime": 1,
    "CurrentRequestedProcedureEvidenceSequence": 1, "ValueType": 1,
    "ConceptNameCodeSequence": 1, "ContinuityOfContent": 1,
    "ContentTemplateSequence": 1, "ContentSequence": 1,
}  # fmt: skip


def grey(source: SourceUids | None = None) -> outgoing.OutgoingPicture:
    facts = Facts("3f2a91c04b7d", role="query")
    made = outgoing.prepare(Decoded(film(31, 33), 0, 1), facts)
    return replace(made, source=source)


def colour(source: SourceUids | None = None) -> outgoing.OutgoingPicture:
    facts = Facts(
        "0badcafe0000", role="hit", rank=1, case="P-12", labels=("肺炎",), distance=3
    )
    decoded = Decoded(np.dstack([film(40, 50)] * 3), 0, 1)
    made = outgoing.prepare(decoded, facts, masks=[QueryBox(2, 3, 10, 5)])
    return replace(made, source=source)


def exported(*pictures, **more) -> dict[str, pydicom.Dataset]:
    made = dicom_export.contents(
        pictures, origin=ORIGIN, made=MADE, secret=SECRET, looked_at=True, **more
    )
    return {name: pydicom.dcmread(io.BytesIO(data)) for name, data in made.items()}


def test_both_objects_have_what_their_modules_ask_for() -> None:
    files = exported(grey(SOURCE), colour(), has_keys=True)

    for name, made in files.items():
        wanted = KEYS if name.startswith("key") else CAPTURE
        for keyword, kind in wanted.items():
            assert keyword in made, f"{name} lacks {keyword}"
            if kind == 1 and keyword != "PixelData":
                assert made.data_element(keyword).value not in ("", None, []), keyword
    captures = [made for name, made in files.items() if not name.startswith("key")]
    assert captures[1].PlanarConfiguration == 0


def test_pictures_come_back_as_they_were_sent() -> None:
    pictures = grey(), colour()

    for picture, made in zip(pictures, exported(*pictures).values(), strict=True):
        stream = io.BytesIO()
        made.save_as(stream, enforce_file_format=True)
        again = images.decode(stream.getvalue(), name="again.dcm").pixels
        np.testing.assert_array_equal(np.rint(again * 255), picture.pixels)


def test_objects_state_that_they_are_de_identified() -> None:
    for made in exported(grey(), colour(), has_keys=True).values():
        codes = [item.CodeValue for item in made.DeidentificationMethodCodeSequence]
        assert codes == ["113100", "113101"]
        assert made.PatientIdentityRemoved == "YES"
        assert made.LongitudinalTemporalInformationModified == "REMOVED"
    capture = exported(grey())["query-3f2a91c04b7d.dcm"]
    assert capture.BurnedInAnnotation == "NO"
    assert RESEARCH_USE in capture.ImageComments
    assert ORIGIN.model_id in capture.ImageComments
    assert ORIGIN.library in capture.ImageComments


def test_captures_stand_in_one_new_series_of_nobody() -> None:
    files = exported(grey(SOURCE), colour(SOURCE))
    again = exported(grey(SOURCE))

    assert len({made.SeriesInstanceUID for made in files.values()}) == 1
    assert len({made.StudyInstanceUID for made in files.values()}) == 1
    assert len({made.SOPInstanceUID for made in files.values()}) == 2
    first = next(iter(files.values()))
    assert first.StudyInstanceUID != next(iter(again.values())).StudyInstanceUID
    assert str(first.PatientName) == dicom_export.PATIENT_NAME
    assert first.PatientID == "MEDHASH-3f2a91c04b7d"


def test_sources_are_pointed_to_by_mapped_uids_alone() -> None:
    first = exported(grey(SOURCE))["query-3f2a91c04b7d.dcm"]
    second = exported(grey(SOURCE))["query-3f2a91c04b7d.dcm"]

    (item,) = first.SourceImageSequence
    (same,) = second.SourceImageSequence
    assert item.ReferencedSOPInstanceUID == same.ReferencedSOPInstanceUID
    assert dicom_uids.mapped(SOURCE.instance, b"another") != (
        item.ReferencedSOPInstanceUID
    )
    for uid in (SOURCE.instance, SOURCE.series, SOURCE.study):
        assert uid not in str(first)


def test_no_element_is_there_that_was_not_made_here() -> None:
    allowed = {
        Tag(pydicom.datadict.tag_for_keyword(word))
        for word in (
            *CAPTURE, "DateOfSecondaryCapture", "TimeOfSecondaryCapture",
            "SecondaryCaptureDeviceManufacturer", "Manufacturer",
            "SecondaryCaptureDeviceManufacturerModelName", "SoftwareVersions",
            "SecondaryCaptureDeviceSoftwareVersions", "ManufacturerModelName",
            "SeriesDescription", "StudyDescription", "DerivationDescription",
            "ImageComments", "SourceImageSequence", "InstanceCreationDate",
            "InstanceCreationTime", "PlanarConfiguration",
        )
    }  # fmt: skip

    for made in exported(grey(SOURCE), colour()).values():
        assert {element.tag for element in made} <= allowed


def test_key_objects_choose_the_captures() -> None:
    files = exported(grey(SOURCE), colour(), has_keys=True)

    keys = files.pop("key-objects-of-3f2a91c04b7d.dcm")
    chosen = [
        item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        for item in keys.ContentSequence
        if item.ValueType == "IMAGE"
    ]
    assert chosen == [made.SOPInstanceUID for made in files.values()]
    (study,) = keys.CurrentRequestedProcedureEvidenceSequence
    (series,) = study.ReferencedSeriesSequence
    assert study.StudyInstanceUID == keys.StudyInstanceUID
    (capture_series,) = {made.SeriesInstanceUID for made in files.values()}
    assert series.SeriesInstanceUID == capture_series != keys.SeriesInstanceUID
    assert RESEARCH_USE in keys.ContentSequence[0].TextValue


def test_original_uids_go_along_on_request_one_file_a_study() -> None:
    other = replace(SOURCE, study="1.9.8", series="1.9.8.7", instance="1.9.8.7.6")
    files = exported(grey(SOURCE), colour(other), has_keys=True, keeps_uids=True)

    keys = [made for name, made in files.items() if name.startswith("key")]
    assert [made.StudyInstanceUID for made in keys] == [SOURCE.study, "1.9.8"]
    for made, source in zip(keys, (SOURCE, other), strict=True):
        (study,) = made.CurrentRequestedProcedureEvidenceSequence
        (instance,) = study.ReferencedSeriesSequence[0].ReferencedSOPSequence
        assert instance.ReferencedSOPInstanceUID == source.instance
        assert made.DeidentificationMethodCodeSequence[-1].CodeValue == "113110"
        assert made.SeriesInstanceUID != source.series


def test_original_uids_of_no_dicom_object_are_refused() -> None:
    with pytest.raises(ExportError, match="0badcafe0000 is from no DICOM object"):
        exported(grey(SOURCE), colour(), has_keys=True, keeps_uids=True)


def test_nobody_having_looked_there_is_no_object() -> None:
    with pytest.raises(ExportError, match="no letters") as failure:
        dicom_export.contents(
            [grey()], origin=ORIGIN, made=MADE, secret=SECRET, looked_at=False
        )
    assert "Look at every picture" in failure.value.hint


def test_side_by_side_is_one_capture() -> None:
    files = exported(grey(), colour(), is_beside=True)

    (made,) = files.values()
    assert (made.Rows, made.SamplesPerPixel) == (40, 3)


def test_uids_are_read_from_dicom_files_alone(tmp_path) -> None:
    files = dicom_export.contents(
        [grey()], origin=ORIGIN, made=MADE, secret=SECRET, looked_at=True
    )
    (name,) = files
    (tmp_path / "a.dcm").write_bytes(files[name])
    (tmp_path / "b.png").write_bytes(outgoing.png(grey().pixels))
    (tmp_path / "cut.dcm").write_bytes(files[name][:200])

    read = dicom_uids.read(tmp_path / "a.dcm")
    assert read is not None
    assert read.sop_class == dicom_export.SECONDARY_CAPTURE
    assert read.instance not in repr(read)
    for other in ("b.png", "cut.dcm", "missing.dcm"):
        assert dicom_uids.read(tmp_path / other) is None


@pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="dciodvfy (Debian's dicom3tools) is absent"
)
@pytest.mark.parametrize(
    "more",
    [{"has_keys": True}, {"has_keys": True, "keeps_uids": True}, {"is_beside": True}],
)
def test_an_independent_checker_finds_no_error(tmp_path, more) -> None:
    pictures = grey(SOURCE), colour(replace(SOURCE, study="1.9.8", instance="1.9.8.7"))
    files = dicom_export.contents(
        pictures, origin=ORIGIN, made=MADE, secret=SECRET, looked_at=True, **more
    )

    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        command = ["dciodvfy", "-new", str(tmp_path / name)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        said = ran.stdout + ran.stderr
        # Which side it is of nobody knows, and that is what an empty value says.
        said = "\n".join(line for line in said.splitlines() if "Laterality" not in line)
        kind = "KeyObject" if name.startswith("key") else "SCImage"
        assert kind in said
        assert "Error" not in said, said
        if not more.get("keeps_uids"):  # of another's study the date is not told
            assert "Warning" not in said, said
