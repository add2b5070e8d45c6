"""What the user chose about reading a folder; a library remembers it.

Labels come from one source: the table where it has labels, else the path pattern where
it names a label, else a DICOM element, else the class folders. Patients and cases come
from the table, else from the pattern, else from the headers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medhash_gui import labels
from medhash_gui.dicom import dicom
from medhash_gui.errors import SettingsError
from medhash_gui.images import FrameChoice
from medhash_gui.labels import LabelTable, PathPattern, TableColumns


@dataclass(frozen=True)
class ImportChoices:
    """Where labels, patients and cases are from, and which frames are indexed.

    Attributes:
        table: a table of labels, or None.
        columns: its columns; None: guessed.
        separator: between several labels in a cell; None: guessed.
        pattern: what the folders mean, such as "{patient}/{case}/*"; "" for nothing.
        label_tag: a DICOM element that holds the label, by keyword; "" for none.
        class_folders: whether class folders give labels where nothing else does.
        frames: which frames of a file with several are indexed.
    """

    table: Path | None = None
    columns: TableColumns | None = None
    separator: str | None = None
    pattern: str = ""
    label_tag: str = ""
    class_folders: bool = True
    frames: FrameChoice = field(default_factory=FrameChoice)

    def __post_init__(self) -> None:
        """Check what can be checked without reading a file.

        Raises:
            SettingsError: the pattern or the element cannot be used.
        """
        if self.pattern:
            PathPattern.parse(self.pattern)
        if self.label_tag:
            object.__setattr__(self, "label_tag", dicom.check_tag(self.label_tag))

    def read_table(self, files: Sequence[str] = ()) -> LabelTable | None:
        """Read the table, if one was chosen.

        Args:
            files: paths of the folder's files; they help to find the column of files.

        Raises:
            DatasetError: it cannot be read, or lacks a column that was chosen.
        """
        if self.table is None:
            return None
        return labels.read_table(
            self.table, columns=self.columns, separator=self.separator, files=files
        )

    def path_pattern(self) -> PathPattern | None:
        """Return the pattern of the folders, or None."""
        return PathPattern.parse(self.pattern) if self.pattern else None

    def needs_headers(self, before: ImportChoices) -> bool:
        """Return whether only the files' headers can say what these choices ask for.

        So it is where a table or pattern that named patients has gone, and where
        another element holds the labels. The rows of a table are compared one by one.
        """
        return (
            (before.table is not None and self.table is None)
            or (before.pattern != "" and before.pattern != self.pattern)
            or (self.label_tag not in ("", before.label_tag))
        )

    def relabels(self, before: ImportChoices) -> bool:
        """Return whether labels come from another source than before."""
        return self._label_source() != before._label_source()

    def _label_source(self) -> tuple[object, ...]:
        return (self.table, self.pattern, self.label_tag, self.class_folders)

    def as_json(self) -> dict[str, Any]:
        """Return the choices as JSON values, never an empty object.

        What is not chosen is left out; {} stands for a library that nobody asked yet.
        """
        values: dict[str, Any] = {
            "table": str(self.table.absolute()) if self.table else None,
            "columns": self.columns.as_json() if self.columns else None,
            "separator": self.separator,
            "pattern": self.pattern or None,
            "label_tag": self.label_tag or None,
            "class_folders": self.class_folders,
            "frames": None if self.frames == FrameChoice() else str(self.frames),
        }
        return {key: value for key, value in values.items() if value is not None}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ImportChoices:
        """Return the choices that ``as_json`` gave; {} are the defaults.

        Raises:
            SettingsError: a value is not what it should be.
        """
        try:
            table, columns = values.get("table"), values.get("columns")
            return cls(
                table=Path(table) if table else None,
                columns=TableColumns.from_json(columns) if columns else None,
                separator=values.get("separator"),
                pattern=values.get("pattern", ""),
                label_tag=values.get("label_tag", ""),
                class_folders=values.get("class_folders", True),
                frames=FrameChoice.parse(values.get("frames", "middle")),
            )
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            message = "What the library remembers of its labels cannot be read."
            raise SettingsError(
                message, hint="Choose labels and frames again."
            ) from error
