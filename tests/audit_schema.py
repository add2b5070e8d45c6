"""An audit message, checked against the grammar of DICOM PS3.15, A.5.1, rule by rule.

The grammar is written down here once more, from the Standard and not from the program:
which elements follow each other and how often, which attributes there are, and which of
them must be. Values are patterns of the types that the grammar names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree as Xml

TOKEN = r"\S(.*\S)?"
TEXT = r"[\s\S]*"
BASE64 = r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
DATE_TIME = r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"


def one_of(first: int, last: int) -> str:
    return "|".join(str(number) for number in range(first, last + 1))


@dataclass(frozen=True)
class Rule:
    """What an element holds.

    Attributes:
        children: names in order, each with how often, as a regular expression has it;
            "a|b" stands for either.
        must: attributes that are there, with the pattern of their values.
        may: further ones.
        text: pattern of its text.
    """

    children: tuple[tuple[str, str], ...] = ()
    must: dict[str, str] = field(default_factory=dict)
    may: dict[str, str] = field(default_factory=dict)
    text: str = r"\s*"


# other-csd-attributes, CodedValueType
CODED = Rule(
    must={"csd-code": TOKEN, "codeSystemName": TOKEN, "originalText": TOKEN},
    may={"displayName": TOKEN},
)
RULES = {
    # message
    "AuditMessage": Rule(
        (
            ("EventIdentification", ""),
            ("ActiveParticipant", "+"),
            ("AuditSourceIdentification", ""),
            ("ParticipantObjectIdentification", "*"),
        )
    ),
    # EventIdentificationContents
    "EventIdentification": Rule(
        (("EventID", ""), ("EventTypeCode", "*"), ("EventOutcomeDescription", "?")),
        must={"EventDateTime": DATE_TIME, "EventOutcomeIndicator": "0|4|8|12"},
        may={"EventActionCode": "C|R|U|D|E"},
    ),
    "EventID": CODED,
    "EventTypeCode": CODED,
    "EventOutcomeDescription": Rule(text=TEXT),
    # ActiveParticipantContents
    "ActiveParticipant": Rule(
        (("RoleIDCode", "*"), ("MediaIdentifier", "?")),
        must={"UserID": TEXT, "UserIsRequestor": "true|false|1|0"},
        may={
            "AlternativeUserID": TEXT,
            "UserName": TEXT,
            "NetworkAccessPointID": TOKEN,
            "NetworkAccessPointTypeCode": one_of(1, 5),
        },
    ),
    "RoleIDCode": CODED,
    "MediaIdentifier": Rule((("MediaType", ""),)),
    "MediaType": CODED,
    # AuditSourceIdentificationContents, AuditSourceTypeCodeContent
    "AuditSourceIdentification": Rule(
        (("AuditSourceTypeCode", "*"),),
        must={"AuditSourceID": TOKEN},
        may={"AuditEnterpriseSiteID": TOKEN},
    ),
    "AuditSourceTypeCode": Rule(must={"csd-code": one_of(1, 9)}),
    # ParticipantObjectIdentificationContents, ValuePair
    "ParticipantObjectIdentification": Rule(
        (
            ("ParticipantObjectIDTypeCode", ""),
            ("ParticipantObjectName|ParticipantObjectQuery", ""),
            ("ParticipantObjectDetail", "*"),
            ("ParticipantObjectDescription", "*"),
        ),
        must={"ParticipantObjectID": TOKEN},
        may={
            "ParticipantObjectTypeCode": one_of(1, 4),
            "ParticipantObjectTypeCodeRole": one_of(1, 26),
            "ParticipantObjectDataLifeCycle": one_of(1, 15),
            "ParticipantObjectSensitivity": TOKEN,
        },
    ),
    "ParticipantObjectIDTypeCode": CODED,
    "ParticipantObjectName": Rule(text=TOKEN),
    "ParticipantObjectQuery": Rule(text=BASE64),
    "ParticipantObjectDetail": Rule(must={"type": TOKEN, "value": BASE64}),
}


def problems(message: Xml.Element) -> list[str]:
    """Return what breaks the grammar, a sentence each; [] for a valid message."""
    if message.tag != "AuditMessage":
        return [f"the message is a {message.tag}"]
    return _problems(message)


def _problems(element: Xml.Element) -> list[str]:
    rule = RULES.get(element.tag)
    if rule is None:
        return [f"{element.tag} is no element of the grammar"]
    found = []
    order = "".join(f"((?:{name}) ){times}" for name, times in rule.children)
    names = "".join(f"{child.tag} " for child in element)
    if not re.fullmatch(order, names):
        found.append(f"{element.tag} holds {names.split()}")
    missing = [name for name in rule.must if name not in element.attrib]
    found += [f"{element.tag} has no {name}" for name in missing]
    for name, value in element.attrib.items():
        pattern = (rule.must | rule.may).get(name)
        if pattern is None:
            found.append(f"{element.tag} has an attribute {name}")
        elif not re.fullmatch(pattern, value):
            found.append(f"{element.tag}: {name} is {value!r}")
    if not re.fullmatch(rule.text, element.text or ""):
        found.append(f"{element.tag} says {element.text!r}")
    for child in element:
        found += _problems(child)
    return found
