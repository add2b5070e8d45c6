"""The address of a library on a Milvus server, as a user writes it.

    milvus://HOST[:PORT]/NAME[?database=DATABASE&pictures=FOLDER]

``milvus+tls://`` encrypts the connection. Credentials are no part of it: an address is
shown, remembered and logged, so they come from the environment alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, quote, urlencode, urlsplit

from medhash_gui.errors import LibraryError

TOKEN_VARIABLE = "MEDHASH_MILVUS_TOKEN"
"""Environment variable that holds the credentials: ``USER:PASSWORD`` or an API key."""

_SCHEMES = {"milvus": "http", "milvus+tls": "https"}
_PORT = 19530
# Shorter than Milvus's own limit of 255, since names of versions are made from it.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
_HINT = "Write milvus://HOST:PORT/NAME; NAME is of letters, digits and underscores."


@dataclass(frozen=True, slots=True)
class MilvusUri:
    """Where a library lies.

    Attributes:
        host: name or address of the server.
        name: the library's name there.
        port: of the server.
        is_encrypted: whether the connection is.
        database: the server's database; "" for its default one.
        pictures: the folder of the pictures as seen from here; None for the one that
            the library was indexed from.
    """

    host: str
    name: str
    port: int = _PORT
    is_encrypted: bool = False
    database: str = ""
    pictures: Path | None = None

    @classmethod
    def parse(cls, text: str) -> MilvusUri:
        """Return the address that a text spells.

        Raises:
            LibraryError: it is none, or holds credentials.
        """
        parts = urlsplit(text)
        if "@" in parts.netloc:
            # The text itself is not repeated: it holds a secret.
            message = "The address of a library must not hold credentials."
            hint = f"Put USER:PASSWORD into the variable {TOKEN_VARIABLE}."
            raise LibraryError(message, hint=hint)
        options = parse_qs(parts.query)
        name, port = parts.path.strip("/"), _port(parts)
        if (
            parts.scheme not in _SCHEMES
            or not parts.hostname
            or port is None
            or not _NAME.fullmatch(name)
            or not set(options) <= {"database", "pictures"}
        ):
            message = f"{text} is not the address of a library on a server."
            raise LibraryError(message, hint=_HINT)
        pictures = options.get("pictures", [""])[-1]
        return cls(
            host=parts.hostname,
            name=name,
            port=port,
            is_encrypted=parts.scheme == "milvus+tls",
            database=options.get("database", [""])[-1],
            pictures=Path(pictures) if pictures else None,
        )

    @property
    def server(self) -> str:
        """The server alone, for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "milvus+tls" if self.is_encrypted else "milvus"
        return f"{scheme}://{host}:{self.port}"

    @property
    def endpoint(self) -> str:
        """The server as Milvus's own client wants it."""
        scheme, rest = self.server.split("://", 1)
        return f"{_SCHEMES[scheme]}://{rest}"

    def __str__(self) -> str:
        options = {
            "database": self.database,
            "pictures": "" if self.pictures is None else str(self.pictures),
        }
        given = {key: value for key, value in options.items() if value}
        query = urlencode(given, quote_via=quote, safe="/")
        return f"{self.server}/{self.name}" + (f"?{query}" if query else "")


LibraryPlace = Path | MilvusUri
"""Where a library lies: in a folder, or on a server."""


def is_address(text: str) -> bool:
    """Return whether a text means a server rather than a folder."""
    return text.partition("://")[0] in _SCHEMES and "://" in text


def place(text: str) -> LibraryPlace:
    """Return where the library lies that a text names; raises as ``parse``."""
    return MilvusUri.parse(text) if is_address(text) else Path(text)


def _port(parts: SplitResult) -> int | None:
    """Return the port, or None where what stands in its place is none."""
    try:
        return parts.port or _PORT
    except ValueError:
        return None
