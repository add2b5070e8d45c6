"""Open a library for reading, wherever it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medhash_gui.milvus_uri import LibraryPlace, MilvusUri
from medhash_gui.store import CodeStore

if TYPE_CHECKING:
    from medhash_gui.milvus_store import MilvusStore


def open_library(place: LibraryPlace) -> CodeStore | MilvusStore:
    """Open a library to search in it.

    Raises:
        LibraryError: there is no library, or its place cannot be read.
        StoreFormatError: it is damaged, or was written by a newer version.
        MissingExtraError: it is on a server, and pymilvus is not installed.
    """
    if isinstance(place, MilvusUri):
        # Only here: who has no library on a server shall not wait for the import.
        from medhash_gui.milvus_store import MilvusStore

        return MilvusStore.open(place)
    return CodeStore.open(place)
