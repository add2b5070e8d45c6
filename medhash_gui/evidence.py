"""What the nearest cases say, counted: nothing here names or suggests a diagnosis.

Of the k nearest cases it is counted how many bear each label, with the interval that so
few cases allow, beside how many of the whole library do. A patient counts once, by the
nearest picture, since a second film of the same person is no second opinion. Beside the
labels stands what else the nearest have in common (view, device, …): if they agree on
the device more than the library does, the device may be what made them near.

The interval is Wilson's (``share``). It treats the neighbours as drawn at random, which
they are not; it says what the number of cases allows to say, and no more. How far such
counts held on patients that the model had not seen, ``reliability`` tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from medhash_gui.answer import Answer, View
from medhash_gui.conditions import Flags
from medhash_gui.queries import Query, QuerySet
from medhash_gui.search import search
from medhash_gui.search_result import SearchFilter, SearchHit
from medhash_gui.share import Share

if TYPE_CHECKING:
    from medhash_gui.store import CodeStore

MOST_NEIGHBOURS = 200
COMPARED_DETAILS = ("view", "modality", "device", "maker", "sex", "age_band")
"""Details that may bring pictures together without their content."""


@dataclass(frozen=True, slots=True)
class LabelShare:
    """One label among the neighbours.

    Attributes:
        label: the label.
        near: neighbours that bear it.
        base: pictures of the library that bear it, of all that were searched.
        sources: how it was confirmed, and for how many neighbours; "" for not stated.
    """

    label: str
    near: Share
    base: Share
    sources: Mapping[str, int]

    @property
    def is_above_base(self) -> bool:
        """Whether the interval lies above the share of the library."""
        return self.near.interval[0] > self.base.value

    @property
    def is_below_base(self) -> bool:
        """Whether the interval lies below the share of the library."""
        return self.near.interval[1] < self.base.value


@dataclass(frozen=True, slots=True)
class Agreement:
    """What else the neighbours have in common.

    Attributes:
        key: the detail.
        value: what most neighbours that state it have.
        near: neighbours that have it, of those that state it.
        base: pictures of the library that have it, of those that state it.
    """

    key: str
    value: str
    near: Share
    base: Share

    @property
    def is_suspicious(self) -> bool:
        """Whether they agree on it more than the library does."""
        return self.near.interval[0] > self.base.value


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the nearest cases say.

    Attributes:
        asked: how many neighbours were asked for.
        neighbours: the nearest picture of each case that was counted, nearest first.
        labels: by share among the neighbours.
        unlabelled: neighbours without a label.
        contrast: the nearest picture that bears a label but none of the nearest case's;
            None where there is no such picture.
        agreements: what else they have in common, details that somebody states.
        tied_out: pictures as near as the last neighbour that were not counted.
        searched: pictures that were compared.
        of_all: whether no filter chose which pictures were compared.
        is_plain: whether besides one picture alone was asked about, and none of its own
            patient is near.
    """

    asked: int
    neighbours: tuple[SearchHit, ...]
    labels: tuple[LabelShare, ...]
    unlabelled: int
    contrast: SearchHit | None
    agreements: tuple[Agreement, ...]
    tied_out: int
    searched: int
    of_all: bool = True
    is_plain: bool = True


def weigh(
    store: CodeStore,
    query: Query | QuerySet,
    *,
    filter: SearchFilter,
    neighbours: int,
) -> Evidence:
    """Return what the nearest cases say.

    Args:
        store: the library.
        query: what was searched for.
        filter: as for ``search``.
        neighbours: how many cases to count, 1 to ``MOST_NEIGHBOURS``.

    Raises:
        ValueError: ``neighbours`` is out of its range.
    """
    if not 1 <= neighbours <= MOST_NEIGHBOURS:
        msg = f"1 to {MOST_NEIGHBOURS} neighbours can be counted, not {neighbours}."
        raise ValueError(msg)
    near, tied_out, searched = _nearest_cases(store, query, filter, neighbours)
    base = _searched_rows(store, query, filter)
    of_all = not (filter.labels or filter.needs_details)
    return Evidence(
        asked=neighbours,
        neighbours=near,
        labels=_label_shares(store, near, base),
        unlabelled=sum(not hit.record.labels for hit in near),
        contrast=_contrast(store, query, filter, near),
        agreements=_agreements(store, near, base),
        tied_out=tied_out,
        searched=searched,
        of_all=of_all,
        is_plain=of_all and _is_alone(QuerySet.of(query), near),
    )


