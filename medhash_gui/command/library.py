"""The commands ``library merge | key | compact | purge | relink | export | push``.

``library withdraw`` is here, too; what is said of single pictures is in
``command.curation``, what neighbours share in ``command.shortcuts``. What is stopped
leaves the library as it was; a merge keeps what it has committed, and the same command
goes on from there.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Generator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from medhash_gui import (
    audit,
    exporting,
    milvus_push,
    store_export,
    store_merge,
    store_purge,
    store_relink,
    traces,
)
from medhash_gui.command import curation as command_curation
from medhash_gui.command import shortcuts as command_shortcuts
from medhash_gui.command.output import Output, Progress
from medhash_gui.errors import LibraryError
from medhash_gui.milvus_push import IndexKind
from medhash_gui.milvus_uri import MilvusUri
from medhash_gui.store import CodeStore
from medhash_gui.store_purge import PurgeReport

Report = TypeVar("Report")


class Step(Protocol):
    """How far a run has come."""

    @property
    def done(self) -> int:
        """What is dealt with."""
        ...

    @property
    def found(self) -> int:
        """What there is to deal with."""
        ...


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Run the action that was asked for.

    Raises:
        MedHashError: a library cannot be used; what that means is in the sentence.
    """
    _ACTIONS[arguments.action](arguments, output)


def followed(title: str, unit: str, run: Generator[Step, None, Report]) -> Report:
    """Return what a run returns, with progress on standard error."""
    with Progress(title, unit=unit) as progress:
        try:
            while True:
                step = next(run)
                progress.show(step.done, step.found, rate=None, seconds_left=None)
        except StopIteration as end:
            report: Report = end.value
            return report
        finally:
            run.close()


def merge(target: Path, source: Path, output: Output, *, unlinked: bool) -> None:
    """Add the pictures of one library to another and say what became of them.

    Args:
        target: library that grows.
        source: library that is added; it is only read.
        output: where the answer goes.
        unlinked: merge libraries with different keys, too.

    Raises:
        MedHashError: one of them cannot be used, or they do not fit together.
    """
    with (
        CodeStore.open(source) as added,
        CodeStore.open(target, writable=True) as grown,
    ):
        merging = store_merge.merging(grown, added, unlinked=unlinked)
        report = followed("merging", "rows", merging)
        images = len(grown)
        output.note_of(audit.changed(grown, "merged", rows=report.added))
    output.say(f"Merged {source} into {target}")
    output.say(
        f"  {report.found} pictures: {report.added} added ({report.hidden} of them "
        f"hidden), {report.present} were there already"
    )
    output.say(f"  {target} now shows {images} pictures")
    if report.unlinked:
        output.note(
            f"{target} holds patients under more than one key: a patient may count as "
            "several, and leaving out the query's own patient may miss pictures."
        )
    output.finish({**asdict(report), "images": images})


def write_key(library: Path, file: Path, output: Output) -> None:
    """Write a library's secret key into a new file, its owner's alone.

    Raises:
        MedHashError: there is no library, or the file cannot be written.
    """
    with CodeStore.open(library) as store:
        store.write_key(file)
        key_id = store.key_id
        output.note_of(audit.exported(store, "key", rows=0))
    output.say(f"The key {key_id} of {library} is in {file}")
    output.note(
        "Whoever has this file and a library can test whether a patient is in it: pass "
        "it on like the pictures themselves."
    )
    output.finish({"key_id": key_id, "file": str(file)})


def compact(library: Path, output: Output) -> None:
    """Write a library anew without what is superseded in it.

    Raises:
        MedHashError: it cannot be done; nothing is lost.
    """
    with CodeStore.open(library, writable=True) as store:
        run = store_purge.compacting(store)
        report = followed("compacting", "rows", run)
        images = len(store)
    output.say(f"Compacted {library}: {report.rewritten} rows were written anew")
    _say_sizes(report, output)
    _check_left(library, report)
    output.finish({**asdict(report), "images": images})


def purge(arguments: argparse.Namespace, output: Output) -> None:
    """Remove rows from a library for good.

    Raises:
        MedHashError: it cannot be done; nothing is lost.
    """
    library: Path = arguments.library
    is_dry: bool = arguments.dry_run
    with CodeStore.open(library, writable=not is_dry) as store:
        gone = store_purge.choose_rows(
            store,
            hidden=arguments.hidden,
            gone=arguments.gone,
            folders=arguments.folder,
            patients=arguments.patient,
        )
        rows = int(np.count_nonzero(gone))
        shown = int(np.count_nonzero(gone & store.visible))
        if is_dry:
            output.say(f"{rows} rows of {library} would be removed for good")
            output.say(f"  {shown} of them can be found by a search")
            output.finish({"would_remove": rows, "shown": shown})
            return
        run = store_purge.purging(store, gone)
        report = followed("purging", "rows", run)
        output.note_of(audit.deleted(store, "rows", rows=report.removed))
        images = len(store)
    output.say(f"Removed {report.removed} rows of {library} for good")
    output.say(f"  {library} now shows {images} pictures")
    _say_sizes(report, output)
    forgotten = [trace.words for trace in traces.forget(library)]
    for thing in (*report.set_aside, *forgotten):
        output.say(f"  removed with them: {thing}")
    if report.shown:
        output.note(
            f"{report.shown} of them could be found until now: where their files are "
            "still in the folder, the next run of index takes them in again."
        )
    output.note(
        "Backups, snapshots and the drive's own leftovers are out of MedHash's reach."
    )
    _check_left(library, report)
    answer = {**asdict(report), "images": images, "forgotten": forgotten}
    output.finish(answer)


