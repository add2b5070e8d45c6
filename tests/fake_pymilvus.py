"""A Milvus server in memory, behind as much of pymilvus as MedHash calls.

It keeps Milvus's own limits and habits: so many rows an answer, a search that cuts
through ties (in an order of its own), a radius that is exclusive, numbers of distances
as floats, and reads that see only what their timestamp asks for.
"""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pytest


class MilvusException(Exception):  # noqa: N818 (its name in pymilvus)
    def __init__(self, message: str) -> None:
        super().__init__(f"<MilvusException: (code=1, message={message})>")
        self.message = message


class FakeServer:
    """What all connections to one endpoint share.

    Attributes:
        most: rows in one answer.
        token: credentials that it wants, or "".
        is_down: whether nobody answers.
        calls: names of the methods called, in order.
        fails_at: the number of inserts that succeed before one fails, or None.
    """

    def __init__(self) -> None:
        self.most = 16_384
        self.token = ""
        self.is_down = False
        self.calls: list[str] = []
        self.tokens: list[str] = []
        self.fails_at: int | None = None
        self.clock = 1000
        self.collections: dict[str, dict[str, Any]] = {}
        self.aliases: dict[str, str] = {}

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    def module(self) -> types.ModuleType:
        """Return what ``import pymilvus`` shall give."""
        made = types.ModuleType("pymilvus")
        server = self

        class MilvusClient(_Client):
            def __init__(self, uri: str, token: str, db_name: str, timeout: float):
                super().__init__(server, uri, token, db_name)

        made.MilvusClient = MilvusClient  # type: ignore[attr-defined]
        made.MilvusException = MilvusException  # type: ignore[attr-defined]
        names = ("INT64", "INT32", "BOOL", "VARCHAR", "ARRAY", "BINARY_VECTOR")
        made.DataType = types.SimpleNamespace(  # type: ignore[attr-defined]
            **{name: name for name in names}
        )
        return made


