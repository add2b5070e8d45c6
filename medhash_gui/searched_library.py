"""What a search asks of a library, wherever the library's rows are.

A library in a folder (``CodeStore``) and one on a Milvus server (``MilvusStore``)
answer the same questions, so that there is one search and not two.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from medhash_gui.codes import HashCodes
from medhash_gui.identities import Identity
from medhash_gui.images import ImageRecord
from medhash_gui.nearest import Near, Target
from medhash_gui.search_result import NO_FILTER, SearchFilter

Rows = npt.NDArray[np.intp]
Words = npt.NDArray[np.uint64]


class Selection(Protocol):
    """A library's rows as one search sees them; rows pass that may be hits.

    Those are visible and let through by the filter. Rows that a writer adds
    meanwhile are not in it.
    """

    def count(self, rows: Rows | None = None) -> int:
        """Return how many of some rows, or of all, pass."""
        ...

    def passed(self, rows: Rows) -> Rows:
        """Return which of some rows pass, in the order given."""
        ...

    def bearing(self, label: str | None = None) -> Rows:
        """Return the passing rows that bear a label, or any label, ascending."""
        ...

    def nearest(
        self, targets: Sequence[Target], *, top: Sequence[int], within: int | None
    ) -> list[Near]:
        """Return the passing rows nearest to each target, as ``nearest.nearest``."""
        ...

    def up_to(self, target: Target, score: int) -> Near:
        """Return all passing rows whose score is at most ``score``."""
        ...

    def with_digest(self, digest: bytes) -> Rows:
        """Return the rows of one content, hidden ones included, ascending."""
        ...

    def of_patient(self, key: str) -> Rows:
        """Return the rows of one patient, hidden ones included, ascending."""
        ...

    def words(self, rows: Rows) -> Words:
        """Return the codes of some rows as whole words: uint64 (n, W)."""
        ...

    def patients(self, rows: Rows) -> npt.NDArray[np.int32]:
        """Return a number for each row's patient: int32 (n,), -1 for unknown."""
        ...

    def cases(self, rows: Rows) -> npt.NDArray[np.int32]:
        """Return a number for each row's case: int32 (n,), -1 for unknown."""
        ...

    def digests(self, rows: Rows) -> npt.NDArray[np.uint8]:
        """Return the contents of some rows: uint8 (n, 16)."""
        ...

    def frames(self, rows: Rows) -> npt.NDArray[np.int32]:
        """Return the frames of some rows: int32 (n,)."""
        ...

    def paths(self, rows: Rows) -> list[str]:
        """Return the paths of some rows."""
        ...

    def soft(self, rows: Rows) -> npt.NDArray[np.float16]:
        """Return the soft values of some rows: float16 (n, K)."""
        ...

    def records(self, rows: Rows) -> list[ImageRecord]:
        """Return the records of some rows."""
        ...


class SearchedLibrary(Protocol):
    """An open library, to be searched."""

    @property
    def name(self) -> str:
        """What to call it, for people."""
        ...

    @property
    def info(self) -> dict[str, Any]:
        """What people want to know of it, as plain JSON values."""
        ...

    @property
    def indexed_root(self) -> Path:
        """The folder that the records' paths are relative to."""
        ...

    @property
    def key_id(self) -> str:
        """What tells the library's secret key from others, public."""
        ...

    @property
    def model_id(self) -> str:
        """Identity of the model that made the codes."""
        ...

    @property
    def model_name(self) -> str:
        """Its name, for people."""
        ...

    @property
    def bits(self) -> int:
        """Length K of a code."""
        ...

    @property
    def knows_cases(self) -> bool:
        """Whether the case of any picture is known."""
        ...

    @property
    def recall(self) -> float:
        """Share of the nearest rows that a search finds; 1 where it is exact."""
        ...

    def __len__(self) -> int:
        """Return how many pictures can be found."""
        ...

    def label_names(self) -> dict[str, int]:
        """Return how many visible rows bear each label, by name."""
        ...

    def patient_keys(self, identity: Identity) -> tuple[str, ...]:
        """Return the keys of a patient here, most precise first; () where unknown."""
        ...

    def select(
        self, asked: SearchFilter = NO_FILTER, *, threads: int | None = None
    ) -> Selection:
        """Return the rows that there are now; those pass that are visible.

        Args:
            asked: rows pass that it lets through; patients, cases and the distance are
                not looked at here.
            threads: how many a search may use; None for as many as it suggests.
        """
        ...

    def codes(self, rows: Rows) -> HashCodes:
        """Return the codes of some rows, soft values included."""
        ...

    def refresh(self) -> bool:
        """Read what was added since; return whether there was anything."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...
