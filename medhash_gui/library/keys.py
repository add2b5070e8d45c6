"""The secret key under which a library knows patients, cases and series.

Libraries that are to be merged share one key, given to each when it is made: from
another library, or from a key file that ``write`` made. Who has a key and a library can
test whether a patient is in it, so both belong to their owner alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medhash_gui import identities
from medhash_gui.errors import LibraryError
from medhash_gui.identities import Identity
from medhash_gui.library import durable

_FORMAT = "medhash-key"
_FORMAT_VERSION = 1
_ID_DIGITS = 12
_LEAST_DIGITS, _MOST_DIGITS = 8, 64


@dataclass(frozen=True, slots=True)
class LibraryKey:
    """A secret, and how many digits of its hashes a library keeps.

    Attributes:
        secret: 32 bytes; in no ``repr``.
        digits: hexadecimal digits of a hash.
    """

    secret: bytes = field(repr=False)
    digits: int = identities.DIGITS

    def __post_init__(self) -> None:
        if (
            len(self.secret) != identities.KEY_BYTES
            or not _LEAST_DIGITS <= self.digits <= _MOST_DIGITS
        ):
            message = "an impossible key"
            raise ValueError(message)

    @classmethod
    def new(cls) -> LibraryKey:
        """Return a random key."""
        return cls(secrets.token_bytes(identities.KEY_BYTES))

    @property
    def key_id(self) -> str:
        """What tells this key from others and gives nothing of it away."""
        text = f"medhash key, {self.digits} digits"
        digest = hmac.new(self.secret, text.encode("ascii"), hashlib.sha256)
        return f"K-{digest.hexdigest()[:_ID_DIGITS]}"

    def derived(self, purpose: str) -> bytes:
        """Return 32 bytes for another purpose, from which nobody gets to the key."""
        return hmac.new(self.secret, f"medhash {purpose}".encode(), "sha256").digest()

    def patient_keys(self, identity: Identity) -> tuple[str, ...]:
        """Return the keys of a patient, most precise first; () where unknown."""
        return identities.patient_keys(identity, self.secret, digits=self.digits)

    def case_key(self, identity: Identity) -> str | None:
        """Return the key of a case, or None where the identity names none."""
        return identities.case_key(identity, self.secret, digits=self.digits)

    def series_key(self, identity: Identity) -> str | None:
        """Return the key of a series, or None where the identity names none."""
        return identities.series_key(identity, self.secret, digits=self.digits)


def write(key: LibraryKey, path: Path) -> None:
    """Write a key into a new file that is its owner's alone.

    Raises:
        LibraryError: there is a file already, or none can be written there.
    """
    if path.exists():
        message = f"{path} is there already; a key is not written over a file."
        raise LibraryError(message, hint="Name a file that is not there yet.")
    document = {
        "format": _FORMAT,
        "format_version": _FORMAT_VERSION,
        "key_id": key.key_id,
        "key": key.secret.hex(),
        "digits": key.digits,
    }
    try:
        durable.place(path, json.dumps(document, indent=1).encode("ascii") + b"\n")
        durable.sync_folder(path.absolute().parent)
    except OSError as error:
        message = f"The key cannot be written to {path}: {error.strerror or error}."
        hint = "Name a file in a folder that you may write to."
        raise LibraryError(message, hint=hint) from error


def read(path: Path) -> LibraryKey:
    """Return the key in a file that ``write`` made.

    Raises:
        LibraryError: there is none, it cannot be read, or it is something else.
    """
    hint = 'Name a library, or a file that "medhash library key" wrote.'
    try:
        with path.open("rb") as file:
            data = file.read(100_000)
    except FileNotFoundError as error:
        message = f"There is no library and no key file at {path}."
        raise LibraryError(message, hint=hint) from error
    except OSError as error:
        message = f"The key file {path} cannot be read: {error.strerror or error}."
        raise LibraryError(message, hint=hint) from error
    try:
        document: dict[str, Any] = json.loads(data)
        if document["format"] != _FORMAT:
            message = "another format"
            raise ValueError(message)
        if int(document["format_version"]) > _FORMAT_VERSION:
            message = f"The key file {path} was written by a newer MedHash."
            raise LibraryError(message, hint="Update MedHash.")
        key = LibraryKey(bytes.fromhex(document["key"]), int(document["digits"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        message = f"{path} is neither a library nor a key file."
        raise LibraryError(message, hint=hint) from error
    if document.get("key_id") != key.key_id:
        message = f"The key file {path} is damaged: its key and its key id differ."
        raise LibraryError(message, hint="Write it again from its library.")
    return key
