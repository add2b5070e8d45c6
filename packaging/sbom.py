"""Write MedHash's bill of materials: CycloneDX 1.6, as JSON.

    python packaging/sbom.py FILE [EXTRA ...]

Run in the environment that is packed. The same environment gives the same bytes: no
time, and a serial number made of the content.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import uuid
from collections.abc import Sequence
from typing import Any

import components
from components import Component
from packaging.utils import canonicalize_name

_SPACE = uuid.UUID("6d656468-6173-6800-8000-000000000000")  # "medhash", and nothing


def bill(found: Sequence[Component], roots: Sequence[str]) -> dict[str, Any]:
    """Return the bill of materials.

    Args:
        found: what is shipped.
        roots: canonical names of what MedHash needs itself.
    """
    version = importlib.metadata.version(components.ROOT)
    here = {one.key for one in found}
    root = f"pkg:pypi/{components.ROOT}@{version}"
    places = {one.key: f"pkg:pypi/{one.key}@{one.version}" for one in found}
    content: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": components.ROOT,
                "version": version,
                "purl": root,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [_entry(one, places[one.key]) for one in found],
        "dependencies": [
            {
                "ref": root,
                "dependsOn": [places[name] for name in roots if name in here],
            },
            *(
                {
                    "ref": places[one.key],
                    "dependsOn": [
                        places[canonicalize_name(need)]
                        for need in one.needs
                        if canonicalize_name(need) in here
                    ],
                }
                for one in found
            ),
        ],
    }
    number = uuid.uuid5(_SPACE, json.dumps(content, sort_keys=True))
    return {**content, "serialNumber": f"urn:uuid:{number}"}


def _entry(one: Component, place: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "library",
        "bom-ref": place,
        "name": one.name,
        "version": one.version,
        "purl": place,
        "licenses": [_licence(one.licence)],
    }
    if one.summary:
        entry["description"] = one.summary
    if one.homepage:
        entry["externalReferences"] = [{"type": "website", "url": one.homepage}]
    return entry


def _licence(expression: str) -> dict[str, Any]:
    if expression.startswith("LicenseRef-"):
        return {"license": {"name": expression.removeprefix("LicenseRef-")}}
    return {"expression": expression}


def _text(found: tuple[Component, ...]) -> str:
    return json.dumps(bill(found, components.roots(sys.argv[2:])), indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(components.write(sys.argv[1:], __doc__, _text))
