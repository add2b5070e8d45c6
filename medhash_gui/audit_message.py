"""Entries of the audit log as messages that audit repositories take.

The form is the XML of DICOM PS3.15, A.5.1 (IHE ATNA takes the same; HL7's AuditEvent
has the same fields). Patients are participants by their pseudonyms, a query's picture
by its content digest. What a name there would say of a person, the pseudonym says. The
tables of A.5.3, which say what must be told of studies and of peers on a network, are
followed where there is such a thing. Sending the messages is not MedHash's business.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as Xml

from medhash_gui import audit, audit_chain

_PERSON, _SYSTEM_OBJECT = "1", "2"
# Roles of A.5.1.2.2.
_PATIENT, _REPORT, _SECURITY_RESOURCE, _REPOSITORY, _QUERY = "1", "3", "13", "17", "24"
# What an identifier is: types of A.5.1.2.4, and our own.
_OWN = "99MEDHASH"
_PATIENT_NUMBER = ("2", "Patient Number", "RFC-3881")
_SEARCH_CRITERIA = ("10", "Search Criteria", "RFC-3881")
_URI = ("12", "URI", "RFC-3881")
_LIBRARY = ("library", "Key ID of a library", _OWN)
_ENTRY = ("entry", "Entry of the audit log", _OWN)
_LOG = "urn:medhash:audit-log"
_SUCCESS = "0"
_COMPUTER_NAME = "1"
_WORKSTATION = "1"


def message(entry: Mapping[str, Any]) -> Xml.Element:
    """Return one entry as an ``AuditMessage``.

    Args:
        entry: as ``audit_chain.entries`` yields it.
    """
    kind = audit.EVENTS.get(str(entry.get("event")))
    kind = kind or audit.EVENTS[audit_chain.FRAGMENT]
    computer = str(entry.get("computer", "unknown"))
    top = Xml.Element("AuditMessage")
    event = Xml.SubElement(
        top,
        "EventIdentification",
        EventActionCode=kind.action,
        EventDateTime=str(entry.get("at", "")),
        EventOutcomeIndicator=_SUCCESS,
    )
    _coded(event, "EventID", kind.code, kind.meaning)
    if kind.kind is not None:
        _coded(event, "EventTypeCode", *kind.kind)
    user = Xml.SubElement(
        top,
        "ActiveParticipant",
        UserID=str(entry.get("user", "unknown")),
        UserIsRequestor="true",
        NetworkAccessPointID=computer,
        NetworkAccessPointTypeCode=_COMPUTER_NAME,
    )
    _coded(user, "RoleIDCode", "110150", "Application")
    source = Xml.SubElement(
        top, "AuditSourceIdentification", AuditSourceID=f"MedHash@{computer}"
    )
    Xml.SubElement(source, "AuditSourceTypeCode", {"csd-code": _WORKSTATION})
    for patient in _patients(entry):
        _participant(top, patient, _PERSON, _PATIENT, _PATIENT_NUMBER)
    if "library" in entry:
        name = str(entry["library"])
        _participant(top, name, _SYSTEM_OBJECT, _REPOSITORY, _LIBRARY)
    for asked in entry.get("query", []):
        _add_query(top, asked)
    if kind.code == audit.EVENTS["log-read"].code:  # A.5.3.2
        name = "Security Audit Log"
        _participant(top, _LOG, _SYSTEM_OBJECT, _SECURITY_RESOURCE, _URI, name=name)
    said = {"n": entry.get("n"), "what": entry.get("what"), "hash": entry.get("hash")}
    number = f"entry {entry.get('n')}"
    last = _participant(top, number, _SYSTEM_OBJECT, _REPORT, _ENTRY)
    for name, value in said.items():
        if value is not None:
            text = base64.b64encode(str(value).encode()).decode("ascii")
            Xml.SubElement(last, "ParticipantObjectDetail", type=name, value=text)
    return top


def _patients(entry: Mapping[str, Any]) -> list[str]:
    parts = [*entry.get("query", []), *entry.get("hits", [])]
    return list(dict.fromkeys(one["patient"] for one in parts if one.get("patient")))


def _add_query(top: Xml.Element, asked: Mapping[str, Any]) -> None:
    number = str(asked.get("picture") or "a picture without a file")
    query = base64.b64encode(json.dumps(asked).encode("ascii")).decode("ascii")
    _participant(top, number, _SYSTEM_OBJECT, _QUERY, _SEARCH_CRITERIA, query=query)


def _participant(
    top: Xml.Element,
    number: str,
    kind: str,
    role: str,
    id_type: tuple[str, str, str],
    *,
    name: str = "",
    query: str = "",
) -> Xml.Element:
    """Add an object: by a query in Base64, or by a name, which its number is, too."""
    made = Xml.SubElement(
        top,
        "ParticipantObjectIdentification",
        ParticipantObjectID=number,
        ParticipantObjectTypeCode=kind,
        ParticipantObjectTypeCodeRole=role,
    )
    code, meaning, system = id_type
    _coded(made, "ParticipantObjectIDTypeCode", code, meaning, system=system)
    if query:
        Xml.SubElement(made, "ParticipantObjectQuery").text = query
    else:
        Xml.SubElement(made, "ParticipantObjectName").text = name or number
    return made


def _coded(
    above: Xml.Element, name: str, code: str, meaning: str, *, system: str = "DCM"
) -> None:
    Xml.SubElement(
        above,
        name,
        {"csd-code": code, "codeSystemName": system, "originalText": meaning},
    )
