"""Tell DICOM objects that are pictures to compare from those that are none.

Three states, never mixed: an object whose kind holds no picture, or pixels that are no
picture, is "not an image" and says what it is; one that announces a picture and has no
pixel data is "damaged". Kinds go by SOP class (PS3.4 B.5, PS3.6 A) and, since
converters write classes wrongly, by Modality (PS3.3 C.7.3.1.1.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medhash_gui.errors import UnreadableImageError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")

_STORAGE = "1.2.840.10008.5.1.4.1.1"
_NOT = "and not a picture to compare"
_LABELS = f"is a segmentation, whose pixels are labels {_NOT}"
_DOSE = f"is a radiotherapy dose grid, whose pixels are doses {_NOT}"
_MAP = f"is a parametric map, whose pixels are measurements {_NOT}"
_EYE = f"is a map of the eye, whose pixels are measurements {_NOT}"

# Pixel data that is no picture of a patient.
_PIXELS_BUT_NO_PICTURE = {
    f"{_STORAGE}.66.4": _LABELS,
    f"{_STORAGE}.66.7": _LABELS,
    f"{_STORAGE}.481.2": _DOSE,
    f"{_STORAGE}.30": _MAP,
    f"{_STORAGE}.81.1": _EYE,
    f"{_STORAGE}.82.1": _EYE,
}
_MODALITY_BUT_NO_PICTURE = {
    "SEG": _LABELS,
    "RTSEG": _LABELS,
    "RTDOSE": _DOSE,
}

# Kinds without pixel data, most telling first; the beginning of the UID decides.
_WITHOUT_PIXELS = (
    ("1.2.840.10008.1.3.10", "a DICOM directory, which lists other files"),
    (f"{_STORAGE}.104.1", "a PDF document in a DICOM envelope"),
    (f"{_STORAGE}.104.2", "a CDA document in a DICOM envelope"),
    (f"{_STORAGE}.104.3", "a 3D model (STL) in a DICOM envelope"),
    (f"{_STORAGE}.104.", "a 3D model in a DICOM envelope"),
    (f"{_STORAGE}.88.59", "a key object selection, which points to pictures"),
    (f"{_STORAGE}.88.", "a structured report"),
    (f"{_STORAGE}.11.", "a presentation state, which says how to show a picture"),
    (f"{_STORAGE}.9.", "a waveform such as an ECG"),
    (f"{_STORAGE}.481.3", "a set of radiotherapy contours"),
    (f"{_STORAGE}.481.5", "a radiotherapy plan"),
    (f"{_STORAGE}.481.8", "a radiotherapy plan"),
    (f"{_STORAGE}.481.", "a radiotherapy record or prescription"),
    (f"{_STORAGE}.66.5", "a segmentation of surfaces"),
    (f"{_STORAGE}.66", "data of another kind than a picture"),
    (f"{_STORAGE}.67", "a mapping of values, without a picture"),
    ("1.2.840.10008.5.1.4.39.", "a colour palette"),
)
_MODALITY_WITHOUT_PIXELS = {
    "SR": "a structured report",
    "KO": "a key object selection, which points to pictures",
    "PR": "a presentation state, which says how to show a picture",
    "RTPLAN": "a radiotherapy plan",
    "RTSTRUCT": "a set of radiotherapy contours",
    "RTRECORD": "a radiotherapy record",
    "ECG": "a waveform",
    "HD": "a waveform",
    "REG": "a registration of other objects",
    "DOC": "a document in a DICOM envelope",
    "AU": "a sound recording",
    "M3D": "a 3D model in a DICOM envelope",
    "PLAN": "a plan",
}
# RT images are pictures although their UIDs are among the plans.
_PICTURES = tuple(f"{_STORAGE}.481.{number}" for number in (1, 23, 24))


def check_is_picture(dataset: Dataset, *, name: str) -> None:
    """Raise unless an object holds a picture to compare.

    Args:
        dataset: the object, with its file meta information.
        name: file name for messages.

    Raises:
        UnreadableImageError: "not_an_image" with what it is, or "damaged".
    """
    storage = _text(dataset, "SOPClassUID") or str(
        dataset.file_meta.get("MediaStorageSOPClassUID") or ""
    )
    modality = _text(dataset, "Modality").upper()
    has_pixels = any(keyword in dataset for keyword in PIXEL_KEYWORDS)
    kind = _PIXELS_BUT_NO_PICTURE.get(storage) or _MODALITY_BUT_NO_PICTURE.get(modality)
    if kind:
        raise _not_an_image(name, kind)
    if has_pixels:
        return
    if _text(dataset, "PixelDataProviderURL"):
        message = f"{name} has its pixels on a server, which is not asked."
        raise UnreadableImageError(
            message, state="unsupported", hint="Export it again with its pixels inside."
        )
    kind = _kind_without_pixels(storage, modality)
    if kind:
        raise _not_an_image(name, f"is {kind}")
    if storage and len(dataset) and not _announces_picture(dataset, storage):
        label = _label(storage)
        raise _not_an_image(name, f"is a DICOM object without a picture ({label})")
    message = f"{name} is a damaged DICOM object: its pixel data are missing."
    raise UnreadableImageError(
        message, state="damaged", hint="Fetch it again from where it came from."
    )


def _kind_without_pixels(storage: str, modality: str) -> str:
    if storage in _PICTURES:
        return ""
    for beginning, kind in _WITHOUT_PIXELS:
        # A beginning counts where a component ends.
        if storage == beginning or storage.startswith(beginning.rstrip(".") + "."):
            return kind
    # A class that is a picture's is believed before the modality is.
    if "Image Storage" in _label(storage):
        return ""
    return _MODALITY_WITHOUT_PIXELS.get(modality, "")


def _announces_picture(dataset: Dataset, storage: str) -> bool:
    return "Rows" in dataset or "Image Storage" in _label(storage)


def _label(storage: str) -> str:
    from pydicom.uid import UID

    return UID(storage).name


def _text(dataset: Dataset, keyword: str) -> str:
    """Return an element as text; "" where it is empty or broken."""
    try:
        return str(dataset.get(keyword) or "").strip()
    except Exception:  # noqa: BLE001 - a broken element is as good as none
        return ""


def _not_an_image(name: str, kind: str) -> UnreadableImageError:
    return UnreadableImageError(f"{name} {kind}.", state="not_an_image")
