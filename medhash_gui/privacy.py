"""What a library keeps of patients, what its files carry, and what sharing them means.

Counted from the details that indexing stored; no file is opened, and no identity in
clear is in reach. Whether text stands in a picture is a guess, and called one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from medhash_gui import details
from medhash_gui.burned_in import NO_SIGN
from medhash_gui.details import Kept
from medhash_gui.store import CodeStore

DECLARED, DECLARED_ABSENT = "declared", "declared absent"
"""What headers say of text in the picture (Burned In Annotation, PS3.3 C.7.6.1)."""


@dataclass(frozen=True, slots=True)
class PrivacySummary:
    """What a library holds about people, in counts of pictures that are not hidden.

    Attributes:
        images: pictures.
        identifying: in how many the header fills in an element, by its keyword; its
            content is not in the library.
        text: how many, by what is known of text in them: "declared", "declared absent",
            "no sign" or "guess: ..." and why.
        path_names: whose path repeats the name or identifier of the patient.
        kept: the declared list of what is kept of headers and tables.
        reports: with a report text, which is kept as the table gave it.
        patients: different patients.
        cases: different cases.
        without_patient: of whom nobody knows the patient.
        unlinked: the library was merged from some with different keys, so that one
            patient may count as several.
        hidden: records of files that are gone; they keep path, labels and keys.
    """

    images: int
    identifying: Mapping[str, int]
    text: Mapping[str, int]
    path_names: int
    kept: tuple[Kept, ...]
    reports: int
    patients: int
    cases: int
    without_patient: int
    unlinked: bool
    hidden: int = 0

    @property
    def text_likely(self) -> int:
        """How many pictures declare text, or are guessed to bear some."""
        return sum(
            count
            for said, count in self.text.items()
            if said not in (DECLARED_ABSENT, NO_SIGN)
        )

    @property
    def not_looked_at(self) -> int:
        """Of how many pictures nothing is known: indexed before details were kept."""
        return self.images - sum(self.text.values())

    def as_json(self) -> dict[str, Any]:
        """Return the summary as plain JSON values."""
        return {
            **asdict(self),
            "identifying": dict(self.identifying),
            "text": dict(self.text),
            "kept": [asdict(kept) for kept in self.kept],
        }


def summary(store: CodeStore) -> PrivacySummary:
    """Return what a library holds about people.

    Args:
        store: an open library; of one written before details were kept, only the
            patients are known.
    """
    visible = store.visible
    patients, cases = store.patients[visible], store.cases[visible]
    elements: Counter[str] = Counter()
    for keywords, count in store.detail_counts("identifying").items():
        for keyword in keywords.split():
            elements[keyword] += count
    return PrivacySummary(
        images=int(np.count_nonzero(visible)),
        identifying=_ranked(elements),
        text=_ranked(store.detail_counts("text")),
        path_names=sum(store.detail_counts("path_names").values()),
        kept=details.KEPT,
        reports=sum(store.detail_counts("report").values()),
        patients=len(np.unique(patients[patients >= 0])),
        cases=len(np.unique(cases[cases >= 0])),
        without_patient=int(np.count_nonzero(patients < 0)),
        unlinked=store.unlinked,
        hidden=store.hidden,
    )


def _ranked(counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts with the largest first, equal ones by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
