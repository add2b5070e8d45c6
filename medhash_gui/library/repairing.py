"""Save what can be read of a damaged library into new files.

The damaged files, the manifest among them, are first kept in a folder beside them, by a
second name or a copy. Then the readable rows are written as any seal writes them: the
rename of the manifest is the only step that counts, and until then, whatever happens,
the library is as damaged as it was and no more.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from medhash_gui.library import durable, own_files, sealing
from medhash_gui.library.checking import CheckProgress, Examination, unnamed
from medhash_gui.library.manifest import COPY_NAME, FILE_NAME
from medhash_gui.library.rebuilding import FoundManifest
from medhash_gui.library.sealing import NewFiles


def replacing(
    root: Path, found: FoundManifest, seen: Examination
) -> Generator[CheckProgress, None, str]:
    """Write what was read, put it in force, and return where the rest is kept.

    Raises:
        OSError: the library is as it was.
    """
    aside = _set_aside(root, found, seen)
    contents = seen.contents
    now = replace(
        found.manifest,
        code_sets={**seen.code_sets, found.manifest.model_id: found.manifest.codes},
    )
    contents.manifest = now
    if seen.damaged:
        ranges = sealing.worth_compacting(contents, seen.touched)
        new = NewFiles(root, contents, ranges, seen.lost)
        for done in new.writing():
            yield CheckProgress(done, new.rows)
        durable.sync_folder(root)
        new.remove_replaced()
        now = new.manifest
    else:
        now.place(root)
        durable.sync_folder(root)
    now.place_copy(root)
    for name in seen.damaged - now.files():
        durable.remove(root / name)
    return aside.name


def _set_aside(root: Path, found: FoundManifest, seen: Examination) -> Path:
    """Keep the damaged files under a second name; return the folder of these."""
    aside = root / f"{own_files.SET_ASIDE}{found.manifest.next_file:06}"
    aside.mkdir(exist_ok=True)
    names = set(seen.damaged)
    if found.problems:
        names |= {FILE_NAME, COPY_NAME}
    if found.is_rebuilt:
        # Which of them count was a conclusion: keep those that seem not to.
        names |= set(unnamed(root, found.manifest))
    for name in sorted(names):
        _keep(root / name, aside / name)
    if found.data is not None and FILE_NAME not in names:
        durable.place(aside / FILE_NAME, found.data)
    durable.sync_folder(aside)
    durable.sync_folder(root)
    return aside


def _keep(path: Path, kept: Path) -> None:
    if not path.exists() or kept.exists():
        return
    try:
        os.link(path, kept)
    except OSError:
        # A drive that knows no second names.
        temporary = kept.with_name(kept.name + durable.TEMPORARY)
        shutil.copyfile(path, temporary)
        temporary.replace(kept)
