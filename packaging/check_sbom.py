"""Check a bill of materials against the schema of CycloneDX: ``check_sbom.py FILE``."""

from __future__ import annotations

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def main(words: list[str]) -> int:
    """Return 0 for a valid file, 1 with the reason for another."""
    text = Path(words[0]).read_text(encoding="utf-8")
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        print(f"{words[0]} is not valid: {problem}", file=sys.stderr)
    return 0 if problem is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
