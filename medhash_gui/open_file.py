"""What a run knows of a file between its first frame and its last."""

from __future__ import annotations

from dataclasses import dataclass, field

from medhash_gui.errors import FileState
from medhash_gui.metadata import Metadata


@dataclass(slots=True)
class OpenFile:
    """A file whose frames are coming in.

    Attributes:
        digest: its content.
        frames: which of its frames are wanted; None where it was not decoded, because
            the library has its content.
        rows: its rows by frame, as far as the library has this content under its path.
        moved: whether the rows were another path's until now.
        metadata: what is known of the file.
        added: records that this run has made of it.
        failures: frames that gave no picture.
    """

    digest: bytes
    frames: tuple[int, ...] | None
    rows: dict[int, int]
    moved: bool
    metadata: Metadata
    added: int = 0
    failures: list[tuple[FileState, str]] = field(default_factory=list)
