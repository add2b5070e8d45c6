"""Put a library on a Milvus server, in place of what was pushed there before.

What is there answers until all of the new one is: the last step lets the library's name
mean the new rows. A push that is stopped leaves the old ones; what it had sent is
removed, by itself or by the next one.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from medhash_gui import codes, milvus_client, nearest
from medhash_gui.errors import LibraryError
from medhash_gui.milvus_client import MilvusClient
from medhash_gui.milvus_layout import Index, ServedFacts, fields, to_row
from medhash_gui.milvus_selection import MilvusSelection
from medhash_gui.milvus_store import key_file
from medhash_gui.milvus_uri import MilvusUri
from medhash_gui.nearest import Target
from medhash_gui.store import CodeStore

IndexKind = Literal["BIN_FLAT", "BIN_IVF_FLAT"]

# What goes over at a time: Milvus takes 64 MB.
_BATCH_ROWS = 2048
_BATCH_CHARACTERS = 8_000_000
# An approximate index is tried with so many of the library's own codes.
_TRIED, _TRIED_TOP = 100, 10
_MOST_CLUSTERS = 65_536


@dataclass(frozen=True, slots=True)
class PushProgress:
    """How far a push has come, in rows."""

    done: int
    found: int


@dataclass(frozen=True, slots=True)
class PushReport:
    """What a push did.

    Attributes:
        rows: rows on the server now, hidden ones included.
        hidden: how many of them are hidden.
        replaced: whether an earlier push was replaced.
        index: how the server finds what is near.
    """

    rows: int
    hidden: int
    replaced: bool
    index: Index


def pushing(
    store: CodeStore, uri: MilvusUri, *, index: IndexKind = "BIN_FLAT"
) -> Generator[PushProgress, None, PushReport]:
    """Put a library on a server, batch by batch.

    Args:
        store: the library; it is only read.
        uri: where it goes.
        index: how the server shall find what is near; "BIN_IVF_FLAT" may miss rows.

    Raises:
        MissingExtraError: pymilvus is not installed.
        LibraryError: the server does not answer or cannot take it, or something else
            has the name.
    """
    client = milvus_client.connect(uri)
    try:
        return (yield from _Push(store, uri, client).run(index))
    finally:
        client.close()


def withdraw(uri: MilvusUri) -> None:
    """Take a library off a server; the one it was pushed from stays as it is.

    Raises:
        MissingExtraError: pymilvus is not installed.
        LibraryError: the server does not answer, or has no such library.
    """
    client = milvus_client.connect(uri)
    try:
        found = client.find(uri.name)
        if found is None:
            message = f"There is no library at {uri}."
            raise LibraryError(message, hint="Check the name in the address.")
        ServedFacts.parse(found, uri)
        client.forget(uri.name)
        for name in client.names():
            if _is_of(uri, name):
                client.drop(name)
    finally:
        client.close()


class _Push:
    def __init__(self, store: CodeStore, uri: MilvusUri, client: MilvusClient) -> None:
        self._store, self._uri, self._client = store, uri, client
        self._rows_in = f"{uri.name}__{secrets.token_hex(4)}"
        self._facts_in = f"{self._rows_in}_facts"
        self._labels = self._label_numbers()

    def run(self, kind: IndexKind) -> Generator[PushProgress, None, PushReport]:
        """Send everything, then let the name mean it."""
        store, client = self._store, self._client
        is_replaced = self._check_name()
        rows = np.flatnonzero(~store.removed)
        width = codes.code_bytes(store.bits)
        is_whole = False
        try:
            client.create(self._rows_in, "rows", width, fields(store.bits))
            done = 0
            for batch in self._batches(rows):
                client.insert(self._rows_in, batch)
                done += len(batch)
                yield PushProgress(done, len(rows))
            index = _plan(kind, len(rows))
            clusters = {} if index.is_exact else {"nlist": index.nlist}
            client.build(self._rows_in, kind, fields(store.bits), **clusters)
            self._check_count(len(rows))
            index = self._tried(index)
            client.create(self._facts_in, self._facts(index).as_text(), 1, ())
            self._keep_key()
            client.point(self._uri.name, self._facts_in, is_new=not is_replaced)
            is_whole = True
        finally:
            self._clean_up(is_whole=is_whole)
        hidden = int(np.count_nonzero(~store.visible[rows]))
        return PushReport(len(rows), hidden, is_replaced, index)

    # -- before and after ----------------------------------------------------------

    def _check_name(self) -> bool:
        """Return whether the name means this library already; raise for another."""
        found = self._client.find(self._uri.name)
        if found is None:
            return False
        facts = ServedFacts.parse(found, self._uri)
        theirs = facts.info.get("key_id")
        if theirs != self._store.key_id:
            message = (
                f"{self._uri} holds another library (key {theirs}; {self._store.name} "
                f"has {self._store.key_id})."
            )
            raise LibraryError(message, hint="Choose another name in the address.")
        return True

    def _check_count(self, rows: int) -> None:
        found = self._client.count(self._rows_in, where="", since=0)
        if found != rows:
            message = f"{self._uri.server} took {found} of {rows} rows."
            raise LibraryError(message, hint="Push again; see the server's own log.")

    def _clean_up(self, *, is_whole: bool) -> None:
        """Remove the collections of earlier pushes, or of this one if it failed."""
        try:
            for name in self._client.names():
                is_this = name in (self._rows_in, self._facts_in)
                if _is_of(self._uri, name) and is_this != is_whole:
                    self._client.drop(name)
        except LibraryError:
            # The reason that matters is under way already; the next push removes it.
            if is_whole:
                raise

    def _keep_key(self) -> None:
        """Put the key where a search on the server looks for it, its owner's alone."""
        file = key_file(self._store.key_id)
        if file.exists():
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"The key cannot be kept in {file}: {error.strerror or error}."
            raise LibraryError(message, hint="See that you may write there.") from error
        self._store.write_key(file)

    # -- what is sent --------------------------------------------------------------

    def _batches(self, rows: npt.NDArray[np.intp]) -> Iterator[list[dict[str, Any]]]:
        """Yield rows as the server keeps them, a few megabytes at a time."""
        store = self._store
        visible, batch, characters = store.visible, [], 0
        for start in range(0, len(rows), _BATCH_ROWS):
            part = rows[start : start + _BATCH_ROWS]
            packed = store.packed[part]
            soft = store.soft(part).astype("<f2")
            for place, record in enumerate(store.records(part)):
                number = int(part[place])
                row = to_row(
                    number,
                    record,
                    packed[place].tobytes(),
                    soft[place].tobytes(),
                    labels=self._labels,
                    is_shown=bool(visible[number]),
                )
                batch.append(row)
                characters += len(row["record"]) + len(row["soft"])
                if len(batch) == _BATCH_ROWS or characters > _BATCH_CHARACTERS:
                    yield batch
                    batch, characters = [], 0
        if batch:
            yield batch

    def _label_numbers(self) -> dict[str, int]:
        """Return a number for every label of any row, hidden ones included."""
        store = self._store
        names = dict.fromkeys(store.label_names())
        for row in np.flatnonzero(~store.visible & ~store.removed).tolist():
            names.update(dict.fromkeys(store.labels(row)))
        return {name: number for number, name in enumerate(names)}

    def _facts(self, index: Index) -> ServedFacts:
        counts = self._store.label_names()
        return ServedFacts(
            rows_in=self._rows_in,
            row_count=self._store.row_count,
            index=index,
            labels={name: counts.get(name, 0) for name in self._labels},
            info=self._store.info,
        )

    # -- an approximate index ------------------------------------------------------

    def _tried(self, index: Index) -> Index:
        """Return an index with the share of the nearest rows that it finds."""
        store = self._store
        shown = np.flatnonzero(store.visible)
        if index.is_exact or not len(shown):
            return index
        rng = np.random.default_rng(0)
        asked = rng.choice(shown, min(_TRIED, len(shown)), replace=False)
        targets = [Target.of(store.packed[row : row + 1]) for row in asked.tolist()]
        top = [_TRIED_TOP] * len(targets)
        served = MilvusSelection(self._client, self._facts(index), 0)
        found = served.nearest(targets, top=top, within=None)
        allowed = None if store.shows_all else store.visible
        exact = nearest.nearest(store.words, targets, top=top, allowed=allowed)
        hits = wanted = 0
        for near, right in zip(found, exact, strict=True):
            hits += len(np.intersect1d(near.rows, right.rows))
            wanted += len(right.rows)
        return Index(index.kind, index.nlist, index.nprobe, round(hits / wanted, 4))


def _is_of(uri: MilvusUri, name: str) -> bool:
    """Return whether a collection was made by a push to an address."""
    made = re.escape(uri.name) + r"__[0-9a-f]{8}(_facts)?"
    return re.fullmatch(made, name) is not None


def _plan(kind: IndexKind, rows: int) -> Index:
    """Return an index for so many rows, as Milvus's own advice has it."""
    if kind == "BIN_FLAT":
        return Index()
    clusters = int(np.clip(4 * round(rows**0.5), 1, _MOST_CLUSTERS))
    return Index(kind, clusters, max(1, clusters // 8))
