"""Which labels count and which pictures ask: the views of a multi-label set.

Of chest films "No Finding" is a label as good as any (view "all labels"), which then
measures mostly normal against abnormal, or none: two normal films are then not alike,
and only films with a finding ask ("findings only").
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from medhash_gui.errors import DatasetError
from medhash_gui.retrieval import Coded

NO_FINDING = "No Finding"
ALL_LABELS = "all labels"
FINDINGS_ONLY = "findings only"


@dataclass(frozen=True, slots=True)
class LabelView:
    """How a set is looked at.

    Attributes:
        without: labels that do not count.
        queries: "labelled": only pictures with a label that counts ask; "all": the
            others ask, too, have nothing to find and count 0.
        database: which pictures answer.
    """

    without: tuple[str, ...] = ()
    queries: Literal["labelled", "all"] = "labelled"
    database: Literal["labelled", "all"] = "all"

    def of(
        self, query: Coded, database: Coded, classes: Sequence[str]
    ) -> tuple[Coded, Coded, tuple[str, ...]]:
        """Return the two sets and the classes of this view.

        Raises:
            DatasetError: a label is not there, or no query is left.
        """
        missing = [name for name in self.without if name not in classes]
        if missing:
            message = f"There is no label {missing[0]!r} to leave out."
            raise DatasetError(message, hint=f"The labels are: {', '.join(classes)}.")
        kept = [at for at, name in enumerate(classes) if name not in self.without]
        asked = _with(query, kept, labelled=self.queries == "labelled")
        if not len(asked.labels):
            message = f"No query has another label than {', '.join(self.without)}."
            raise DatasetError(message, hint="Leave fewer labels out.")
        return (
            asked,
            _with(database, kept, labelled=self.database == "labelled"),
            tuple(classes[at] for at in kept),
        )


def no_finding(classes: Collection[str]) -> str | None:
    """Return the label that means "No Finding", however it is written, or None."""
    wanted = NO_FINDING.casefold().replace(" ", "")
    for name in classes:
        if name.casefold().replace("_", "").replace(" ", "") == wanted:
            return name
    return None


def usual(classes: Collection[str]) -> dict[str, LabelView]:
    """Return the views that a set is shown in, by name.

    With all labels, and without the one that means "No Finding", where there is one and
    two others are left to be told apart.
    """
    views = {ALL_LABELS: LabelView()}
    normal = no_finding(classes)
    if normal is not None and len(classes) > 2:
        views[FINDINGS_ONLY] = LabelView((normal,))
    return views


def same_class(query: Coded, database: Coded) -> tuple[Coded, Coded]:
    """Return the sets with one label a picture: the combination of all that it bears.

    Two pictures are then alike only if all their labels are the same.
    """
    both = np.concatenate([query.labels, database.labels])
    _, number = np.unique(both, axis=0, return_inverse=True)
    one_hot = np.eye(int(number.max()) + 1, dtype=np.float32)[number.ravel()]
    count = len(query.labels)
    return (
        Coded(query.vectors, one_hot[:count], query.patients),
        Coded(database.vectors, one_hot[count:], database.patients),
    )


def _with(pictures: Coded, columns: list[int], *, labelled: bool) -> Coded:
    chosen = Coded(pictures.vectors, pictures.labels[:, columns], pictures.patients)
    if not labelled:
        return chosen
    return chosen.take(np.flatnonzero(chosen.labels.any(axis=1)))
