"""What a run has done so far: every file is counted once, with its reason.

``found == added + unchanged + moved + len(skipped)`` holds when the run is over.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from medhash_gui.errors import FileState


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that gave no picture, and why."""

    path: str
    state: FileState
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth knowing about pictures that were read, and the first of them."""

    text: str
    count: int
    first_path: str


@dataclass(slots=True)
class Tally:
    """Counts of files, ``frames`` and ``encoded`` apart, and lists of what to tell.

    Attributes:
        found: files in the folder.
        added, unchanged, moved: files by what became of them.
        skipped: files that gave no picture.
        relabelled: unchanged or moved files about which something else is known now.
        hidden: files that are gone.
        frames: records that were made or shown again.
        encoded: pictures that went through the network.
        remarks: by their text.
        last_path: the file that was looked at last.
    """

    found: int = 0
    added: int = 0
    unchanged: int = 0
    moved: int = 0
    relabelled: int = 0
    hidden: int = 0
    frames: int = 0
    encoded: int = 0
    last_path: str = ""
    skipped: list[SkippedFile] = field(default_factory=list)
    remarks: dict[str, Remark] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Files settled so far."""
        return self.unchanged + self.added + self.moved + len(self.skipped)

    def skip(self, path: str, state: FileState, reason: str) -> None:
        """Count a file that gave no picture."""
        self.skipped.append(SkippedFile(path, state, reason))

    def skip_unlisted(self, paths: Collection[str]) -> None:
        """Count folders that cannot be listed: what is in them is out of reach."""
        reason = (
            "It could not be looked at: there is no permission to, it is a link that "
            "leads nowhere, or its name is no valid text. "
            "Ask for permission to read it, mend the link, or rename it."
        )
        self.found += len(paths)
        for path in paths:
            self.skip(path, "unsupported", reason)

    def remark(self, text: str, path: str) -> None:
        """Count something worth knowing about a picture that was read."""
        before = self.remarks.get(text, Remark(text, 0, path))
        self.remarks[text] = Remark(text, before.count + 1, before.first_path)