def install(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    """Let pymilvus be this one for a test, with one server behind all addresses."""
    server = FakeServer()
    monkeypatch.setitem(sys.modules, "pymilvus", server.module())
    return server


class _Schema:
    def __init__(self, description: str) -> None:
        self.description = description
        self.fields: dict[str, dict[str, Any]] = {}

    def add_field(self, name: str, kind: str, **more: Any) -> None:
        self.fields[name] = {"kind": kind, **more}


class _Plans(list):
    def add_index(self, field: str, **more: Any) -> None:
        self.append((field, more))


class _Client:
    def __init__(self, server: FakeServer, uri: str, token: str, db_name: str) -> None:
        self._server = server
        self._call("connect")
        server.tokens.append(token)
        if server.token != token:
            refusal = Exception("StatusCode.UNAUTHENTICATED: auth check failure")
            raise MilvusException("Fail connecting, server unavailable") from refusal
        if db_name not in ("", "default"):
            raise MilvusException(f"database not found[database={db_name}]")

    def _call(self, name: str) -> None:
        self._server.calls.append(name)
        if self._server.is_down:
            raise MilvusException("Fail connecting to server on h:1, unavailable")

    def _named(self, name: str) -> dict[str, Any]:
        name = self._server.aliases.get(name, name)
        if name not in self._server.collections:
            raise MilvusException(f"can't find collection[collection={name}]")
        return self._server.collections[name]

    def close(self) -> None:
        self._server.calls.append("close")

    # -- collections

    @staticmethod
    def create_schema(
        *, auto_id: bool, enable_dynamic_field: bool, description: str
    ) -> _Schema:
        assert not auto_id
        assert not enable_dynamic_field
        return _Schema(description)

    @staticmethod
    def prepare_index_params() -> _Plans:
        return _Plans()

    def has_collection(self, name: str, timeout: float) -> bool:
        self._call("has_collection")
        return name in self._server.collections or name in self._server.aliases

    def describe_collection(self, name: str, timeout: float) -> dict[str, Any]:
        self._call("describe_collection")
        found = self._named(name)
        return {
            "collection_name": found["name"],
            "description": found["schema"].description,
            "created_timestamp": found["created"],
        }

    def list_collections(self, timeout: float) -> list[str]:
        self._call("list_collections")
        return list(self._server.collections)

    def create_collection(
        self, name: str, *, schema: _Schema, consistency_level: str, timeout: float
    ) -> None:
        self._call("create_collection")
        self._server.collections[name] = {
            "name": name,
            "schema": schema,
            "rows": {},
            "created": self._server.tick(),
            "loaded": False,
            "index": None,
        }

    def drop_collection(self, name: str, timeout: float) -> None:
        self._call("drop_collection")
        if name in self._server.aliases.values():
            raise MilvusException("unable to drop the collection, it has an alias")
        self._server.collections.pop(name, None)

    def create_alias(self, name: str, alias: str, timeout: float) -> None:
        self._call("create_alias")
        if alias in self._server.aliases:
            raise MilvusException("alias exists")
        self._server.aliases[alias] = self._named(name)["name"]

    def alter_alias(self, name: str, alias: str, timeout: float) -> None:
        self._call("alter_alias")
        self._server.aliases[alias] = self._named(name)["name"]

    def drop_alias(self, alias: str, timeout: float) -> None:
        self._call("drop_alias")
        del self._server.aliases[alias]

    def insert(self, name: str, rows: list[dict[str, Any]], timeout: float) -> None:
        self._call("insert")
        if self._server.fails_at == 0:
            raise MilvusException("no space left on device")
        if self._server.fails_at is not None:
            self._server.fails_at -= 1
        found = self._named(name)
        fields = found["schema"].fields
        stamp = self._server.tick()
        for row in rows:
            assert set(row) == set(fields)
            for field, value in row.items():
                kind = fields[field]
                if kind["kind"] == "VARCHAR":
                    assert len(value.encode()) <= kind["max_length"]
                if kind["kind"] == "BINARY_VECTOR":
                    assert len(value) * 8 == kind["dim"]
            found["rows"][row["id"]] = (stamp, dict(row))

    def flush(self, name: str, timeout: float) -> None:
        self._call("flush")

    def create_index(self, name: str, plans: _Plans, timeout: float) -> None:
        self._call("create_index")
        self._named(name)["index"] = dict(plans)

    def load_collection(self, name: str, timeout: float) -> None:
        self._call("load_collection")
        self._named(name)["loaded"] = True

    def get_load_state(self, name: str, timeout: float) -> dict[str, Any]:
        self._call("get_load_state")
        return {"state": "Loaded" if self._named(name)["loaded"] else "NotLoad"}

    # -- rows

    def _rows(self, name: str, where: str, consistency: dict[str, Any]) -> list[Any]:
        found = self._named(name)
        assert found["loaded"], "not loaded"
        seen = -1
        if consistency["consistency_level"] == "Strong":
            seen = self._server.clock
        elif consistency["consistency_level"] == "Customized":
            seen = consistency["guarantee_timestamp"]
        test = compile(where.replace("true", "True") or "True", "filter", "eval")
        return [
            row
            for stamp, row in found["rows"].values()
            if stamp <= seen and eval(test, {"array_contains_any": _any_in}, row)
        ]

    def search(
        self,
        name: str,
        codes: list[bytes],
        *,
        filter: str,
        limit: int,
        search_params: dict[str, Any],
        timeout: float,
        **consistency: Any,
    ) -> list[list[dict[str, Any]]]:
        self._call("search")
        if not 1 <= limit <= self._server.most:
            raise MilvusException(f"topk [{limit}] is invalid")
        parameters = search_params["params"]
        low = parameters.get("range_filter", 0)
        below = parameters.get("radius", 1 << 30)
        answers = []
        for code in codes:
            asked = np.frombuffer(code, np.uint8)
            hits = []
            for row in self._rows(name, filter, consistency):
                other = np.frombuffer(row["code"], np.uint8)
                distance = int(np.bitwise_count(asked ^ other).sum())
                if low <= distance < below:
                    hits.append((distance, -row["id"]))
            hits.sort()
            answers.append(
                [
                    {"id": -n, "distance": float(d), "entity": {}}
                    for d, n in hits[:limit]
                ]
            )
        return answers

    def query(
        self,
        name: str,
        *,
        filter: str,
        output_fields: list[str],
        timeout: float,
        limit: int | None = None,
        **consistency: Any,
    ) -> list[dict[str, Any]]:
        self._call("query")
        rows = self._rows(name, filter, consistency)
        if output_fields == ["count(*)"]:
            return [{"count(*)": len(rows)}]
        assert limit is not None
        assert limit <= self._server.most
        return [
            {
                field: [row[field]] if field == "code" else row[field]
                for field in output_fields
            }
            for row in rows[:limit]
        ]


def _any_in(some: list[int], others: list[int]) -> bool:
    return bool(set(some) & set(others))
