"""What a library keeps of patients, in sentences; a guess is called a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from medhash_gui.details import Kept
    from medhash_gui.privacy import PrivacySummary

_ELEMENTS_TOLD = 12
_DECLARED, _ABSENT = "declared", "declared absent"
_GUESS = "guess"


class PrivacyWords(QObject):
    """Writes the sentences of one summary.

    Args:
        summary: counts, in pictures.
    """

    def __init__(self, summary: PrivacySummary) -> None:
        super().__init__()
        self._of = summary

    def line(self) -> str:
        """Return what is to be minded, in one line; "" where there is nothing."""
        seen, parts = self._of, []
        if seen.identifying:
            parts.append(self.tr("The files carry names or numbers of patients"))
        guessed = self._guessed()
        if guessed:
            text = self.tr("text may be burned into {count:,} pictures (a guess)")
            parts.append(text.format(count=guessed))
        declared = seen.text.get(_DECLARED, 0)
        if declared:
            text = self.tr("{count:,} pictures declare text burned in")
            parts.append(text.format(count=declared))
        if seen.path_names:
            text = self.tr("{count:,} paths name a patient")
            parts.append(text.format(count=seen.path_names))
        if not parts:
            return ""
        told = "  ·  ".join(parts)
        return told[:1].upper() + told[1:]

    def kept(self, one: Kept) -> tuple[str, str]:
        """Return what one entry of the declared list is, and where it is from."""
        labels = {
            "modality": self.tr("Modality"),
            "body_part": self.tr("Body part"),
            "view": self.tr("View"),
            "laterality": self.tr("Side"),
            "sex": self.tr("Sex"),
            "age_band": self.tr("Age, ten-year band"),
            "maker": self.tr("Maker of the device"),
            "device": self.tr("Device"),
            "series": self.tr("Series, as a keyed hash"),
            "frames": self.tr("Frames in the file"),
            "identifying": self.tr("Names of identifying elements"),
            "text": self.tr("Text in the picture"),
            "path_names": self.tr("Path names the patient"),
            "report": self.tr("Report text"),
            "confirmed_by": self.tr("How the label was confirmed"),
        }
        sources = {  # elsewhere it is an element, by the name of the standard
            "identifying": self.tr("which are filled in"),
            "text": self.tr("declared in the header, or a guess"),
            "path_names": self.tr("id or name found in the path"),
            "report": self.tr("a column of the table"),
            "confirmed_by": self.tr("a column of the table"),
        }
        return labels.get(one.key, one.label), sources.get(one.key, one.source)

    def patients(self) -> str:
        """Return how many patients and cases there are, and how they are kept."""
        seen = self._of
        text = self.tr(
            "{images:,} pictures of {patients:,} patients and {cases:,} cases, "
            "each known by a number that only this library's key can make."
        ).format(images=seen.images, patients=seen.patients, cases=seen.cases)
        if seen.without_patient:
            more = self.tr("Of {count:,} pictures the patient is not known.")
            text = f"{text} {more.format(count=seen.without_patient)}"
        if seen.hidden:
            more = self.tr(
                "{count:,} records of files that are gone are kept, with their paths."
            )
            text = f"{text} {more.format(count=seen.hidden)}"
        if seen.unlinked:
            more = self.tr(
                "It was merged from libraries with different keys: one patient may "
                "count as several."
            )
            text = f"{text} {more}"
        return text

    def identifying(self) -> str:
        """Return which identifying elements the files carry; none of them is kept."""
        ranked = sorted(self._of.identifying.items(), key=lambda one: (-one[1], one[0]))
        if not ranked:
            if self._of.not_looked_at:
                return self.tr(
                    "Not known of all pictures; none was found in the others."
                )
            return self.tr("No identifying element is filled in, in any header.")
        told = ", ".join(
            self.tr("{element} ({count:,})").format(element=name, count=count)
            for name, count in ranked[:_ELEMENTS_TOLD]
        )
        if len(ranked) > _ELEMENTS_TOLD:
            more = self.tr("{told} and {count:,} more")
            told = more.format(told=told, count=len(ranked) - _ELEMENTS_TOLD)
        text = self.tr(
            "Filled in, in the headers of the files, and not kept here: {told}. "
            "Whoever gets the files gets these."
        )
        return text.format(told=told)

    def text_in_pictures(self) -> str:
        """Return in how many pictures text may stand, and how that is known."""
        seen, parts = self._of, []
        declared = seen.text.get(_DECLARED, 0)
        if declared:
            text = self.tr("{count:,} pictures declare text burned in.")
            parts.append(text.format(count=declared))
        guesses = [
            (why.partition(":")[2].strip(), count)
            for why, count in seen.text.items()
            if why.startswith(_GUESS)
        ]
        if guesses:
            told = ", ".join(
                self.tr("{why} ({count:,})").format(why=why, count=count)
                for why, count in sorted(guesses, key=lambda one: -one[1])
            )
            text = self.tr(
                "In {count:,} pictures text may be burned in. That is a guess, from: "
                "{told}. Look at them before you share pictures or screenshots."
            )
            parts.append(text.format(count=self._guessed(), told=told))
        absent = seen.text.get(_ABSENT, 0)
        if absent:
            text = self.tr("{count:,} pictures declare that none is burned in.")
            parts.append(text.format(count=absent))
        if not parts and seen.not_looked_at < seen.images:
            text = self.tr(
                "No sign of text was found in the pictures. That is no proof."
            )
            parts.append(text)
        if seen.not_looked_at:
            text = self.tr(
                "Of {count:,} pictures it is not known: they were indexed before "
                "headers and text were looked at. Index the folder into a new library."
            )
            parts.append(text.format(count=seen.not_looked_at))
        return " ".join(parts)

    def paths(self) -> str:
        """Return how many paths name a patient."""
        if not self._of.path_names:
            return self.tr("No path was found to name its patient.")
        text = self.tr(
            "{count:,} paths hold the name or the number of their patient. The library "
            "keeps paths as they are; rename the files before you share it."
        )
        return text.format(count=self._of.path_names)

    def reports(self) -> str:
        """Return how many report texts are kept."""
        if not self._of.reports:
            return ""
        text = self.tr(
            "Report texts of {count:,} pictures are kept as the table gave them; read "
            "them for names before you share the library."
        )
        return text.format(count=self._of.reports)

    def _guessed(self) -> int:
        text = self._of.text
        return sum(count for why, count in text.items() if why.startswith(_GUESS))
