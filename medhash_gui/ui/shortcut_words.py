"""What a shortcut audit says, in the language of the window.

The core says it in English (``shortcut_report``), as it stands in files; here it is
said again from the same values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from medhash_gui.shortcut_figures import Estimate, Lift, Property
    from medhash_gui.shortcuts import ShortcutAudit


class ShortcutWords(QObject):
    """Says what was found."""

    def name(self, key: str) -> str:
        """Return what a property is called."""
        return {
            "labels": self.tr("Labels"),
            "view": self.tr("View"),
            "modality": self.tr("Modality"),
            "body_part": self.tr("Body part"),
            "laterality": self.tr("Side"),
            "device": self.tr("Device"),
            "maker": self.tr("Maker of the device"),
            "sex": self.tr("Sex"),
            "age_band": self.tr("Age, ten-year band"),
            "confirmed_by": self.tr("How the label was confirmed"),
            "folder": self.tr("First folder"),
            "subfolder": self.tr("Own folder"),
            "file_type": self.tr("Kind of file"),
        }.get(key, key)

    def names(self, keys: tuple[str, ...]) -> str:
        """Return several names in one line."""
        return ", ".join(self.name(key) for key in keys)

    def conclusion(self, audit: ShortcutAudit) -> str:
        """Return what was found, in one sentence."""
        named = tuple(one.key for one in audit.named)
        if named:
            text = self.tr(
                "Neighbours share these more than labels, among pictures of the same "
                "label, too: {names}. Look at what such hits have in common."
            )
            return text.format(names=self.names(named))
        if any(one.more_than_labels is not None for one in audit.properties):
            return self.tr(
                "No evidence that neighbours share anything listed here more than "
                "labels. What is not listed was not looked at."
            )
        return self.tr("Nothing here can be compared with labels.")

    def sampled(self, audit: ShortcutAudit, day: str) -> str:
        """Return what was looked at, and when."""
        text = self.tr(
            "{sampled:,} of {patients:,} patients, one picture each, against "
            "{searched:,} pictures; {neighbours} neighbours; seed {seed}; {day}."
        ).format(
            sampled=audit.sampled,
            patients=audit.patients,
            searched=audit.searched,
            neighbours=audit.neighbours,
            seed=audit.seed,
            day=day,
        )
        if audit.unknown_patients:
            more = self.tr(
                "Of {count:,} the patient is not known; each content counts as a "
                "patient."
            )
            text = f"{text} {more.format(count=audit.unknown_patients)}"
        if audit.not_stated:
            more = self.tr("Not stated by any picture: {names}.")
            text = f"{text} {more.format(names=self.names(audit.not_stated))}"
        return text

    def sentence(self, one: Property) -> str:
        """Return what may be said of a property."""
        if one.verdict == "withheld":
            text = self.tr("Nothing is said: {reason}.")
            return text.format(reason=self._reasons()[one.overall.reason])
        return self._sentences()[one.verdict]

    def counted(self, one: Property) -> str:
        """Return what the figures of a property were counted of."""
        text = self.tr("{patients:,} patients count; {values:,} different values.")
        text = text.format(patients=one.overall.patients, values=one.values)
        if one.unknown:
            more = self.tr("Of {count:,} sampled patients it is not known.")
            text = f"{text} {more.format(count=one.unknown)}"
        if one.within is not None and one.within.patients:
            more = self.tr(
                "Among pictures that share a label: {agreement:.0%} of neighbours "
                "agree, by chance {chance:.0%}; {patients:,} patients."
            ).format(
                agreement=one.within.agreement,
                chance=one.within.chance,
                patients=one.within.patients,
            )
            text = f"{text} {more}"
        return text

    def interval(self, one: Estimate | None) -> str:
        """Return a figure with its interval; "–" where it is withheld."""
        if one is None:
            return "–"
        text = self.tr("{value:.2f} ({low:.2f} to {high:.2f})")
        return text.format(value=one.value, low=one.low, high=one.high)

    def difference(self, one: Estimate | None) -> str:
        """Return a difference with its interval; "–" where it is withheld."""
        if one is None:
            return "–"
        text = self.tr("{value:+.2f} ({low:+.2f} to {high:+.2f})")
        return text.format(value=one.value, low=one.low, high=one.high)

    def agreement(self, one: Lift) -> str:
        """Return agreement beside chance; "–" where nobody counts."""
        if not one.patients:
            return "–"
        text = self.tr("{agreement:.0%}, by chance {chance:.0%}")
        return text.format(agreement=one.agreement, chance=one.chance)

    def _reasons(self) -> Mapping[str, str]:
        same = self.tr("every picture has the same")
        return {
            "few": self.tr("known of fewer than 20 sampled patients"),
            "one_value": same,
            "no_pairs": self.tr("no two patients share it"),
            "follows_labels": same,
        }

    def _sentences(self) -> Mapping[str, str]:
        return {
            "labels_near": self.tr("Neighbours share labels more often than chance."),
            "labels_at_chance": self.tr(
                "No evidence that neighbours share labels more often than chance."
            ),
            "shares_more": self.tr(
                "Neighbours share it more than labels, among pictures that share a "
                "label, too: it may be what makes them near."
            ),
            "follows_labels": self.tr(
                "Neighbours share it more than labels; among pictures that share a "
                "label there is no evidence that they do so more often than chance, so "
                "that it may merely follow the labels."
            ),
            "follows_unknown": self.tr(
                "Neighbours share it more than labels; whether it merely follows the "
                "labels cannot be told from so few."
            ),
            "same_label_too": self.tr(
                "No evidence that neighbours share it more than labels; among pictures "
                "that share a label they share it more often than chance."
            ),
            "no_evidence": self.tr(
                "No evidence that neighbours share it more than labels."
            ),
            "near_without_labels": self.tr(
                "Neighbours share it more often than chance; there are no labels to "
                "compare with."
            ),
            "chance_without_labels": self.tr(
                "No evidence that neighbours share it more often than chance; there "
                "are no labels to compare with."
            ),
        }
