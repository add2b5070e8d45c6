"""The command ``index --shard``: one share of a folder into a library of its own.

All processes start alike, with the library of the whole named. Whoever comes first
makes it, empty, so that there is one key and one model; each then indexes its share
into a library beside it, and ``library merge`` joins them without making a code again.
"""

from __future__ import annotations

import time
from pathlib import Path

from medhash_gui.command import index as command_index
from medhash_gui.command.choices import Wishes
from medhash_gui.command.output import Output
from medhash_gui.encoders import Device
from medhash_gui.errors import LibraryError
from medhash_gui.index_report import IndexReport
from medhash_gui.library import manifest
from medhash_gui.sharding import Shard
from medhash_gui.store import CodeStore

_WAIT_S = 120.0
_LOOK_EVERY_S = 0.2


def index(
    folder: Path,
    library: Path,
    output: Output,
    *,
    shard: Shard,
    model: str | None = None,
    wishes: Wishes | None = None,
    device: Device = "auto",
    key_of: Path | None = None,
) -> tuple[IndexReport, Path]:
    """Index one share of a folder; return the report and the share's library.

    Args:
        folder: the pictures, all of them.
        library: of the whole; made, empty, when it is not there.
        output: where notes go.
        shard: which share.
        model: as for ``command.index.index``, like the next three.
        wishes: where labels, patients and cases are from.
        device: where codes are made.
        key_of: whose key a new library of the whole is to share.

    Raises:
        MedHashError: folder, libraries, model or device cannot be used.
        Cancelled: the user pressed Ctrl-C; what was done is kept.
    """
    model_id = _model_of_whole(folder, library, output, model, device, key_of)
    share = shard.library(library)
    report = command_index.index(
        folder,
        share,
        output,
        model=model or model_id,
        wishes=wishes,
        device=device,
        key_of=library,
        shard=shard,
    )
    output.note(
        f"Shard {shard.number} of {shard.count} is in {share}; when all are done: "
        f"medhash library merge {library} {share}"
    )
    return report, share


def _model_of_whole(
    folder: Path,
    library: Path,
    output: Output,
    model: str | None,
    device: Device,
    key_of: Path | None,
) -> str:
    """Return the model of the library of the whole, which is made or waited for."""
    until: float | None = None
    while not (library / manifest.FILE_NAME).exists():
        try:
            with command_index.opened(
                folder, library, output, model=model, device=device, key_of=key_of
            ) as made:
                return made.store.model_id
        except LibraryError:
            # Another process is making it, or has made it since we looked.
            until = until or time.monotonic() + _WAIT_S
            if not (library / manifest.FILE_NAME).exists() and (
                not folder.is_dir() or time.monotonic() > until
            ):
                raise
            time.sleep(_LOOK_EVERY_S)
    with CodeStore.open(library) as whole:
        command_index.check_root(whole, folder)
        return whole.model_id
