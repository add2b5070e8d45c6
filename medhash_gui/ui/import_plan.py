"""What the user wants read beside the pixels: labels, patients, cases, which frames.

A plan is plain values, so that a library can remember it as JSON. Reading the table
that it names belongs on a pool thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
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

    def as_json(self) -> dict[str, Any]:
        """Return the plan as plain JSON values."""
        return {
            "labels": self.labels,
            "table": None if self.table is None else str(self.table),
            "columns": None if self.columns is None else self.columns.as_json(),
            "separator": self.separator,
            "tag": self.tag,
            "pattern": self.pattern,
            "frames": self.frames,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ImportPlan:
        """Return the plan that ``as_json`` described; what is missing is as usual."""
        from medhash_gui.labels import TableColumns

        usual = cls()
        wished = values.get("labels")
        table, columns = values.get("table"), values.get("columns")
        return cls(
            labels=next((s for s in get_args(LabelSource) if s == wished), "folders"),
            table=Path(table) if table else None,
            columns=TableColumns.from_json(columns) if columns else None,
            separator=values.get("separator"),
            tag=str(values.get("tag") or ""),
            pattern=str(values.get("pattern") or ""),
            frames=str(values.get("frames") or usual.frames),
        )
