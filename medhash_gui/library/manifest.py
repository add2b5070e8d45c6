"""The manifest of a library: the one file that says which others belong to it.

``library.json`` is replaced as a whole; replacing it is the only way that segments and
journals come into force or go out of it. A copy beside it, written after it, is for
repairing alone: the key of the pseudonyms is nowhere else. ``docs/library-format.md``
specifies both.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medhash_gui.codes import MAX_BITS
from medhash_gui.errors import LibraryError, StoreFormatError
from medhash_gui.library import durable, keys
from medhash_gui.library.keys import LibraryKey

FORMAT_VERSION = 3
FILE_NAME = "library.json"
COPY_NAME = "library-copy.json"

_FORMAT = "medhash-library"
# Digits of a pseudonym in libraries that do not say: all of format 1.
_DIGITS_BEFORE = 12
_OWN_FILE = re.compile(r"(records|codes|journal)-[0-9]{6,}\.(h5|log)")


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of rows that never changes.

    Attributes:
        file: plain file name inside the library.
        first_row: row number of its first row.
        rows: how many rows it holds.
        size_bytes: size of the file, by which a truncated one is told.
    """

    file: str
    first_row: int
    rows: int
    size_bytes: int

    @property
    def stop_row(self) -> int:
        """Row number after its last row."""
        return self.first_row + self.rows


@dataclass(frozen=True, slots=True)
class CodeSet:
    """The codes that one model made, by segment."""

    bits: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``library.json`` says.

    Attributes:
        indexed_root: the folder that the records' paths are relative to.
        model_id: the active model.
        model_name: its name, for people.
        records: segments of records; they cover rows 0 to ``next_row`` without a gap.
        code_sets: by model; the active model's set covers the same rows.
        journal: file name of the journal.
        next_row: the first row that the journal may hold.
        next_file: number for the next file to be written.
        key: secret key of patients and cases.
        choices: what the user chose for indexing; the library does not look into it.
        unlinked: whether rows of a library with another key were merged in, so that a
            patient may be there under several keys.
        format_version: version of the format it was read in.
    """

    indexed_root: str
    model_id: str
    model_name: str
    records: tuple[Segment, ...]
    code_sets: Mapping[str, CodeSet]
    journal: str
    next_row: int
    next_file: int
    key: LibraryKey
    choices: Mapping[str, Any] = field(default_factory=dict)
    unlinked: bool = False
    format_version: int = FORMAT_VERSION

    @property
    def codes(self) -> CodeSet:
        """The active model's set."""
        return self.code_sets[self.model_id]

    def files(self) -> set[str]:
        """Return the names of all files that belong to the library."""
        names = {FILE_NAME, COPY_NAME, self.journal}
        names.update(segment.file for segment in self.records)
        for code_set in self.code_sets.values():
            names.update(segment.file for segment in code_set.segments)
        return names

    def place(self, root: Path) -> None:
        """Put the manifest in force; the names need a ``sync_folder`` afterwards.

        Raises:
            OSError: the manifest before it is still in force.
        """
        durable.place(root / FILE_NAME, self.as_bytes())

    def place_copy(self, root: Path) -> None:
        """Keep the copy beside the manifest; without one, repairing has less to go by.

        One that cannot be replaced is removed: it might say less than the manifest.
        """
        data, path = self.as_bytes(), root / COPY_NAME
        try:
            if not path.exists() or path.read_bytes() != data:
                durable.place(path, data)
        except OSError:
            durable.remove(path)

    def as_bytes(self) -> bytes:
        """Return the manifest as the bytes of its file."""
        document: dict[str, Any] = {
            "format": _FORMAT,
            "format_version": self.format_version,
            "indexed_root": self.indexed_root,
            "model": {"id": self.model_id, "name": self.model_name},
            "records": [_segment_as_json(segment) for segment in self.records],
            "codes": {
                model_id: {
                    "bits": code_set.bits,
                    "segments": [_segment_as_json(s) for s in code_set.segments],
                }
                for model_id, code_set in self.code_sets.items()
            },
            "journal": self.journal,
            "next_row": self.next_row,
            "next_file": self.next_file,
            "pseudonym_key": self.key.secret.hex(),
            "pseudonym_digits": self.key.digits,
            "unlinked": self.unlinked,
            "choices": dict(self.choices),
        }
        document["crc32"] = _checksum(document)
        return json.dumps(document, indent=1).encode("ascii")


def is_own_file(name: str) -> bool:
    """Return whether a file of that name is a library's, a temporary one included."""
    final = name.removesuffix(durable.TEMPORARY)
    is_part = _OWN_FILE.fullmatch(final) is not None
    return is_part or final in (FILE_NAME, COPY_NAME)


def first(
    indexed_root: Path,
    *,
    model_id: str,
    model_name: str,
    bits: int,
    choices: Mapping[str, Any],
    key: LibraryKey,
) -> Manifest:
    """Return the manifest of an empty library."""
    return Manifest(
        indexed_root=str(indexed_root.absolute()),
        model_id=model_id,
        model_name=model_name,
        records=(),
        code_sets={model_id: CodeSet(bits, ())},
        journal="journal-000001.log",
        next_row=0,
        next_file=2,
        key=key,
        choices=dict(choices),
    )


