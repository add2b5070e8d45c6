"""Which column of a table says what: guessed from names and cells, and changeable.

Names are compared without case, spaces and signs, so "Image Index", "image_index" and
"ImageIndex" are one. Cells decide where names do not: what looks like names of pictures
or fits the files of the folder is the column of files, and where no column is named
like labels, two or more columns of yes and no are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medhash_gui import label_cells
from medhash_gui.path_pattern import PICTURE_ENDING, without_ending

_FILES = (
    *("file", "filename", "filepath", "files", "imagefile", "imagefilename"),
    *("imagepath", "imagename", "imageindex", "imageid", "image", "images", "path"),
    *("fullpath", "relativepath", "relpath", "picture", "pictureid", "photo", "img"),
    *("imgname", "imgpath", "imgid", "fname", "dicom", "dicomfile", "dicompath"),
    *("dicomid", "dcm", "sopinstanceuid", "sopuid"),
)
# Names of pictures as often as of anything else: the cells must agree.
_FILES_PERHAPS = ("id", "uid", "name", "scan", "key", "index")
_LABELS = (
    *("label", "labels", "findinglabels", "finding", "findings", "class", "classes"),
    *("classname", "classlabel", "diagnosis", "diagnoses", "dx", "disease", "diseases"),
    *("category", "categories", "grade", "drgrade", "retinopathygrade", "level"),
    *("severity", "stage", "birads", "tag", "tags", "condition", "abnormality"),
    *("abnormalities", "outcome", "target", "groundtruth", "annotation", "pathology"),
    *("type", "result", "results", "y"),
)
_PATIENTS = (
    *("patient", "patientid", "patientidentifier", "patientnumber", "patientno"),
    *("patientcode", "patientkey", "patid", "ptid", "subject", "subjectid"),
    *("subjectno", "subjectcode", "mrn", "medicalrecordnumber", "person", "personid"),
    *("participant", "participantid", "individual", "pid"),
)
_CASES = (
    *("case", "caseid", "casenumber", "caseno", "study", "studyid", "studyuid"),
    *("studyinstanceuid", "accession", "accessionnumber", "accessionno", "exam"),
    *("examid", "examination", "visit", "visitid", "encounter", "encounterid"),
)
_DETAILS: Mapping[str, tuple[str, ...]] = {
    "report": (
        *("report", "reports", "reporttext", "radiologyreport", "text", "impression"),
        *("impressions", "conclusion", "narrative", "findings", "comment", "comments"),
        *("caption", "description"),
    ),
    "confirmed_by": (
        *("confirmedby", "confirmation", "confirmed", "confirmtype", "dxtype"),
        *("diagnosisconfirmtype", "sourceoftruth", "provenance", "labelprovenance"),
        *("labelsource", "methodlabel", "referencestandard", "reference", "evidence"),
        *("verifiedby", "verification", "goldstandard", "pathology", "histology"),
    ),
    "sex": ("sex", "gender", "patientsex", "patientssex", "patientgender"),
    "age_band": (
        *("age", "patientage", "patientsage", "ageyears", "ageinyears", "ageband"),
        *("agegroup", "agerange", "ageapprox", "ageatstudy"),
    ),
    "view": ("view", "viewposition", "projection", "viewname", "appa"),
    "modality": ("modality", "imagemodality", "modalities"),
    "laterality": ("laterality", "side", "eye", "imagelaterality", "leftorright"),
    "body_part": (
        *("bodypart", "bodypartexamined", "bodyregion", "region", "anatomy"),
        *("anatomicalregion", "anatomsite", "anatomsitegeneral", "localization"),
    ),
    "maker": ("maker", "manufacturer", "vendor"),
    "device": (
        *("device", "devicemodel", "manufacturermodel", "manufacturermodelname"),
        *("manufacturersmodelname", "scanner", "camera", "equipment"),
    ),
}
# Columns of 0 and 1 that say how the data were divided, not what a picture shows.
_NO_FINDING = re.compile(
    r"(is)?(train|training|test|testing|val|valid|validation|split|fold|subset"
    r"|partition|publicsplit|followup|index|column|unnamed|row|count|number|version)"
    r"(set|data)?\d*"
)
_NUMBERED = re.compile(r"(labels?|class|findings?|diagnos[ie]s|dx|disease|tag)[_ ]*\d+")
_PICTURE = re.compile(r".*" + PICTURE_ENDING, re.IGNORECASE | re.DOTALL)
_CELLS_LOOKED_AT = 2000
# Beyond this, in the median, a cell is a text and not a label.
_LABEL_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class TableColumns:
    """Names of the columns that are read; the others are not.

    Attributes:
        file: of the files of the pictures.
        labels: one with one or several labels in a cell, or several.
        patient: of identifiers of patients; used in memory, kept as a keyed hash.
        case: of identifiers of cases or studies, likewise.
        details: key of ``details.TABLE_KEYS`` and column, for each.
    """

    file: str | None = None
    labels: tuple[str, ...] = ()
    patient: str | None = None
    case: str | None = None
    details: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the columns as plain JSON values."""
        return {
            "file": self.file,
            "labels": list(self.labels),
            "patient": self.patient,
            "case": self.case,
            "details": dict(self.details),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TableColumns:
        """Return the columns that ``as_json`` described."""
        return cls(
            values.get("file"),
            tuple(values.get("labels", ())),
            values.get("patient"),
            values.get("case"),
            tuple(sorted(values.get("details", {}).items())),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """All columns that are read, each once."""
        single = (self.file, *self.labels, self.patient, self.case)
        named = (*single, *(column for _, column in self.details))
        return tuple(dict.fromkeys(name for name in named if name is not None))


def guess(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    files: Sequence[str] = (),
) -> TableColumns:
    """Return what the columns of a table seem to say.

    Args:
        header: names of the columns.
        rows: cells; a row may be shorter than the header.
        files: paths of the folder's pictures, where they are known.
    """
    look = _Look(header, rows)
    file = _file(look, files)
    look.taken.add(file)
    # One column can be both: "patientId" names the picture, too, where each patient
    # has one.
    patient = look.named(_PATIENTS, but=())
    look.taken.add(patient)
    case = look.named(_CASES)
    look.taken.add(case)
    labels = look.all_named(_NUMBERED)
    if not labels:
        label = look.named(_LABELS, accept=lambda n: not look.is_text(n))
        labels = (label,) if label is not None else ()
    look.taken.update(labels)
    found = []
    for key, names in _DETAILS.items():
        column = look.named(names)
        if column is not None:
            found.append((key, column))
            look.taken.add(column)
    if not labels:
        labels = _yes_or_no(look)
    return TableColumns(file, labels, patient, case, tuple(sorted(found)))


class _Look:
    """A table's columns by their plain names, and a sample of their cells."""

    def __init__(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        # The first of several with one name.
        self.places = {name: n for n, name in reversed(list(enumerate(header)))}
        self.header = list(dict.fromkeys(header))
        self.rows = rows
        self.taken: set[str | None] = set()

    def named(
        self,
        names: Sequence[str],
        *,
        but: Sequence[str | None] | None = None,
        accept: Callable[[str], bool] = lambda name: True,
    ) -> str | None:
        """Return the column whose plain name comes first in a list."""
        taken = self.taken if but is None else but
        plain: dict[str, str] = {}
        for column in self.header:
            if column not in taken and accept(column):
                plain.setdefault(_plain(column), column)
        return next((plain[name] for name in names if name in plain), None)

    def all_named(self, pattern: re.Pattern[str]) -> tuple[str, ...]:
        found = [name for name in self.header if pattern.fullmatch(name.casefold())]
        return tuple(name for name in found if name not in self.taken)

    def cells(self, column: str, *, every: bool = False) -> list[str]:
        """Return the cells of a column that say something, of the first rows."""
        place = self.places[column]
        rows = self.rows if every else self.rows[:_CELLS_LOOKED_AT]
        return [row[place] for row in rows if place < len(row) and row[place]]

    def is_text(self, column: str) -> bool:
        """Return whether the cells are sentences rather than labels."""
        lengths = sorted(len(cell) for cell in self.cells(column))
        return bool(lengths) and lengths[len(lengths) // 2] > _LABEL_CHARACTERS


def _file(look: _Look, files: Sequence[str]) -> str | None:
    names = {path.rpartition("/")[2] for path in files}
    names |= {without_ending(name) for name in names}

    def share_that_fit(column: str) -> float:
        cells = look.cells(column)
        ends = [cell.replace("\\", "/").rpartition("/")[2] for cell in cells]
        if names:
            fitting = sum(e in names or without_ending(e) in names for e in ends)
        else:
            fitting = sum(_PICTURE.fullmatch(end) is not None for end in ends)
        return fitting / len(ends) if ends else 0.0

    named = look.named(_FILES)
    if named is not None and (not names or share_that_fit(named) > 0):
        return named
    shares = {column: share_that_fit(column) for column in look.header}
    best = max(shares, key=lambda column: shares[column])
    if shares[best] >= 0.5:
        return best
    perhaps = look.named(_FILES_PERHAPS, accept=lambda n: shares[n] > 0)
    return named or perhaps


def _yes_or_no(look: _Look) -> tuple[str, ...]:
    found = [
        column
        for column in look.header
        if column not in look.taken
        and not _NO_FINDING.fullmatch(_plain(column))
        and label_cells.is_yes_or_no(look.cells(column, every=True))
    ]
    return tuple(found) if len(found) >= 2 else ()


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
