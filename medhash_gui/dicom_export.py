"""Outgoing pictures as DICOM: Secondary Captures, and the Key Objects that choose them.

A new study with one new series of captures, and one of a Key Object Selection; nothing
is copied from the header of a source. What PS3.15 asks of a de-identified object is
stated: the profile of Table E.1-1 and the Clean Pixel Data option by their codes (CID
7050), no dates but those of the making, UIDs made anew, and what points back to a
source mapped by a key (Source Image Sequence). The patient of the new study is no
person but the set of similar cases: pictures of several people never get one's name.

Original UIDs go along only on request. Then a Key Object Selection for each original
study points to the source objects themselves, to be sent back to the archive that has
them.

References:
    PS3.3 A.8 (Secondary Capture Image), A.35.4 (Key Object Selection Document), C.12.1;
    PS3.15 E.1 and E.3; PS3.16 TID 2010, CID 7010, CID 7050.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medhash_gui import outgoing, picture_files
from medhash_gui.dicom import uids as dicom_uids
from medhash_gui.errors import ExportError
from medhash_gui.exporting import Origin
from medhash_gui.outgoing import Facts, OutgoingPicture, Shown

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from medhash_gui.dicom.uids import SourceUids

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
PATIENT_NAME = "MedHash^Similar cases"

_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_IMPLEMENTATION = "2.25.263184702598337061928311461257318406625"
_SECONDS = "%H%M%S"

_PROFILE = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113101", "Clean Pixel Data Option"),
)
_KEEPS_UIDS = ("113110", "Retain UIDs Option")
_FOR_RESEARCH = ("113009", "For Research")
_DESCRIPTION = ("113012", "Key Object Description")


@dataclass(frozen=True, slots=True)
class _Making:
    """What all objects of one export have in common."""

    origin: Origin
    made: datetime.datetime
    patient_id: str
    study: str


def contents(
    pictures: Sequence[OutgoingPicture],
    *,
    origin: Origin,
    made: datetime.datetime,
    secret: bytes,
    with_map: bool = False,
    is_beside: bool = False,
    has_keys: bool = False,
    keeps_uids: bool = False,
    looked_at: bool,
) -> dict[str, bytes]:
    """Return the DICOM files of an export, by name.

    Args:
        pictures: what is exported; at least one.
        origin: what they are made with.
        made: local time.
        secret: maps the UIDs of sources.
        with_map: whether maps lie over them, where there are some.
        is_beside: whether all stand side by side in one capture.
        has_keys: whether a Key Object Selection goes with them.
        keeps_uids: whether it is of the source objects, by their original UIDs.
        looked_at: whether a person saw that nothing in them names anybody.

    Raises:
        ExportError: nobody has looked, there is no picture, or original UIDs are
            wanted of pictures that are from no DICOM object.
    """
    if not looked_at:
        # BurnedInAnnotation NO and Clean Pixel Data are statements of a person.
        msg = "A DICOM object says that no letters in it name anybody."
        hint = "Look at every picture, mask what does, and say so (--looked-at)."
        raise ExportError(msg, hint=hint)
    picture_files.check(pictures, looked_at=looked_at)
    first = pictures[0].facts
    making = _Making(origin, made, f"MEDHASH-{first.number}", dicom_uids.new())
    files: dict[str, bytes] = {}
    series = dicom_uids.new()
    captures: list[Dataset] = []
    shown = [(one.facts, one.shown(with_map=with_map), [one]) for one in pictures]
    if is_beside:
        shown = [(*outgoing.beside(pictures, with_map=with_map), list(pictures))]
    for number, (facts, pixels, of) in enumerate(shown, 1):
        capture = _capture(making, facts, pixels, of, series, number, secret)
        captures.append(capture)
        files[f"{facts.name}.dcm"] = _file(capture)
    if has_keys and keeps_uids:
        for number, (study, sources) in enumerate(_by_study(pictures).items(), 1):
            name = f"key-objects-of-{first.number}-{number}.dcm"
            files[name] = _file(_original_keys(making, study, sources))
    elif has_keys:
        refs = [(making.study, series, c.SOPClassUID, c.SOPInstanceUID)
                for c in captures]  # fmt: skip
        files[f"key-objects-of-{first.number}.dcm"] = _file(
            _key_objects(making, making.study, refs)
        )
    return files


# ------------------------------------------------------------------ the two objects
def _capture(
    making: _Making,
    facts: Facts,
    pixels: Shown,
    of: Sequence[OutgoingPicture],
    series: str,
    number: int,
    secret: bytes,
) -> Dataset:
    """Return a Secondary Capture (PS3.3 A.8.1)."""
    made = _common(making, SECONDARY_CAPTURE, making.study, profile=_PROFILE)
    made.Modality = "OT"
    made.SeriesInstanceUID = series
    made.SeriesNumber = 1
    made.SeriesDescription = "Similar cases, research use only"
    made.Laterality = ""
    made.ConversionType = "WSD"
    made.DateOfSecondaryCapture = made.ContentDate
    made.TimeOfSecondaryCapture = made.ContentTime
    made.SecondaryCaptureDeviceManufacturer = "MedHash"
    made.SecondaryCaptureDeviceManufacturerModelName = "MedHash"
    made.SecondaryCaptureDeviceSoftwareVersions = making.origin.program
    made.InstanceNumber = number
    made.PatientOrientation = ""
    made.ImageType = ["DERIVED", "SECONDARY"]
    made.BurnedInAnnotation = "NO"
    made.DerivationDescription = _how(of, making.origin)
    made.ImageComments = _comment(facts, making.origin)
    sources = [one.source for one in of if one.source is not None]
    if sources:
        made.SourceImageSequence = [
            _reference(one.sop_class, dicom_uids.mapped(one.instance, secret))
            for one in sources
        ]
    _set_pixels(made, pixels)
    return made


def _key_objects(
    making: _Making,
    study: str,
    refs: Sequence[tuple[str, str, str, str]],
    *,
    keeps_uids: bool = False,
) -> Dataset:
    """Return a Key Object Selection of study, series, class and instance UIDs."""
    profile = (*_PROFILE, _KEEPS_UIDS) if keeps_uids else _PROFILE
    made = _common(making, KEY_OBJECTS, study, profile=profile)
    made.Modality = "KO"
    made.SeriesInstanceUID = dicom_uids.new()
    made.SeriesNumber = 2
    made.SeriesDescription = "Chosen similar cases, research use only"
    made.ReferencedPerformedProcedureStepSequence = []
    made.InstanceNumber = 1
    made.ValueType = "CONTAINER"
    made.ConceptNameCodeSequence = [_code(*_FOR_RESEARCH)]
    made.ContinuityOfContent = "SEPARATE"
    template = _item(MappingResource="DCMR", TemplateIdentifier="2010")
    made.ContentTemplateSequence = [template]
    made.CurrentRequestedProcedureEvidenceSequence = _evidence(refs)
    said = _item(
        RelationshipType="CONTAINS",
        ValueType="TEXT",
        ConceptNameCodeSequence=[_code(*_DESCRIPTION)],
        TextValue=f"Chosen hits of a search. {_made_with(making.origin)}",
    )
    chosen = [
        _item(
            RelationshipType="CONTAINS",
            ValueType="IMAGE",
            ReferencedSOPSequence=[_reference(sop_class, instance)],
        )
        for _, _, sop_class, instance in refs
    ]
    made.ContentSequence = [said, *chosen]
    return made


def _original_keys(
    making: _Making, study: str, sources: Sequence[SourceUids]
) -> Dataset:
    refs = [(one.study, one.series, one.sop_class, one.instance) for one in sources]
    return _key_objects(making, study, refs, keeps_uids=True)


def _by_study(pictures: Sequence[OutgoingPicture]) -> dict[str, list[SourceUids]]:
    found: dict[str, list[SourceUids]] = {}
    for picture in pictures:
        if picture.source is None:
            msg = f"Picture {picture.facts.number} is from no DICOM object."
            hint = "Leave it out, or leave the original UIDs out."
            raise ExportError(msg, hint=hint)
        same = found.setdefault(picture.source.study, [])
        if all(one.instance != picture.source.instance for one in same):
            same.append(picture.source)
    return found


# --------------------------------------------------------------------------- parts
def _common(
    making: _Making,
    sop_class: str,
    study: str,
    *,
    profile: Sequence[tuple[str, str]],
) -> Dataset:
    """Return the modules Patient, General Study, Equipment and SOP Common."""
    from pydicom.dataset import Dataset

    made, origin = Dataset(), making.origin
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID = sop_class
    made.SOPInstanceUID = dicom_uids.new()
    made.InstanceCreationDate = made.ContentDate = making.made.strftime("%Y%m%d")
    made.InstanceCreationTime = made.ContentTime = making.made.strftime(_SECONDS)
    made.PatientName = PATIENT_NAME
    made.PatientID = making.patient_id
    made.PatientBirthDate = ""
    made.PatientSex = ""
    made.PatientIdentityRemoved = "YES"
    made.DeidentificationMethod = [
        f"{origin.program}: a new object, nothing of a header",
        "PS3.15 Basic Profile, Clean Pixel Data by a person",
    ]
    made.DeidentificationMethodCodeSequence = [_code(*one) for one in profile]
    made.LongitudinalTemporalInformationModified = "REMOVED"
    made.StudyInstanceUID = study
    # A study of somebody else's has dates that are not told here.
    is_own = study == making.study
    made.StudyDate = made.ContentDate if is_own else ""
    made.StudyTime = made.ContentTime if is_own else ""
    made.StudyID = "MEDHASH" if is_own else ""
    made.AccessionNumber = ""
    made.ReferringPhysicianName = ""
    made.StudyDescription = "Similar cases, research use only"
    made.Manufacturer = "MedHash"
    made.ManufacturerModelName = "MedHash"
    made.SoftwareVersions = origin.program
    return made


def _set_pixels(made: Dataset, pixels: Shown) -> None:
    rows, columns = pixels.shape[:2]
    colour = pixels.ndim == 3
    made.SamplesPerPixel = 3 if colour else 1
    made.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        made.PlanarConfiguration = 0
    made.Rows, made.Columns = rows, columns
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit = 7
    made.PixelRepresentation = 0
    data = pixels.tobytes()
    made.add_new("PixelData", "OB", data + b"\0" * (len(data) % 2))


def _evidence(refs: Sequence[tuple[str, str, str, str]]) -> list[Dataset]:
    studies: dict[str, dict[str, list[Dataset]]] = {}
    for study, series, sop_class, instance in refs:
        of_series = studies.setdefault(study, {}).setdefault(series, [])
        of_series.append(_reference(sop_class, instance))
    return [
        _item(
            StudyInstanceUID=study,
            ReferencedSeriesSequence=[
                _item(SeriesInstanceUID=series, ReferencedSOPSequence=instances)
                for series, instances in of_study.items()
            ],
        )
        for study, of_study in studies.items()
    ]


def _reference(sop_class: str, instance: str) -> Dataset:
    return _item(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=instance)


def _code(value: str, meaning: str) -> Dataset:
    return _item(CodeValue=value, CodingSchemeDesignator="DCM", CodeMeaning=meaning)


def _item(**values: str | list[Dataset]) -> Dataset:
    from pydicom.dataset import Dataset

    made = Dataset()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def _how(pictures: Sequence[OutgoingPicture], origin: Origin) -> str:
    masks = sum(len(picture.masks) for picture in pictures)
    maps = sum(picture.mapped is not None for picture in pictures)
    return (
        f"Drawn anew by {origin.program} in 8 bits through the window it was seen in; "
        f"{masks} boxes masked; {maps} saliency maps at hand"
    )[:1024]


def _comment(facts: Facts, origin: Origin) -> str:
    parts = [facts.name]
    if facts.distance is not None:
        parts.append(f"{facts.distance:g} bits differ from the query")
    if facts.case:
        parts.append(f"case {facts.case}")
    if facts.labels:
        parts.append("labels: " + ", ".join(facts.labels))
    return f"{'; '.join(parts)}. {_made_with(origin)}"[:10240]


def _made_with(origin: Origin) -> str:
    parts = [origin.program]
    parts += [f"model {origin.model_id}"] if origin.model_id else []
    parts += [f"library {origin.library}"] if origin.library else []
    return f"{', '.join(parts)}. {origin.intended_use}"


def _file(made: Dataset) -> bytes:
    from pydicom.dataset import FileMetaDataset
    from pydicom.filewriter import dcmwrite
    from pydicom.uid import UID

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = made.SOPClassUID
    meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    meta.TransferSyntaxUID = UID(_EXPLICIT_LITTLE_ENDIAN)
    meta.ImplementationClassUID = UID(_IMPLEMENTATION)
    meta.ImplementationVersionName = "MEDHASH"
    made.file_meta = meta
    stream = io.BytesIO()
    dcmwrite(stream, made, enforce_file_format=True)
    return stream.getvalue()
