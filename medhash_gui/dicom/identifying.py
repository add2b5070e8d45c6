"""Which DICOM elements identify somebody: a list, and a look for them in an object.

After PS3.15 Table E.1-1, the Basic Application Level Confidentiality Profile: names,
identifiers, contacts, dates, places, devices, orders, and free text that often holds
one of them. Every element of person-name, date or date-time representation counts,
listed or not, and so do private elements, whose meaning nobody can know.

Left out of the table's rows: unique identifiers, which every object has (a library
keeps those of study and series as keyed hashes), times of day beside their dates, and
what a library keeps itself (sex, a band of ages, the maker and model of the device).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

PRIVATE = "PrivateElements"
"""Stands for all private elements."""

OVERLAYS = "OverlayData"
"""Stands for all overlays: drawings and words over the picture."""

MOST_ELEMENTS = 20_000
"""After as many elements the look ends: frames of enhanced objects repeat each other,
and what identifies stands at the top."""

_MOST_DEPTH = 12

ALWAYS = frozenset({"PN", "DA", "DT"})
"""Value representations that identify, whatever the element."""

PEOPLE = frozenset({
    "PatientID", "IssuerOfPatientID", "OtherPatientIDs", "PatientAddress",
    "PatientTelephoneNumbers", "PatientTelecomInformation", "MedicalRecordLocator",
    "MilitaryRank", "BranchOfService", "CountryOfResidence", "RegionOfResidence",
    "Occupation", "EthnicGroup", "PatientReligiousPreference",
    "InsurancePlanIdentification", "ResponsibleOrganization",
    "PatientInstitutionResidence", "ReferencedPatientPhotoSequence",
    "ClinicalTrialSubjectID", "ClinicalTrialSubjectReadingID",
    "ReferringPhysicianAddress", "ReferringPhysicianTelephoneNumbers",
    "PersonAddress", "PersonTelephoneNumbers", "PersonTelecomInformation",
    "PersonIdentificationCodeSequence", "OrderCallbackPhoneNumber",
    "HumanPerformerOrganization", "VerifyingOrganization", "CameraOwnerName",
})  # fmt: skip

PLACES = frozenset({
    "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName",
    "InstitutionCodeSequence", "StationName", "PerformedStationName",
    "ScheduledStationName", "PerformedLocation", "ScheduledProcedureStepLocation",
    "CurrentPatientLocation", "RequestingService", "OrderEntererLocation",
    "StationAETitle", "PerformedStationAETitle", "ScheduledStationAETitle",
    "RetrieveAETitle", "ClinicalTrialSiteID", "ClinicalTrialSiteName",
    "ClinicalTrialSponsorName", "ClinicalTrialCoordinatingCenterName", "GPSLatitude",
    "GPSLongitude", "TimezoneOffsetFromUTC",
})  # fmt: skip

DEVICES = frozenset({
    "DeviceSerialNumber", "DetectorID", "PlateID", "CassetteID", "GantryID",
    "GeneratorID", "XRaySourceID", "DeviceUID", "UniqueDeviceIdentifier",
    "SourceSerialNumber", "LensSerialNumber", "DeviceAlternateIdentifier",
    "BarcodeValue", "ContainerIdentifier", "SpecimenIdentifier",
})  # fmt: skip

ORDERS = frozenset({
    "AccessionNumber", "StudyID", "AdmissionID", "ServiceEpisodeID",
    "RequestedProcedureID", "ScheduledProcedureStepID", "PerformedProcedureStepID",
    "FillerOrderNumberImagingServiceRequest", "PlacerOrderNumberImagingServiceRequest",
    "ClinicalTrialProtocolID", "ClinicalTrialProtocolName",
})  # fmt: skip

TEXTS = frozenset({
    "PatientComments", "AdditionalPatientHistory", "ImageComments", "FrameComments",
    "AcquisitionComments", "VisitComments", "IdentifyingComments", "StudyComments",
    "CommentsOnThePerformedProcedureStep", "RequestedProcedureComments",
    "ImagingServiceRequestComments", "AdmittingDiagnosesDescription",
    "ReasonForStudy", "ReasonForTheRequestedProcedure", "ReasonForVisit",
    "MedicalAlerts", "Allergies", "SpecialNeeds", "PatientState",
    "InterpretationText", "TextValue", "UnformattedTextValue", "TextComments",
    "TextString", "LabelText", "IconImageSequence", "EncapsulatedDocument",
    "OriginalAttributesSequence", "ModifiedAttributesSequence",
})  # fmt: skip

DESCRIPTIONS = frozenset({
    "StudyDescription", "SeriesDescription", "ProtocolName",
    "RequestedProcedureDescription", "PerformedProcedureStepDescription",
    "ScheduledProcedureStepDescription", "AcquisitionProtocolDescription",
    "DeviceDescription", "DerivationDescription",
})  # fmt: skip
"""Free text that describes an examination: it is on the table, since a name may have
been typed there, and it may serve as a label all the same if somebody asks for it."""

_BODY = frozenset({"PatientAge", "PatientSize", "PatientWeight"})
"""On the table, too; a library keeps a band of ages, so an exact one is no label."""

LISTED = PEOPLE | PLACES | DEVICES | ORDERS | TEXTS | DESCRIPTIONS


def identifies(keyword: str, representation: str) -> bool:
    """Return whether an element must not become a label."""
    if representation in ALWAYS or keyword in _BODY:
        return True
    return keyword in LISTED and keyword not in DESCRIPTIONS


def filled_in(dataset: Dataset) -> tuple[str, ...]:
    """Return the sorted keywords of identifying elements that hold something.

    Sequences are looked into; no value is read, only whether there is one.

    Args:
        dataset: the object.
    """
    found: set[str] = set()
    _Look(found).into(dataset, depth=0)
    return tuple(sorted(found))


class _Look:
    """One walk through an object and its sequences."""

    def __init__(self, found: set[str]) -> None:
        self.found = found
        self.left = MOST_ELEMENTS

    def into(self, dataset: Dataset, *, depth: int) -> None:
        """Add what the elements of a data set tell."""
        from pydicom.datadict import dictionary_VR, keyword_for_tag

        for tag in dataset.keys():  # noqa: SIM118 - iterating parses each element
            self.left -= 1
            if self.left < 0:
                return
            raw = dataset.get_item(tag)
            if raw is None or tag.element == 0 or not _holds(raw.value):
                continue
            if tag.is_private:
                if not tag.is_private_creator:
                    self.found.add(PRIVATE)
                continue
            if tag.group & 0xFF00 == 0x6000 and tag.element == 0x3000:
                self.found.add(OVERLAYS)
                continue
            keyword = keyword_for_tag(tag)
            try:
                representation = raw.VR or dictionary_VR(tag)
            except KeyError:
                continue
            if representation in ALWAYS or keyword in LISTED:
                self.found.add(keyword or f"({tag.group:04x},{tag.element:04x})")
            if representation == "SQ" and depth < _MOST_DEPTH:
                for item in _items(dataset, tag):
                    self.into(item, depth=depth + 1)


def _holds(value: object) -> bool:
    """Return whether an element's value is more than padding."""
    if value is None:
        return False
    if isinstance(value, bytes):
        return bool(value.strip(b" \0"))
    if isinstance(value, str):
        return bool(value.strip(" \0"))
    try:
        return len(value) > 0  # type: ignore[arg-type]
    except TypeError:
        return bool(str(value).strip())


def _items(dataset: Dataset, tag: int) -> Sequence | tuple[()]:
    try:
        value = dataset[tag].value
    except Exception:  # noqa: BLE001 - a broken sequence must not cost the picture
        return ()
    return value or ()
