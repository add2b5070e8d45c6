"""Entries of the audit log as messages that audit repositories take.

The form is the XML of DICOM PS3.15, A.5 (IHE ATNA takes the same; HL7's AuditEvent
has the same fields). Patients are participants by their pseudonyms, a query's picture
by its content digest. Sending the messages is not MedHash's business.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as Xml

from medhash_gui import audit, audit_chain

_PERSON, _SYSTEM_OBJECT = "1", "2"
_PATIENT, _REPORT, _QUERY, _REPOSITORY = "1", "3", "24", "20"
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
        _participant(top, patient, _PERSON, _PATIENT, "2", "Patient Number")
    if "library" in entry:
        name = str(entry["library"])
        _participant(top, name, _SYSTEM_OBJECT, _REPOSITORY, "12", "URI")
    for asked in entry.get("query", []):
        _add_query(top, asked)
    said = {"n": entry.get("n"), "what": entry.get("what"), "hash": entry.get("hash")}
    number = f"entry {entry.get('n')}"
    last = _participant(top, number, _SYSTEM_OBJECT, _REPORT, "12", "URI")
    for name, value in said.items():
        if value is not None:
            text = base64.b64encode(str(value).encode()).decode("ascii")
            Xml.SubElement(last, "ParticipantObjectDetail", type=name, value=text)
    return top


def _patients(entry: Mapping[str, Any]) -> list[str]:
    parts = [*entry.get("query", []), *entry.get("hits", [])]
    return list(dict.fromkeys(one["patient"] for one in parts if one.get("patient")))


def _add_query(top: Xml.Element, asked: Mapping[str, Any]) -> None:
    name = str(asked.get("picture") or "a picture without a file")
    made = _participant(top, name, _SYSTEM_OBJECT, _QUERY, "10", "Search Criteria")
    query = Xml.SubElement(made, "ParticipantObjectQuery")
    query.text = base64.b64encode(json.dumps(asked).encode("ascii")).decode("ascii")


def _participant(
    top: Xml.Element, name: str, kind: str, role: str, code: str, meaning: str
) -> Xml.Element:
    made = Xml.SubElement(
        top,
        "ParticipantObjectIdentification",
        ParticipantObjectID=name,
        ParticipantObjectTypeCode=kind,
        ParticipantObjectTypeCodeRole=role,
    )
    _coded(made, "ParticipantObjectIDTypeCode", code, meaning, system="RFC-3881")
    return made


def _coded(
    above: Xml.Element, name: str, code: str, meaning: str, *, system: str = "DCM"
) -> None:
    Xml.SubElement(
        above,
        name,
        {"csd-code": code, "codeSystemName": system, "originalText": meaning},
    )
