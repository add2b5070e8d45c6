"""What the user wants read beside the pixels: labels, patients, cases, which frames.

A plan is plain values that the window can hold before any heavy module is loaded;
``choices`` is what indexing takes and a library remembers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from medhash_gui.import_choices import ImportChoices
    from medhash_gui.labels import TableColumns

LabelSource = Literal["folders", "table", "tag", "none"]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """How a folder is to be understood.

    Attributes:
        labels: where labels come from.
        table: the table, where it is one.
        columns: which column says what; None to guess.
        separator: between several labels of a cell; None to guess.
        tag: the DICOM element, where labels come from one.
        pattern: how folders and names tell patient, case and label; "" for no pattern.
        frames: as ``images.FrameChoice`` writes it.
    """

    labels: LabelSource = "folders"
    table: Path | None = None
    columns: TableColumns | None = None
    separator: str | None = None
    tag: str = ""
    pattern: str = ""
    frames: str = "middle"

    def choices(self) -> ImportChoices:
        """Return the plan as indexing takes it; reads no table.

        Raises:
            SettingsError: pattern, element or frames are none.
        """
        from medhash_gui.images import FrameChoice
        from medhash_gui.import_choices import ImportChoices

        is_table = self.labels == "table"
        return ImportChoices(
            table=self.table if is_table else None,
            columns=self.columns if is_table else None,
            separator=self.separator if is_table else None,
            pattern=self.pattern.strip(),
            label_tag=self.tag if self.labels == "tag" else "",
            class_folders=self.labels == "folders",
            frames=FrameChoice.parse(self.frames),
        )

    @classmethod
    def of_choices(cls, choices: ImportChoices) -> ImportPlan:
        """Return the plan that says the same as some choices."""
        source: LabelSource = "folders" if choices.class_folders else "none"
        if choices.table is not None:
            source = "table"
        elif choices.label_tag:
            source = "tag"
        return cls(
            labels=source,
            table=choices.table,
            columns=choices.columns,
            separator=choices.separator,
            tag=choices.label_tag,
            pattern=choices.pattern,
            frames=str(choices.frames),
        )
