"""A connection to a Milvus server; the only file that knows pymilvus.

Nothing is imported and no socket is opened before ``connect`` is called. Whatever the
server or the way to it does becomes a sentence. The credentials come from the
environment, go to pymilvus and nowhere else.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from medhash_gui.errors import LibraryError, MissingExtraError
from medhash_gui.milvus_uri import TOKEN_VARIABLE, MilvusUri

MOST_ROWS = 16_384
"""As many rows as Milvus gives in one answer."""

_CONNECT_SECONDS = 10
_READ_SECONDS = 120
# Indexing and loading a hundred million rows.
_BUILD_SECONDS = 6 * 3600
_REFUSALS = ("unauthenticated", "auth check", "permission", "privilege")
_VECTOR = "code"
_ID = "id"


@dataclass(frozen=True, slots=True)
class Collection:
    """What the server says of a collection.

    Attributes:
        name: its own name, where it was asked for by another.
        description: the text given when it was made.
        created: when it was made, by the server's clock (its hybrid timestamp).
    """

    name: str
    description: str
    created: int


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a collection besides its number and its code.

    Attributes:
        name: its name.
        kind: name of a Milvus data type; "INT32 ARRAY" for a list of numbers.
        size: bytes of a text, or elements of a list.
        is_looked_up: whether rows are found by it.
    """

    name: str
    kind: str
    size: int = 0
    is_looked_up: bool = False


