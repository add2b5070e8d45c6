"""The rows of a library on a Milvus server, as one search sees them: exactly.

Milvus gives the k nearest rows and cuts through the last group of ties. So it is asked
for some more, and where the last of them still ties, for all rows at that distance, in
pieces by their numbers: a group of ties comes whole, however large.

Of several query codes Milvus knows no sum of distances. But a row with a good sum is
near to one of them, or to the opposite of one to be unlike: all rows around each of
these, as far as the sum allows, are fetched and their sums taken here (``_reach``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from medhash_gui import codes, nearest
from medhash_gui.codes import HashCodes
from medhash_gui.images import ImageRecord
from medhash_gui.milvus_client import MOST_ROWS, MilvusClient
from medhash_gui.milvus_layout import (
    ORDER_FIELDS,
    RECORD_FIELDS,
    Index,
    ServedFacts,
    damaged,
    to_code,
    to_record,
    to_soft,
)
from medhash_gui.nearest import Near, Target
from medhash_gui.searched_library import Rows, Words

# So many times as many rows as wanted are asked for at first, to hold the last ties.
_MORE = 2
_LEAST = 64
# Numbers of rows in one condition, and rows in the answer to a batch of codes.
_ROWS_A_CALL = 4096
_ANSWERS_A_CALL = 262_144

_Hits = tuple[Rows, npt.NDArray[np.int64]]


class MilvusSelection:
    """A ``Selection`` of a ``MilvusStore``.

    Every method raises LibraryError where the server does not answer, StoreFormatError
    where what it answers is damaged.
    """

    def __init__(
        self,
        client: MilvusClient,
        facts: ServedFacts,
        since: int,
        labels: Sequence[str] = (),
    ) -> None:
        """Take the rows of a library.

        Args:
            client: the connection.
            facts: what is known of the library.
            since: a timestamp after the last row was inserted.
            labels: rows pass that bear one of these; () for no condition.
        """
        self._client, self._facts, self._since = client, facts, since
        self._bits = int(facts.info["bits"])
        self._width = codes.code_bytes(self._bits)
        self._names = list(facts.labels)
        self._where = "shown == true"
        if labels:
            self._where += f" and {self._bears(labels)}"
        self._count: int | None = None
        self._known: dict[int, dict[str, Any]] = {}
        self._numbers: dict[str, int] = {}

    # -- which rows ----------------------------------------------------------------

    def count(self, rows: Rows | None = None) -> int:
        """Return how many of some rows, or of all, pass."""
        if rows is not None:
            return len(self.passed(rows))
        if self._count is None:
            self._count = self._client.count(
                self._facts.rows_in, where=self._where, since=self._since
            )
        return self._count

    def passed(self, rows: Rows) -> Rows:
        """Return which of some rows pass, in the order given."""
        found = {row["id"] for row in self._named(rows, (), where=self._where)}
        return np.array([row for row in rows.tolist() if row in found], np.intp)

    def with_digest(self, digest: bytes) -> Rows:
        """Return the rows of one content, hidden ones included, ascending."""
        return self._rows_where(f'digest == "{digest.hex()}"')

    def of_patient(self, key: str) -> Rows:
        """Return the rows of one patient, hidden ones included, ascending."""
        if not key.replace("-", "").isalnum():
            return np.zeros(0, np.intp)
        return self._rows_where(f'patient == "{key}"')

    def bearing(self, label: str | None = None) -> Rows:
        """Return the passing rows that bear a label, or any label, ascending."""
        names = self._names if label is None else [label]
        if not names:
            return np.zeros(0, np.intp)
        return self._rows_where(f"{self._where} and {self._bears(names)}")

    def _bears(self, labels: Sequence[str]) -> str:
        # Of a label that nobody bears no row has the number.
        known = {name: number for number, name in enumerate(self._names)}
        numbers = [known.get(name, -1) for name in labels]
        return f"array_contains_any(labels, {numbers})"

    # -- what is near --------------------------------------------------------------

    def nearest(
        self, targets: Sequence[Target], *, top: Sequence[int], within: int | None
    ) -> list[Near]:
        """Return the passing rows nearest to each target."""
        limit = min(MOST_ROWS, max(_LEAST, _MORE * max(top, default=1)))
        centres = [self._centres(target) for target in targets]
        hits = self._first([code for codes in centres for code in codes], limit)
        found, at = [], 0
        for target, own, wanted in zip(targets, centres, top, strict=True):
            firsts = hits[at : at + len(own)]
            at += len(own)
            near = self._best(target, firsts, limit, wanted, within)
            found.append(near.up_to(wanted))
        return found

    def up_to(self, target: Target, score: int) -> Near:
        """Return all passing rows whose score is at most ``score``."""
        reach = _reach(target, score, self._bits)
        near = self._scored(target, self._around(target, reach))
        return near.at(np.flatnonzero(near.scores <= score))

    def _best(
        self,
        target: Target,
        firsts: Sequence[_Hits],
        limit: int,
        wanted: int,
        within: int | None,
    ) -> Near:
        """Return the rows near a target, complete up to the last one wanted.

        Args:
            target: what they are near to.
            firsts: the ``limit`` rows nearest to each of its centres.
            limit: how many were asked for.
            wanted: how many rows are.
            within: greatest mean distance of a row.
        """
        if target.is_single:
            return self._completed(target, firsts[0], limit, wanted, within)
        short = [rows for rows, _ in firsts if len(rows) < limit]
        if short:  # then it holds every row that passes
            return self._near_enough(target, self._scored(target, short[0]), within)
        known = self._scored(target, _all(rows for rows, _ in firsts))
        known = self._near_enough(target, known, within)
        reach = self._bits if within is None else within
        if len(known.rows) >= wanted:
            bound = int(known.up_to(wanted).scores.max())
            reach = min(reach, _reach(target, bound, self._bits))
        near = self._scored(target, self._around(target, reach))
        return self._near_enough(target, near, within)

    def _completed(
        self,
        target: Target,
        first: _Hits,
        limit: int,
        wanted: int,
        within: int | None,
    ) -> Near:
        """Return the rows near one code, complete up to the last one wanted."""
        rows, distances = first
        if len(rows) == limit:
            farthest = self._bits if within is None else min(within, self._bits)
            last = int(distances[-1])
            is_whole = distances < last
            rows, distances = rows[is_whole], distances[is_whole]
            while len(rows) < wanted and last <= farthest:
                ring = self._ring(self._centres(target)[0], last, last)
                rows = np.concatenate([rows, ring])
                tied = np.full(len(ring), last, np.int64)
                distances = np.concatenate([distances, tied])
                last += 1
        order = np.argsort(rows)
        if within is not None:
            order = order[distances[order] <= within]
        return Near(rows, distances).at(order)

    def _around(self, target: Target, reach: int) -> Rows:
        """Return all rows up to a distance from any centre, ascending."""
        reach = min(reach, self._bits)
        if reach < 0:
            return np.zeros(0, np.intp)
        return _all(self._ring(code, 0, reach) for code in self._centres(target))

    def _ring(self, code: bytes, low: int, high: int) -> Rows:
        """Return all rows of which a code differs in ``low`` to ``high`` bits."""
        limits = {"radius": high + 1, "range_filter": low}

        def ask(where: str) -> list[int]:
            found = self._search([code], where, MOST_ROWS, **limits)[0]
            return [row for row, _ in found]

        return self._in_pieces(ask, self._where)

    def _first(self, asked: Sequence[bytes], limit: int) -> list[_Hits]:
        """Return the ``limit`` rows nearest to each code, nearest first."""
        found: list[_Hits] = []
        step = max(1, _ANSWERS_A_CALL // limit)
        for start in range(0, len(asked), step):
            part = asked[start : start + step]
            for hits in self._search(part, self._where, limit):
                pairs = np.array(hits, np.int64).reshape(-1, 2)
                found.append((pairs[:, 0].astype(np.intp), pairs[:, 1]))
        return found

    def _search(
        self, asked: Sequence[bytes], where: str, limit: int, **limits: int
    ) -> list[list[tuple[int, int]]]:
        return self._client.search(
            self._facts.rows_in,
            asked,
            where=where,
            limit=limit,
            since=self._since,
            parameters=limits | _parameters(self._facts.index),
        )

    def _scored(self, target: Target, rows: Rows) -> Near:
        rows = np.sort(rows)
        return Near(rows, nearest.scores(self.words(rows), target))

    def _near_enough(self, target: Target, near: Near, within: int | None) -> Near:
        """Return the rows whose mean distance to ``like`` is at most ``within``."""
        if within is None:
            return near
        like = Target(target.like, target.like[:0])
        sums = nearest.scores(self.words(near.rows), like)
        return near.at(np.flatnonzero(sums <= within * len(target.like)))

    def _centres(self, target: Target) -> list[bytes]:
        """Return the packed codes that hits are near to: see ``_reach``."""
        unlike = HashCodes(self._packed(target.unlike), self._bits).opposite()
        packed = np.concatenate([self._packed(target.like), unlike.packed])
        return [code.tobytes() for code in packed]

    def _packed(self, words: Words) -> npt.NDArray[np.uint8]:
        """Return whole words as the packed codes that they came from: uint8 (n, B)."""
        return np.ascontiguousarray(words).view(np.uint8)[:, : self._width]

    # -- what rows hold ------------------------------------------------------------

    def words(self, rows: Rows) -> Words:
        """Return the codes of some rows as whole words: uint64 (n, W)."""
        packed = b"".join(
            self._checked(lambda row: to_code(row["code"], self._width), rows)
        )
        values = np.frombuffer(packed, np.uint8).reshape(-1, self._width)
        return codes.words(values)

    def patients(self, rows: Rows) -> npt.NDArray[np.int32]:
        """Return a number for each row's patient: int32 (n,), -1 for unknown."""
        return self._group(rows, "patient")

    def cases(self, rows: Rows) -> npt.NDArray[np.int32]:
        """Return a number for each row's case: int32 (n,), -1 for unknown."""
        return self._group(rows, "case_key")

    def digests(self, rows: Rows) -> npt.NDArray[np.uint8]:
        """Return the contents of some rows: uint8 (n, 16)."""
        found = self._checked(lambda row: bytes.fromhex(row["digest"]), rows)
        return np.frombuffer(b"".join(found), np.uint8).reshape(-1, 16)

    def frames(self, rows: Rows) -> npt.NDArray[np.int32]:
        """Return the frames of some rows: int32 (n,)."""
        return np.array(self._checked(lambda row: row["frame"], rows), np.int32)

    def paths(self, rows: Rows) -> list[str]:
        """Return the paths of some rows."""
        return [record.path for record in self.records(rows)]

    def soft(self, rows: Rows) -> npt.NDArray[np.float16]:
        """Return the soft values of some rows: float16 (n, K)."""
        texts = self._checked(lambda row: row["soft"], rows)
        try:
            return to_soft(texts, self._bits)
        except ValueError as error:
            raise damaged(self._client.uri) from error

    def records(self, rows: Rows) -> list[ImageRecord]:
        """Return the records of some rows."""
        found = {row["id"]: row for row in self._named(rows, RECORD_FIELDS)}
        try:
            return [to_record(found[row], self._names) for row in rows.tolist()]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise damaged(self._client.uri) from error

    def _group(self, rows: Rows, field: str) -> npt.NDArray[np.int32]:
        numbers = self._numbers
        keys = self._checked(lambda row: row[field], rows)
        found = [numbers.setdefault(key, len(numbers)) if key else -1 for key in keys]
        return np.array(found, np.int32)

    def _checked(self, read: Callable[[dict[str, Any]], Any], rows: Rows) -> list[Any]:
        """Return something of each row; rows are fetched once."""
        missing = [row for row in rows.tolist() if row not in self._known]
        for row in self._named(np.array(missing, np.intp), ORDER_FIELDS):
            self._known[row["id"]] = row
        try:
            return [read(self._known[row]) for row in rows.tolist()]
        except (ValueError, KeyError, TypeError) as error:
            raise damaged(self._client.uri) from error

    # -- asking --------------------------------------------------------------------

    def _named(
        self, rows: Rows, fields: Sequence[str], *, where: str = ""
    ) -> list[dict[str, Any]]:
        """Return fields of those of some rows that a condition lets pass."""
        found: list[dict[str, Any]] = []
        for start in range(0, len(rows), _ROWS_A_CALL):
            part = f"id in {rows[start : start + _ROWS_A_CALL].tolist()}"
            found += self._client.query(
                self._facts.rows_in,
                where=f"{where} and {part}" if where else part,
                fields=("id", *fields),
                since=self._since,
            )
        return found

    def _rows_where(self, where: str) -> Rows:
        def ask(condition: str) -> list[int]:
            found = self._client.query(
                self._facts.rows_in, where=condition, fields=("id",), since=self._since
            )
            return [row["id"] for row in found]

        return self._in_pieces(ask, where)

    def _in_pieces(self, ask: Callable[[str], list[int]], where: str) -> Rows:
        """Return all rows of an answer, ascending, however many they are.

        Args:
            ask: returns rows that a condition lets pass, ``MOST_ROWS`` of them at most.
            where: the condition.
        """
        found: list[int] = []
        pieces = [(0, self._facts.row_count)]
        while pieces:
            start, stop = pieces.pop()
            piece = where
            if stop - start < self._facts.row_count:
                piece += f" and id >= {start} and id < {stop}"
            rows = ask(piece)
            if len(rows) < MOST_ROWS or stop - start <= MOST_ROWS:
                found += rows
            else:
                middle = (start + stop) // 2
                pieces += [(start, middle), (middle, stop)]
        return np.array(sorted(found), np.intp)


def _reach(target: Target, score: int, bits: int) -> int:
    """Return how far a row of at most some score can be from the nearest centre.

    With P codes to be like and A the sum of the distances to them, the score is A. With
    M others, B the sum of the distances to them and C = K M - B that to their
    opposites, it is 2 M A - P B = 2 M A + P C - K P M. Either way the score tells a sum
    of weighted distances to all centres, and not every one is above their mean.
    """
    like, unlike = len(target.like), len(target.unlike)
    if not unlike:
        return score // like
    return (score + bits * like * unlike) // (3 * like * unlike)


def _parameters(index: Index) -> dict[str, int]:
    return {} if index.is_exact else {"nprobe": index.nprobe}


def _all(parts: Iterable[Rows]) -> Rows:
    """Return the rows of all parts, ascending, each once."""
    return np.unique(np.concatenate([np.zeros(0, np.intp), *parts]))