def relink(library: Path, folder: Path, output: Output, *, force: bool) -> None:
    """Let a library's pictures be those of another folder from now on.

    Raises:
        MedHashError: they are not there; nothing was changed.
    """
    with CodeStore.open(library, writable=True) as store:
        run = store_relink.relinking(store, folder, force=force)
        report = followed("looking", "files", run)
    output.say(f"The pictures of {library} are in {report.after} from now on")
    output.say(f"  until now: {report.before}")
    output.say(
        f"  {report.found} of {report.sampled} pictures looked up are there, "
        f"{report.equal} of {report.read} that were read are the same"
    )
    for path in report.missing:
        output.say(f"  not there, or changed: {path}")
    output.finish(asdict(report))


def export(
    library: Path,
    file: Path,
    output: Output,
    *,
    pseudonymous: bool = False,
    replace: bool = False,
) -> None:
    """Write a library into a CSV or NumPy file.

    Args:
        library: the library.
        file: to be written.
        output: where the answer goes.
        pseudonymous: name pictures by their row instead of by their path.
        replace: whether a file that is there is written over.

    Raises:
        MedHashError: the library cannot be read, or the file is there already or cannot
            be written.
    """
    exporting.check_free(file.parent, [file.name], replace=replace)
    with CodeStore.open(library) as store:
        run = store_export.exporting(store, file, pseudonymous=pseudonymous)
        report = followed("writing", "rows", run)
        output.note_of(audit.exported(store, "list", rows=report.rows))
    output.say(f"{report.rows} rows of {library} are in {file}")
    output.say(f"  {report.hidden} of them are hidden, {report.left_out} left out")
    if pseudonymous:
        output.note(
            "It holds no path; labels are as they were given, and patients are keyed "
            "hashes that the library can tell. Look at the labels before you share it."
        )
    output.finish({**asdict(report), "file": str(file)})


def push(library: Path, uri: MilvusUri, output: Output, *, index: IndexKind) -> None:
    """Put a library on a Milvus server, to be searched there.

    Raises:
        MedHashError: the library cannot be read, or the server cannot take it.
    """
    with CodeStore.open(library) as store:
        run = milvus_push.pushing(store, uri, index=index)
        report = followed("pushing", "rows", run)
        output.note_of(audit.exported(store, "copy on a server", rows=report.rows))
    verb = "replaced" if report.replaced else "made"
    output.say(f"{library} can be searched as {uri} ({verb})")
    output.say(f"  {report.rows} rows, {report.hidden} of them hidden")
    if not report.index.is_exact:
        output.say(
            f"  {report.index.kind} may miss pictures: it found "
            f"{report.index.recall:.1%} of the ten nearest of a hundred of them"
        )
    output.note(
        "The server now holds paths, labels, reports and keyed hashes of patients as "
        "the library does; the library's key stays here."
    )
    output.finish({**asdict(report), "library": str(library), "uri": str(uri)})


def withdraw(uri: MilvusUri, output: Output) -> None:
    """Take a library off a Milvus server.

    Raises:
        MedHashError: the server does not answer, or has no such library.
    """
    milvus_push.withdraw(uri)
    output.note_of(audit.deleted(None, "copy on a server", rows=0))
    output.say(f"{uri} is no longer on the server")
    output.finish({"uri": str(uri)})


def _say_sizes(report: PurgeReport, output: Output) -> None:
    before, after = (f"{n / 2**20:.1f}" for n in (report.bytes_before,
                                                  report.bytes_after))  # fmt: skip
    output.say(f"  {before} MiB before, {after} MiB now")


def _check_left(library: Path, report: PurgeReport) -> None:
    """Raise where an old file, which may hold what was removed, is still there."""
    if not report.left:
        return
    message = (
        f"It is done, but old files of {library} could not be removed yet and may hold "
        f"what was taken out: {', '.join(report.left)}."
    )
    hint = "Close what has the library open, then run the same command again."
    raise LibraryError(message, hint=hint)


_ACTIONS: dict[str, Callable[[argparse.Namespace, Output], Any]] = {
    "merge": lambda a, output: merge(a.target, a.source, output, unlinked=a.unlinked),
    "key": lambda a, output: write_key(a.library, a.to, output),
    "compact": lambda a, output: compact(a.library, output),
    "purge": purge,
    "relink": lambda a, output: relink(a.library, a.folder, output, force=a.force),
    "push": lambda a, output: push(a.library, a.to, output, index=a.index),
    "withdraw": lambda a, output: withdraw(a.uri, output),
    "export": lambda a, output: export(
        a.library, a.file, output, pseudonymous=a.pseudonymous, replace=a.replace
    ),
    "leave-out": command_curation.leave_out,
    "take-back": command_curation.take_back,
    "left-out": command_curation.list_left_out,
    "label": command_curation.label,
    "shortcuts": command_shortcuts.run,
}
