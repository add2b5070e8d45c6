"""The commands ``library merge`` and ``library key``: libraries that belong together.

A merge that is stopped keeps what it has committed, and the same command goes on from
there.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from medhash_gui import store_merge
from medhash_gui.command_output import Output, Progress
from medhash_gui.store import CodeStore
from medhash_gui.store_merge import MergeReport


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
        Progress("merging") as progress,
    ):
        run = store_merge.merging(grown, added, unlinked=unlinked)
        while True:
            try:
                step = next(run)
            except StopIteration as end:
                report: MergeReport = end.value
                break
            progress.show(step.done, step.found, rate=None, seconds_left=None)
        images = len(grown)
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
    output.say(f"The key {key_id} of {library} is in {file}")
    output.note(
        "Whoever has this file and a library can test whether a patient is in it: pass "
        "it on like the pictures themselves."
    )
    output.finish({"key_id": key_id, "file": str(file)})
