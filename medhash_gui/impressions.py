"""The reader's own impression of a query, written down before any hit is seen.

Whoever reads similar cases first tends to agree with them. The file lies with the
user's data on this computer, holds no name or path (a picture is known by the first
digits of its content's digest), and nothing of MedHash ever sends it anywhere.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from medhash_gui import paths
from medhash_gui.errors import MedHashError

MOST_CHARACTERS = 2000
_DIGITS = 12


def file() -> Path:
    """Return the file of the impressions, one JSON object a line."""
    return paths.user_data() / "impressions.jsonl"


def record(digest: bytes | None, text: str, *, model_id: str) -> Path:
    """Add an impression to the file, and return the file.

    Args:
        digest: content of the query's picture; None where it is not a file.
        text: what the reader thinks; cut after ``MOST_CHARACTERS``.
        model_id: whose hits were not seen yet.

    Raises:
        MedHashError: the file cannot be written.
    """
    values = {
        "made": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "picture": digest.hex()[:_DIGITS] if digest else "pasted",
        "impression": text.strip()[:MOST_CHARACTERS],
        "model_id": model_id,
    }
    line = json.dumps(values, ensure_ascii=False) + "\n"
    place = file()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("a", encoding="utf-8", errors="backslashreplace") as lines:
            lines.write(line)
    except OSError as error:
        reason = error.strerror or error
        msg = f"Your impression cannot be written to {place}: {reason}."
        hint = "Check the folder's rights, or turn 'Own impression first' off."
        raise MedHashError(msg, hint=hint) from error
    return place
