"""A share of a folder for each of several processes or machines, told by the path.

Promises: every file is in exactly one of N shards, and stays in it whatever else is
added to the folder or taken away. Each shard is indexed into a library of its own, with
the key and the model of one that all know, so that they can be merged afterwards
without making a code again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from medhash_gui.errors import SettingsError

AUTO = "auto"

# Of torchrun, and of SLURM's srun: which process, of how many, which on its machine.
_LAUNCHERS = (
    ("RANK", "WORLD_SIZE", "LOCAL_RANK"),
    ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"),
)
_HINT = 'Say "--shard 2/4" for the second of four, or "--shard auto" under torchrun '
_HINT += "or srun."


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several shares of a folder.

    Attributes:
        number: which one, from 1.
        count: how many there are.
        device_number: which graphics card of its machine it should take, from 0.

    Raises:
        SettingsError: there is no such shard.
    """

    number: int
    count: int
    device_number: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            message = f"There is no shard {self.number} of {self.count}."
            raise SettingsError(message, hint=_HINT)

    @classmethod
    def parse(cls, text: str, environment: Mapping[str, str]) -> Shard:
        """Return the shard that a text names: "2/4", or "auto" for the launcher's.

        Raises:
            SettingsError: it names none, or no launcher has started this process.
        """
        if text.strip().lower() == AUTO:
            found = cls.of_launcher(environment)
            if found is None:
                message = "Neither torchrun nor srun has started this process."
                raise SettingsError(message, hint=_HINT)
            return found
        named = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text, re.ASCII)
        if named is None:
            message = f"{text!r} does not name a shard."
            raise SettingsError(message, hint=_HINT)
        return cls(int(named[1]), int(named[2]))

    @classmethod
    def of_launcher(cls, environment: Mapping[str, str]) -> Shard | None:
        """Return what torchrun or SLURM says of this process, or None."""
        for rank, count, local in _LAUNCHERS:
            try:
                number = int(environment[rank]) + 1
                found = cls(number, int(environment[count]))
                return cls(number, found.count, int(environment.get(local, "0")))
            except (KeyError, ValueError, SettingsError):
                continue
        return None

    def holds(self, path: str) -> bool:
        """Return whether a file is in this share.

        Args:
            path: POSIX, relative to the indexed folder.
        """
        text = path.encode("utf-8", "surrogatepass")
        head = hashlib.blake2b(text, digest_size=8).digest()
        return int.from_bytes(head, "big") % self.count == self.number - 1

    def library(self, whole: Path) -> Path:
        """Return the place of this shard's library, beside that of the whole."""
        suffix = whole.suffix if whole.suffix == ".medhash" else ""
        stem = whole.name.removesuffix(suffix)
        return whole.with_name(f"{stem}-{self.number}-of-{self.count}{suffix}")
