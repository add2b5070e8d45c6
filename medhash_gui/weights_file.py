"""Published starting weights on their way here: from their publisher, or from a file.

The one thing in MedHash that fetches anything from the internet, and only when it is
asked to by name. A file appears under its name when it is whole and its SHA-256 is the
one that was expected; whatever fails or is stopped before leaves nothing there.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from medhash_gui.errors import WeightsError
from medhash_gui.library import durable

LEAST_DIGITS = 8
"""Of a SHA-256: so many are in the names of torchvision's files."""

_KIB = 1024
_AT_ONCE = 256 * _KIB
_WAIT_S = 60.0
_SCHEMES = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How much is here, and how much there is, in KiB; 0 where nobody said."""

    done: int
    found: int


def is_address(source: str) -> bool:
    """Return whether a source is an address on the internet, and no file."""
    return source.lower().startswith(_SCHEMES)


def fetching(
    source: str, target: Path, *, digest: str
) -> Generator[FetchProgress, None, str]:
    """Bring a file here, over an older one; return its whole SHA-256.

    Args:
        source: an address (https or http), or the path of a file.
        target: what it is called here; its folder is made.
        digest: the SHA-256 that it must have, in hexadecimal; the first
            ``LEAST_DIGITS`` of it at least.

    Raises:
        WeightsError: it cannot be fetched or written, or is another file than expected.
            What was under the name before is still there.
    """
    wanted = digest.lower()
    is_hash = all(digit in "0123456789abcdef" for digit in wanted)
    if not is_hash or not LEAST_DIGITS <= len(wanted) <= 64:
        message = f"{digest!r} is no SHA-256, nor the first digits of one."
        raise WeightsError(message, hint=f"Give {LEAST_DIGITS} to 64 digits, 0 to f.")
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        with open(part, "xb", opener=durable.owner_only) as file:
            found = yield from _copied(source, file)
            file.flush()
            durable.sync(file.fileno())
        if not found.startswith(wanted):
            message = (
                f"What {source} gives is not the file that was expected: its SHA-256 "
                f"begins with {found[: len(wanted)]}, not with {wanted}."
            )
            hint = (
                "It is damaged, or another one; nothing was kept. Try another source."
            )
            raise WeightsError(message, hint=hint)
        part.replace(target)
    except OSError as error:
        reason = error.strerror or error
        message = f"The weights cannot be written to {target}: {reason}."
        hint = "Make room or check the folder's rights, or set MEDHASH_HOME to another."
        raise WeightsError(message, hint=hint) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return found


def _copied(source: str, file: IO[bytes]) -> Generator[FetchProgress, None, str]:
    """Copy all of a source into a file and return its SHA-256."""
    hashed = hashlib.sha256()
    done = 0
    with contextlib.ExitStack() as stack:
        stream, total = _opened(source, stack)
        yield FetchProgress(0, total // _KIB)
        while data := _read(source, stream):
            file.write(data)
            hashed.update(data)
            done += len(data)
            yield FetchProgress(done // _KIB, total // _KIB)
    if total and done != total:
        message = f"{source} ended after {done} of {total} bytes."
        raise WeightsError(message, hint="Nothing was kept; give the command again.")
    return hashed.hexdigest()


def _opened(source: str, stack: contextlib.ExitStack) -> tuple[IO[bytes], int]:
    try:
        if is_address(source):
            answer = stack.enter_context(
                urllib.request.urlopen(source, timeout=_WAIT_S)
            )
            return answer, int(answer.headers.get("Content-Length") or 0)
        path = Path(source)
        return stack.enter_context(path.open("rb")), path.stat().st_size
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _unreadable(source, error) from error


def _read(source: str, stream: IO[bytes]) -> bytes:
    try:
        return stream.read(_AT_ONCE)
    except (OSError, http.client.HTTPException) as error:
        raise _unreadable(source, error) from error


def _unreadable(source: str, error: Exception) -> WeightsError:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
    message = f"{source} cannot be read: {reason}."
    if is_address(source):
        hint = "Check the connection, or fetch the file elsewhere: --from FILE."
    else:
        hint = "Name the file, or the address that it is to be fetched from."
    return WeightsError(message, hint=hint)
