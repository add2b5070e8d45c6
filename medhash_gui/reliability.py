"""How far counts among the nearest cases could be trusted, on held-out patients.

"Seven of the ten nearest cases bear it" is no probability. On pictures of patients that
the model was not trained on it can be counted how often a picture bore a label where so
many of its nearest cases did. These curves go with the model's card
(``reliability_counts`` makes them), one for each label and number of neighbours, and
one over all labels, so that a count can be told beside what such counts have meant.

They are of the held-out pictures, where a label may be rarer or more frequent than in
the reader's library; so its share there stands beside. A row of few patients is an
anecdote, and a number of neighbours that was not measured has no curve: then it is said
why nothing is told.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from medhash_gui.errors import BundleError
from medhash_gui.share import Share

MIN_PATIENTS = 20
"""Patients that a row is of, at least."""

Reason = Literal["model", "query", "asked", "label", "neighbours", "few"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval, patients drawn again.

    Args:
        value: what was found.
        low: lower bound.
        high: upper bound.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ReliabilityRow:
    """Held-out pictures of which so many of the nearest cases bore a label.

    Args:
        low_count: fewest neighbours that bore it.
        high_count: most, at least ``low_count``.
        counted: pictures; over all labels, pairs of a picture and a label.
        patients: whose pictures they are.
        bearing: how many of ``counted`` bore the label themselves.
        mean_count: mean number of neighbours that bore it.
        low: lower bound of the 95 % interval of the share that did, in [0, 1].
        high: upper bound.
    """

    low_count: int
    high_count: int
    counted: int
    patients: int
    bearing: int
    mean_count: float
    low: float
    high: float

    @property
    def share(self) -> float:
        """How many of them bore the label themselves, in [0, 1]."""
        return Share(self.bearing, self.counted).value


@dataclass(frozen=True)
class ReliabilityCurve:
    """What counts of one label, or of all, have meant at one number of neighbours.

    Args:
        neighbours: k, how many cases were counted, a patient once.
        label: the label; None for all labels together.
        base: share of the pictures that bear it, in [0, 1].
        rows: from the fewest neighbours on, without overlaps.
        brier: mean squared error of the share among the neighbours; 0 is best.
        brier_base: the same of always saying the share among the other patients.
        gain: how much smaller than ``brier_base`` it is; above 0 neighbours tell more.
        error: expected calibration error: how far the share among the neighbours was
            from that of the pictures, in the mean over all; 0 is best.
        error_chance: what as many counts that are right would show of it by chance.
    """

    neighbours: int
    label: str | None
    base: float
    rows: tuple[ReliabilityRow, ...]
    brier: Figure
    brier_base: float
    gain: Figure
    error: Figure
    error_chance: float

    def at(self, near: Share) -> ReliabilityRow | None:
        """Return the row that a count among the neighbours belongs to, or None.

        Args:
            near: the count; of another number of cases, its share decides.
        """
        for row in self.rows:
            scaled = near.count * self.neighbours
            if (row.low_count - 1) * near.of < scaled <= row.high_count * near.of:
                return row
        return None


@dataclass(frozen=True, slots=True)
class Told:
    """What a count has meant.

    Attributes:
        curve: the curve that tells it; of all labels where one label alone is rare.
        row: the count's row.
    """

    curve: ReliabilityCurve
    row: ReliabilityRow


@dataclass(frozen=True, slots=True)
class Untold:
    """Why nothing is told about a count.

    Attributes:
        reason: "model": it was not measured; "query": it is unlike the held-out
            pictures; "asked": they were not asked so; "label": none of them bore it;
            "neighbours": k is far from those measured; "few": fewer than
            ``MIN_PATIENTS`` patients had such a count.
        measured: numbers of neighbours that were measured.
    """

    reason: Reason
    measured: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reliability:
    """The curves of a model.

    Args:
        curves: of each number of neighbours, over all labels and for each.
        pictures: held-out pictures that asked each other.
        patients: whose they are; where nobody is known, pictures.
        by_patient: whether patients are known.
        of: where the pictures are from, in words.
    """

    curves: tuple[ReliabilityCurve, ...]
    pictures: int
    patients: int
    by_patient: bool = True
    of: str = ""

    @property
    def measured(self) -> tuple[int, ...]:
        """The numbers of neighbours that were measured, ascending."""
        return tuple(sorted({curve.neighbours for curve in self.curves}))

    def curve(self, neighbours: int, label: str | None) -> ReliabilityCurve | None:
        """Return the curve of a label, or of all for None, at a measured k."""
        for curve in self.curves:
            if (curve.neighbours, curve.label) == (neighbours, label):
                return curve
        return None

    def nearest(self, neighbours: int) -> int | None:
        """Return the measured k that stands for another, at most a quarter off."""
        near = [k for k in self.measured if 4 * abs(k - neighbours) <= k]
        return min(near, key=lambda k: (abs(k - neighbours), k), default=None)

    def as_json(self) -> dict[str, Any]:
        """Return the curves as JSON values; ``from_json`` reads them back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Reliability:
        """Return the curves in a model's card.

        Raises:
            BundleError: it lacks something, or its numbers cannot be true.
        """
        try:
            found = cls(
                tuple(_curve(curve) for curve in values["curves"]),
                pictures=int(values["pictures"]),
                patients=int(values["patients"]),
                by_patient=bool(values["by_patient"]),
                of=str(values.get("of", "")),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise _damaged() from error
        if not all(_is_possible(curve) for curve in found.curves):
            raise _damaged()
        return found


def look_up(
    known: Reliability | None,
    label: str,
    near: Share,
    *,
    familiarity: float | None,
    is_plain: bool = True,
) -> Told | Untold:
    """Return what a count of a label among the neighbours has meant, or why not.

    Args:
        known: of the model, or None where it was not measured.
        label: the label, as the library has it.
        near: neighbours that bear it, of all that were counted.
        familiarity: the query's ratio to the model's limit, or None where not known.
        is_plain: whether it was asked as the held-out pictures were: one whole picture,
            of all others that are not of its patient. Of hits that were let through
            for a label all bear it, which tells nothing of the query.
    """
    if known is None:
        return Untold("model")
    measured = known.measured
    if familiarity is not None and familiarity > 1:
        return Untold("query", measured)
    if not is_plain:
        return Untold("asked", measured)
    neighbours = known.nearest(near.of)
    if neighbours is None:
        return Untold("neighbours", measured)
    own = known.curve(neighbours, label)
    if own is None:
        return Untold("label", measured)
    for curve in (own, known.curve(neighbours, None)):
        row = None if curve is None else curve.at(near)
        if curve is not None and row is not None and row.patients >= MIN_PATIENTS:
            return Told(curve, row)
    return Untold("few", measured)


def look_up_each(
    known: Reliability | None,
    counts: Mapping[str, Share],
    *,
    familiarity: float | None,
    is_plain: bool,
) -> dict[str, Told | Untold]:
    """Return what the counts of several labels have meant; arguments as ``look_up``."""
    return {
        label: look_up(known, label, near, familiarity=familiarity, is_plain=is_plain)
        for label, near in counts.items()
    }


def _curve(values: Mapping[str, Any]) -> ReliabilityCurve:
    label = values["label"]
    return ReliabilityCurve(
        neighbours=int(values["neighbours"]),
        label=None if label is None else str(label),
        base=float(values["base"]),
        rows=tuple(
            ReliabilityRow(
                low_count=int(row["low_count"]),
                high_count=int(row["high_count"]),
                counted=int(row["counted"]),
                patients=int(row["patients"]),
                bearing=int(row["bearing"]),
                mean_count=float(row["mean_count"]),
                low=float(row["low"]),
                high=float(row["high"]),
            )
            for row in values["rows"]
        ),
        brier=_figure(values["brier"]),
        brier_base=float(values["brier_base"]),
        gain=_figure(values["gain"]),
        error=_figure(values["error"]),
        error_chance=float(values["error_chance"]),
    )


def _figure(values: Mapping[str, Any]) -> Figure:
    return Figure(float(values["value"]), float(values["low"]), float(values["high"]))


def _is_possible(curve: ReliabilityCurve) -> bool:
    ends = [end for row in curve.rows for end in (row.low_count, row.high_count + 1)]
    shares = [curve.base, curve.brier_base, curve.error_chance]
    for figure in (curve.brier, curve.error):
        shares += [figure.low, figure.value, figure.high]
    shares += [share for row in curve.rows for share in (row.low, row.high)]
    gains = (curve.gain.low, curve.gain.value, curve.gain.high)
    return (
        ends == sorted(ends)
        and all(0 <= end <= curve.neighbours + 1 for end in ends)
        and all(0 <= share <= 1 for share in shares)
        and all(-1 <= gain <= 1 for gain in gains)
        and all(
            0 <= row.bearing <= row.counted
            and row.patients <= row.counted
            and row.low_count <= row.mean_count <= row.high_count
            for row in curve.rows
        )
    )


def _damaged() -> BundleError:
    return BundleError(
        "The model card's 'reliability' is not a set of curves of held-out counts.",
        hint="Get the model again, or correct its card.",
    )