def _is_alone(asked: QuerySet, near: tuple[SearchHit, ...]) -> bool:
    """Return whether one picture was asked about, and none of its patient is near."""
    own = {query.patient_key for query in asked.like} - {None}
    is_near = any(hit.record.patient_key in own for hit in near)
    return len(asked.pictures) == 1 and not is_near


def _nearest_cases(
    store: CodeStore,
    query: Query | QuerySet,
    asked: SearchFilter,
    count: int,
) -> tuple[tuple[SearchHit, ...], int, int]:
    """Return the nearest hit of each patient, and how many ties stayed outside."""
    top = count
    while True:
        result = search(store, query, filter=asked, top=top)
        hits = [hit for hit in result.hits if not hit.identical]
        cases = _one_a_patient(hits)
        if len(cases) >= count or len(hits) < top:
            break
        top *= 2
    cases = cases[:count]
    if not cases:
        return (), 0, result.searched
    last = cases[-1]
    inside = sum(hit.distance == last.distance for hit in cases)
    return tuple(cases), max(0, last.tie_size - inside), result.searched


def _one_a_patient(hits: Iterable[SearchHit]) -> list[SearchHit]:
    kept: list[SearchHit] = []
    seen: set[str] = set()
    for hit in hits:
        patient = hit.record.patient_key
        if patient is None or patient not in seen:
            kept.append(hit)
        if patient is not None:
            seen.add(patient)
    return kept


def _searched_rows(
    store: CodeStore, query: Query | QuerySet, asked: SearchFilter
) -> Flags:
    """Return which rows were compared: bool (N,)."""
    view = View(store, asked, 1, None)
    rows = np.zeros(store.row_count, np.bool_)
    rows[view.rows.passed(np.arange(len(rows)))] = True
    rows[Answer(view, QuerySet.of(query)).left_out] = False
    return rows


def _label_shares(
    store: CodeStore, near: tuple[SearchHit, ...], base: Flags
) -> tuple[LabelShare, ...]:
    sources: dict[str, Counter[str]] = {}
    for hit in near:
        source = dict(hit.record.details).get("confirmed_by", "")
        for label in set(hit.record.labels):
            sources.setdefault(label, Counter())[source] += 1
    searched = int(np.count_nonzero(base))
    shares = [
        LabelShare(
            label,
            Share(confirmed.total(), len(near)),
            Share(_count(store.label_mask(label), base), searched),
            dict(confirmed.most_common()),
        )
        for label, confirmed in sources.items()
    ]
    return tuple(sorted(shares, key=lambda one: (-one.near.count, one.label)))


def _agreements(
    store: CodeStore, near: tuple[SearchHit, ...], base: Flags
) -> tuple[Agreement, ...]:
    found = []
    for key in COMPARED_DETAILS:
        stated = Counter(dict(hit.record.details).get(key, "") for hit in near)
        del stated[""]
        if not stated:
            continue
        value, count = min(stated.items(), key=lambda item: (-item[1], item[0]))
        without = _count(store.detail_mask(key, "".__eq__), base)
        stating = int(np.count_nonzero(base)) - without
        bearing = _count(store.detail_mask(key, value.__eq__), base)
        near_share = Share(count, stated.total())
        found.append(Agreement(key, value, near_share, Share(bearing, stating)))
    return tuple(found)


def _count(mask: Flags, base: Flags) -> int:
    return int(np.count_nonzero(mask[: len(base)] & base))


def _contrast(
    store: CodeStore,
    query: Query | QuerySet,
    asked: SearchFilter,
    near: tuple[SearchHit, ...],
) -> SearchHit | None:
    """Return the nearest picture that bears none of the nearest case's labels."""
    nearest = next((hit for hit in near if hit.record.labels), None)
    if nearest is None:
        return None
    other = replace(asked, labels=(), other_than=nearest.record.labels, within=None)
    result = search(store, query, filter=other, top=1)
    return next((hit for hit in result.hits if not hit.identical), None)
