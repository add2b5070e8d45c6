"""What was found in a folder, in the language of the window.

The core says each finding in English (``data_findings``), as it stands in files; here
the same sentences are said again, from the values that a finding carries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from medhash_gui.data_findings import Finding

_NAMED = 3


class FindingWords(QObject):
    """Says findings."""

    def of(self, finding: Finding) -> tuple[str, str]:
        """Return the sentence of a finding, and what to do about it."""
        values = dict(finding.values)
        names = values.get("names")
        if isinstance(names, tuple):
            values["names"] = self._some(names)
        if "part" in values:
            values["part"] = self._parts()[str(values["part"])]
        said = {**self._of_pictures(), **self._of_parts()}.get(finding.kind)
        if said is None:  # what failed in the core is said as it is there
            return finding.text, finding.hint
        one, many, hint = said
        text = one if values.get("count") == 1 else many
        return text.format(**values), hint

    def _some(self, names: Sequence[str]) -> str:
        shown = ", ".join(names[:_NAMED])
        if len(names) <= _NAMED:
            return shown
        text = self.tr("{names} and {count} more")
        return text.format(names=shown, count=len(names) - _NAMED)

    def _parts(self) -> Mapping[str, str]:
        return {
            "train": self.tr("train"),
            "validation": self.tr("validation"),
            "test": self.tr("test"),
        }

    def _of_pictures(self) -> Mapping[str, tuple[str, str, str]]:
        """Return the sentence for one, for several, and what to do, by kind."""
        tiny = self.tr(
            "There is only one picture with the label {names}: nothing like it can be "
            "learned or found."
        )
        small = self.tr(
            "There are fewer than {limit} pictures of {names}: what is measured for so "
            "few says little."
        )
        uneven = self.tr(
            "The most frequent label has {most} pictures, the rarest {least}."
        )
        leave = self.tr("Leave the copies out; the first of each stays.")
        return {
            "unreadable": (
                self.tr("1 file gives no picture, such as {name}: {why}"),
                self.tr("{count:,} files give no picture, such as {name}: {why}"),
                self.tr("Leave them out, or put sound copies in their place."),
            ),
            "unlabelled": (
                self.tr("1 file has no label and will not be used, such as {names}."),
                self.tr(
                    "{count:,} files have no label and will not be used, such as "
                    "{names}."
                ),
                self.tr("Complete the labels if they should be learned from."),
            ),
            "tiny": (tiny, tiny, self.tr("Add pictures, or give it a broader label.")),
            "small": (
                small,
                small,
                self.tr("Add pictures, join labels, or read their figures with care."),
            ),
            "uneven": (
                uneven,
                uneven,
                self.tr(
                    "Rare labels are shown to the network more often than they occur; "
                    "read the figures of each label, not only their mean."
                ),
            ),
            "conflict": (
                self.tr(
                    "1 picture is there more than once with different labels, such as "
                    "{names}."
                ),
                self.tr(
                    "{count:,} pictures are there more than once with different "
                    "labels, such as {names}."
                ),
                self.tr("Correct the labels, or leave these pictures out."),
            ),
            "leaking copies": (
                self.tr(
                    "1 picture is there more than once in two parts, which flatters "
                    "figures, such as {names}."
                ),
                self.tr(
                    "{count:,} pictures are there more than once in two parts, which "
                    "flatters figures, such as {names}."
                ),
                leave,
            ),
            "copies": (
                self.tr(
                    "1 picture is there more than once in one part, such as {names}."
                ),
                self.tr(
                    "{count:,} pictures are there more than once in one part, such as "
                    "{names}."
                ),
                leave,
            ),
        }

    def _of_parts(self) -> Mapping[str, tuple[str, str, str]]:
        """Return the same of patients and of the three parts."""
        by_image = self.tr(
            "The parts are divided picture by picture: pictures of one patient lie in "
            "several, and the figures will be too good."
        )
        alone = self.tr("All pictures are of one patient, who can be in one part only.")
        few = self.tr(
            "Only {count} pictures are left to learn from, fewer than one step takes "
            "({step})."
        )
        label = self.tr("Every picture to learn from has the same label, {name}.")
        missing = self.tr("The {part} part has no picture of {names}.")
        return {
            "image-wise": (
                by_image,
                by_image,
                self.tr(
                    "Divide by patient, unless you compare with figures made like this."
                ),
            ),
            "one patient": (
                alone,
                alone,
                self.tr("Check the column of patients, or add patients."),
            ),
            "unknown patients": (
                self.tr(
                    "The patient of 1 picture is not known. Each counts as a patient "
                    "of its own, so both eyes or two films of one person may lie in "
                    "two parts, which flatters the figures."
                ),
                self.tr(
                    "The patient of {count:,} pictures is not known. Each counts as "
                    "a patient of its own, so both eyes or two films of one person may "
                    "lie in two parts, which flatters the figures."
                ),
                self.tr(
                    "Name a column of patients, if the table has one. Otherwise say so "
                    "wherever you quote a figure of this model."
                ),
            ),
            "few": (
                few,
                few,
                self.tr(
                    "Add pictures, or make the parts for validation and test smaller."
                ),
            ),
            "one label": (
                label,
                label,
                self.tr("Add pictures with other labels, or divide anew."),
            ),
            "missing": (
                missing,
                missing,
                self.tr("Divide anew, or add pictures."),
            ),
            "leak": (
                self.tr("1 patient is in more than one part."),
                self.tr("{count:,} patients are in more than one part."),
                self.tr("Divide by patient."),
            ),
        }
