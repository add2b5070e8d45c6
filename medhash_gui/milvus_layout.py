"""What a library looks like on a Milvus server: fields of a row, and the facts.

A push makes two collections. One holds the rows and is never changed once it is whole.
The other, made after it and empty, holds the facts as its description. The library's
name is an alias of the facts, so that a new push takes the place of an old one at once,
and the time at which the facts were made is later than every row's: who asks for the
rows as of that time sees all of them (``docs/scale.md``).
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from medhash_gui import details
from medhash_gui.errors import LibraryError, StoreFormatError
from medhash_gui.images import ImageRecord
from medhash_gui.milvus_client import Collection, Field
from medhash_gui.milvus_uri import MilvusUri

FORMAT_VERSION = 1

ORDER_FIELDS = ("code", "soft", "digest", "frame", "patient", "case_key")
"""What is fetched of a row to put it in its place."""

RECORD_FIELDS = ("digest", "frame", "patient", "case_key", "labels", "record")
"""What is fetched of a row to name it."""

_FORMAT = "medhash-milvus"
_MOST_TEXT = 65_535
# A report of twenty thousand letters may be longer than a field, as it stands.
_PACKED = "z:"
_MOST_LABELS = 4096


@dataclass(frozen=True, slots=True)
class Index:
    """How the server finds what is near.

    Attributes:
        kind: "BIN_FLAT" compares every row; "BIN_IVF_FLAT" those of some clusters.
        nlist: of the second, how many clusters there are.
        nprobe: how many of them are looked into.
        recall: share of the nearest rows that it found when it was made; 1 for
            "BIN_FLAT".
    """

    kind: str = "BIN_FLAT"
    nlist: int = 0
    nprobe: int = 0
    recall: float = 1.0

    @property
    def is_exact(self) -> bool:
        """Whether no row can be missed."""
        return self.kind == "BIN_FLAT"


@dataclass(frozen=True, slots=True)
class ServedFacts:
    """What is known of a library on a server without looking at its rows.

    Attributes:
        rows_in: the collection of its rows.
        row_count: one more than the highest number of a row.
        index: how the server finds what is near.
        labels: how many visible rows bear each label, by name; a row's labels are
            places in it.
        info: what ``library_facts.of`` gave when it was pushed.
    """

    rows_in: str
    row_count: int
    index: Index
    labels: dict[str, int]
    info: dict[str, Any]

    def as_text(self) -> str:
        """Return the facts as JSON."""
        document = {"format": _FORMAT, "format_version": FORMAT_VERSION}
        return json.dumps({**document, **asdict(self)}, separators=(",", ":"))

    @classmethod
    def parse(cls, found: Collection, uri: MilvusUri) -> ServedFacts:
        """Return what the description of a collection says.

        Raises:
            LibraryError: it is no library.
            StoreFormatError: it was pushed by a newer version, or is damaged.
        """
        try:
            document = json.loads(found.description)
            is_ours = document["format"] == _FORMAT
            version = int(document["format_version"])
        except (ValueError, KeyError, TypeError):
            is_ours = False
        if not is_ours:
            message = f"{uri.name} on {uri.server} is no library of MedHash."
            raise LibraryError(message, hint="Check the name in the address.")
        if version > FORMAT_VERSION:
            message = (
                f"{uri} was pushed by a newer MedHash (format {version}; this one "
                f"reads up to {FORMAT_VERSION})."
            )
            raise StoreFormatError(message, hint="Update MedHash.")
        try:
            return cls(
                rows_in=str(document["rows_in"]),
                row_count=int(document["row_count"]),
                index=Index(**document["index"]),
                labels={str(k): int(n) for k, n in document["labels"].items()},
                info={**document["info"], "bits": int(document["info"]["bits"])},
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise damaged(uri) from error


def damaged(uri: MilvusUri) -> StoreFormatError:
    """Return the error for a library on a server that contradicts itself."""
    message = f"{uri} is damaged on the server; the library it came from is not."
    hint = f'"medhash library push LIB --to {uri}" puts it there again.'
    return StoreFormatError(message, hint=hint)


def fields(bits: int) -> tuple[Field, ...]:
    """Return the fields of a row, besides number and code."""
    soft = 4 * -(-2 * bits // 3)  # base64 of float16
    return (
        Field("soft", "VARCHAR", soft),
        Field("shown", "BOOL"),
        Field("labels", "INT32 ARRAY", _MOST_LABELS),
        Field("digest", "VARCHAR", 32, is_looked_up=True),
        Field("frame", "INT32"),
        Field("patient", "VARCHAR", 128, is_looked_up=True),
        Field("case_key", "VARCHAR", 128),
        Field("record", "VARCHAR", _MOST_TEXT),
    )


def to_row(
    number: int,
    record: ImageRecord,
    code: bytes,
    soft: bytes,
    *,
    labels: Mapping[str, int],
    is_shown: bool,
) -> dict[str, Any]:
    """Return a row as the server keeps it.

    Args:
        number: the row's number in the library.
        record: its record.
        code: its packed code.
        soft: its soft values, little-endian float16.
        labels: the number of each label.
        is_shown: whether it is visible.

    Raises:
        LibraryError: the record is longer than the server takes.
    """
    return {
        "id": number,
        "code": code,
        "soft": base64.b64encode(soft).decode("ascii"),
        "shown": is_shown,
        "labels": [labels[name] for name in record.labels],
        "digest": record.digest.hex(),
        "frame": record.frame,
        "patient": record.patient_key or "",
        "case_key": record.case_key or "",
        "record": _record_text(record),
    }


def to_record(row: Mapping[str, Any], names: list[str]) -> ImageRecord:
    """Return the record in a row of ``RECORD_FIELDS``.

    Args:
        row: the row.
        names: the labels by their numbers.

    Raises:
        ValueError, KeyError, IndexError, TypeError: the row is damaged.
    """
    text = row["record"]
    if text.startswith(_PACKED):
        packed = base64.b64decode(text.removeprefix(_PACKED), validate=True)
        try:
            text = zlib.decompress(packed).decode("ascii")
        except zlib.error as error:
            raise ValueError(str(error)) from error
    path, size_bytes, modified_ns, kept = json.loads(text)
    return ImageRecord(
        path=path,
        frame=int(row["frame"]),
        size_bytes=int(size_bytes),
        modified_ns=int(modified_ns),
        digest=bytes.fromhex(row["digest"]),
        patient_key=row["patient"] or None,
        labels=tuple(names[number] for number in row["labels"]),
        case_key=row["case_key"] or None,
        details=details.from_text(kept),
    )


def to_code(value: Any, width: int) -> bytes:  # noqa: ANN401 (pymilvus's own)
    """Return the packed code in a row; pymilvus wraps it into a list.

    Raises:
        ValueError: it is not of so many bytes.
    """
    code = bytes(value[0] if isinstance(value, list) else value)
    if len(code) != width:
        message = "a code of another length"
        raise ValueError(message)
    return code


def to_soft(texts: list[str], bits: int) -> npt.NDArray[np.float16]:
    """Return the soft values in some rows: float16 (n, bits).

    Raises:
        ValueError: a text does not hold so many.
    """
    try:
        values = [base64.b64decode(text, validate=True) for text in texts]
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    if any(len(value) != 2 * bits for value in values):
        message = "soft values of another length"
        raise ValueError(message)
    soft = np.frombuffer(b"".join(values), "<f2").reshape(-1, bits)
    return soft.astype(np.float16)


def _record_text(record: ImageRecord) -> str:
    kept = details.as_text(record.details)
    text = json.dumps([record.path, record.size_bytes, record.modified_ns, kept])
    if len(text) > _MOST_TEXT:
        packed = base64.b64encode(zlib.compress(text.encode("ascii")))
        text = _PACKED + packed.decode("ascii")
    if len(text) > _MOST_TEXT:
        message = f"What is kept of {record.path} is too long for a Milvus server."
        raise LibraryError(message, hint="Index it again without its report text.")
    return text
