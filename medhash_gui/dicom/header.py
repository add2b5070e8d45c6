"""Read from a DICOM header whom a picture belongs to and what a library may keep.

Everything here is tolerant: an element that is missing, empty or broken gives nothing
and never costs the picture. Values in clear are in ``Identity`` alone, which stays in
memory; nothing is logged, and no message quotes a value.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from medhash_gui import details as kept
from medhash_gui.details import Details
from medhash_gui.dicom import decoders as dicom_decoders
from medhash_gui.dicom import identifying as dicom_identifying
from medhash_gui.errors import SettingsError
from medhash_gui.identities import Identity, is_placeholder

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

LEAST_UID_COMPONENTS = 6
"""A UID of fewer components is a sample such as 1.2.3, not one that stands alone."""

LEAST_UID_CHARACTERS = 16

_SHORTEST_ID = 4
_SHORTEST_NAME = 3
_WORD = re.compile(r"[^\W\d_]+")

_FIRST_BIRTH_YEAR = 1860
_NO_BIRTH_DATE = {"19000101", "19010101", "19700101"}  # what software writes for none

_TAG = re.compile(r"\(?\s*([0-9A-Fa-f]{4})\s*,\s*([0-9A-Fa-f]{4})\s*\)?")
_TEXT_LIKE = frozenset({"CS", "DS", "IS", "LO", "LT", "SH", "ST", "UC", "UT"})
_MOST_LABELS = 100

# Where letters in the pixels are usual; said as a guess, for the header alone cannot
# tell (PS3.3 C.7.6.1.1 leaves Burned In Annotation optional).
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_CONVERSIONS = {
    "DV": "digitised video", "DF": "digitised film", "SD": "scanned document",
    "SI": "scanned image", "DRW": "drawing", "WSD": "workstation",
    "DI": "secondary capture", "SYN": "synthetic image",
}  # fmt: skip
_MODALITIES = {
    "US": "ultrasound", "IVUS": "ultrasound", "BDUS": "ultrasound",
    "EPS": "measuring station", "HD": "measuring station", "SC": "secondary capture",
    "XC": "photograph", "GM": "photograph", "ES": "endoscopy", "OT": "other modality",
    "DOC": "document", "SCN": "scanned document", "FID": "drawing",
    "OPM": "eye measurement", "OPV": "eye measurement", "KER": "eye measurement",
    "BMD": "bone density sheet", "RTIMAGE": "radiotherapy image",
}  # fmt: skip


def identity(dataset: Dataset) -> Identity:
    """Return patient, study and series in clear; "" where unknown.

    The birth date counts only when it is one, and UIDs only when they are valid
    (PS3.5 9.1) and long enough to be unique: two patients are never merged by a
    placeholder.

    Args:
        dataset: the object.
    """
    return Identity(
        patient=_text(dataset, "PatientID"),
        issuer=_text(dataset, "IssuerOfPatientID"),
        birth_date=_birth_date(_text(dataset, "PatientBirthDate")),
        study=_uid(_text(dataset, "StudyInstanceUID")),
        series=_uid(_text(dataset, "SeriesInstanceUID")),
    )


def details(dataset: Dataset, *, frame_count: int) -> Details:
    """Return what a library may keep of a header, as ``details.KEPT`` declares it.

    Args:
        dataset: the object.
        frame_count: frames in the object.
    """
    sex = _text(dataset, "PatientSex").upper()
    side = _text(dataset, "ImageLaterality") or _text(dataset, "Laterality")
    return kept.collect(
        {
            "modality": _text(dataset, "Modality"),
            "body_part": _text(dataset, "BodyPartExamined"),
            "view": _text(dataset, "ViewPosition"),
            "laterality": side,
            "sex": sex if sex in ("F", "M", "O") else "",
            "age_band": kept.age_band(_text(dataset, "PatientAge")),
            "maker": _text(dataset, "Manufacturer"),
            "device": _text(dataset, "ManufacturerModelName"),
            "frames": str(frame_count) if frame_count > 1 else "",
            "identifying": " ".join(dicom_identifying.filled_in(dataset)),
            "text": text_guess(dataset),
        }
    )


def names_in_path(dataset: Dataset, path: str) -> str:
    """Return what of the patient a path repeats: "id", "name", "id name" or "".

    The identifier counts where it has four characters or more and occurs anywhere, the
    name where one of its parts of three letters or more stands between word borders;
    capitals and the way accents are encoded make no difference. Shorter ones, and
    placeholders, occur by accident.

    Args:
        dataset: the object.
        path: POSIX path relative to the indexed folder.
    """
    shown = _folded(path)
    patient = _folded(identity(dataset).patient)
    found = ["id"] if len(patient) >= _SHORTEST_ID and patient in shown else []
    words = set(_WORD.findall(shown))
    parts = set(_WORD.findall(_folded(_name(dataset))))
    if any(
        len(part) >= _SHORTEST_NAME and not is_placeholder(part)
        for part in words & parts
    ):
        found.append("name")
    return " ".join(found)


def _name(dataset: Dataset) -> str:
    try:
        return str(dataset.get("PatientName") or "")
    except Exception:  # noqa: BLE001 - a broken element must not cost the picture
        return ""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def text_guess(dataset: Dataset) -> str:
    """Return what the header tells of text in the pixels.

    Args:
        dataset: the object.

    Returns:
        "declared" or "declared absent" where Burned In Annotation (PS3.3 C.7.6.1)
        says so; else "guess: ..." and why, or "" where nothing points to text.
    """
    declared = _text(dataset, "BurnedInAnnotation").upper()
    if declared in ("YES", "NO"):
        return "declared" if declared == "YES" else "declared absent"
    storage = _text(dataset, "SOPClassUID")
    if storage == _SECONDARY_CAPTURE or storage.startswith(f"{_SECONDARY_CAPTURE}."):
        return "guess: secondary capture"
    conversion = _text(dataset, "ConversionType").upper()
    if conversion in _CONVERSIONS:
        return f"guess: {_CONVERSIONS[conversion]}"
    modality = _text(dataset, "Modality").upper()
    if modality in _MODALITIES:
        return f"guess: {_MODALITIES[modality]}"
    kinds = _text(dataset, "ImageType").upper()
    return "guess: screen shot" if "SCREEN" in kinds else ""


# --- labels -------------------------------------------------------------------


def check_tag(text: str) -> str:
    """Return the keyword of an element whose values can be labels.

    Args:
        text: a keyword or a tag: "BodyPartExamined", "(0018,0015)" or "0018,0015".

    Raises:
        SettingsError: there is no such element, it holds no text, or it identifies.
        UnreadableImageError: pydicom is not installed.
    """
    dicom_decoders.import_pydicom("A label from a DICOM element")
    from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword
    from pydicom.tag import Tag

    text = text.strip()
    found = _TAG.fullmatch(text)
    number = int(found[1] + found[2], 16) if found else tag_for_keyword(text)
    if number is not None and Tag(number).is_private:
        message = f"{text} is a private element, which may identify somebody."
        raise SettingsError(message, hint="Name an element of the DICOM Standard.")
    keyword = keyword_for_tag(number) if number is not None else ""
    if number is None or not keyword:
        message = f"There is no DICOM element {text or 'without a name'}."
        hint = "Write it like BodyPartExamined or (0018,0015)."
        raise SettingsError(message, hint=hint)
    representation = dictionary_VR(number)
    if dicom_identifying.identifies(keyword, representation):
        message = f"{keyword} may identify somebody and cannot be a label."
        hint = "Choose one that describes the picture, such as BodyPartExamined."
        raise SettingsError(message, hint=hint)
    if representation not in _TEXT_LIKE:
        message = f"{keyword} holds no text that could be a label."
        hint = "Choose one that describes the picture, such as BodyPartExamined."
        raise SettingsError(message, hint=hint)
    return keyword


def tag_labels(dataset: Dataset, tag: str) -> tuple[str, ...]:
    """Return the values of an element as labels, in their order, each once.

    Args:
        dataset: the object; the element is looked for at its top level.
        tag: as ``check_tag`` takes it.

    Raises:
        SettingsError: the element cannot be a label.
    """
    keyword = check_tag(tag)
    labels = [
        " ".join(value.split())[: kept.MOST_CHARACTERS].strip()
        for value in _values(dataset, keyword)[:_MOST_LABELS]
    ]
    return tuple(dict.fromkeys(label for label in labels if label))


# --- elements -----------------------------------------------------------------


def _values(dataset: Dataset, keyword: str) -> list[str]:
    """Return the values of an element as text; [] where it is missing or broken."""
    try:
        value: Any = dataset.get(keyword)
        if value is None:
            return []
        several = not isinstance(value, str | bytes) and hasattr(value, "__iter__")
        return [str(each) for each in (value if several else [value])]
    except Exception:  # noqa: BLE001 - a broken element must not cost the picture
        return []


def _text(dataset: Dataset, keyword: str) -> str:
    """Return an element as one text, several values joined as they were written."""
    return "\\".join(_values(dataset, keyword)).strip(" \0\r\n\t")


def _birth_date(text: str) -> str:
    """Return a date of birth as YYYYMMDD; "" where it is none."""
    digits = text.replace(".", "")  # ACR-NEMA wrote YYYY.MM.DD (PS3.5 6.2)
    if not re.fullmatch(r"[0-9]{8}", digits) or digits in _NO_BIRTH_DATE:
        return ""
    try:
        date = datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return ""
    tomorrow = datetime.datetime.now(tz=datetime.UTC).date() + datetime.timedelta(1)
    sound = date.year >= _FIRST_BIRTH_YEAR and date <= tomorrow
    return digits if sound else ""


def _uid(text: str) -> str:
    """Return a UID that can be taken as unique; "" otherwise."""
    from pydicom.uid import UID

    if not UID(text).is_valid:
        return ""
    parts = text.split(".")
    if parts[:2] == ["2", "25"]:  # a UUID as one number (PS3.5 B.2)
        return text if len(parts) == 3 and len(parts[2]) >= LEAST_UID_CHARACTERS else ""
    enough = len(parts) >= LEAST_UID_COMPONENTS and len(text) >= LEAST_UID_CHARACTERS
    return text if enough else ""
