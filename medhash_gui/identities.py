"""Whom a picture belongs to, and the keyed hashes that stand for it.

An ``Identity`` holds patient, study and series in clear and lives in memory only; what
a library keeps are hashes that nobody can make without the library's key. Two patients
are never merged: an empty or a placeholder identifier is no identity, the issuer and
the birth date belong to it, and a study belongs to its patient, so that an identifier
which two devices have given twice leads to two keys.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

KEY_BYTES = 32
"""Length of a library's key."""

DIGITS = 20
"""Hexadecimal digits of a key: 80 bits, so that no two patients share one by chance."""

# Words that stand where an identifier was taken out or never given; in any order and
# with anything between them they name nobody.
_NOBODY = frozenset(
    (
        *("anon", "anonym", "anonymous", "anonymized", "anonymised", "anonymisiert"),
        *("anonyme", "anonymisé", "anónimo", "anonimo", "anonimizado", "匿名", "未知"),
        *("deidentified", "de", "identified", "removed", "redacted", "hidden"),
        *("unknown", "unbekannt", "inconnu", "undefined", "unspecified", "missing"),
        *("not", "specified", "available", "given", "none", "null", "nil", "nan", "na"),
        *("blank", "empty", "no", "test", "dummy", "phantom", "pseudonym", "patient"),
        *("masked", "patid", "patientid", "noid", "id", "name", "noname"),
    )
)
_NOT_AVAILABLE = re.compile(r"\W*n\W*a\W*", re.IGNORECASE)
_FILLED_UP = re.compile(r"(x+|0+)", re.IGNORECASE)
_BETWEEN = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Patient, study and series of a picture in clear; "" where unknown.

    It has no useful ``repr``, so that it cannot end up in a log by accident.

    Attributes:
        patient: PatientID, or what a table or folder says.
        issuer: who gave that identifier (IssuerOfPatientID).
        birth_date: as in the header, YYYYMMDD.
        study: StudyInstanceUID, or the case that a table or folder names.
        series: SeriesInstanceUID.
    """

    patient: str = ""
    issuer: str = ""
    birth_date: str = ""
    study: str = ""
    series: str = ""

    def __post_init__(self) -> None:
        for field in self.__slots__:
            value = getattr(self, field)
            if value != value.strip():
                object.__setattr__(self, field, value.strip())
        if self.patient and is_placeholder(self.patient):
            object.__setattr__(self, "patient", "")

    def __repr__(self) -> str:
        return "Identity(…)"

    def as_json(self) -> dict[str, str]:
        """Return the identity for another process of this program, in clear."""
        # Only what is known: most pictures bring nothing, and this is said for each.
        said = {field: getattr(self, field) for field in self.__slots__}
        return {field: value for field, value in said.items() if value}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Identity:
        """Return the identity that ``as_json`` gave."""
        return cls(**values)


def is_placeholder(identifier: str) -> bool:
    """Return whether an identifier names nobody: "", "ANONYMOUS", "0000", "n/a".

    So does one that has lost letters to a wrong character set (U+FFFD): two of them may
    look alike and be two people.
    """
    if "\ufffd" in identifier:
        return True
    if _NOT_AVAILABLE.fullmatch(identifier):
        return True
    words = (word for word in _BETWEEN.split(identifier.casefold()) if word)
    return all(word in _NOBODY or _FILLED_UP.fullmatch(word) for word in words)


def patient_keys(
    identity: Identity, secret: bytes, *, digits: int = DIGITS
) -> tuple[str, ...]:
    """Return the keys of a patient, the most precise first; () where unknown.

    The first one, of issuer, birth date and identifier, is what a library keeps. The
    last one, of the identifier alone, is what it keeps where a table names the patient;
    a query tries them in this order.
    """
    if not identity.patient:
        return ()
    plain = _hashed("P", (identity.patient,), secret, digits=digits)
    if not (identity.issuer or identity.birth_date):
        return (plain,)
    return (_hashed("P", _patient(identity), secret, digits=digits), plain)


def case_key(identity: Identity, secret: bytes, *, digits: int = DIGITS) -> str | None:
    """Return the key of a case, its study within its patient; None without a study."""
    if is_placeholder(identity.study):
        return None
    parts = ("case", *_patient(identity), identity.study)
    return _hashed("C", parts, secret, digits=digits)


def series_key(
    identity: Identity, secret: bytes, *, digits: int = DIGITS
) -> str | None:
    """Return the key of a series within its study and patient; None without one."""
    if is_placeholder(identity.series):
        return None
    parts = ("series", *_patient(identity), identity.study, identity.series)
    return _hashed("S", parts, secret, digits=digits)


def _patient(identity: Identity) -> tuple[str, str, str]:
    if not identity.patient:
        # An issuer or a birth date alone names nobody.
        return ("", "", "")
    return (identity.issuer, identity.birth_date, identity.patient)


def _hashed(prefix: str, parts: tuple[str, ...], secret: bytes, *, digits: int) -> str:
    # As JSON no two lists look alike; one identifier alone stands as it is.
    joined = parts[0] if len(parts) == 1 else json.dumps(parts)
    text = joined.encode("utf-8", "surrogatepass")
    return f"{prefix}-{hmac.new(secret, text, hashlib.sha256).hexdigest()[:digits]}"
