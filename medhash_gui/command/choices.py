"""What the options of ``index`` say of labels, patients, cases and frames.

An option that is not given leaves what the library remembers; ``none`` takes it back.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from medhash_gui import labels
from medhash_gui.command import labels as command_labels
from medhash_gui.command.options import NONE
from medhash_gui.images import FrameChoice
from medhash_gui.import_choices import ImportChoices
from medhash_gui.labels import TableColumns


@dataclass(frozen=True)
class Wishes:
    """The fields of ``ImportChoices`` that options gave, by name."""

    given: Mapping[str, Any]

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> Wishes:
        """Return what was given, checked as far as that goes without the pictures.

        Raises:
            DatasetError: the table cannot be read, or lacks a column that was named.
            SettingsError: an option is not of the form that it should have.
        """
        given: dict[str, Any] = {}
        if arguments.labels == NONE:
            given.update(table=None, columns=None, separator=None)
        elif arguments.labels is not None:
            table = Path(arguments.labels)
            named = command_labels.named_columns(
                file=arguments.file_column,
                label=arguments.label_column,
                patient=arguments.patient_column,
                case=arguments.case_column,
                detail=arguments.detail,
            )
            is_named = named != TableColumns()
            given.update(
                table=table,
                columns=labels.columns_of(table, named) if is_named else None,
                separator=command_labels.separator_of(arguments.label_separator),
            )
        if arguments.path_pattern is not None:
            given["pattern"] = _or_nothing(arguments.path_pattern)
        if arguments.label_tag is not None:
            given["label_tag"] = _or_nothing(arguments.label_tag)
        if arguments.class_folders is not None:
            given["class_folders"] = arguments.class_folders
        if arguments.frames is not None:
            given["frames"] = FrameChoice.parse(arguments.frames)
        ImportChoices(**given).read_table()
        return cls(given)

    def applied(self, remembered: Mapping[str, Any]) -> ImportChoices | None:
        """Return what a library remembers, changed; None where nothing was given.

        Args:
            remembered: ``CodeStore.choices``.
        """
        if not self.given:
            return None
        return replace(ImportChoices.from_json(remembered), **self.given)


def _or_nothing(text: str) -> str:
    return "" if text == NONE else text
