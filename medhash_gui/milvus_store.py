"""A library on a Milvus server: what ``CodeStore`` is for one in a folder, to search.

The server holds no key: patients and cases are known there by their keyed hashes only.
The key that makes those hashes lies with the user (``key_file``), where a push puts it,
and is read when a new picture that names its patient is asked about.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from medhash_gui import identities, milvus_client, paths
from medhash_gui.codes import HashCodes, code_bytes
from medhash_gui.errors import LibraryError
from medhash_gui.identities import Identity
from medhash_gui.images import ImageRecord
from medhash_gui.library import keys
from medhash_gui.library.keys import LibraryKey
from medhash_gui.milvus_client import MilvusClient
from medhash_gui.milvus_layout import ServedFacts
from medhash_gui.milvus_selection import MilvusSelection
from medhash_gui.milvus_uri import MilvusUri
from medhash_gui.search_result import NO_FILTER, SearchFilter
from medhash_gui.searched_library import Rows


class MilvusStore:
    """An open library at ``root``; it is only ever read."""

    def __init__(self, uri: MilvusUri, client: MilvusClient) -> None:
        self.root = uri
        self._client = client
        self._key: LibraryKey | None = None
        self._read_facts()
        self._client.load(self.facts.rows_in)

    @classmethod
    def open(cls, uri: MilvusUri) -> MilvusStore:
        """Open a library.

        Raises:
            MissingExtraError: pymilvus is not installed.
            LibraryError: the server does not answer, wants other credentials, or has no
                such library.
            StoreFormatError: it is damaged, or was pushed by a newer version.
        """
        client = milvus_client.connect(uri)
        try:
            return cls(uri, client)
        except BaseException:
            client.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what it is ----------------------------------------------------------------

    @property
    def name(self) -> str:
        """What to call it, for people."""
        return self.root.name

    @property
    def info(self) -> dict[str, Any]:
        """What it was said to hold when it was pushed, and how it is served."""
        index = {"index": self.facts.index.kind, "recall": self.recall}
        return {**copy.deepcopy(self.facts.info), "server": self.root.server, **index}

    @property
    def indexed_root(self) -> Path:
        """The folder that the records' paths are relative to."""
        return self.root.pictures or Path(self.facts.info["root"])

    @property
    def key_id(self) -> str:
        """What tells the library's secret key from others, public."""
        return str(self.facts.info["key_id"])

    @property
    def model_id(self) -> str:
        """Identity of the model that made the codes."""
        return str(self.facts.info["model_id"])

    @property
    def model_name(self) -> str:
        """Its name, for people."""
        return str(self.facts.info["model_name"])

    @property
    def bits(self) -> int:
        """Length K of a code."""
        return int(self.facts.info["bits"])

    @property
    def knows_cases(self) -> bool:
        """Whether the case of any picture is known."""
        return bool(self.facts.info["cases"])

    @property
    def recall(self) -> float:
        """Share of the nearest rows that a search found when it was pushed."""
        return self.facts.index.recall

    def __len__(self) -> int:
        return int(self.facts.info["images"])

    def label_names(self) -> dict[str, int]:
        """Return how many visible rows bear each label, by name."""
        return {name: count for name, count in self.facts.labels.items() if count}

    # -- rows ----------------------------------------------------------------------

    def select(
        self, asked: SearchFilter = NO_FILTER, *, threads: int | None = None
    ) -> MilvusSelection:
        """Return the rows for one search; see ``SearchedLibrary.select``.

        Raises:
            LibraryError: the filter asks for more than labels.
        """
        if asked.needs_details:
            message = (
                f"{self.name} is on a Milvus server, where rows can be told by their "
                "labels, patients, cases and distance only."
            )
            hint = "Search the library's folder, or leave the other conditions out."
            raise LibraryError(message, hint=hint)
        del threads  # the server has its own
        return MilvusSelection(self._client, self.facts, self._since, asked.labels)

    def codes(self, rows: Rows) -> HashCodes:
        """Return the codes of some rows, soft values included; raises as a search."""
        chosen = self.select()
        width = code_bytes(self.bits)
        words = np.ascontiguousarray(chosen.words(rows))
        packed = words.view(np.uint8).reshape(len(rows), -1)[:, :width]
        return HashCodes(np.ascontiguousarray(packed), self.bits, chosen.soft(rows))

    def records(self, rows: Sequence[int] | npt.NDArray[np.intp]) -> list[ImageRecord]:
        """Return the records of some rows; raises as a search."""
        return self.select().records(np.asarray(rows, np.intp))

    def rows_with_digest(self, digest: bytes) -> Rows:
        """Return the rows of one content, hidden ones included; raises as a search."""
        return self.select().with_digest(digest)

    def patient_keys(self, identity: Identity) -> tuple[str, ...]:
        """Return the keys of a patient here, most precise first; () where unknown.

        Raises:
            LibraryError: the identity names a patient and the key is not here.
        """
        if not identities.patient_keys(identity, bytes(identities.KEY_BYTES)):
            return ()
        if self._key is None:
            self._key = self._read_key()
        return self._key.patient_keys(identity)

    # -- state ---------------------------------------------------------------------

    def refresh(self) -> bool:
        """Go over to what was pushed since; return whether there was anything.

        Raises:
            As ``open``.
        """
        before = self.facts.rows_in
        self._read_facts()
        if self.facts.rows_in == before:
            return False
        self._client.load(self.facts.rows_in)
        return True

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _read_facts(self) -> None:
        found = self._client.find(self.root.name)
        if found is None:
            message = f"There is no library at {self.root}."
            hint = f'"medhash library push LIB --to {self.root}" puts one there.'
            raise LibraryError(message, hint=hint)
        self.facts = ServedFacts.parse(found, self.root)
        self._since = found.created

    def _read_key(self) -> LibraryKey:
        key_id = self.key_id
        file = key_file(key_id)
        if not file.exists():
            message = (
                f"This picture names its patient, and whether {self.name} holds other "
                f"pictures of the patient cannot be told without its key {key_id}."
            )
            hint = (
                f'Where the library was made, "medhash library key LIB --to FILE" '
                f"writes it; put that file here as {file}."
            )
            raise LibraryError(message, hint=hint)
        key = keys.read(file)
        if key.key_id != key_id:
            message = f"{file} holds another key than {key_id}."
            raise LibraryError(message, hint="Put the library's own key there.")
        return key


def key_file(key_id: str) -> Path:
    """Return where the key of a library on a server lies on this computer."""
    # The server says which: it must not lead out of the folder.
    name = "".join(letter for letter in key_id if letter.isalnum() or letter == "-")
    return paths.keys() / f"{name}.json"