class MilvusClient:
    """An open connection, made by ``connect``.

    Every method raises LibraryError where the server does not answer as it should.
    """

    def __init__(self, uri: MilvusUri, module: ModuleType, token: str) -> None:
        self.uri = uri
        self._module = module
        self._token = token
        self._failures = _failures(module)
        with self._in_words():
            self._client = module.MilvusClient(
                uri=uri.endpoint,
                token=token,
                db_name=uri.database,
                timeout=_CONNECT_SECONDS,
            )

    def close(self) -> None:
        """Let go of the connection."""
        with contextlib.suppress(*self._failures):
            self._client.close()

    # -- collections ---------------------------------------------------------------

    def find(self, name: str) -> Collection | None:
        """Return what is known of a collection or of what an alias means, or None."""
        with self._in_words():
            if not self._client.has_collection(name, timeout=_READ_SECONDS):
                return None
            found = self._client.describe_collection(name, timeout=_READ_SECONDS)
        return Collection(
            found["collection_name"],
            found.get("description", ""),
            int(found.get("created_timestamp", 0)),
        )

    def names(self) -> list[str]:
        """Return the names of all collections, aliases not among them."""
        with self._in_words():
            return list(self._client.list_collections(timeout=_READ_SECONDS))

    def create(
        self, name: str, description: str, code_bytes: int, fields: Sequence[Field]
    ) -> None:
        """Make a collection of codes of so many bytes, numbered by ``id``."""
        kinds = self._module.DataType
        with self._in_words():
            schema = self._module.MilvusClient.create_schema(
                auto_id=False, enable_dynamic_field=False, description=description
            )
            schema.add_field(_ID, kinds.INT64, is_primary=True)
            schema.add_field(_VECTOR, kinds.BINARY_VECTOR, dim=8 * code_bytes)
            for field in fields:
                element, _, container = field.kind.partition(" ")
                if container:
                    schema.add_field(
                        field.name,
                        kinds.ARRAY,
                        element_type=getattr(kinds, element),
                        max_capacity=field.size,
                    )
                elif field.size:
                    kind = getattr(kinds, element)
                    schema.add_field(field.name, kind, max_length=field.size)
                else:
                    schema.add_field(field.name, getattr(kinds, element))
            self._client.create_collection(
                name, schema=schema, consistency_level="Strong", timeout=_READ_SECONDS
            )

    def insert(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows."""
        with self._in_words():
            self._client.insert(name, list(rows), timeout=_READ_SECONDS)

    def build(
        self,
        name: str,
        kind: str,
        fields: Sequence[Field],
        **parameters: int,
    ) -> None:
        """Index what was inserted and have the server load it; takes minutes."""
        plans = self._client.prepare_index_params()
        plans.add_index(
            _VECTOR, index_type=kind, metric_type="HAMMING", params=parameters
        )
        for field in fields:
            if field.is_looked_up:
                plans.add_index(field.name, index_type="Trie")
        with self._in_words():
            self._client.flush(name, timeout=_BUILD_SECONDS)
            self._client.create_index(name, plans, timeout=_BUILD_SECONDS)
            self._client.load_collection(name, timeout=_BUILD_SECONDS)

    def load(self, name: str) -> None:
        """Have the server load a collection, if it has not."""
        with self._in_words():
            state = self._client.get_load_state(name, timeout=_READ_SECONDS)
            if "Loaded" not in str(state.get("state")):
                self._client.load_collection(name, timeout=_BUILD_SECONDS)

    def point(self, alias: str, name: str, *, is_new: bool) -> None:
        """Let an alias mean a collection from now on."""
        with self._in_words():
            if is_new:
                self._client.create_alias(name, alias, timeout=_READ_SECONDS)
            else:
                self._client.alter_alias(name, alias, timeout=_READ_SECONDS)

    def forget(self, alias: str) -> None:
        """Let an alias mean nothing any more."""
        with self._in_words():
            self._client.drop_alias(alias, timeout=_READ_SECONDS)

    def drop(self, name: str) -> None:
        """Remove a collection."""
        with self._in_words():
            self._client.drop_collection(name, timeout=_BUILD_SECONDS)

    # -- rows ----------------------------------------------------------------------

    def search(
        self,
        name: str,
        codes: Sequence[bytes],
        *,
        where: str,
        limit: int,
        since: int,
        parameters: Mapping[str, int],
    ) -> list[list[tuple[int, int]]]:
        """Return numbers and distances of the nearest rows of each code, nearest first.

        Args:
            name: the collection.
            codes: what to search for.
            where: which rows count, in Milvus's language.
            limit: how many rows at most, up to ``MOST_ROWS``.
            since: everything that was inserted up to this timestamp is seen; 0 for up
                to now.
            parameters: ``radius`` (below that distance), ``range_filter`` (from that
                distance on), ``nprobe``.
        """
        with self._in_words():
            found = self._client.search(
                name,
                list(codes),
                filter=where,
                limit=limit,
                search_params={"metric_type": "HAMMING", "params": dict(parameters)},
                timeout=_READ_SECONDS,
                **_consistency(since),
            )
        return [[(hit[_ID], round(hit["distance"])) for hit in hits] for hits in found]

    def query(
        self,
        name: str,
        *,
        where: str,
        fields: Sequence[str],
        since: int,
    ) -> list[dict[str, Any]]:
        """Return fields of up to ``MOST_ROWS`` rows; ``since`` as in ``search``."""
        with self._in_words():
            found = self._client.query(
                name,
                filter=where,
                output_fields=list(fields),
                limit=MOST_ROWS,
                timeout=_READ_SECONDS,
                **_consistency(since),
            )
        return [dict(row) for row in found]

    def count(self, name: str, *, where: str, since: int) -> int:
        """Return how many rows count; ``since`` as in ``search``."""
        with self._in_words():
            found = self._client.query(
                name,
                filter=where,
                output_fields=["count(*)"],
                timeout=_READ_SECONDS,
                **_consistency(since),
            )
        return int(found[0]["count(*)"])

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except self._failures as error:
            raise _in_words(error, self.uri, self._token) from error


def connect(uri: MilvusUri) -> MilvusClient:
    """Return a connection to the server of an address.

    Raises:
        MissingExtraError: pymilvus is not installed.
        LibraryError: the server does not answer, or wants other credentials.
    """
    try:
        import pymilvus
    except ImportError as error:
        message = f"{uri} is on a Milvus server, and pymilvus is not installed here."
        hint = "pip install 'medhash[cluster]'"
        raise MissingExtraError(message, hint=hint) from error
    # It logs every failure with a traceback, besides raising it.
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)
    return MilvusClient(uri, pymilvus, os.environ.get(TOKEN_VARIABLE, ""))


def _consistency(since: int) -> dict[str, Any]:
    """Return what asks for all rows inserted up to a moment, 0 for now.

    Of a collection that is not changed any more, a moment after its last insert gives
    what strong consistency gives, without waiting for the server's next tick.
    """
    if since:
        return {"consistency_level": "Customized", "guarantee_timestamp": since}
    return {"consistency_level": "Strong"}


def _failures(module: ModuleType) -> tuple[type[Exception], ...]:
    try:
        from grpc import RpcError
    except ImportError:
        return (module.MilvusException,)
    return (module.MilvusException, RpcError)


def _in_words(error: Exception, uri: MilvusUri, token: str) -> LibraryError:
    """Return the sentence for what went wrong between here and the server."""
    text = getattr(error, "message", "") or str(error)
    if token:
        for secret in (token, token.rpartition(":")[2]):
            text = text.replace(secret, "…")
    # A refusal at the connecting is only its cause: the text says "unavailable".
    low = f"{text} {error.__cause__}".lower()
    if any(sign in low for sign in _REFUSALS):
        if token:
            message = f"{uri.server} does not accept the credentials."
            hint = f"Check the variable {TOKEN_VARIABLE}: USER:PASSWORD, or an API key."
        else:
            message = f"{uri.server} wants credentials."
            hint = f"Put USER:PASSWORD into the variable {TOKEN_VARIABLE}."
        return LibraryError(message, hint=hint)
    if "database not found" in low:
        message = f"There is no database {uri.database} on {uri.server}."
        return LibraryError(message, hint="Check ?database=… in the address.")
    signs = ("fail connecting", "unavailable", "deadline", "timeout", "connect")
    if any(sign in low for sign in signs):
        message = f"The Milvus server {uri.server} does not answer."
        hint = "Check that it runs and that host and port are right (docs/scale.md)."
        return LibraryError(message, hint=hint)
    message = f"The Milvus server {uri.server} cannot do that: {text.splitlines()[0]}"
    return LibraryError(message, hint="Its own log says more.")
