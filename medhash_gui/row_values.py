"""What is known of every row, as numbers: details, folder, kind of file.

Two rows have the same of something where their numbers are equal and not negative. What
no row states is not there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from medhash_gui.stored_rows import StoredRows

COMPARED_DETAILS = ("view", "modality", "body_part", "laterality", "device", "maker",
                    "sex", "age_band", "confirmed_by")  # fmt: skip
"""Details that may bring pictures together without their findings."""

COMPARED_PLACES = ("folder", "subfolder", "file_type")
"""What a path tells: its first folder, the folder it lies in, the end of its name."""

_SAME_KIND = {".jpeg": ".jpg", ".tiff": ".tif", ".dicom": ".dcm"}

COMPARED = (*COMPARED_DETAILS, *COMPARED_PLACES)


@dataclass(frozen=True, eq=False, slots=True)
class RowValues:
    """One thing that rows may have in common.

    Attributes:
        key: out of ``COMPARED``.
        numbers: int32 (N,), a number for each row's value, -1 where it is not known.
    """

    key: str
    numbers: npt.NDArray[np.int32]


def each(store: StoredRows) -> Iterator[RowValues]:
    """Yield what the rows of a library may have in common, one after the other.

    Raises:
        StoreFormatError: the library is damaged.
    """
    for key in COMPARED_DETAILS:
        numbers, values = store.detail_numbers(key)
        if values:
            yield RowValues(key, numbers)
    paths = store.paths()  # a million of them: no object for each
    own = [path.rpartition("/")[0] for path in paths]
    first = [folder.partition("/")[0] for folder in own]
    yield RowValues("folder", _numbered(first))
    if own != first:
        yield RowValues("subfolder", _numbered(own))
    ends = [posixpath.splitext(path)[1].lower() for path in paths]
    kinds = [_SAME_KIND.get(end, end) for end in ends]
    yield RowValues("file_type", _numbered(kinds))


def _numbered(texts: Sequence[str]) -> npt.NDArray[np.int32]:
    ids: dict[str, int] = {}
    return np.array([ids.setdefault(text, len(ids)) for text in texts], np.int32)
