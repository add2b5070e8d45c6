"""``medhash --self-test``: whether this installation works, from end to end.

Resources, packaged models, drawing, indexing, searching, explaining and the window are
tried one after the other on synthetic pictures in a folder of its own, which is gone
afterwards. Nothing of the user's is read or written, and nothing is asked of a network.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from medhash_gui import catalogue, paths, phantoms
from medhash_gui.command import index as command_index
from medhash_gui.command import search as command_search
from medhash_gui.command.choices import Wishes
from medhash_gui.command.output import Output
from medhash_gui.command.overlay import OverlayWish
from medhash_gui.errors import MedHashError
from medhash_gui.picture_reader import PictureReader
from medhash_gui.search import SearchFilter

RESOURCES = (
    "icons/medhash.svg",
    "themes/base.qss",
    "themes/dark.json",
    "translations/medhash_zh_CN.qm",
)
"""One of each kind that an installation must bring."""

KIND = "chest-film"
LABEL = "consolidation"
_PATIENTS_PER_CLASS = 2
_NEW_PATIENT = 1000  # of no sample set: its picture is not in the library
_TOP = 3

DrawWindow = Callable[[Path, Path, Path], int]
"""Draws the window on a library and a query into a PNG; returns an exit code."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried.

    Attributes:
        name: of the thing.
        problem: what was wrong, or "".
    """

    name: str
    problem: str


class _Refuted(Exception):  # noqa: N818 (an answer that is not the right one)
    """A step ran and gave the wrong answer."""


def run(output: Output, draw_window: DrawWindow) -> bool:
    """Try everything, say how each step went, and return whether all went well.

    Args:
        output: where the answer goes.
        draw_window: opens the window, which this module knows nothing of.
    """
    steps: list[Step] = []
    with _own_home() as home:
        trial = _Trial(home, draw_window)
        for name, attempt in trial.steps.items():
            step = Step(name, _problem(attempt))
            steps.append(step)
            output.say(f"{'FAILED' if step.problem else 'ok':<8}{name}")
            if step.problem:
                output.note(step.problem)
                break  # each step builds on those before
    passed = not steps[-1].problem
    output.say("MedHash works here." if passed else "MedHash does not work here.")
    output.finish(
        {
            "passed": passed,
            "steps": [{"name": s.name, "problem": s.problem} for s in steps],
        }
    )
    return passed


@contextlib.contextmanager
def _own_home() -> Iterator[Path]:
    before = os.environ.get("MEDHASH_HOME")
    with tempfile.TemporaryDirectory(prefix="medhash-self-test-") as folder:
        os.environ["MEDHASH_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            if before is None:
                del os.environ["MEDHASH_HOME"]
            else:
                os.environ["MEDHASH_HOME"] = before


def _problem(attempt: Callable[[], None]) -> str:
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            attempt()
    except _Refuted as error:
        return str(error)
    except MedHashError as error:
        return f"{error.message} {error.hint}".rstrip()
    except Exception as error:  # noqa: BLE001 (what is wrong here is the question)
        return f"{type(error).__name__}: {error}"
    return ""


class _Trial:
    """The steps, and what they hand on to each other.

    Args:
        home: an empty folder.
        draw_window: see ``run``.
    """

    def __init__(self, home: Path, draw_window: DrawWindow) -> None:
        self._draw_window = draw_window
        self._samples = home / "samples"
        self._library = home / "self-test.medhash"
        self._query = home / "query.png"
        self._maps = home / "maps"
        self._shot = home / "window.png"
        self.steps: dict[str, Callable[[], None]] = {
            "icons, themes, translations": self._resources,
            "packaged models": self._models,
            "drawing the synthetic pictures": self._draw,
            "indexing": self._index,
            "searching and explaining": self._search,
            "the window": self._window,
        }

    def _resources(self) -> None:
        missing = [name for name in RESOURCES if not paths.resource(name).is_file()]
        if missing:
            message = f"These files are not installed: {', '.join(missing)}."
            raise _Refuted(message)

    def _models(self) -> None:
        models, problems = catalogue.find_bundles()
        if problems:
            raise problems[0]
        if not models:
            message = f"There is no model in {paths.packaged_models()}."
            raise _Refuted(message)

    def _draw(self) -> None:
        phantoms.draw_samples(self._samples, patients_per_class=_PATIENTS_PER_CLASS)
        drawn = phantoms.draw(KIND, LABEL, patient=_NEW_PATIENT)
        self._query.write_bytes(phantoms.png(drawn.pixels))

    def _index(self) -> None:
        folder = self._samples / KIND
        wishes = Wishes({"table": folder / "labels.csv"})
        quiet = Output(as_json=True)
        report = command_index.index(folder, self._library, quiet, wishes=wishes)
        lost = [one for one in report.skipped if one.path != "labels.csv"]
        if lost:
            message = f"{len(lost)} of the drawn pictures were not indexed."
            raise _Refuted(message)

    def _search(self) -> None:
        request = command_search.Request(
            library=self._library,
            pictures=(self._query,),
            top=_TOP,
            choose=SearchFilter(),
            overlay=OverlayWish(self._maps, looked_at=True),  # drawn, of nobody
        )
        with PictureReader() as reader:
            answer = command_search.run(request, Output(as_json=True), reader)
        nearest = answer["hits"][0]["labels"]
        if nearest != [LABEL]:
            message = f"The picture nearest to a {LABEL} is labelled {nearest}."
            raise _Refuted(message)
        if not list(self._maps.glob("hit-01-*.png")):
            message = "No saliency map was drawn."
            raise _Refuted(message)

    def _window(self) -> None:
        # Drawn into a picture: a self-test runs on servers, too. macOS and Windows
        # have a screen wherever a window can be drawn.
        if sys.platform.startswith("linux"):
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
        code = self._draw_window(self._library, self._query, self._shot)
        if code != 0 or not self._shot.is_file():
            message = f"The window was not drawn (exit code {code})."
            raise _Refuted(message)
