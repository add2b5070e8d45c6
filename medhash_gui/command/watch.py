"""The command ``index --watch``: a library follows its folder until Ctrl-C."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from medhash_gui import watching
from medhash_gui.command import index as command_index
from medhash_gui.command.choices import Wishes
from medhash_gui.command.output import Output, Progress
from medhash_gui.encoders import Device
from medhash_gui.index_report import IndexReport

_COUNTED = ("added", "moved", "relabelled", "hidden")


def watch(
    folder: Path,
    library: Path,
    output: Output,
    *,
    model: str | None = None,
    wishes: Wishes | None = None,
    device: Device = "auto",
    key_of: Path | None = None,
) -> None:
    """Index a folder and whatever changes in it, until the user presses Ctrl-C.

    Args:
        folder: the pictures; nothing is written there.
        library: made when it is not there.
        output: where notes and the answer go.
        model: as for ``command.index.index``, like the next three.
        wishes: where labels, patients and cases are from.
        device: where codes are made.
        key_of: a library or key file whose key a new library is to share.

    Raises:
        MedHashError: folder, library, model or device cannot be used.
    """
    totals: Counter[str] = Counter({"runs": 0, **dict.fromkeys(_COUNTED, 0)})
    with (
        command_index.opened(
            folder,
            library,
            output,
            model=model,
            wishes=wishes,
            device=device,
            key_of=key_of,
        ) as ready,
        command_index.stop_on_interrupt() as stop,
        Progress("indexing") as progress,
    ):
        run = watching.watch_folder(
            ready.store, folder, ready.encoder, choices=ready.choices
        )
        state, told = "", 0
        for step in run:
            if step.progress is not None:
                told = command_index.show_progress(
                    step.progress, told, progress, output
                )
            if step.report is not None:
                told = 0
                _count(step.report, totals, output)
                command_index.record(step.report, ready.store, output)
            if step.state != state and step.state != "indexing":
                state = step.state
                output.note(
                    f"{step.reason} Waiting for it; nothing is hidden meanwhile."
                    if step.reason
                    else f"Watching {folder}; Ctrl-C ends it."
                )
            if stop.is_set():
                run.close()
                break
        images = len(ready.store)
    output.say(f"Watched {folder}: {images} pictures in {library}")
    output.say("  " + ", ".join(f"{totals[name]} {name}" for name in _COUNTED))
    output.finish({**totals, "images": images})


def _count(report: IndexReport, totals: Counter[str], output: Output) -> None:
    totals["runs"] += 1
    counts = {name: getattr(report, name) for name in _COUNTED}
    totals.update(counts)
    changed = [f"{count} {name}" for name, count in counts.items() if count]
    skipped = f", {len(report.skipped)} skipped" if report.skipped else ""
    if changed:
        output.note(f"{', '.join(changed)}{skipped} ({report.seconds:.1f} s)")