def key_of(path: Path) -> LibraryKey:
    """Return the key of a library, or of a key file, that another one is to share.

    Raises:
        LibraryError: it is neither, or cannot be read.
        StoreFormatError: the library is damaged, or was written by a newer version.
    """
    if path.is_dir():
        return parse(read_bytes(path), path).key
    return keys.read(path)


def read_bytes(root: Path) -> bytes:
    """Return the manifest's bytes as they stand now.

    Raises:
        LibraryError: there is no library, or it cannot be read.
    """
    try:
        return (root / FILE_NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        hint = f'"medhash index FOLDER --library {root.name}" makes one.'
        if not root.exists():
            message = f"There is no library at {root}."
            hint = f"Connect the drive it was on, or name its new place; else {hint}"
        else:
            message = f"{root} is not a library: it holds no {FILE_NAME}."
            if (root / COPY_NAME).exists():
                hint = f'"medhash library repair {root}" makes that file again.'
        raise LibraryError(message, hint=hint) from error
    except OSError as error:
        message = f"The library {root} cannot be read: {error.strerror or error}."
        raise LibraryError(
            message, hint="Check its drive, and that you may read it."
        ) from error


def parse(data: bytes, root: Path) -> Manifest:
    """Return what the bytes of a manifest say, checked.

    Raises:
        StoreFormatError: written by a newer version, or damaged.
    """
    try:
        document = json.loads(data)
        version = document["format_version"]
        if document["format"] != _FORMAT or not isinstance(version, int):
            message = "not a library's manifest"
            raise ValueError(message)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(root, FILE_NAME) from error
    if version > FORMAT_VERSION:
        message = (
            f"The library {root.name} was written by a newer MedHash "
            f"(format {version}; this one reads up to {FORMAT_VERSION})."
        )
        hint = "Update MedHash, or index the folder into a new library."
        raise StoreFormatError(message, hint=hint)
    try:
        known = document.pop("crc32", None)
        if known is not None and known != _checksum(document):
            message = "not what was written"
            raise ValueError(message)
        manifest = _from_json(document)
        _check(manifest)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(root, FILE_NAME) from error
    return manifest


def damaged(root: Path, file: str, reason: str = "is damaged") -> StoreFormatError:
    """Return the error for a file of the library that cannot be used."""
    message = (
        f"{file} in the library {root} {reason}. "
        "The library's other files and the images themselves are untouched."
    )
    hint = (
        f'"medhash library verify {root}" says what is lost, "repair" saves the rest. '
        "Or restore that file from a backup."
    )
    return StoreFormatError(message, hint=hint)


def _checksum(document: Mapping[str, Any]) -> int:
    """Return the CRC-32 of a manifest without its checksum, however it is written."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return zlib.crc32(text.encode("ascii"))


def _segment_as_json(segment: Segment) -> dict[str, str | int]:
    return {
        "file": segment.file,
        "first_row": segment.first_row,
        "rows": segment.rows,
        "size_bytes": segment.size_bytes,
    }


def _from_json(document: dict[str, Any]) -> Manifest:
    return Manifest(
        indexed_root=_text(document["indexed_root"]),
        model_id=_text(document["model"]["id"]),
        model_name=_text(document["model"]["name"]),
        records=_segments(document["records"]),
        code_sets={
            _text(model_id): CodeSet(
                _count(code_set["bits"]), _segments(code_set["segments"])
            )
            for model_id, code_set in document["codes"].items()
        },
        journal=_file_name(document["journal"]),
        next_row=_count(document["next_row"]),
        next_file=_count(document["next_file"]),
        key=LibraryKey(
            bytes.fromhex(_text(document["pseudonym_key"])),
            _count(document.get("pseudonym_digits", _DIGITS_BEFORE)),
        ),
        choices=_object(document.get("choices", {})),
        unlinked=bool(document.get("unlinked", False)),
        format_version=_count(document["format_version"]),
    )


def _check(manifest: Manifest) -> None:
    """Raise ValueError where the parts of a manifest contradict each other."""
    if not 1 <= manifest.codes.bits <= MAX_BITS or manifest.format_version < 1:
        message = "an impossible number"
        raise ValueError(message)
    for segments in (manifest.records, manifest.codes.segments):
        row = 0
        for segment in segments:
            if segment.first_row != row:
                message = "rows are missing"
                raise ValueError(message)
            row = segment.stop_row
        if row != manifest.next_row:
            message = "rows are missing"
            raise ValueError(message)


def _segments(items: list[dict[str, Any]]) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            file=_file_name(item["file"]),
            first_row=_count(item["first_row"]),
            rows=_count(item["rows"]),
            size_bytes=_count(item["size_bytes"]),
        )
        for item in items
    )


def _file_name(value: object) -> str:
    """Return a name that stays inside the library; a stranger may have written it."""
    name = _text(value)
    if not _OWN_FILE.fullmatch(name):
        message = f"{name!r} is no file of a library"
        raise ValueError(message)
    return name


def _text(value: object) -> str:
    if not isinstance(value, str):
        message = f"{value!r} is no text"
        raise TypeError(message)
    return value


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        message = f"{value!r} is no object"
        raise TypeError(message)
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        message = f"{value!r} is no count"
        raise ValueError(message)
    return value
